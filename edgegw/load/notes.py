"""Facts of the loop on their way to the ledger, so that a slow or full disk holds up no limit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from edgegw.journal.errors import JournalError
from edgegw.model.facts import Fact, FallbackEntered, FallbackLeft

if TYPE_CHECKING:
    from edgegw.hub import Hub

log = logging.getLogger("edgegw.load")

RECORD_AGAIN_S: Final = 5.0
"""Facts that the ledger did not take are offered again after this long."""

MOST: Final = 200
"""Facts that wait; beyond, the oldest is given up."""


class Notes:
    """Writes facts down, one batch at a time; whether the loop is in fallback is brought in line with what the ledger
    says of it, so that no failure and no restart loses it."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._waiting: list[Fact] = []
        self._lost: str | None = None
        self._trusted = False
        self._task: asyncio.Task[None] | None = None
        self._again_at = float("-inf")

    def note(self, facts: Iterable[Fact], *, lost: str | None, trusted: bool) -> None:
        """Take facts, why every EVSE is at its safe share, and whether the meters can be trusted. Between the two, as
        right after the start, the ledger's word stands."""
        self._waiting = [*self._waiting, *facts][-MOST:]
        self._lost, self._trusted = lost, trusted
        if self._task is not None and self._task.done():
            self._task = None
        if self._task is None and self._hub.monotonic() >= self._again_at:
            facts_now = [*self._waiting, *self._change(self._hub.now())]
            if facts_now:
                self._task = asyncio.get_running_loop().create_task(self._write(facts_now), name="load notes")

    async def end(self) -> None:
        """Let what is being written be written."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    def _change(self, now: datetime) -> list[Fact]:
        known = self._hub.state.site.get("site")
        before = known.fallback if known is not None else None
        if self._lost is not None and before is None:
            log.warning("every EVSE goes to its safe share: %s", self._lost)
            return [FallbackEntered(at=now, reason=self._lost)]
        if self._trusted and before is not None:
            log.info("the meters can be trusted again")
            return [FallbackLeft(at=now)]
        return []

    async def _write(self, facts: list[Fact]) -> None:
        taken = len(self._waiting)
        try:
            await self._hub.record(*facts)
        except JournalError as error:
            log.error("the load loop's facts can't be written down: %s", error)
            self._again_at = self._hub.monotonic() + RECORD_AGAIN_S
        else:
            del self._waiting[:taken]
