"""The decision on commands: the same for the cloud, the page, the command line and EVA.

arguments    what is wrong with a command's arguments, in words
decide       the verdict: refuse, hold, expire, carry out here, or send on its way
at_station   what stands against a command that a station would carry out
own          commands that the hub carries out itself
schemas      the catalogue as JSON Schemas
"""

from __future__ import annotations

from edgegw.core.commands.at_station import GUARDED, PASSWORDS, RESOLUTION
from edgegw.core.commands.decide import (
    CLOCK_PATIENCE,
    VEILED,
    Verdict,
    all_args,
    decide_command,
    is_same,
    lacks_secrets,
    received,
    sealed,
    target_station,
)

__all__ = [
    "CLOCK_PATIENCE",
    "GUARDED",
    "PASSWORDS",
    "RESOLUTION",
    "VEILED",
    "Verdict",
    "all_args",
    "decide_command",
    "is_same",
    "lacks_secrets",
    "received",
    "sealed",
    "target_station",
]
