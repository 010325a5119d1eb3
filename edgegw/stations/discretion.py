"""What was secret in what was said to a station, remembered for as long as the gateway runs: some stations say again
what they refuse, also later, and over another connection."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from edgegw.core.secrets import Hiding

MAX_STATIONS: Final = 1024
"""Stations whose secrets are remembered; beyond, those of the one that was asked for longest ago are forgotten."""


class Discretion:
    def __init__(self) -> None:
        self._stations: OrderedDict[str, Hiding] = OrderedDict()

    def of(self, station: str) -> Hiding:
        """What hides the secrets that have passed between a station and us."""
        hiding = self._stations.setdefault(station, Hiding())
        self._stations.move_to_end(station)
        if len(self._stations) > MAX_STATIONS:
            self._stations.popitem(last=False)
        return hiding
