"""What is still to be said, between a network that delivers in bursts and a card that takes 20 ms at a time."""

from __future__ import annotations

from array import array

from edgegw.voice.audio.frame import BLOCK_BYTES, SAID_HZ

START_S = 0.060
"""So much is waited for before the first sample, which is what the network may be late without a hole."""
HOLE_S = 1.0
"""Speech that goes on within this time after the buffer ran dry was meant to be continuous."""
REST_S = 10.0
"""A speaker with nothing to say for so long is stopped, which halves what an idle kiosk costs."""
FADE_SAMPLES = SAID_HZ * 4 // 1000
"""4 ms: no click where speech begins, ends or is cut off."""
LONGEST_BYTES = 120 * SAID_HZ * 2
"""More than any turn of speech; what exceeds it is refused."""


def faded(pcm: bytes, *, rising: bool) -> bytes:
    """The same samples, from silence to full loudness or the other way, along a straight line."""
    samples = array("h", pcm)
    count = len(samples)
    for at in range(count):
        samples[at] = samples[at] * (at if rising else count - 1 - at) // count
    return samples.tobytes()


class JitterBuffer:
    """Samples of 24 kHz in, blocks of 20 ms out, at any time: silence when there is nothing to say.

    It starts 60 ms after the first samples came, or with 60 ms of them, whichever is first. `now` is monotonic seconds.
    Not safe for threads by itself.
    """

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._tail = b""
        self._first_at = 0.0
        self._dry_at: float | None = None
        self.running = False
        """Speech is being given out."""
        self.taken = 0
        """Samples that were put in, ever."""
        self.played = 0
        """Samples of speech that were given out, ever."""
        self.underflows = 0
        """Holes: the buffer ran dry in the middle of speech."""

    @property
    def left(self) -> int:
        """Samples that wait."""
        return len(self._waiting) // 2

    def push(self, pcm: bytes, now: float) -> bool:
        """Adds speech; False when the buffer is full and these samples are refused."""
        if len(pcm) % 2:
            raise ValueError(f"{len(pcm)} bytes are no whole number of 16 bit samples")
        self.taken += len(pcm) // 2
        if len(self._waiting) + len(pcm) > LONGEST_BYTES:
            return False
        if not self.running and not self._waiting:
            self._first_at = now
            if self._dry_at is not None and now - self._dry_at < HOLE_S:
                self.underflows += 1
            self._dry_at = None
        self._waiting += pcm
        return True

    def pull(self, now: float) -> bytes:
        """The next 20 ms."""
        if self._tail:
            block, self._tail = self._tail, b""
            return block.ljust(BLOCK_BYTES, b"\0")
        starts = False
        if not self.running:
            if not self._waiting or (len(self._waiting) < START_S * SAID_HZ * 2 and now - self._first_at < START_S):
                return bytes(BLOCK_BYTES)
            self.running = starts = True
        if not self._waiting:
            self.running, self._dry_at = False, now
            return bytes(BLOCK_BYTES)
        block = bytes(self._waiting[:BLOCK_BYTES])
        del self._waiting[:BLOCK_BYTES]
        self.played += len(block) // 2
        fade = min(2 * FADE_SAMPLES, len(block))
        if starts:
            block = faded(block[:fade], rising=True) + block[fade:]
        if not self._waiting:  # the end, or a hole: nothing follows that we know of
            block = block[:-fade] + faded(block[-fade:], rising=False)
        return block.ljust(BLOCK_BYTES, b"\0")

    def flush(self) -> int:
        """Forgets what waits; the samples thrown away. The next block fades to silence within 4 ms."""
        thrown = self.left
        if self.running and self._waiting:
            end = bytes(self._waiting[: 2 * FADE_SAMPLES])
            self._tail = faded(end, rising=False)
        self._waiting.clear()
        self.running, self._dry_at = False, None
        return thrown
