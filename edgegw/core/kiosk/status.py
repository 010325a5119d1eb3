"""Which bays are free, plugged, charging or out of order. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from edgegw.core.kiosk.places import Bay
from edgegw.core.kiosk.sentences import listed, say

MOST_TOLD = 4
"""So many bays are told one by one; of more the free ones are named."""


def station_status(bays: Sequence[Bay], speaks: str) -> tuple[str, Mapping[str, Any]]:
    """What is said of these bays, and the same as figures."""
    result = {
        "stations": [{"station": bay.station, "name": bay.label, "evse": bay.evse, "state": bay.state} for bay in bays]
    }
    if not bays:
        return say("bays.none", speaks), result
    if len(bays) <= MOST_TOLD:
        return listed([say(f"bay.{bay.state}", speaks, bay=bay.label) for bay in bays], speaks) + ".", result
    free = [bay.label for bay in bays if bay.state == "free"]
    return say("bays.free", speaks, bays=listed(free, speaks)) if free else say("bays.full", speaks), result
