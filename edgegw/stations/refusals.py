"""Frames that are refused: answered, counted, and told in the log as far as that helps anybody."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from edgegw.stations import metrics, rpc
from edgegw.stations.codec import Version
from edgegw.stations.rpc import Call, Fault, Send
from edgegw.stations.schemas import for_version

log = logging.getLogger("edgegw.stations")

MAX_LINES: Final = 20
LINES_EVERY_S: Final = 60.0
"""So many refused frames of one connection have a line in the log within this time; beyond, they are only counted: a
station that sends nothing else must not fill the disk."""


class Refusals:
    """Of one connection. `monotonic` is in seconds."""

    def __init__(self, station: str, version: Version, monotonic: Callable[[], float]) -> None:
        self._station = station
        self._version = version
        self._actions = for_version(version).actions
        self._monotonic = monotonic
        self._lines = 0
        self._lines_since = monotonic()

    def of_call(self, call: Call | Send, fault: Fault) -> bytes | None:
        """The CALLERROR for a CALL; a SEND has no answer."""
        self._count(fault, f"{call.action if call.action in self._actions else 'a made-up action'}, {fault.text}")
        return rpc.error(call.id, fault.code, fault.text, self._version) if type(call) is Call else None

    def of_frame(self, fault: Fault, size: int) -> bytes | None:
        """The CALLERROR for what is no CALL at all, None when nothing may be said to it. `size` is in bytes."""
        self._count(fault, f"{fault.text}, {size} bytes")
        return None if fault.id is None else rpc.error(fault.id, fault.code, fault.text, self._version)

    def _count(self, fault: Fault, what: str) -> None:
        metrics.BAD_FRAMES.labels(fault.reason).inc()
        now = self._monotonic()
        if now - self._lines_since >= LINES_EVERY_S:
            self._lines, self._lines_since = 0, now
        self._lines += 1
        if self._lines > MAX_LINES:
            return
        log.warning("%s: OCPP %s frame refused: %s (%s)", self._station, self._version, fault.reason, what)
        if self._lines == MAX_LINES:
            log.warning("%s: more refused frames are only counted for a minute", self._station)
