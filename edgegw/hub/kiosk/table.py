"""What the parts of the kiosk share: its desk, what is on its screen, and the ways to write down and to tell."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from edgegw.core.consent import desk as d
from edgegw.core.consent.verdict import Verdict, World
from edgegw.core.kiosk.figures import language as spoken_language
from edgegw.core.kiosk.sentences import say
from edgegw.hub.door import Hub
from edgegw.hub.kiosk import notes
from edgegw.hub.kiosk.calls import Calls
from edgegw.hub.kiosk.replies import phrase
from edgegw.hub.tasks import Tasks
from edgegw.journal import JournalError
from edgegw.model import facts as f
from edgegw.model.kiosk import KioskEvent, KioskTerms, PendingAction

log = logging.getLogger("edgegw.hub")

MOST_TOLD: Final = 1000
"""Events that wait for one who reads none; then he misses the oldest."""


class Table:
    """`desk` is replaced by every move; `pending` is what the screen shows, by the action's id."""

    def __init__(
        self, hub: Hub, terms: KioskTerms, now: Callable[[], datetime], monotonic: Callable[[], float]
    ) -> None:
        self.hub = hub
        self.terms = terms
        self.now = now
        self.monotonic = monotonic
        self.desk = d.Desk()
        self.calls = Calls()
        self.pending: dict[str, PendingAction] = {}
        self.streams: set[asyncio.Queue[KioskEvent]] = set()
        self.tasks = Tasks()

    def world(self) -> World:
        return World(self.hub.state, self.hub.context(), self.terms, self.monotonic())

    def language(self, wanted: str | None = None) -> str:
        return spoken_language(wanted, self.terms.locale)

    def phrase(self, kind: str, verdict: Verdict, speaks: str) -> str:
        """`kind` is refused or proof."""
        return phrase(f"{kind}.{verdict.reason}", verdict, speaks, self.hub.site.currency)

    def sweep(self) -> None:
        """What time has ended is none any more."""
        before = self.desk.dialogues
        self.desk, gone, over = d.sweep(self.desk, self.terms, self.monotonic())
        self.bury(gone)
        for each in before:
            if each.id in over:
                self.over(each, "expired")

    def bury(self, gone: Iterable[d.Gone]) -> None:
        """Write down, and tell, that actions are none any more."""
        for waiting, reason in ((each.waiting, each.reason) for each in gone):
            shown = self.pending.pop(waiting.id, None)
            text = say(
                f"refused.{reason}",
                self.language(shown.language if shown is not None else None),
                bay=waiting.order.label,
            )
            told = {"reason": reason}
            if reason == "expired":
                self.note(notes.of_waiting(self.now(), waiting, "expired", reason))
                self.tell(KioskEvent("expired", waiting.dialogue, waiting.id, waiting.order.station, text, told))
            else:
                self.note(notes.of_waiting(self.now(), waiting, "cancelled", reason))
                self.tell(KioskEvent("cancelled", waiting.dialogue, waiting.id, waiting.order.station, text, told))

    def over(self, speaker: d.Dialogue, reason: str) -> None:
        """A dialogue has ended that nobody closed."""
        self.calls.forget(speaker.id)
        text = say("refused.closed", speaker.language)
        self.tell(KioskEvent("closed", speaker.id, say=text, result={"reason": reason}))

    def note(self, *facts: f.Fact) -> None:
        """Write down what nothing waits for."""
        self.tasks.begin(self._written(facts))

    async def _written(self, facts: Iterable[f.Fact]) -> None:
        try:
            await self.hub.record(*facts)
        except JournalError as error:
            log.error("what was decided at the kiosk could not be written down: %s", error)

    def tell(self, event: KioskEvent) -> None:
        for queue in self.streams:
            if queue.qsize() >= MOST_TOLD:
                queue.get_nowait()
            queue.put_nowait(event)
