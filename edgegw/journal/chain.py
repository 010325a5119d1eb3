"""The hash chain over the facts, and the commitments that let a personal value be erased without breaking it."""

from __future__ import annotations

from hashlib import sha256

START = bytes(32)
"""The hash before the first fact of a ledger."""

SALT_BYTES = 16


def link(previous: bytes, *columns: str) -> bytes:
    """SHA-256 over the hash before and the fact's columns.

    A newline parts the columns: none can hold one, as JSON escapes it and the others are names, numbers and times.
    """
    return sha256(previous + "\n".join(columns).encode()).digest()


def commitment(salt: bytes, value: str) -> str:
    """What stands in a fact for a personal value: proof of it while the salt is kept, and nothing after."""
    return sha256(salt + value.encode()).hexdigest()
