"""What is going on in one dialogue, whichever session carries it: what came of the model, and what that asks for.

Everything that outlives a session is here: what is to be sent (`outbox`), what was said (`memory`), what is expected of
the model (`liveness`), the handle (`recovery`), and the events for whoever holds the line.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from edgegw.model.value import value
from edgegw.voice.live import memory, session
from edgegw.voice.live.calls import Answer
from edgegw.voice.live.liveness import Action, Finish, Fresh, GiveUp, Liveness, Nudge, Patience, Sign, State
from edgegw.voice.live.outbox import Outbox, Typed
from edgegw.voice.live.recovery import Recovery
from edgegw.voice.live.told import LineEvent, Stalled, Unanswered

_LOG = logging.getLogger(__name__)

MARGIN_S: Final = 1.0
"""Before the end that goAway announces, the line changes over whatever happens."""


@value()
class End:
    """Why a session is left. `code` 0: our own wish."""

    code: int
    reason: str = ""
    fresh: bool = False
    final: bool = False


class Dialogue:
    """`used(tokens)` is told what the model has counted. Nothing here waits."""

    def __init__(
        self, patience: Patience, recovery: Recovery, used: Callable[[int], None], now: Callable[[], float]
    ) -> None:
        self.outbox = Outbox(patience.call_s)
        self.memory = memory.Memory()
        self.liveness = Liveness(patience)
        self.recovery = recovery
        self.events: asyncio.Queue[LineEvent] = asyncio.Queue()
        self.outgoing, self.stirred = asyncio.Event(), asyncio.Event()
        """Set when there may be something to send, and when a time may have changed."""
        self.leave_at: float | None = None
        """When the session ends that has said goAway."""
        self.quiet_since = self.active_at = now()
        self._used = used
        self._now = now

    @property
    def state(self) -> State:
        """What is expected of the model."""
        return self.liveness.state

    def tell(self, event: LineEvent) -> None:
        """To whoever holds the line."""
        self.events.put_nowait(event)

    def touch(self) -> None:
        """Somebody is there, or something is to be done: the idle time begins anew."""
        self.active_at = self._now()
        self.outgoing.set()
        self.stirred.set()

    def type(self, typed: Typed) -> None:
        self.outbox.type(typed)
        self.touch()

    def answer(self, answer: Answer, result: Mapping[str, Any]) -> None:
        self.outbox.answer(answer, result)
        self.touch()

    def sign(self, sign: Sign, *, ours: bool = False) -> None:
        self.liveness.sign(sign, self._now(), ours=ours)
        self.touch()

    def take(self, event: session.Event) -> None:
        """The session has told something."""
        now = self._now()
        match event:
            case session.Ready():
                return
            case session.GoAway(left_s):
                self.leave_at = now + max(0.0, left_s - MARGIN_S)
                return
            case session.Handle(handle):
                self.recovery.handle = handle or self.recovery.handle
                return
            case session.Usage():
                self._used(event.total)
                return
            case session.ToolCall():
                self._called(event, now)
                return
            case session.ToolCancelled(ids):
                self._cancelled(ids)
                return
            case session.InputText(text):
                self.memory.heard(text)
            case _:
                pass
        passed, actions = self.liveness.hear(event, now)
        if passed:
            self._passed(event)
        for action in actions:
            self.act(action)

    def _called(self, event: session.ToolCall, now: float) -> None:
        known = self.outbox.calls.take(event, now)
        self.liveness.hear(event, now)
        if known is True:
            self.tell(event)
        elif known is not False:
            self.answer(Answer(event.name, (event.id,)), known)

    def _cancelled(self, ids: tuple[str, ...]) -> None:
        ended = self.outbox.cancel(ids)
        if not self.outbox.calls.blocking() and self.state is State.WORKING:
            self.sign(Sign.RESULT)
        if ended:
            self.tell(session.ToolCancelled(ended))
        self.outgoing.set()

    def _passed(self, event: session.Event) -> None:
        if isinstance(event, session.OutputText):
            self.memory.said(event.text)
        if isinstance(event, session.Audio | session.TurnComplete):
            self.outbox.answered()
            self.recovery.proved()
        if isinstance(event, session.TurnComplete):
            event = session.TurnComplete(self.liveness.audio_bytes)
        if self.state is State.IDLE:
            self.quiet_since = self._now()
        self.tell(event)

    def act(self, action: Action) -> End | None:
        """Do what `liveness` asks for; an End when the session is to be left."""
        match action:
            case Nudge(why):
                if why == "stalled":
                    self.tell(Stalled())
                self.type(Typed(memory.NUDGES[why]))
            case Fresh():
                _LOG.warning("the live session is silent; a fresh one takes over")
                return End(0, "silent", fresh=True)
            case GiveUp():
                self.outbox.answered()
                self.tell(Unanswered())
            case Finish(audio_bytes):
                self._passed(session.TurnComplete(audio_bytes))
        return None

    def between(self, end: End) -> None:
        """What the next session has to be told of the last one."""
        if end.fresh:
            self.recovery.fresh()
        for action in self.liveness.reconnected(self._now()):
            self.act(action)
        self.outbox.reconnected()
        if self.state in (State.WAITING, State.ANSWERING) and not self.outbox.unanswered:
            self.type(Typed(self.memory.go_on()))

    def forget(self) -> None:
        """Nothing of a dialogue is kept: the next driver is somebody else."""
        self.outbox.forget()
        self.memory = memory.Memory()
        self.recovery.handle = None
