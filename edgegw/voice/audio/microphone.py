"""What is heard at the kiosk: frames of 20 ms, and the news when nothing is."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable

from edgegw.voice.audio.card import Kept, State
from edgegw.voice.audio.frame import BLOCK_S, FRAME_BYTES, Frame
from edgegw.voice.audio.wire import STAMP

SILENCE_S = 2.0
"""No real microphone gives zeros for so long, unless a switch or its driver has muted it."""
CANCELLED_SILENCE_S = 30.0
"""For an echo canceller, whose noise suppression gives zeros in a quiet room."""
LOOK_S = 0.5
"""How often the process at the card tells what it has seen."""
_STAMPED = STAMP.size + FRAME_BYTES


class Microphone:
    """The microphone with `name` in its name (None: the system's default), kept open.

    `run()` is the task that does so; `frames()` gives what is heard to one listener. `state` is opening, live or lost,
    and `on_state` is called with it whenever it turns, on the event loop. Lost means: unplugged, absent, moved to
    another source by PulseAudio, stopped (no sample for a second), or nothing but digital silence for `silence_s`. That
    is noticed within two seconds, `trouble` tells why, and it is opened again with back-off; after silence it is live
    with the first sample that is not zero.

    Without a listener the ring holds the last `ring_s`; with one that is too slow the oldest frames are `dropped`.
    """

    def __init__(
        self,
        name: str | None,
        *,
        ring_s: float = 5.0,
        silence_s: float = SILENCE_S,
        monotonic: Callable[[], float] = time.monotonic,
        on_state: Callable[[State], None] | None = None,
    ) -> None:
        self._silence_s = silence_s
        self._on_state = on_state
        self._kept = Kept("input", name, self._told, self._turned, monotonic, ring_s=ring_s)
        self._ring: deque[Frame] = deque(maxlen=round(ring_s / BLOCK_S))
        self._arrived = asyncio.Event()
        self._listened = self._ended = self._mute = False
        self.device: str | None = None
        """Its whole name."""
        self.rate: int | None = None
        """Samples a second that the card gives; 48 kHz is decimated by 3."""
        self._dropped = self._refused = self._refused_before = 0
        self._overflows = self._overflows_before = 0

    @property
    def state(self) -> State:
        return self._kept.state

    @property
    def trouble(self) -> str | None:
        """Why it is lost, for people; None while it is not."""
        return self._kept.trouble

    @property
    def reopened(self) -> int:
        """How often it came back."""
        return self._kept.reopened

    @property
    def dropped(self) -> int:
        """Frames that a listener was too slow for."""
        return self._dropped + self._refused_before + self._refused

    @property
    def overflows(self) -> int:
        """How often the card's own buffer ran over because this machine was too busy."""
        return self._overflows_before + self._overflows

    async def run(self) -> None:
        """Until `stop` or cancellation; the microphone is free when it ends."""
        self._ended = False
        try:
            await self._kept.run()
        finally:
            self._ended = True
            self._ring.clear()
            self._arrived.set()

    def stop(self) -> None:
        """Closes the microphone: `run` returns, and `frames` ends."""
        self._kept.stop()

    async def frames(self) -> AsyncGenerator[Frame, None]:
        """What is heard, beginning with what the ring holds, until `stop`. For one listener at a time."""
        self._listened = True
        self._kept.send(b"A")
        try:
            while True:
                while self._ring:
                    yield self._ring.popleft()
                if self._ended:
                    return
                self._arrived.clear()
                await self._arrived.wait()
        finally:
            self._listened = False
            self._ring.clear()
            self._kept.send(b"Z")

    def _told(self, letter: bytes, payload: bytes) -> None:
        if letter == b"F":
            if self._listened:
                self._hear(payload)
        elif letter == b"O":
            told = json.loads(payload)
            self.device, self.rate = told["device"], told["rate"]
            self._overflows_before, self._overflows = self.overflows, 0
            self._refused_before, self._refused = self._refused_before + self._refused, 0
            self._kept.send(b"A" if self._listened else b"Z")
        elif letter == b"T":
            told = json.loads(payload)
            self._overflows, self._refused = told["overflows"], told["refused"]
            self._look(told["blocks"], told["sounds"], told["silent_s"])

    def _hear(self, frames: bytes) -> None:
        for start in range(0, len(frames), _STAMPED):
            if len(self._ring) == self._ring.maxlen:
                self._dropped += 1
            pcm = frames[start + STAMP.size : start + _STAMPED]
            self._ring.append(Frame(pcm, STAMP.unpack_from(frames, start)[0]))
        self._arrived.set()

    def _look(self, blocks: int, sounds: int, silent_s: float) -> None:
        if sounds and silent_s < LOOK_S:
            self._mute = False
        if blocks and not self._mute:
            self._kept.live()
        if silent_s > self._silence_s - LOOK_S and not self._mute:
            self._mute = True
            self._kept.lost(f'"{self.device}" gives digital silence: is it muted, by a switch or in `alsamixer`?')

    def _turned(self, state: State) -> None:
        if state == "lost":
            self._ring.clear()  # nobody shall answer to what was said before
        if self._on_state is not None:
            self._on_state(state)
