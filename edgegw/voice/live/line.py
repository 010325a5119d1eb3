"""One dialogue's line to the model, over as many sessions as that takes.

A `Line` has the face of a LiveSession, so whoever talks through it need not know that connections come and go. Nothing
that is sent through it waits for the network: speech, results and nudges are kept and go out in this order of
importance: results, then what was said and typed. What it does on its own:

- goAway: the turn is finished, the old socket closed, and the session resumed with its handle; on 1011, a reset or
  another end at once; after 1007 and 1008 with a fresh session that is told what was said (`recovery`, `memory`).
- What the driver said and nobody has answered is said again on the next session (`speech`).
- Stalls, empty turns and phantom interruptions are dealt with by `liveness`, repeated and cancelled calls by `calls`.
- While a call pends no audio is sent: the service closes with 1008 otherwise.
- It hangs up when nobody speaks, after `dialogue_s`, and when the day's budget is used up (`budget`).

Beside a session's events, `events()` gives those below. GoAway, Handle and Usage stay inside.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from typing import Any, Final, Self

from edgegw.model.value import changed, value
from edgegw.voice.live import memory, session
from edgegw.voice.live.budget import Limits, Reason, Term
from edgegw.voice.live.calls import TAKES_LONGER, Answer
from edgegw.voice.live.findings import Finding, finding, lost
from edgegw.voice.live.liveness import Action, Finish, Fresh, GiveUp, Liveness, Nudge, Patience, Sign, State
from edgegw.voice.live.outbox import Message, Outbox, Result, Typed
from edgegw.voice.live.recovery import Recovery
from edgegw.voice.live.session import CannotOpen, Closed, LiveModel, LiveSession, LiveSetup
from edgegw.voice.live.speech import Piece
from edgegw.voice.live.told import Degraded, HangUp, LineEvent, Stalled, Unanswered

_LOG = logging.getLogger(__name__)

STUCK_S: Final = 4.0
"""A message that the socket does not take for so long: the connection is dead."""
HAND_OVER_AFTER_S: Final = 0.3
"""After a turn's end: its handle may come behind it (python-genai#2527)."""
MARGIN_S: Final = 1.0
"""Before the end that goAway announces, the line changes over whatever happens."""


@value()
class _End:
    """Why a session is left. `code` 0: our own wish."""

    code: int
    reason: str = ""
    fresh: bool = False
    final: bool = False


class Line:
    """`spend(seconds, tokens)` is told what is used, and says what is used up; `ended` is told when the line is over.
    Entering it returns at once; the first `Ready` tells when the model listens."""

    def __init__(
        self, model: LiveModel, setup: LiveSetup, *, name: str = "the live model", patience: Patience | None = None,
        limits: Limits | None = None, recovery: Recovery | None = None,
        spend: Callable[[float, int], Reason | None] = lambda seconds, tokens: None,
        now: Callable[[], float] = time.monotonic, ended: Callable[[Line], None] = lambda line: None,
    ) -> None:  # fmt: skip
        self._ended = ended
        self._model, self._setup, self._name = model, setup, name
        self._term = Term(limits or Limits(), now())
        self._spend = spend
        self._now = now
        patience = patience or Patience()
        self._liveness = Liveness(patience)
        self._outbox = Outbox(patience.call_s)
        self._memory = memory.Memory()
        self._recovery = recovery or Recovery()
        self._events: asyncio.Queue[LineEvent] = asyncio.Queue()
        self._outgoing, self._stirred = asyncio.Event(), asyncio.Event()
        self._leave_at: float | None = None
        self._quiet_since = self._active_at = self._counted_at = now()
        self._lost_at: float | None = None
        self._over = False
        self._running: asyncio.Task[None] | None = None
        self.sessions = 0
        """Sessions that were opened."""
        self.failed: Finding | None = None
        """Why it is degraded."""

    @property
    def state(self) -> State:
        """What is expected of the model."""
        return self._liveness.state

    @property
    def counters(self) -> Mapping[str, float]:
        """For metrics."""
        return {
            "sessions": self.sessions,
            "phantom_interruptions": self._liveness.phantoms,
            "repeated_calls": self._outbox.calls.repeated,
            "dropped_audio_s": self._outbox.speech.dropped_bytes / session.HEARD_BYTES_PER_S,
        }

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._run(), name="live line")
        return self

    async def __aexit__(self, *ended: object) -> None:
        await self.close()

    async def events(self) -> AsyncIterator[LineEvent]:
        """What happens, once over; Closed is the last."""
        while True:
            event = await self._events.get()
            yield event
            if isinstance(event, Closed):
                return

    async def close(self) -> None:
        """Hang up."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])

    # What the driver's side does. None of it waits.

    async def activity_start(self) -> None:
        if self._outbox.speech.speaking or self._over:
            return
        self._outbox.calls.turn()
        self._outbox.speech.start()
        self._sign(Sign.STARTED)

    async def send_audio(self, pcm: bytes) -> None:
        self._outbox.speech.add(pcm)
        self._outgoing.set()

    async def activity_end(self) -> None:
        self._outbox.speech.end()
        self.touch()

    async def nudge(self, text: str) -> None:
        """A typed turn: of the driver's at a console, or about something that has happened, such as a card."""
        self._outbox.calls.turn()
        self._type(Typed(text, ours=False, again=True))

    async def tool_result(self, call_id: str, name: str, result: Mapping[str, Any]) -> None:
        """The answer to a ToolCall. That of a cancelled call is dropped; one that comes late, or whose session is gone,
        is told to the model as text."""
        answer = self._outbox.calls.answer(call_id, result)
        if answer is not None:
            self._answer(answer, result)

    def touch(self) -> None:
        """Somebody is there: a card, a finger on the screen. The idle time begins anew."""
        self._active_at = self._now()
        self._outgoing.set()
        self._stirred.set()

    def _type(self, typed: Typed) -> None:
        self._outbox.type(typed)
        self.touch()

    def _answer(self, answer: Answer, result: Mapping[str, Any]) -> None:
        self._outbox.answer(answer, result)
        self.touch()

    def _sign(self, sign: Sign, *, ours: bool = False) -> None:
        self._liveness.sign(sign, self._now(), ours=ours)
        self.touch()

    # Sessions, one after the other.

    async def _run(self) -> None:
        end = _End(0)
        try:
            while not end.final:
                opened = await self._open(end)
                if opened is None:
                    break
                try:
                    end = await self._talk(opened)
                    self._lost_at = self._now()
                finally:
                    await asyncio.shield(opened.close())
                self._between(end)
        except Exception as error:
            _LOG.exception("the line to the live model has failed")
            self._degrade(Finding("cloud_down", "internal", f"the line has failed: {type(error).__name__}: {error}"))
        finally:
            self._count()
            self._forget()
            self._ended(self)
            self._events.put_nowait(Closed(end.code or 1000, end.reason))

    def _forget(self) -> None:
        """Nothing of a dialogue is kept: the next driver is somebody else."""
        self._over = True
        self._outbox.forget()
        self._memory = memory.Memory()
        self._recovery.handle = None

    async def _open(self, end: _End) -> LiveSession | None:
        self._recovery.begin(end.code, self._now())
        wrong = lost(end.code, end.reason)
        while (attempt := self._recovery.next(self._now())) is not None:
            await asyncio.sleep(attempt.delay_s)
            context = "" if attempt.handle else self._memory.context()
            setup = changed(self._setup, handle=attempt.handle, context=context)
            try:
                async with asyncio.timeout(attempt.patience_s):
                    opened = await self._model.open(setup)
            except CannotOpen as error:
                wrong = finding(error, self._name)
            except TimeoutError:
                wrong = finding(CannotOpen("slow"), self._name)
            else:
                self._opened(resumed=attempt.handle is not None)
                return opened
            _LOG.warning("%s", wrong.text)
            self._recovery.failed()
        self._degrade(wrong)
        return None

    def _degrade(self, wrong: Finding) -> None:
        self.failed = wrong
        self._events.put_nowait(Degraded(wrong))

    def _opened(self, *, resumed: bool) -> None:
        now = self._now()
        gap_s = now - self._lost_at if self._lost_at is not None else 0.0
        if self.sessions == 0:
            self._term.began_at = self._counted_at = now
        self.sessions += 1
        self._recovery.opened(now)
        self._leave_at = None
        self._events.put_nowait(session.Ready(resumed, gap_s))
        self.touch()

    def _between(self, end: _End) -> None:
        """What the next session has to be told of the last one."""
        if end.fresh:
            self._recovery.fresh()
        for action in self._liveness.reconnected(self._now()):
            self._act(action)
        self._outbox.reconnected()
        if self.state in (State.WAITING, State.ANSWERING) and not self._outbox.unanswered:
            self._type(Typed(self._memory.go_on()))

    async def _talk(self, opened: LiveSession) -> _End:
        """Carry one session; how it ended."""
        self._outgoing.set()
        works: list[Coroutine[Any, Any, _End]] = [self._hear(opened), self._send(opened), self._watch()]
        tasks = [asyncio.ensure_future(each) for each in works]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return next(task for task in tasks if task in done).result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self, opened: LiveSession) -> _End:
        while True:
            self._outgoing.clear()
            while (message := self._outbox.next()) is not None:
                try:
                    async with asyncio.timeout(STUCK_S):
                        await self._sending(opened, message)
                except (TimeoutError, OSError):
                    return _End(1006, "the connection takes no more")
            await self._outgoing.wait()

    def _sending(self, opened: LiveSession, message: Message) -> Coroutine[Any, Any, None]:
        match message:
            case Result(id, name, result, last):
                if last:
                    self._sign(Sign.RESULT)
                return opened.tool_result(id, name, result)
            case Typed(text, ours):
                self._sign(Sign.ASKED, ours=ours)
                return opened.nudge(text)
            case Piece("start"):
                return opened.activity_start()
            case Piece("audio", pcm):
                return opened.send_audio(pcm)
            case Piece():
                self._sign(Sign.ENDED)
                return opened.activity_end()

    async def _hear(self, opened: LiveSession) -> _End:
        async for event in opened.events():
            if isinstance(event, Closed):
                _LOG.info("the live session has ended: %d %s", event.code, event.reason)
                return _End(event.code, event.reason)
            self._take(event)
            self._stirred.set()
        return _End(1006, "the session fell silent")

    def _take(self, event: session.Event) -> None:
        now = self._now()
        match event:
            case session.Ready():
                return
            case session.GoAway(left_s):
                self._leave_at = now + max(0.0, left_s - MARGIN_S)
                return
            case session.Handle(handle):
                self._recovery.handle = handle or self._recovery.handle
                return
            case session.Usage():
                self._used(self._spend(0.0, event.total))
                return
            case session.ToolCall():
                known = self._outbox.calls.take(event, now)
                self._liveness.hear(event, now)
                if known is True:
                    self._events.put_nowait(event)
                elif known is not False:
                    self._answer(Answer(event.name, (event.id,)), known)
                return
            case session.ToolCancelled(ids):
                ended = self._outbox.cancel(ids)
                if not self._outbox.calls.blocking() and self.state is State.WORKING:
                    self._sign(Sign.RESULT)
                if ended:
                    self._events.put_nowait(session.ToolCancelled(ended))
                self._outgoing.set()
                return
            case session.InputText(text):
                self._memory.heard(text)
            case _:
                pass
        passed, actions = self._liveness.hear(event, now)
        if passed:
            self._passed(event)
        for action in actions:
            self._act(action)

    def _passed(self, event: session.Event) -> None:
        if isinstance(event, session.OutputText):
            self._memory.said(event.text)
        if isinstance(event, session.Audio | session.TurnComplete):
            self._outbox.answered()
            self._recovery.proved()
        if isinstance(event, session.TurnComplete):
            event = session.TurnComplete(self._liveness.audio_bytes)
        if self.state is State.IDLE:
            self._quiet_since = self._now()
        self._events.put_nowait(event)

    def _act(self, action: Action) -> _End | None:
        match action:
            case Nudge(why):
                if why == "stalled":
                    self._events.put_nowait(Stalled())
                self._type(Typed(memory.NUDGES[why]))
            case Fresh():
                _LOG.warning("the live session is silent; a fresh one takes over")
                return _End(0, "silent", fresh=True)
            case GiveUp():
                self._outbox.answered()
                self._events.put_nowait(Unanswered())
            case Finish(audio_bytes):
                self._passed(session.TurnComplete(audio_bytes))
        return None

    # The clock.

    async def _watch(self) -> _End:
        while True:
            self._stirred.clear()
            end = self._due(self._now())
            if end is not None:
                return end
            times = [
                self._liveness.next_at(),
                self._outbox.calls.next_at(),
                self._change_at(),
                self._term.next_at(self._idle_since()),
            ]
            wait_s = min(at for at in times if at is not None) - self._now()
            try:
                async with asyncio.timeout(min(1.0, max(0.001, wait_s))):
                    await self._stirred.wait()
            except TimeoutError:
                pass

    def _due(self, now: float) -> _End | None:
        if now - self._counted_at >= 1.0:
            self._count()
        for answer in self._outbox.calls.overdue(now):
            self._answer(answer, TAKES_LONGER)
        for action in self._liveness.due(now):
            if (end := self._act(action)) is not None:
                return end
        change_at = self._change_at()
        if change_at is not None and now >= change_at:
            return _End(0, "goAway")
        over = self._term.due(now, self._idle_since())
        if over == "cut":
            return _End(1000, "hung up", final=True)
        if over is not None:
            self._hang_up(over)
        return None

    def _change_at(self) -> float | None:
        """When to change over after goAway."""
        if self._leave_at is None:
            return None
        quiet = self.state is State.IDLE and self._outbox.empty
        return min(self._leave_at, self._quiet_since + HAND_OVER_AFTER_S) if quiet else self._leave_at

    def _idle_since(self) -> float | None:
        """Since when nobody speaks and nobody is waited for."""
        if self.state is not State.IDLE:
            return None
        return max(self._active_at, self._quiet_since, self._liveness.playing_until)

    def _hang_up(self, reason: Reason) -> None:
        if self._term.tell(self._now()):
            self._events.put_nowait(HangUp(reason))

    def _count(self) -> None:
        now = self._now()
        if self.sessions:
            seconds, self._counted_at = now - self._counted_at, now
            self._used(self._spend(seconds, 0))

    def _used(self, exhausted: Reason | None) -> None:
        if exhausted is not None:
            self._hang_up(exhausted)
