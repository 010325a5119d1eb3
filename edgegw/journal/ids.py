"""Identities and salts: UUIDv7 texts that sort by time, and random bytes that cost no system call each."""

from __future__ import annotations

import os
import random
import time
from functools import lru_cache

_random = random.Random(os.urandom(16))  # noqa: S311 (an identity has to be unique, not secret)

_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
"""The digit that holds the variant, 10 in binary, and two random bits."""

POOL_BYTES = 4096


def uuid7() -> str:
    """A new UUIDv7 as text (RFC 9562, section 5.7): 48 bits of milliseconds, then 74 random bits."""
    digits = f"{_random.getrandbits(76):019x}"
    front = _front(time.time_ns() // 1_000_000)
    return f"{front}{digits[:3]}-{_VARIANT[digits[3]]}{digits[4:7]}-{digits[7:]}"


@lru_cache(maxsize=1)
def _front(millis: int) -> str:
    """Time and version, which the identities of a millisecond share: a third of the work."""
    digits = f"{millis:012x}"
    return f"{digits[:8]}-{digits[8:]}-7"


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
