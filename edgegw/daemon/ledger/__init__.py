"""`edgegw journal` and `edgegw erase-personal-data`: look into the ledger, prove it, copy it, erase what is personal.

What only reads is done beside a gateway that runs. What writes goes through the gateway when one has the ledger, and is
done here when none has.

words    what may follow the commands
verbs    what each of them does and says
writing  what writes: here or through the gateway
"""

from __future__ import annotations

from edgegw.daemon.ledger.verbs import erase_personal_data, journal

__all__ = ["erase_personal_data", "journal"]
