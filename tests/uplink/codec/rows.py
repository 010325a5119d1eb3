"""Rows as the journal gives them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

NOON = datetime(2026, 11, 24, 12, 0, 0, 250_000, tzinfo=UTC)


@dataclass(frozen=True)
class FactRow:
    sequence: int = 42
    epoch: str = "0f3a9c"
    id: str = "019363f0-0000-7000-8000-000000000001"
    type: str = "transaction_metered"
    subject: str = "stations/CP 01"
    at: datetime = NOON
    recorded_at: datetime = NOON
    clock: str = "synced"
    body: dict[str, Any] = field(default_factory=lambda: {"import_wh": 1234, "reason": "begin"})
    hash: str = "ab" * 32
    boot: str | None = None


@dataclass(frozen=True)
class BlockRow:
    sequence: int = 7
    epoch: str = "0f3a9c"
    id: str = "019363f0-0000-7000-8000-000000000002"
    source: str = "stations/CP01/1"
    start: datetime = NOON
    samples: int = 2
    body: bytes = b'{"start":"2026-11-24T12:00:00.250000Z","t":[0,1000],"import_wh":[1,null]}'
