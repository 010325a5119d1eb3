"""Reports that come in parts, each a CALL of the station, gathered for the command that asked for them.

Only what nobody keeps is gathered: charging profiles and DER controls as the station holds them, which are the result
of the command and nothing else. What has a table (variables, monitors, display messages) goes there part by part, as
there may be thousands of entries, and those that came before a connection ended are worth having; the command ends with
the station's answer. Who has to know that all of it is durable waits for the fact of the report's end
(`errands.inventory`), which no gathering in memory could tell.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final

from edgegw.stations.codec import Part
from edgegw.stations.errors import NoAnswer

MOST_ENTRIES: Final = 2000
"""A station that never comes to an end is no longer listened to."""


class Gathering:
    """The reports that are awaited of one connection."""

    def __init__(self) -> None:
        self._expected: dict[tuple[str, int], Expected] = {}

    def expect(self, action: str, request: int) -> Expected:
        """Listen for the parts of a report, from before it is asked for; use as a context manager."""
        return Expected(self._expected, (action, request))

    def take(self, part: Part) -> bool:
        """Give a part to who waits for it. False when nobody does."""
        expected = self._expected.get((part.action, part.request))
        if expected is None:
            return False
        expected.parts.put_nowait(part)
        return True

    def end(self) -> None:
        """The connection is gone: nothing more will come."""
        for expected in self._expected.values():
            expected.parts.put_nowait(None)


class Expected:
    """A report on its way; `parts` holds what came and was not read yet, None for the end of the connection."""

    def __init__(self, register: dict[tuple[str, int], Expected], key: tuple[str, int]) -> None:
        self.parts: asyncio.Queue[Part | None] = asyncio.Queue()
        self._register = register
        self._key = key

    def __enter__(self) -> Expected:
        self._register[self._key] = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del self._register[self._key]

    async def whole(self, patience_s: float) -> list[Mapping[str, Any]]:
        """The entries of all parts. Raises NoAnswer when the next one does not come within `patience_s` seconds."""
        found: list[Mapping[str, Any]] = []
        action, _ = self._key
        while True:
            try:
                async with asyncio.timeout(patience_s):
                    part = await self.parts.get()
            except TimeoutError:
                raise NoAnswer(f"{action} did not come to an end in time") from None
            if part is None:
                raise NoAnswer(f"the connection ended before {action} was whole")
            found += part.entries
            if part.last:
                return found
            if len(found) > MOST_ENTRIES:
                raise NoAnswer(f"{action} came to more than {MOST_ENTRIES} entries")
