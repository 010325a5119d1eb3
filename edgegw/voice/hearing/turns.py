"""Turns: from frames that are voiced or not, and a button, to speech that begins and ends. Pure; time is passed in.

    state       what happens                     then        and
    ---------   ------------------------------   ---------   -----------------------------------
    quiet       onset: 5 of 7 frames voiced      maybe
                press                            held
                lost, muted                      quiet       what was kept for a pre-roll is forgotten
    maybe       enough: 240 ms voiced            turn        SpeechBegan with all of it
                lull: 200 ms without             quiet       nobody was told
                press                            held
                lost, muted                      quiet       forgotten
    turn        silence: the hang-over passed    quiet       SpeechEnded
                cap: 12 s long                   quiet       SpeechEnded
                press                            held turn
                lost, muted                      quiet       SpeechEnded
    held        onset: 100 ms voiced, held 300   held turn   SpeechBegan
                tap: released within 300 ms      quiet       what was heard meanwhile still counts
                release                          quiet       SpeechBegan and SpeechEnded, or NothingHeard
                lost, muted                      held        forgotten
    held turn   release                          quiet       SpeechEnded, at once
                cap                              quiet       SpeechEnded: the button may be stuck
                lost, muted                      held        SpeechEnded

Every frame of a turn is told once and in order, those of the pre-roll in SpeechBegan, each other one in a SpeechFrame.
A pair of state and event that has no line changes nothing.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from enum import Enum, auto
from typing import Final, Literal

from edgegw.voice.hearing.heard import FRAME_MS, Heard, NothingHeard, SpeechBegan, SpeechEnded, SpeechFrame
from edgegw.voice.hearing.settings import EarSettings


class State(Enum):
    QUIET = auto()
    MAYBE = auto()
    TURN = auto()
    HELD = auto()
    HELD_TURN = auto()


class Event(Enum):
    ONSET = auto()
    ENOUGH = auto()
    LULL = auto()
    SILENCE = auto()
    CAP = auto()
    PRESS = auto()
    TAP = auto()
    RELEASE = auto()
    LOST = auto()
    MUTED = auto()


class Act(Enum):
    NOTHING = auto()
    SETTLE = auto()
    """It is counted anew, and the newest frames stay as a pre-roll."""
    FORGET = auto()
    """The frames too."""
    BEGIN = auto()
    END = auto()
    TELL = auto()
    """All that was heard, at once."""


_Q, _M, _T, _H, _HT = State
TABLE: Final = {
    (_Q, Event.ONSET): (_M, Act.NOTHING),
    (_Q, Event.PRESS): (_H, Act.NOTHING),
    (_Q, Event.LOST): (_Q, Act.FORGET),
    (_Q, Event.MUTED): (_Q, Act.FORGET),
    (_M, Event.ENOUGH): (_T, Act.BEGIN),
    (_M, Event.LULL): (_Q, Act.SETTLE),
    (_M, Event.PRESS): (_H, Act.NOTHING),
    (_M, Event.LOST): (_Q, Act.FORGET),
    (_M, Event.MUTED): (_Q, Act.FORGET),
    (_T, Event.SILENCE): (_Q, Act.END),
    (_T, Event.CAP): (_Q, Act.END),
    (_T, Event.PRESS): (_HT, Act.NOTHING),
    (_T, Event.LOST): (_Q, Act.END),
    (_T, Event.MUTED): (_Q, Act.END),
    (_H, Event.ONSET): (_HT, Act.BEGIN),
    (_H, Event.TAP): (_Q, Act.NOTHING),
    (_H, Event.RELEASE): (_Q, Act.TELL),
    (_H, Event.LOST): (_H, Act.FORGET),
    (_H, Event.MUTED): (_H, Act.FORGET),
    (_HT, Event.RELEASE): (_Q, Act.END),
    (_HT, Event.CAP): (_Q, Act.END),
    (_HT, Event.LOST): (_H, Act.END),
    (_HT, Event.MUTED): (_H, Act.END),
}

_REASONS: Final[dict[Event, Literal["silence", "button", "cap", "lost", "muted"]]] = {
    Event.SILENCE: "silence",
    Event.CAP: "cap",
    Event.RELEASE: "button",
    Event.LOST: "lost",
    Event.MUTED: "muted",
}

_TOLD_OF_A_HOLD: Final = 3
"""Voiced frames that make a held button's audio worth telling: 60 ms."""
_PATIENCE: Final = 3
"""Turns: that in which a driver paused, and two more, counted anew with each such pause."""
_LOUD: Final = 0.8
"""The talker's level is the 80th percentile of the turn's voiced frames."""


class Turns:
    """One conversation's turns. Whoever asks `hear`, `press` and the others passes on what they return, in order."""

    def __init__(self, settings: EarSettings) -> None:
        self._settings = settings
        self._state = State.QUIET
        self._kept: deque[tuple[bytes, bool]] = deque()
        """Frames of which nobody was told, oldest first, and whether each was voiced."""
        self._window: deque[bool] = deque(maxlen=settings.start_of)
        self._voiced = 0
        """Voiced frames of what may be a turn, or is."""
        self._lead = 0
        """Frames of the pre-roll before the first voiced one."""
        self._told = 0
        """Frames of the turn that were told."""
        self._silent = 0
        self._levels: list[float] = []
        self._pressed_at = 0.0
        self._ended_at: float | None = None
        """When a silence last ended a turn."""
        self._yes_no = False
        self._patience = 0
        """Turns that more patience is had with."""
        self._resumes = False

    @property
    def state(self) -> State:
        return self._state

    @property
    def speaking(self) -> bool:
        """A turn is open: SpeechBegan was told and no SpeechEnded yet."""
        return self._state in (State.TURN, State.HELD_TURN)

    @property
    def held(self) -> bool:
        """The button is."""
        return self._state in (State.HELD, State.HELD_TURN)

    def expect(self, *, yes_no: bool) -> None:
        """Whether the next turn answers a question that wants a yes or a no. Forgotten when that turn ends."""
        self._yes_no = yes_no

    def hear(
        self, pcm: bytes, *, now_ms: float, voiced: bool, like_voice: bool, level_db: float, barge_in: bool = False
    ) -> list[Heard]:
        """The next frame. `voiced`: it is the talker's; `like_voice`: the detector alone says so, which is enough while
        the button is held. `level_db` is its loudness on any scale; `barge_in`: EVA is speaking."""
        self._window.append(voiced)
        if self.held:
            voiced = like_voice
        if self.speaking:
            return self._more(pcm, now_ms, voiced, level_db)
        self._keep(pcm, voiced, level_db)
        found: list[Heard] = []
        if self._state is State.QUIET and sum(self._window) >= self._settings.start_voiced:
            self._voiced, self._silent = sum(self._window), 0
            ended_at, self._resumes = self._ended_at, False
            if ended_at is not None and not barge_in:
                self._resumes = now_ms - ended_at <= self._settings.resumed_ms
            found += self._on(Event.ONSET, now_ms)
        if self._state is State.MAYBE:
            if self._voiced * FRAME_MS >= self._needed_ms(barge_in):
                found += self._on(Event.ENOUGH, now_ms, barge_in)
            elif self._silent * FRAME_MS >= self._settings.lull_ms:
                found += self._on(Event.LULL, now_ms)
        elif self._state is State.HELD and now_ms - self._pressed_at >= self._settings.hold_ms:
            self._voiced = sum(voiced for _, voiced in self._kept)
            if self._voiced >= self._settings.start_voiced:
                found += self._on(Event.ONSET, now_ms, barge_in)
        return found

    def press(self, now_ms: float) -> list[Heard]:
        """The button, or the screen's, is touched."""
        if not self.held:
            self._pressed_at = now_ms
        return self._on(Event.PRESS, now_ms)

    def release(self, now_ms: float) -> list[Heard]:
        """It is let go."""
        tapped = self._state is State.HELD and now_ms - self._pressed_at < self._settings.hold_ms
        return self._on(Event.TAP if tapped else Event.RELEASE, now_ms)

    def lose(self, now_ms: float) -> list[Heard]:
        """The microphone brings nothing."""
        return self._on(Event.LOST, now_ms)

    def mute(self, now_ms: float) -> list[Heard]:
        """EVA speaks, and what the microphone brings from now on is her."""
        return self._on(Event.MUTED, now_ms)

    def _keep(self, pcm: bytes, voiced: bool, level_db: float) -> None:
        settings = self._settings
        self._kept.append((pcm, voiced))
        if self._state is State.MAYBE:
            self._voiced += voiced
            self._silent = 0 if voiced else self._silent + 1
        else:
            most_ms = (
                settings.held_ms if self._state is State.HELD else settings.preroll_ms + settings.start_of * FRAME_MS
            )
            while len(self._kept) * FRAME_MS > most_ms:
                self._kept.popleft()
        if voiced:
            self._levels.append(level_db)
            del self._levels[: -settings.start_of if self._state is State.QUIET else -settings.held_ms // FRAME_MS]

    def _more(self, pcm: bytes, now_ms: float, voiced: bool, level_db: float) -> list[Heard]:
        self._told += 1
        if voiced:
            self._voiced += 1
            insort(self._levels, level_db)
            near = level_db > self._levels[int(_LOUD * len(self._levels))] - self._settings.quieter_db
            voiced = near and all(list(self._window)[-2:])  # one frame alone is nobody
        if voiced and self._silent * FRAME_MS >= self._settings.hangover_ms:
            self._patience = _PATIENCE  # it was needed
        self._silent = 0 if voiced else self._silent + 1
        found: list[Heard] = [SpeechFrame(pcm)]
        if self._state is State.TURN and self._silent * FRAME_MS >= self._hangover_ms():
            found += self._on(Event.SILENCE, now_ms)
        elif self._told * FRAME_MS >= self._settings.longest_ms:
            found += self._on(Event.CAP, now_ms)
        return found

    def _needed_ms(self, barge_in: bool) -> int:
        if barge_in:
            return self._settings.barge_in_voiced_ms
        return self._settings.answer_voiced_ms if self._yes_no else self._settings.voiced_ms

    def _hangover_ms(self) -> int:
        if self._yes_no:
            return self._settings.answer_hangover_ms
        if self._patience or (self._told - self._lead - self._silent) * FRAME_MS < self._settings.brief_ms:
            return self._settings.patient_hangover_ms
        return self._settings.hangover_ms

    def _on(self, event: Event, now_ms: float, barge_in: bool = False) -> list[Heard]:
        """What the table says."""
        if (self._state, event) not in TABLE:
            return []
        self._state, act = TABLE[self._state, event]
        match act:
            case Act.BEGIN:
                return [self._begin(barge_in)]
            case Act.END:
                return [self._end(event, now_ms)]
            case Act.TELL:
                self._voiced = sum(voiced for _, voiced in self._kept)
                if self._voiced < _TOLD_OF_A_HOLD:
                    self._forget()
                    return [NothingHeard()]
                return [self._begin(barge_in), self._end(event, now_ms)]
            case Act.SETTLE:
                self._settle()
            case Act.FORGET:
                self._forget()
        return []

    def _begin(self, barge_in: bool) -> SpeechBegan:
        self._lead = next(at for at, (_, voiced) in enumerate(self._kept) if voiced)
        if self._state is not State.TURN:  # a hold: silence before the speech is left out
            while self._lead * FRAME_MS > self._settings.preroll_ms:
                self._kept.popleft()
                self._lead -= 1
        preroll = b"".join(pcm for pcm, _ in self._kept)
        self._told, self._silent = len(self._kept), 0
        self._kept.clear()
        self._levels.sort()
        resumed, self._resumes = self._resumes, False
        self._patience = _PATIENCE if resumed else self._patience
        return SpeechBegan(preroll, barge_in, resumed)

    def _end(self, event: Event, now_ms: float) -> SpeechEnded:
        ended = SpeechEnded(_REASONS[event], self._voiced * FRAME_MS)
        self._ended_at = now_ms if event is Event.SILENCE else None
        self._yes_no = False
        self._patience = max(0, self._patience - 1)
        self._forget()
        return ended

    def _forget(self) -> None:
        self._kept.clear()
        self._settle()

    def _settle(self) -> None:
        self._window.clear()
        self._levels.clear()
        self._voiced = self._told = self._silent = 0
