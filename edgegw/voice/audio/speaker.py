"""What EVA says, and how much of it has been heard."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable

from edgegw.voice.audio.card import Kept, State
from edgegw.voice.audio.frame import BLOCK_S, SAID_HZ
from edgegw.voice.audio.wire import Report

PENDING_BYTES = 2 * SAID_HZ * 2
"""Two seconds that are kept for a speaker that is still being opened."""
_PIECE_BYTES = 16 * 1024


class Speaker:
    """The speaker with `name` in its name (None: the system's default), kept open by `run()`.

    `play` takes speech of 24 kHz mono at any pace; it begins 60 ms after the first of it came, and `flush` makes it
    silent with the next block of 20 ms. What is played while the speaker is lost is not kept: a driver who comes later
    is not told what somebody else had asked. `state`, `trouble` and `on_state` are as those of the microphone.
    """

    def __init__(
        self,
        name: str | None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        on_state: Callable[[State], None] | None = None,
    ) -> None:
        self._monotonic = monotonic
        self._on_state = on_state
        self._kept = Kept("output", name, self._told, self._turned, monotonic)
        self._pending = bytearray()
        self._open = False
        self._sent = 0
        self._report = Report(0.0, 0, 0, 0, 0, running=False)
        self._said = 0
        self._quiet_at = 0.0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._before = Report(0.0, 0, 0, 0, 0, running=False)
        self._flaws = self._flaws_before = 0
        self.device: str | None = None
        """Its whole name."""
        self.rate: int | None = None
        """Samples a second that the card takes; 48 kHz is interpolated."""
        self.latency_s = 0.0
        """From our last block to the air, as the card tells it."""
        self.unheard_ms = 0
        """Speech that came while the speaker was lost, or that was in it when it was."""

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
    def underflows(self) -> int:
        """Holes in speech: its next piece came too late."""
        return self._before.underflows + self._report.underflows

    @property
    def xruns(self) -> int:
        """How often the card ran dry in the middle of speech because this machine was too busy."""
        return self._flaws_before + self._flaws

    @property
    def played_ms(self) -> int:
        """Speech that has left the speaker since the beginning; what was cut off does not count. Exact to 20 ms."""
        report = self._report
        since = max(0.0, self._monotonic() - report.at)
        given = report.played + (min(since * SAID_HZ, report.left) if report.running else 0.0)
        in_card = (self.latency_s if report.running else max(0.0, self.latency_s - since)) * SAID_HZ
        heard = given - min(in_card, given - self._said)
        return round((self._before.played + heard) * 1000 / SAID_HZ)

    @property
    def is_speaking(self) -> bool:
        """Speech is waiting, or on its way to the air: true from `play` to the end of its last sample."""
        return not self._quiet.is_set() or self._monotonic() < self._quiet_at

    async def run(self) -> None:
        """Until `stop` or cancellation; the speaker is free when it ends."""
        try:
            await self._kept.run()
        finally:
            self._lose()

    def stop(self) -> None:
        """Closes the speaker: `run` returns."""
        self._kept.stop()

    def play(self, pcm: bytes) -> None:
        """Adds speech, 24 kHz mono; whole samples."""
        if len(pcm) % 2:
            raise ValueError(f"{len(pcm)} bytes are no whole number of 16 bit samples")
        if not pcm:
            return
        if self._open:
            self._send(pcm)
        elif self.state == "opening" and len(self._pending) + len(pcm) <= PENDING_BYTES:
            self._pending += pcm
            self._quiet.clear()
        else:
            self.unheard_ms += _ms(len(pcm) // 2)

    def flush(self) -> int:
        """Silence with the next block. How many milliseconds of speech were thrown away."""
        thrown = len(self._pending) // 2
        self._pending.clear()
        if self._open:
            report = self._report
            passed = round((self._monotonic() - report.at) * SAID_HZ) if report.running else 0
            thrown += max(0, self._sent - report.taken + report.left - max(0, min(passed, report.left)))
            self._kept.send(b"Q")
        else:
            self._quiet.set()
        return _ms(thrown)

    async def drained(self) -> None:
        """Returns when all has been said, was flushed, or is lost with the speaker."""
        while self.is_speaking:
            await self._quiet.wait()
            await asyncio.sleep(max(0.0, self._quiet_at - self._monotonic()))

    def _send(self, pcm: bytes) -> None:
        self._sent += len(pcm) // 2
        self._quiet.clear()
        for at in range(0, len(pcm), _PIECE_BYTES):
            self._kept.send(b"P", pcm[at : at + _PIECE_BYTES])

    def _told(self, letter: bytes, payload: bytes) -> None:
        if letter == b"R":
            if not self._report.running:
                self._said = self._report.played
            self._report = report = Report.read(payload)
            if not report.running and not report.left and report.taken == self._sent and not self._quiet.is_set():
                # The block in which it ended, and what the card has not given to the air yet.
                self._quiet_at = report.at + self.latency_s + BLOCK_S
                self._quiet.set()
        elif letter == b"O":
            told = json.loads(payload)
            self.device, self.rate, self.latency_s = told["device"], told["rate"], told["latency_s"]
            self._open = True
            pcm = bytes(self._pending)
            self._pending.clear()
            if pcm:
                self._send(pcm)
            self._kept.live()
        elif letter == b"T":
            self._flaws = json.loads(payload)["xruns"]

    def _turned(self, state: State) -> None:
        if state == "lost":
            self._lose()
        if self._on_state is not None:
            self._on_state(state)

    def _lose(self) -> None:
        report, before = self._report, self._before
        unheard = self._sent - report.taken + report.left + len(self._pending) // 2
        self.unheard_ms += _ms(max(0, unheard))
        self._before = Report(
            0.0, 0, 0, before.played + report.played, before.underflows + report.underflows, running=False
        )
        self._report = Report(0.0, 0, 0, 0, 0, running=False)
        self._flaws_before, self._flaws = self._flaws_before + self._flaws, 0
        self._open, self._sent, self._said, self._quiet_at = False, 0, 0, 0.0
        self._pending.clear()
        self._quiet.set()


def _ms(samples: int) -> int:
    return round(samples * 1000 / SAID_HZ)
