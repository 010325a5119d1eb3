"""Identities and salts: UUIDv7 texts that sort by time, and random bytes that cost no system call each."""

from __future__ import annotations

import os
import random
import time

_random = random.Random(os.urandom(16))  # noqa: S311 (an identity has to be unique, not secret)

POOL_BYTES = 4096


def uuid7() -> str:
    """A new UUIDv7 as text (RFC 9562, section 5.7): 48 bits of milliseconds, then 74 random bits."""
    millis = f"{time.time_ns() // 1_000_000:012x}"
    bits = f"{_random.getrandbits(76):019x}"  # of the fourth digit two bits are used
    variant = "89ab"[int(bits[3], 16) & 3]
    return f"{millis[:8]}-{millis[8:]}-7{bits[:3]}-{variant}{bits[4:7]}-{bits[7:]}"


class Salts:
    """Salts from the system's secure source, taken in pools: one read of it costs as much as a whole fact."""

    def __init__(self) -> None:
        self._pool = b""
        self._used = 0

    def take(self, size: int) -> bytes:
        """`size` random bytes that were never given out before."""
        if self._used + size > len(self._pool):
            self._pool, self._used = os.urandom(POOL_BYTES), 0
        self._used += size
        return self._pool[self._used - size : self._used]
