"""Carries out what the conversation decides, and tells it what happens: the one place where all parts of EVA meet."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from edgegw.voice.audio.earcons import Earcon
from edgegw.voice.conversation import Conversation
from edgegw.voice.conversation import actions as do
from edgegw.voice.conversation import events as on
from edgegw.voice.door import Door, HubAway, Welcome
from edgegw.voice.figures import Figures
from edgegw.voice.hearing import Ear, Heard, SpeechBegan, SpeechEnded, SpeechFrame
from edgegw.voice.languages import Language
from edgegw.voice.live import session as live
from edgegw.voice.live import told
from edgegw.voice.live.exchange import Exchange, Unavailable
from edgegw.voice.live.line import Line

log = logging.getLogger("edgegw.voice")

BEFORE_MS = 200.0
"""Who begins to speak as the finger comes down is heard from the first sound on."""

ANSWER_S = 20.0
"""For the hub to answer a proposal; the conversation has given up before."""


class Speaks(Protocol):
    """What lets be heard (`mouth`), or writes what would be (`console`)."""

    speaks: bool

    def play(self, pcm: bytes) -> None: ...
    def prompt(self, name: str, language: Language) -> None: ...
    def say(self, text: str, language: Language) -> None: ...
    def chime(self, name: Earcon) -> None: ...
    def flush(self) -> int: ...


class Director:
    """`take` tells the conversation of an event and does what it decides, at once and in order; all on the loop.

    `setup` makes what a session of the model begins with from the hub's welcome. `caption` gives the words of a
    prepared sentence. `recognize` makes words of speech, in a thread. `write` gets lines for the console; without a
    console nothing is written. `quiet_ms`: what the ear waits before it ends a turn: latency counts from the last word.
    """

    def __init__(
        self, conversation: Conversation, *, door: Door, exchange: Exchange,
        setup: Callable[[Welcome, Language], live.LiveSetup],
        caption: Callable[[str, Language], str], ear: Ear | None = None, quiet_ms: int = 0,
        recognize: Callable[[bytes], str] | None = None, write: Callable[[str, str], None] | None = None,
        listens: bool = False, now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self.mouth: Speaks | None = None
        """What speaks; set before anything happens."""
        self.figures = Figures()
        self.local: Callable[[datetime], datetime] = lambda at: at
        """The site's own time; known with the hub's welcome."""
        self._conversation = conversation
        self._door = door
        self._exchange = exchange
        self._setup = setup
        self._caption = caption
        self._ear = ear
        self._quiet_ms = quiet_ms
        self._recognize_in_thread = recognize
        self._write = write
        self._listens = listens
        self._listens_since_ms = 0.0
        self.listening = asyncio.Event()
        """Set while the ear is to be given what the microphone hears."""
        if listens:
            self.listening.set()
        self._now = now
        self._events: deque[on.Event] = deque()
        self._busy = False
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._carrying: asyncio.Task[None] | None = None
        self._uplink: asyncio.Queue[do.Action] = asyncio.Queue()
        self._shown: do.Show | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something is still to be answered."""
        return self._conversation.phase not in ("idle", "listening")

    # --- in ----------------------------------------------------------------------------------------------------------

    def take(self, event: on.Event) -> None:
        """Something has happened."""
        self._events.append(event)
        if self._busy:  # what is being done has made it happen: in its turn
            return
        self._busy = True
        loop = asyncio.get_running_loop()
        try:
            while self._events:
                for action in self._conversation.take(self._events.popleft(), loop.time()):
                    self._DONE[type(action)](self, action)
        finally:
            self._busy = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if (due := self._conversation.due) is not None:
            self._timer = loop.call_at(due, self.take, on.Elapsed())

    def hub_came(self, welcome: Welcome) -> None:
        """The hub is there."""
        self.take(on.HubCame({spot.id: spot.label for spot in welcome.spots}))
        if self._shown is not None:
            self._show(self._shown)

    def hub_went(self) -> None:
        """It is away."""
        self.take(on.HubWent())

    def hub_happened(self, message: Mapping[str, Any]) -> None:
        """An event of the hub's. Those that are nobody's are for the kiosk's own process, not for a console."""
        dialogue, kind = message.get("dialogue") or None, str(message.get("kind"))
        if self._write is not None and dialogue is None:
            return
        if kind == "button":
            self.take(on.Woken("button") if message.get("pressed") else on.Released())
            return
        result = message.get("result")
        self.take(
            on.Happened(
                kind, dialogue, action=message.get("action"), station=message.get("station"),
                say=str(message.get("say") or ""), result=result if isinstance(result, dict) else None,
            )
        )  # fmt: skip

    def typed(self, text: str) -> None:
        """A line at the console."""
        self.take(on.Typed(text, self._hour()))

    def exchange_changed(self) -> None:
        """Whether the live model can be had may have changed."""
        finding = self._exchange.finding
        self.take(on.Standing(finding.state if finding is not None else None))

    def heard(self, pcm: bytes, at_ms: float) -> None:
        """A frame of the microphone. Of those from before anybody spoke to her only the room is learned."""
        if self._ear is None:
            return
        if self._listens and at_ms >= self._listens_since_ms:
            speaking = self.mouth is not None and self.mouth.speaks
            self._from_ear(self._ear.hear(pcm, now_ms=at_ms, speaking=speaking))
        else:
            self._ear.overhear(pcm)

    def heard_nothing(self, at_ms: float) -> None:
        """No frame has come for a while."""
        if self._ear is not None and self._listens:
            self._from_ear(self._ear.tick(now_ms=at_ms))

    def _from_ear(self, found: tuple[Heard, ...]) -> None:
        for heard in found:
            match heard:
                case SpeechFrame(pcm):
                    self.take(on.SpeechFrame(pcm))
                case SpeechBegan(preroll, barge_in, resumed):
                    self.figures.count("turns")
                    self.figures.count("interruptions", int(barge_in))
                    self.take(on.SpeechBegan(preroll, resumed))
                case SpeechEnded(reason, voiced_ms):
                    quiet_ms = self._quiet_ms if reason == "silence" else 0
                    self.take(on.SpeechEnded(reason, voiced_ms, quiet_ms))

    def _hour(self) -> int:
        return self.local(self._now()).hour

    # --- the live model ----------------------------------------------------------------------------------------------

    def _open_line(self, _: do.OpenLine) -> None:
        self.figures.count("conversations")
        self._uplink = asyncio.Queue()
        self._carrying = self._begin(self._carry(self._uplink), "voice line")

    def _close_line(self, _: do.CloseLine) -> None:
        if self._carrying is not None:
            self._carrying.cancel()
            self._carrying = None

    def _to_model(self, action: do.Action) -> None:
        self._uplink.put_nowait(action)

    async def _carry(self, uplink: asyncio.Queue[do.Action]) -> None:
        """One dialogue's line to the model, to its end."""
        welcome = self._door.welcome
        if welcome is None:
            return
        try:
            line = self._exchange.line(self._setup(welcome, self._conversation.language))
        except Unavailable as error:
            self.take(on.LineLost(error.finding.state))
            return
        async with line:
            sending = asyncio.create_task(_send(line, uplink), name="voice line: sending")
            try:
                async for event in line.events():
                    self._from_line(event)
            finally:
                sending.cancel()
                await asyncio.wait([sending])
                self.figures.line(line.counters)

    def _from_line(self, event: told.LineEvent) -> None:
        match event:
            case live.Ready():
                self.take(on.LineReady())
            case live.Audio(pcm, _):
                self.take(on.Sounded(pcm))
            case live.InputText(text):
                self.take(on.Understood(text))
            case live.OutputText(text):
                self.take(on.Worded(text))
            case live.ToolCall(id, name, args):
                self.take(on.Called(id, name, args))
            case live.ToolCancelled(ids):
                self.take(on.CallsCancelled(ids))
            case live.Interrupted():
                self.take(on.Interrupted())
            case live.TurnComplete():
                self.take(on.ReplyEnded())
            case told.Stalled():
                self.figures.count("nudges")
                self.take(on.Stalled())
            case told.Unanswered():
                self.take(on.Unanswered())
            case told.Degraded(finding):
                self.take(on.LineLost(finding.state))
            case told.HangUp("minutes" | "tokens"):
                self.take(on.LineLost("budget_spent"))
            case live.Closed():
                self.take(on.LineLost("cloud_down"))

    # --- the hub -----------------------------------------------------------------------------------------------------

    def _open_dialogue(self, action: do.OpenDialogue) -> None:
        self._begin(self._opening(action), "voice: opening a dialogue")

    async def _opening(self, action: do.OpenDialogue) -> None:
        message = {"type": "open", "dialogue": action.dialogue, "language": action.language, "channel": action.channel}
        try:
            answer = await self._door.ask(message)
        except HubAway as error:
            log.warning("a dialogue can't be opened: %s", error)
            self.take(on.Refused(action.dialogue, "hub_away", ""))
            return
        if answer.get("type") == "opened":
            self.take(on.Opened(action.dialogue))
        else:
            self.take(on.Refused(action.dialogue, str(answer.get("reason")), str(answer.get("say") or "")))

    def _close_dialogue(self, action: do.CloseDialogue) -> None:
        self._door.tell({"type": "close", "dialogue": action.dialogue})
        if self._ear is not None:
            self._ear.begin_conversation()  # whoever comes next is somebody else

    def _propose(self, action: do.Propose) -> None:
        self._begin(self._proposing(action), "voice: a proposal")

    async def _proposing(self, action: do.Propose) -> None:
        message = {
            "type": "propose", "dialogue": action.dialogue, "tool": action.tool, "args": dict(action.args),
            "call_id": action.call_id,
        }  # fmt: skip
        try:
            async with asyncio.timeout(ANSWER_S):
                answer = await self._door.ask(message)
        except (HubAway, TimeoutError) as error:
            log.warning("a proposal got no answer: %s", error or "it took too long")
            text = "The gateway can't do this now; nothing was done."
            self.take(on.Answered(action.dialogue, action.call_id, "refused", text, reason="hub_away"))
            return
        self.take(
            on.Answered(
                action.dialogue, action.call_id, str(answer.get("decision")), str(answer.get("say") or ""),
                action=answer.get("action"), reason=answer.get("reason"), result=answer.get("result"),
            )
        )  # fmt: skip

    def _cancel_call(self, action: do.CancelCall) -> None:
        self._door.tell({"type": "cancel", "dialogue": action.dialogue, "call_id": action.call_id})

    def _report(self, action: do.Interaction) -> None:
        message: dict[str, Any] = {
            "type": "interaction", "dialogue": action.dialogue, "at": self._now().isoformat().replace("+00:00", "Z"),
            "intent": action.intent, "tool": action.tool, "decision": action.decision, "outcome": action.outcome,
            "language": action.language, "latency_ms": action.latency_ms,
        }  # fmt: skip
        if action.transcript is not None:
            message["transcript"] = action.transcript
        self._door.tell(message)

    def _show(self, action: do.Show, caption: str | None = None) -> None:
        self._shown = action
        if self._write is None:  # the screen is the kiosk's, not the console's
            self._door.tell({
                "type": "state", "state": action.state, "microphone_live": action.microphone_live,
                "dialogue": action.dialogue, "caption": action.caption if caption is None else caption,
            })  # fmt: skip

    # --- ear and mouth -----------------------------------------------------------------------------------------------

    def _listen(self, action: do.Listen) -> None:
        if action.on and not self._listens:
            self._listens_since_ms = self._now_ms() - BEFORE_MS
            self.listening.set()
            if self._ear is not None:
                self._ear.begin_conversation()
        elif not action.on:
            self.listening.clear()
        self._listens = action.on

    def _press(self, _: do.Press) -> None:
        if self._ear is not None:
            self._from_ear(self._ear.press(now_ms=self._now_ms()))

    def _release(self, _: do.Release) -> None:
        if self._ear is not None:
            self._from_ear(self._ear.release(now_ms=self._now_ms()))

    def _expect(self, action: do.Expect) -> None:
        if self._ear is not None:
            self._ear.expect(yes_no=action.yes_no)

    def _now_ms(self) -> float:
        return asyncio.get_running_loop().time() * 1000

    def _recognize(self, action: do.Recognize) -> None:
        self._begin(self._recognizing(action.pcm), "voice: recognizing")

    async def _recognizing(self, pcm: bytes) -> None:
        hear = self._recognize_in_thread
        text = "" if hear is None else await asyncio.to_thread(hear, pcm)
        self.take(on.Recognized(text, self._hour()))

    def _play(self, action: do.Play) -> None:
        if self.mouth is not None:
            self.mouth.play(action.pcm)

    def _chime(self, action: do.Chime) -> None:
        if self.mouth is not None:
            self.mouth.chime(action.name)

    def _prompt(self, action: do.Prompt) -> None:
        if self.mouth is not None:
            self.mouth.prompt(action.name, action.language)
        if self._shown is not None:
            self._show(self._shown, self._caption(action.name, action.language))

    def _say(self, action: do.Say) -> None:
        if self.mouth is not None:
            self.mouth.say(action.text, action.language)

    def _flush(self, _: do.Flush) -> None:
        if self.mouth is not None:
            self.mouth.flush()

    def _wrote(self, action: do.Wrote) -> None:
        if self._write is not None:
            self._write(action.who, action.text)

    # --- tasks -------------------------------------------------------------------------------------------------------

    def _begin(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s failed", task.get_name(), exc_info=error)

    async def end(self) -> None:
        """Cancel what is under way and wait for it."""
        if self._timer is not None:
            self._timer.cancel()
        for task in list(self._tasks):
            task.cancel()
        while self._tasks:
            await asyncio.wait(self._tasks)

    _DONE: Mapping[type, Callable[[Director, Any], None]] = {
        do.OpenDialogue: _open_dialogue, do.CloseDialogue: _close_dialogue, do.OpenLine: _open_line,
        do.CloseLine: _close_line, do.StartActivity: _to_model, do.SendAudio: _to_model, do.EndActivity: _to_model,
        do.Tell: _to_model, do.Return: _to_model, do.Propose: _propose, do.CancelCall: _cancel_call, do.Play: _play,
        do.Chime: _chime, do.Prompt: _prompt, do.Say: _say, do.Flush: _flush, do.Listen: _listen, do.Press: _press,
        do.Release: _release, do.Expect: _expect, do.Recognize: _recognize, do.Wrote: _wrote, do.Show: _show,
        do.Interaction: _report,
    }  # fmt: skip


async def _send(line: Line, uplink: asyncio.Queue[do.Action]) -> None:
    """Hand to the line, in order, what is for the model."""
    while True:
        match await uplink.get():
            case do.SendAudio(pcm):
                await line.send_audio(pcm)
            case do.StartActivity():
                await line.activity_start()
            case do.EndActivity():
                await line.activity_end()
            case do.Tell(text):
                await line.nudge(text)
            case do.Return(call_id, tool, result):
                await line.tool_result(call_id, tool, result)
