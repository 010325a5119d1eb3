"""Arguments that many commands share."""

from __future__ import annotations

from edgegw.model.commands.argument import Argument, Text, Whole, maybe

_MOST = 999

STATION = Argument("station", Text(), "Identity of the charging station, as in its URL")
EVSE = Argument("evse", Whole(1, _MOST), "Number of the EVSE; in OCPP 1.6 its connector")
MAYBE_EVSE = maybe("evse", Whole(0, _MOST), "Number of the EVSE; 0 or none for the whole station")
MAYBE_CONNECTOR = maybe("connector", Whole(1, _MOST), "Connector of the EVSE; the first when none is named")
TRANSACTION = Argument("transaction", Text(64), "The hub's id of the transaction")
