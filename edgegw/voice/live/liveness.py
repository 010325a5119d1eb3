"""When a live session is alive, and what to do when it is not. Pure: events and times in, actions out.

What is expected of the model is a state; `TABLE` says how signs of both sides move it:

    IDLE        nothing is expected
    LISTENING   the driver speaks
    WAITING     the driver has finished, or a tool has answered: the model has to begin
    ANSWERING   it has begun and not finished
    WORKING     it waits for a tool, and nothing is wrong about that

Only WAITING and ANSWERING run against a clock, which stands still while audio that came is still being played:

    rule                                                                         the report in the field behind it
    (a) nothing for `nudge_s`: an earcon and one typed nudge;                    pipecat#4633, cookbook#1255
        for `fresh_s`: a fresh session; a second time: say so and stop waiting   python-genai#2333
    (b) a turn that ends without audio: one nudge; a second one: say so          python-genai#2117
    (c) `interrupted` while no driver spoke is not passed on;                    pipecat#4131
        when the answer then ends unfinished: one nudge                          python-genai#2333
    (d) after a driver's interruption, audio of the old answer is stale, and     livekit/agents#4484
        the old answer's end is not the new one's                                scenario#360
    (e) a turn that ends right after a tool's result is not empty yet            autonomous-os#453
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final, Literal

from edgegw.model.value import value
from edgegw.voice.live.session import (
    SPOKEN_BYTES_PER_S,
    Audio,
    Event,
    GenerationComplete,
    InputText,
    Interrupted,
    OutputText,
    ToolCall,
    TurnComplete,
)


class State(Enum):
    IDLE = auto()
    LISTENING = auto()
    WAITING = auto()
    ANSWERING = auto()
    WORKING = auto()


class Sign(Enum):
    """What moves the state."""

    STARTED = auto()
    """The driver begins to speak."""
    ENDED = auto()
    """The driver's last word, and its end, are on the wire."""
    ASKED = auto()
    """A typed turn is on the wire."""
    TOLD = auto()
    """The model has said or shown something."""
    CALLED = auto()
    """It wants a tool."""
    RESULT = auto()
    """All its calls are answered."""
    COMPLETED = auto()
    """Its turn has ended."""


TABLE: Final = {
    **{(state, Sign.STARTED): State.LISTENING for state in State},
    (State.LISTENING, Sign.ENDED): State.WAITING,
    (State.WAITING, Sign.ENDED): State.WAITING,
    (State.ANSWERING, Sign.ENDED): State.WAITING,  # said again on a new connection
    (State.IDLE, Sign.ENDED): State.WAITING,
    (State.IDLE, Sign.ASKED): State.WAITING,
    (State.WAITING, Sign.ASKED): State.WAITING,
    (State.ANSWERING, Sign.ASKED): State.WAITING,
    (State.IDLE, Sign.TOLD): State.ANSWERING,
    (State.WAITING, Sign.TOLD): State.ANSWERING,
    (State.IDLE, Sign.CALLED): State.WORKING,  # behind the turn's end, as 3.8 does: it is a call like any other
    (State.WAITING, Sign.CALLED): State.WORKING,
    (State.ANSWERING, Sign.CALLED): State.WORKING,
    (State.WORKING, Sign.RESULT): State.WAITING,
    (State.WAITING, Sign.COMPLETED): State.IDLE,
    (State.ANSWERING, Sign.COMPLETED): State.IDLE,
}
"""Where a pair is missing, the state stays."""


@value(kw_only=True)
class Patience:
    """Seconds. After the driver's end, audio of the old answer may still come for `settle_s`, and its end for `owed_s`;
    `call_s`: how long a tool may take before the model is told that it takes longer."""

    nudge_s: float = 4.0
    fresh_s: float = 8.0
    settle_s: float = 0.3
    owed_s: float = 1.5
    call_s: float = 10.0


@value()
class Nudge:
    """Ask the model again. `stalled`: rule a, with an earcon; `empty`: rule b; `cut`: rule c."""

    why: Literal["stalled", "empty", "cut"]


@value()
class Fresh:
    """This session is dead: a fresh one."""


@value()
class GiveUp:
    """There will be no answer to what was said: tell the driver."""


@value()
class Finish:
    """The end of the turn was not told, but all of it was sent and has been played."""

    audio_bytes: int


Action = Nudge | Fresh | GiveUp | Finish


class Liveness:
    """`sign` what happens on our side, `hear` what the model says, and ask `due` at `next_at` what to do."""

    def __init__(self, patience: Patience | None = None) -> None:
        self._patience = patience or Patience()
        self.state = State.IDLE
        self.playing_until = 0.0
        """When what was received will have been played."""
        self.phantoms = 0
        """Interruptions without a driver."""
        self._since = 0.0
        self._calls = 0
        self._nudged = self._refreshed = False
        self._stale_until = self._owed_until = 0.0
        self._interrupted = False
        self._over = True
        """The model's turn has ended, for all that is known."""
        self._new_turn()

    def _new_turn(self) -> None:
        self.audio_bytes = 0
        self._cut = self._generated = self._resulted = False

    def sign(self, sign: Sign, now: float, *, ours: bool = False) -> None:
        """Something has happened on our side; `ours`: a nudge of this module's, which is not the driver's wish."""
        before = self.state
        under_way = before in (State.WAITING, State.ANSWERING, State.WORKING)
        if sign is Sign.STARTED:
            # Of an answer that is under way, some may still come; of one that has ended, nothing.
            self._stale_until = self._owed_until = float("inf") if under_way else 0.0
            self._interrupted = False
            self.playing_until = now
        elif sign is Sign.ENDED and self._owed_until > now:
            self._stale_until, self._owed_until = now + self._patience.settle_s, now + self._patience.owed_s
        elif sign is Sign.ASKED and under_way and not self._over:
            self._owed_until, self._interrupted = now + self._patience.owed_s, ours
        if sign in (Sign.STARTED, Sign.ASKED) and not ours:
            self._nudged = self._refreshed = False
        if sign in (Sign.ENDED, Sign.ASKED):
            self._over = False
            self._new_turn()
        if sign is Sign.RESULT:
            self._resulted = True
            self._calls = 0
        self.state = TABLE.get((before, sign), before)
        if sign is Sign.ENDED and self._calls:
            self.state = State.WORKING
        if not (ours and under_way):  # a nudge is no reason to wait longer
            self._since = now

    def reconnected(self, now: float) -> tuple[Action, ...]:
        """Another connection: nothing of the old one's answer will come. What to do about it."""
        self._stale_until = self._owed_until = 0.0
        self._calls = 0
        self._since = now
        if self.state is State.WORKING:
            self.state = State.WAITING
        if self.state is State.ANSWERING and self._generated:
            self.state = State.IDLE
            return (Finish(self.audio_bytes),)
        return ()

    def hear(self, event: Event, now: float) -> tuple[bool, tuple[Action, ...]]:
        """(whether the event is to be passed on, what to do)."""
        match event:
            case Audio(pcm):
                if self._stale(now):
                    return False, ()
                self.audio_bytes += len(pcm)
                self._owed_until = 0.0
                self.playing_until = max(self.playing_until, now) + len(pcm) / SPOKEN_BYTES_PER_S
                self._told(now)
            case OutputText():
                if self._stale(now):
                    return False, ()
                self._told(now)
            case InputText():
                if self.state is not State.IDLE:  # a transcript may come late, and expects nothing
                    self._told(now)
            case ToolCall():
                self._calls += 1
                self.state = TABLE.get((self.state, Sign.CALLED), self.state)
            case GenerationComplete():
                if self._stale(now):
                    return False, ()
                self._generated = True
                self._since = now
            case Interrupted():
                return self._interruption(now), ()
            case TurnComplete():
                return self._completed(now)
            case _:
                pass
        return True, ()

    def _stale(self, now: float) -> bool:
        return self.state is State.LISTENING or now < self._stale_until

    def _told(self, now: float) -> None:
        self.state = TABLE.get((self.state, Sign.TOLD), self.state)
        self._since = now
        self._over = False

    def _interruption(self, now: float) -> bool:
        if self.state is State.LISTENING or now < self._owed_until:
            first, self._interrupted = not self._interrupted, True
            return first
        self.phantoms += 1
        self._cut = self._cut or self.state is State.ANSWERING
        return False

    def _completed(self, now: float) -> tuple[bool, tuple[Action, ...]]:
        if now < self._owed_until:
            self._stale_until = self._owed_until = 0.0
            return False, ()
        if self.state not in (State.WAITING, State.ANSWERING):
            return False, ()
        self._over = True
        if self._resulted and not self.audio_bytes:
            self._resulted, self.state, self._since = False, State.WAITING, now
            return False, ()
        lacking: Literal["empty", "cut"] | None = (
            "empty" if not self.audio_bytes else "cut" if self._cut and not self._generated else None
        )
        if lacking is not None and not self._nudged:
            self._nudged = True
            self._since, self.state = now, State.WAITING
            self._new_turn()
            return False, (Nudge(lacking),)
        self.state = State.IDLE
        return True, (GiveUp(),) if lacking == "empty" else ()

    def next_at(self) -> float | None:
        """When `due` will have something to say, if nothing happens before."""
        if self.state not in (State.WAITING, State.ANSWERING):
            return None
        silent_since = max(self._since, self.playing_until)
        early = not self._nudged or self._generated
        return silent_since + (self._patience.nudge_s if early else self._patience.fresh_s)

    def due(self, now: float) -> tuple[Action, ...]:
        """What has to be done now."""
        at = self.next_at()
        if at is None or now < at:
            return ()
        if self._generated:
            self.state = State.IDLE
            return (Finish(self.audio_bytes),)
        if not self._nudged:
            self._nudged = True
            return (Nudge("stalled"),)
        if self._refreshed:
            self.state = State.IDLE
            return (GiveUp(),)
        self._refreshed = True
        self._since = now
        return (Fresh(),)
