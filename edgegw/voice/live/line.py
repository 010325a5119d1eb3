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

from edgegw.model.value import changed
from edgegw.voice.live import session
from edgegw.voice.live.budget import Limits, Reason
from edgegw.voice.live.clock import Clock
from edgegw.voice.live.dialogue import Dialogue, End
from edgegw.voice.live.findings import Finding, finding, lost
from edgegw.voice.live.liveness import Patience, Sign, State
from edgegw.voice.live.outbox import Message, Result, Typed
from edgegw.voice.live.recovery import Recovery
from edgegw.voice.live.session import CannotOpen, Closed, LiveModel, LiveSession, LiveSetup
from edgegw.voice.live.speech import Piece
from edgegw.voice.live.told import Degraded, LineEvent

_LOG = logging.getLogger(__name__)

STUCK_S: Final = 4.0
"""A message that the socket does not take for so long: the connection is dead."""


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
        self._now = now
        self._dialogue = Dialogue(
            patience or Patience(), recovery or Recovery(), lambda tokens: self._clock.used(0.0, tokens), now
        )
        self._clock = Clock(self._dialogue, limits or Limits(), spend, now)
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
        return self._dialogue.state

    @property
    def counters(self) -> Mapping[str, float]:
        """For metrics."""
        outbox = self._dialogue.outbox
        return {
            "sessions": self.sessions,
            "phantom_interruptions": self._dialogue.liveness.phantoms,
            "repeated_calls": outbox.calls.repeated,
            "dropped_audio_s": outbox.speech.dropped_bytes / session.HEARD_BYTES_PER_S,
        }

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._run(), name="live line")
        return self

    async def __aexit__(self, *ended: object) -> None:
        await self.close()

    async def events(self) -> AsyncIterator[LineEvent]:
        """What happens, once over; Closed is the last."""
        while True:
            event = await self._dialogue.events.get()
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
        outbox = self._dialogue.outbox
        if outbox.speech.speaking or self._over:
            return
        outbox.calls.turn()
        outbox.speech.start()
        self._dialogue.sign(Sign.STARTED)

    async def send_audio(self, pcm: bytes) -> None:
        self._dialogue.outbox.speech.add(pcm)
        self._dialogue.outgoing.set()

    async def activity_end(self) -> None:
        self._dialogue.outbox.speech.end()
        self.touch()

    async def nudge(self, text: str) -> None:
        """A typed turn: of the driver's at a console, or about something that has happened, such as a card."""
        self._dialogue.outbox.calls.turn()
        self._dialogue.type(Typed(text, ours=False, again=True))

    async def tool_result(self, call_id: str, name: str, result: Mapping[str, Any]) -> None:
        """The answer to a ToolCall. That of a cancelled call is dropped; one that comes late, or whose session is gone,
        is told to the model as text."""
        answer = self._dialogue.outbox.calls.answer(call_id, result)
        if answer is not None:
            self._dialogue.answer(answer, result)

    def touch(self) -> None:
        """Somebody is there: a card, a finger on the screen. The idle time begins anew."""
        self._dialogue.touch()

    # Sessions, one after the other.

    async def _run(self) -> None:
        end = End(0)
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
                self._dialogue.between(end)
        except Exception as error:
            _LOG.exception("the line to the live model has failed")
            self._degrade(Finding("cloud_down", "internal", f"the line has failed: {type(error).__name__}: {error}"))
        finally:
            self._clock.count()
            self._over = True
            self._dialogue.forget()
            self._ended(self)
            self._dialogue.tell(Closed(end.code or 1000, end.reason))

    async def _open(self, end: End) -> LiveSession | None:
        self._dialogue.recovery.begin(end.code, self._now())
        wrong = lost(end.code, end.reason)
        while (attempt := self._dialogue.recovery.next(self._now())) is not None:
            await asyncio.sleep(attempt.delay_s)
            context = "" if attempt.handle else self._dialogue.memory.context()
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
            self._dialogue.recovery.failed()
        self._degrade(wrong)
        return None

    def _degrade(self, wrong: Finding) -> None:
        self.failed = wrong
        self._dialogue.tell(Degraded(wrong))

    def _opened(self, *, resumed: bool) -> None:
        now = self._now()
        gap_s = now - self._lost_at if self._lost_at is not None else 0.0
        self._clock.opened()
        self.sessions += 1
        self._dialogue.recovery.opened(now)
        self._dialogue.leave_at = None
        self._dialogue.tell(session.Ready(resumed, gap_s))
        self.touch()

    async def _talk(self, opened: LiveSession) -> End:
        """Carry one session; how it ended."""
        self._dialogue.outgoing.set()
        works: list[Coroutine[Any, Any, End]] = [self._hear(opened), self._send(opened), self._clock.run()]
        tasks = [asyncio.ensure_future(each) for each in works]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return next(task for task in tasks if task in done).result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self, opened: LiveSession) -> End:
        while True:
            self._dialogue.outgoing.clear()
            while (message := self._dialogue.outbox.next()) is not None:
                try:
                    async with asyncio.timeout(STUCK_S):
                        await self._sending(opened, message)
                except (TimeoutError, OSError):
                    return End(1006, "the connection takes no more")
            await self._dialogue.outgoing.wait()

    def _sending(self, opened: LiveSession, message: Message) -> Coroutine[Any, Any, None]:
        match message:
            case Result(id, name, result, last):
                if last:
                    self._dialogue.sign(Sign.RESULT)
                return opened.tool_result(id, name, result)
            case Typed(text, ours):
                self._dialogue.sign(Sign.ASKED, ours=ours)
                return opened.nudge(text)
            case Piece("start"):
                return opened.activity_start()
            case Piece("audio", pcm):
                return opened.send_audio(pcm)
            case Piece():
                self._dialogue.sign(Sign.ENDED)
                return opened.activity_end()

    async def _hear(self, opened: LiveSession) -> End:
        async for event in opened.events():
            if isinstance(event, Closed):
                _LOG.info("the live session has ended: %d %s", event.code, event.reason)
                return End(event.code, event.reason)
            self._dialogue.take(event)
            self._dialogue.stirred.set()
        return End(1006, "the session fell silent")
