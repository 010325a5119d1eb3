"""When a line has to do something of its own accord: change over, ask again, hang up, count what it costs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from edgegw.voice.live.budget import Limits, Reason, Term
from edgegw.voice.live.calls import TAKES_LONGER
from edgegw.voice.live.dialogue import Dialogue, End
from edgegw.voice.live.liveness import State
from edgegw.voice.live.told import HangUp

HAND_OVER_AFTER_S: Final = 0.3
"""After a turn's end: its handle may come behind it (python-genai#2527)."""
COUNT_S: Final = 1.0
"""Between two looks at what the session has cost."""


class Clock:
    """`spend(seconds, tokens)` is told what is used, and says what is used up. `run` beside each session."""

    def __init__(
        self, dialogue: Dialogue, limits: Limits, spend: Callable[[float, int], Reason | None],
        now: Callable[[], float],
    ) -> None:  # fmt: skip
        self._dialogue = dialogue
        self._term = Term(limits, now())
        self._spend = spend
        self._now = now
        self._counted_at: float | None = None
        """Since when nothing was counted; None before the first session."""

    def opened(self) -> None:
        """A session begins; with the first one the dialogue does."""
        if self._counted_at is None:
            self._term.began_at = self._counted_at = self._now()

    def count(self) -> None:
        """The time since the last look."""
        if self._counted_at is not None:
            now = self._now()
            seconds, self._counted_at = now - self._counted_at, now
            self.used(seconds, 0)

    def used(self, seconds: float, tokens: int) -> None:
        """So much more; hang up when that was the last of it."""
        exhausted = self._spend(seconds, tokens)
        if exhausted is not None:
            self._hang_up(exhausted)

    async def run(self) -> End:
        """Until the session is to be left."""
        dialogue = self._dialogue
        while True:
            dialogue.stirred.clear()
            end = self._due(self._now())
            if end is not None:
                return end
            times = [
                dialogue.liveness.next_at(),
                dialogue.outbox.calls.next_at(),
                self._change_at(),
                self._term.next_at(self._idle_since()),
            ]
            wait_s = min(at for at in times if at is not None) - self._now()
            try:
                async with asyncio.timeout(min(COUNT_S, max(0.001, wait_s))):
                    await dialogue.stirred.wait()
            except TimeoutError:
                pass

    def _due(self, now: float) -> End | None:
        dialogue = self._dialogue
        if self._counted_at is not None and now - self._counted_at >= COUNT_S:
            self.count()
        for answer in dialogue.outbox.calls.overdue(now):
            dialogue.answer(answer, TAKES_LONGER)
        for action in dialogue.liveness.due(now):
            if (end := dialogue.act(action)) is not None:
                return end
        change_at = self._change_at()
        if change_at is not None and now >= change_at:
            return End(0, "goAway")
        over = self._term.due(now, self._idle_since())
        if over == "cut":
            return End(1000, "hung up", final=True)
        if over is not None:
            self._hang_up(over)
        return None

    def _change_at(self) -> float | None:
        """When to change over after goAway."""
        dialogue = self._dialogue
        if dialogue.leave_at is None:
            return None
        quiet = dialogue.state is State.IDLE and dialogue.outbox.empty
        return min(dialogue.leave_at, dialogue.quiet_since + HAND_OVER_AFTER_S) if quiet else dialogue.leave_at

    def _idle_since(self) -> float | None:
        """Since when nobody speaks and nobody is waited for."""
        dialogue = self._dialogue
        if dialogue.state is not State.IDLE:
            return None
        return max(dialogue.active_at, dialogue.quiet_since, dialogue.liveness.playing_until)

    def _hang_up(self, reason: Reason) -> None:
        if self._term.tell(self._now()):
            self._dialogue.tell(HangUp(reason))
