"""What the microphone gives: a frame of 20 ms."""

from __future__ import annotations

from dataclasses import dataclass

HEARD_HZ = 16_000
"""Samples a second of what is heard."""
SAID_HZ = 24_000
"""Samples a second of what is said."""
BLOCK_S = 0.020
FRAME_BYTES = int(HEARD_HZ * BLOCK_S) * 2
BLOCK_BYTES = int(SAID_HZ * BLOCK_S) * 2


@dataclass(frozen=True, slots=True)
class Frame:
    """20 ms of sound: 640 bytes, 16 kHz, mono, signed 16 bit little endian.

    `at` is when its last sample had come from the card, in seconds of this machine's monotonic clock.
    """

    pcm: bytes
    at: float
