"""An ear: one microphone's frames, judged and made into turns."""

from __future__ import annotations

from typing import Protocol

from edgegw.voice.hearing.bands import PITCHES, Bands, together
from edgegw.voice.hearing.gate import Gate
from edgegw.voice.hearing.heard import FRAME_BYTES, FRAME_MS, Heard, SpeechEnded
from edgegw.voice.hearing.settings import EarSettings
from edgegw.voice.hearing.turns import Turns

_OVERHEARD = 5
"""Of so many frames that nobody listens to, one is learned from."""
_WARY_LESS_DB = 2.0
"""What each turn that ends by itself takes from the distrust that a turn too long has brought."""


class Vad(Protocol):
    """A voice activity detector; it is asked about each frame that is listened to, in order."""

    def is_speech(self, frame: bytes) -> bool:
        """Whether these 20 ms (FRAME_BYTES) sound like a voice."""


class Ear:
    """Turns of one microphone. `now_ms` is a monotonic clock's; every answer is to be passed on in order.

    It also keeps what it learned of the room over conversations; `begin_conversation` forgets the talker.
    """

    def __init__(self, settings: EarSettings, vad: Vad) -> None:
        self._settings = settings
        self._vad = vad
        self._bands = Bands()
        self._gate = Gate(len(PITCHES), settings.faintest_db)
        self._turns = Turns(settings)
        self._heard_at: float | None = None
        self._deaf_until = 0.0
        self._wary_db = 0.0
        self._overheard = 0
        self._unsettled_ms = settings.settling_ms

    @property
    def speaking(self) -> bool:
        """Somebody is: a turn is open."""
        return self._turns.speaking

    def begin_conversation(self) -> None:
        """Somebody else may be speaking: nothing is known of how they do. An open turn is dropped untold, and a button
        that is held forgotten, so this comes before `press`."""
        self._turns = Turns(self._settings)
        self._wary_db = 0.0

    def expect(self, *, yes_no: bool) -> None:
        """Whether the next turn answers a question that wants a yes or a no: then 140 ms of voice are a turn, and
        200 ms of silence end it."""
        self._turns.expect(yes_no=yes_no)

    def press(self, *, now_ms: float) -> tuple[Heard, ...]:
        """The talk button, or the screen's, goes down. Held for 300 ms it makes all that is said until its release
        one turn; a shorter touch ends the turn that is open."""
        return tuple(self._turns.press(now_ms))

    def release(self, *, now_ms: float) -> tuple[Heard, ...]:
        """It comes up: the turn has ended, with no hang-over."""
        return tuple(self._turns.release(now_ms))

    def hear(self, frame: bytes, *, now_ms: float, speaking: bool) -> tuple[Heard, ...]:
        """The next frame, captured at `now_ms`; `speaking`: EVA is. ValueError when it is no whole frame."""
        if len(frame) != FRAME_BYTES:
            raise ValueError(f"a frame has {FRAME_BYTES} bytes, not {len(frame)}")
        found = list(self.tick(now_ms=now_ms))
        self._heard_at = now_ms
        settings, turns = self._settings, self._turns
        if settings.echo == "half_duplex":
            if speaking:
                self._deaf_until = now_ms + settings.tail_ms
                return (*found, *turns.mute(now_ms))
            if now_ms < self._deaf_until and not turns.held:
                return tuple(found)
        elif speaking and self._unsettled_ms > 0:
            self._unsettled_ms -= FRAME_MS
            if not (turns.speaking or turns.held):
                return (*found, *turns.mute(now_ms))
        levels = self._bands.levels(frame)
        above = self._gate.above(levels)
        needed = settings.above_db + self._wary_db + (settings.barge_in_db if speaking else 0.0)
        like_voice = self._vad.is_speech(frame)
        level_db = together(levels)
        loud_enough = not speaking or level_db > settings.barge_in_faintest_db
        found += turns.hear(
            frame,
            now_ms=now_ms,
            voiced=like_voice and loud_enough and above > needed,
            like_voice=like_voice,
            level_db=level_db,
            barge_in=speaking,
        )
        self._judge(found)
        return tuple(found)

    def overhear(self, frame: bytes) -> None:
        """A frame while no conversation is open: nothing is told, and the room is learned at a fifth of the cost."""
        self._overheard = (self._overheard + 1) % _OVERHEARD
        if self._overheard == 0:
            self._gate.above(self._bands.levels(frame))

    def tick(self, *, now_ms: float) -> tuple[Heard, ...]:
        """To be asked every 100 ms or so while no frame comes: ends the turn of a microphone that is lost."""
        if self._heard_at is None or now_ms - self._heard_at < self._settings.lost_ms:
            return ()
        self._heard_at = None
        return tuple(self._turns.lose(now_ms))

    def _judge(self, found: list[Heard]) -> None:
        """Grow wary after a turn that ran into the cap, and less so with each that ended by itself."""
        for heard in found:
            if isinstance(heard, SpeechEnded):
                if heard.reason == "cap":
                    self._wary_db = self._settings.wary_db
                else:
                    self._wary_db = max(0.0, self._wary_db - _WARY_LESS_DB)
