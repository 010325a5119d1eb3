"""Taps: who listens to the raw frames of stations, for a trace. Listeners never get in a conversation's way."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

log = logging.getLogger("edgegw.stations")

Direction = Literal["in", "out"]


@dataclass(frozen=True, slots=True)
class RawFrame:
    """One websocket message as it was on the wire, with what is secret in it. `in` came from the station; `out` was
    given to the socket, which does not say that it arrived. `at` is the gateway's clock."""

    station: str
    direction: Direction
    at: datetime
    data: bytes


Listener = Callable[[RawFrame], None]
"""Called inside the reading and the sending of each frame: it puts the frame aside and returns at once."""


class Taps:
    """The listeners of all links. A link asks `listeners` before it does anything for them, so none costs nothing."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.listeners: tuple[tuple[str | None, Listener], ...] = ()
        self._now = now

    def listen(self, listener: Listener, station: str | None = None) -> Callable[[], None]:
        """Have `listener` see each frame of `station`, or of all when None, over every connection to come as well;
        returns what ends it. One that raises is told in the log and not called again."""
        entry = (station, listener)
        self.listeners += (entry,)

        def end() -> None:
            self.listeners = tuple(each for each in self.listeners if each is not entry)

        return end

    def tell(self, station: str, direction: Direction, data: bytes | str) -> None:
        """Show a frame to those who listen. Never raises."""
        frame: RawFrame | None = None
        for entry in self.listeners:
            wanted, listener = entry
            if wanted is not None and wanted != station:
                continue
            try:
                if frame is None:
                    raw = data.encode(errors="surrogatepass") if isinstance(data, str) else data
                    frame = RawFrame(station, direction, self._now(), raw)
                listener(frame)
            except Exception:
                log.exception("%s: who listened to its frames failed and is no longer called", station)
                self.listeners = tuple(each for each in self.listeners if each is not entry)
