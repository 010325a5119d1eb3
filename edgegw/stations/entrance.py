"""The entrance: a few connections at a time go from their opening handshake to being a station's link.

After a power cut a thousand stations come within a second. Served all at once, each turn of the event loop would do a
step for every one of them, some 300 ms, and a driver at a station that is there already would wait several such turns
for an answer to a card. Let in a few at a time they are all in as soon, since the work is the same, and who is in is
served meanwhile.
"""

from __future__ import annotations

import asyncio
from typing import Final

AT_ONCE: Final = 8
"""Connections on their way in. More make no connection faster: the work is the processor's, but for one commit."""


class Entry:
    """A place among those on their way in, until `over`, which may be called again."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places: asyncio.Semaphore | None = places

    def over(self) -> None:
        if self._places is not None:
            self._places.release()
            self._places = None


class Entrance:
    """Who comes in, first come first served."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._places = asyncio.Semaphore(at_once)

    async def enter(self) -> Entry:
        """Wait for a place; give it back by `Entry.over`."""
        await self._places.acquire()
        return Entry(self._places)
