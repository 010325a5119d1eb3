"""What is known of the conversation that is going on, and the steps that all who decide about it share."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Literal

from edgegw.model.value import value
from edgegw.voice.conversation import actions as do
from edgegw.voice.conversation import events as on
from edgegw.voice.conversation.limits import Limits, Waits
from edgegw.voice.conversation.quoting import notice
from edgegw.voice.conversation.turn import Turn
from edgegw.voice.languages import Language

Phase = Literal["idle", "listening", "hearing", "thinking", "speaking", "ending"]

HELD_BYTES = 5 * 32000
"""Speech that is kept for a model that does not listen yet: 5 s of 16 kHz mono s16le."""
PLAYED_BYTES_S = 48000.0
"""Bytes of a second of 24 kHz mono s16le."""
LONGEST_PROMPT_S = 10.0
SPOKEN_LETTERS_S = 10.0
"""The local voice reads no slower."""


@value()
class Manner:
    """How conversations go at this kiosk."""

    language: Language = "pt-BR"
    start_with: Literal["button", "always"] = "button"
    channel: do.Channel = "voice"
    transcripts: bool = False
    recognizer: bool = False
    """Whether there is a local recognizer, for the time without the cloud."""
    limits: Limits = Limits()

    @property
    def simple(self) -> bool:
        """Whether the closed grammar can take the model's place: what is typed needs no recognizer."""
        return self.recognizer or self.channel == "text"


class Course:
    """The state of `Conversation`. What is of one dialogue is new with each `reset`."""

    def __init__(self, manner: Manner, new_id: Callable[[], str]) -> None:
        self.manner = manner
        self.limits = manner.limits
        self.new_id = new_id
        self.now = 0.0
        self.out: list[do.Action] = []
        self.waits = Waits()
        self.phase: Phase = "idle"
        self.labels: Mapping[str, str] | None = None
        """Of the hub's welcome; None: the hub is away."""
        self.trouble: on.Trouble | None = None
        self.microphone = True
        self.leaving = False
        """The process is about to end."""
        self.apologised_at: float | None = None
        self.reset()

    def reset(self) -> None:
        """Nothing is known of whoever comes next."""
        self.dialogue: str | None = None
        self.language: Language = self.manner.language
        self.channel: do.Channel = self.manner.channel
        self.known_to_hub = False
        self.local = False
        """The closed grammar has taken the model's place."""
        self.line: Literal["closed", "opening", "ready"] = "closed"
        self.held: deque[do.Action] = deque()
        self.calls: dict[str, str] = {}
        """Tools that the hub has not answered yet, by call id."""
        self.actions: set[str] = set()
        """What waits for the driver's hand."""
        self.answers: set[str] = set()
        """Sentences with which the hub has answered: its notice of the same is no news."""
        self.unmet = False
        """Something was refused that a change at a station may allow: a cable, for one."""
        self.notices: deque[on.Happened] = deque()
        self.unsaid = ""
        self.turn: Turn | None = None
        self.generating = False
        """The model is in the middle of a reply."""
        self.stale = False
        """What still comes of it is not played: the driver has spoken since."""
        self.sounding = False
        self.sound_until = 0.0
        self.speech = bytearray()
        self.failures = 0
        self.pressed = False
        self.parting = False
        """The driver has said goodbye."""
        self.extended = False
        self.caption = ""

    @property
    def open(self) -> bool:
        """Whether a driver can say something and something can come of it."""
        return self.phase not in ("idle", "ending")

    # --- steps -------------------------------------------------------------------------------------------------------

    def act(self, *actions: do.Action) -> None:
        """Have this done."""
        self.out += actions

    def up(self, action: do.Action) -> None:
        """To the model, now or as soon as it listens; of speech, the last 5 s."""
        if self.line == "ready":
            self.act(action)
        elif self.line == "opening":
            self.held.append(action)
            waiting = [each for each in self.held if isinstance(each, do.SendAudio)]
            while sum(len(each.pcm) for each in waiting) > HELD_BYTES:
                self.held.remove(waiting.pop(0))

    def wait(self, name: str, seconds: float) -> None:
        self.waits.begin(name, self.now + seconds)

    def listen(self) -> None:
        """The driver's turn; or the end, when that was said."""
        self.finish_turn()
        self.waits.end("reply", "filler", "spoken")
        self.phase = "listening"
        if self.parting:
            self.end(calm=True)
            return
        self.wait("idle", self.limits.idle)
        self.pass_on()

    def think(self) -> None:
        """The model's turn."""
        self.phase = "thinking"
        self.wait("reply", self.limits.reply)

    def new_turn(self, intent: str) -> Turn:
        self.finish_turn()
        self.turn = Turn(intent)
        self.caption = ""
        return self.turn

    def finish_turn(self) -> None:
        if self.turn is not None and self.dialogue is not None:
            self.act(self.turn.ended(self.dialogue, self.language, transcripts=self.manner.transcripts))
        self.turn = None

    def hush(self) -> None:
        """The driver has the word: EVA is silent first, and what still comes of her reply is not played."""
        if self.generating and self.turn is not None and self.turn.outcome is None:
            self.turn.outcome = "interrupted"
        self.stale = self.stale or self.generating
        if self.quiet() and self.phase == "speaking":
            self.phase = "listening"
            self.wait("idle", self.limits.idle)

    def quiet(self) -> bool:
        """Stop what sounds; whether anything did."""
        if not self.sounding:
            return False
        self.silent()
        self.act(do.Flush())
        return True

    def silent(self) -> None:
        """Nothing sounds any more."""
        self.sounding = False
        self.sound_until = self.now
        self.waits.end("sound")

    def prompt(self, name: str) -> None:
        self.act(do.Prompt(name, self.language))
        self.sounds(LONGEST_PROMPT_S)

    def say(self, text: str) -> None:
        self.caption = text
        self.act(do.Say(text, self.language))
        self.sounds(len(text) / SPOKEN_LETTERS_S)

    def play(self, pcm: bytes) -> None:
        self.act(do.Play(pcm))
        self.sounds(len(pcm) / PLAYED_BYTES_S)

    def sounds(self, seconds: float) -> None:
        self.sounding = True
        self.sound_until = max(self.sound_until, self.now) + seconds
        self.waits.begin("sound", self.sound_until + self.limits.sound)

    def aloud(self, text: str, *, otherwise: str = "not_understood") -> None:
        """An answer in the local voice: `text`, or when there is none the prepared sentence `otherwise`."""
        self.waits.end("reply", "filler", "spoken", "outcome", "idle")
        self.phase = "speaking"
        if self.turn is not None:
            self.turn.sound(self.now)
        if text:
            self.say(text)
        else:
            self.prompt(otherwise)

    def pass_on(self) -> None:
        """Tell the driver what the hub told: in the model's words, or our own when it has none."""
        if not self.notices or self.line == "opening":
            return
        event = self.notices.popleft()
        turn = self.turn if self.turn is not None else self.new_turn("notice")
        if event.kind == "outcome":
            turn.outcome = str((event.result or {}).get("state", "done"))
        self.caption = event.say or self.caption
        self.waits.end("idle")
        if self.local:
            self.aloud(event.say)
            return
        self.act(do.Tell(notice(event)))
        self.think()
        if event.say:
            self.unsaid = event.say
            self.wait("spoken", self.limits.spoken)

    # --- ends --------------------------------------------------------------------------------------------------------

    def without_cloud(self, why: on.Trouble) -> None:
        """Go on without the model, or say why not."""
        if self.line != "closed":
            self.line = "closed"
            self.act(do.CloseLine())
        self.waits.end("line", "reply", "spoken")
        self.generating = self.stale = False
        if not self.manner.simple:
            self.end(why, outcome=why)
            return
        self.local = True
        self.held.clear()
        self.speech.clear()
        if self.phase in ("thinking", "speaking") and not self.calls:
            self.listen()
        if self.open:
            self.prompt("simple_requests")

    def end(self, prompt: str | None = None, *, say: str = "", outcome: str | None = None, calm: bool = False) -> None:
        """Say the last words and be done; `calm`: what is being said is said to its end."""
        assert self.dialogue is not None
        if self.turn is not None and outcome is not None:
            self.turn.outcome = outcome
        self.finish_turn()
        if not calm:
            self.quiet()
        self.act(*(do.CancelCall(self.dialogue, call_id) for call_id in self.calls))
        self.calls.clear()
        self.act(do.Listen(self.manner.start_with == "always"))
        if self.line != "closed":
            self.line = "closed"
            self.act(do.CloseLine())
        if self.known_to_hub:
            self.act(do.CloseDialogue(self.dialogue))
        self.waits.clear()
        self.phase = "ending"
        if say:
            self.say(say)
        elif prompt is not None:
            self.prompt(prompt)
        if self.sounding:
            self.waits.begin("ending", max(self.now, self.sound_until) + self.limits.ending)
        else:
            self.over()

    def over(self) -> None:
        """Nobody is here."""
        self.waits.clear()
        self.phase = "idle"
        self.reset()
