"""What is to be sent on a line, and in which order: results of tools, then what was said, then what was typed. Pure.

While a call pends, only its result goes out. What was sent and is not answered is kept for the next session.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from edgegw.model.value import value
from edgegw.voice.live.calls import Answer, Calls
from edgegw.voice.live.memory import outcome
from edgegw.voice.live.speech import Piece, Speech


@value()
class Result:
    """A tool's result. `last`: no call pends behind it."""

    id: str
    name: str
    result: Mapping[str, Any]
    last: bool = False


@value()
class Typed:
    """A typed turn. `ours`: no wish of the driver's. `again`: the next session has to be told it again."""

    text: str
    ours: bool = True
    again: bool = False


Message = Result | Piece | Typed


class Outbox:
    """`next` is the next message that may be sent, and counts as sent."""

    def __init__(self, call_s: float) -> None:
        self.calls = Calls(call_s)
        self.speech = Speech()
        self._results: deque[Result] = deque()
        self._typed: deque[Typed] = deque()
        self._asked: list[Typed] = []
        """Typed turns that were sent and are not answered yet."""

    @property
    def empty(self) -> bool:
        """Whether nothing waits, and nothing is waited for."""
        return not (self._results or self.speech.waiting or self._typed or self.calls.blocking())

    @property
    def unanswered(self) -> bool:
        """Whether the next session has to be told something."""
        return self.speech.unanswered or bool(self._typed)

    def type(self, typed: Typed) -> None:
        self._typed.append(typed)

    def answer(self, answer: Answer, result: Mapping[str, Any]) -> None:
        """Hand a result to whom it goes: calls by id, or the model as text."""
        self._results.extend(Result(id, answer.name, result) for id in answer.ids)
        if answer.told:
            self.type(Typed(outcome(answer.name, result), again=True))

    def cancel(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        """Drop results of cancelled calls; the first ids of those on which somebody still works."""
        self._results = deque(each for each in self._results if each.id not in ids)
        return self.calls.cancel(ids)

    def next(self) -> Message | None:
        if self._results:
            found = self._results.popleft()
            return Result(found.id, found.name, found.result, last=not self._results and not self.calls.blocking())
        if self.calls.blocking():
            return None
        if (piece := self.speech.next()) is not None:
            return piece
        if self._typed and not self.speech.speaking:
            self._asked.append(self._typed.popleft())
            return self._asked[-1]
        return None

    def answered(self) -> None:
        """The model answers: what was sent need not be sent again."""
        self.speech.answered()
        self._asked.clear()

    def reconnected(self) -> None:
        """Another session: say again what was not answered. It does not know the calls of the old one."""
        self._results.clear()
        self.calls.reconnected()
        self.speech.rewind()
        self._typed = deque(each for each in (*self._asked, *self._typed) if each.again)
        self._asked.clear()

    def forget(self) -> None:
        """Keep nothing of what was said."""
        self.speech.forget()
        self._results.clear()
        self._typed.clear()
        self._asked.clear()
