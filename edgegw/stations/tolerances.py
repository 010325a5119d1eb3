"""What each station is let off with: counted, told once in the log, and kept for who asks which station needs what."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from edgegw.stations import garbled, metrics
from edgegw.stations.codec import Payload, Version
from edgegw.stations.intake import intakes
from edgegw.stations.normalise import KINDS, Tolerance
from edgegw.stations.schemas import Kind, Violation

log = logging.getLogger("edgegw.stations")

MAX_STATIONS: Final = 2000
"""Stations that are counted one by one: names cost nothing to make up. The metrics count every one."""


@dataclass(slots=True)
class Tolerated:
    """How many messages of a station needed a kind of tolerance, since the gateway started. `where` is the message and
    the place in it that needed it first."""

    kind: str
    where: str
    first_at: datetime
    last_at: datetime
    count: int = 1

    @property
    def text(self) -> str:
        """What the station does, for an installer."""
        return KINDS[self.kind]


class Tolerances:
    """Of all stations. It outlives their links. `now` gives aware UTC."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._stations: dict[str, dict[str, Tolerated]] = {}

    def saw(self, station: str, message: str, tolerated: Iterable[Tolerance]) -> None:
        """Count what a message of a station needed. `message` is an action of its version, or names an answer."""
        places = dict(reversed(tuple(tolerated)))
        for kind in places:
            metrics.TOLERATED.labels(kind).inc()
        kinds = self._stations.get(station)
        if kinds is None:
            if len(self._stations) >= MAX_STATIONS:
                return
            kinds = self._stations[station] = {}
        now = self._now()
        for kind, where in places.items():
            known = kinds.get(kind)
            if known is None:
                known = kinds[kind] = Tolerated(kind, f"{message}: {where}", now, now)
                log.warning("%s: %s (%s); this is told once", station, known.text, known.where)
            else:
                known.count += 1
                known.last_at = now

    def of(self, station: str) -> list[Tolerated]:
        """What a station needed, the most frequent first."""
        return sorted(self._stations.get(station, {}).values(), key=lambda each: (-each.count, each.kind))


class Reception:
    """Takes in what one station sends over a link of `version`, and has counted what it is let off with."""

    __slots__ = ("_intakes", "_station", "_tolerances")

    def __init__(self, station: str, version: Version, tolerances: Tolerances) -> None:
        self._intakes = intakes(version)
        self._station = station
        self._tolerances = tolerances

    def meant(self, data: bytes | str, fault: str) -> bytes | None:
        """The frame that was meant by one that has `fault`, a reason of `rpc.Fault`; None when that can't be told."""
        found = garbled.meant(data) if fault in garbled.MENDED else None
        if found is not None:
            self._tolerances.saw(self._station, "a frame", [Tolerance("frame", fault)])
        return found

    def named(self, action: str) -> str | None:
        """The action that `action` means in other letter case, None for none."""
        found = self._intakes.named(action)
        if found is not None:
            self._tolerances.saw(self._station, found, [Tolerance("word_case", "the action")])
        return found

    def take(self, action: str, kind: Kind, payload: Payload) -> Payload | Violation | None:
        """The payload, mended where it had to be, or why it is refused; None when the version has no such message."""
        intake = self._intakes.get(action, kind)
        if intake is None:
            return None
        taken = intake.take(payload)
        if taken is None:
            return payload
        if isinstance(taken, Violation):
            return taken
        self._tolerances.saw(self._station, f"answer to {action}" if kind == "response" else action, taken.tolerated)
        return taken.payload
