"""What arrived, as rows: facts, blocks, gaps, and what could not be read. Every row keeps its place in its stream."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from edgegw.cloud.project import json_text
from edgegw.cloud.receive import Accepted, Key
from edgegw.cloud.tables import stamp
from edgegw.uplink.codec.events import Event

Values = tuple[Any, ...]

FACT = ("site", "epoch", "sequence", "id", "type", "source", "at", "recorded_at", "clock", "boot", "hash", "data")
BLOCK = ("site", "epoch", "sequence", "id", "source", "start_at", "samples", "data")
GAP = ("site", "epoch", "stream", "first", "last", "reason", "samples", "at")
REJECTED = ("site", "stream", "digest", "epoch", "sequence", "reason", "payload", "first_at", "last_at")

REJECTED_TYPE = "rejected"
"""Stands in an event's type where the event itself could not be read: its `data` is the reason and what came."""


@dataclass(slots=True)
class Gathered:
    """The rows of some events, by table, and where they take the watermarks: before and after."""

    facts: list[Values] = field(default_factory=list)
    blocks: list[Values] = field(default_factory=list)
    gaps: list[Values] = field(default_factory=list)
    rejected: list[Values] = field(default_factory=list)
    moves: dict[Key, tuple[int, int]] = field(default_factory=dict)


def gather(accepted: Iterable[Accepted], now: str) -> Gathered:
    """The rows of what was accepted, in order. `now` is when it came, for what can't say so itself."""
    found = Gathered()
    for item in accepted:
        key, event = item.key, item.event
        before, _ = found.moves.get(key, (item.before, 0))
        found.moves[key] = (before, event.sequence)
        if event.type == REJECTED_TYPE:
            reason, payload = event.data["reason"], event.data["payload"]
            found.rejected.append(rejected(key.site, key.stream, reason, payload, now, key.epoch, event.sequence))
        elif event.is_gap:
            reason, samples = str(event.data.get("reason", "")).replace("\0", ""), event.data.get("samples")
            samples = samples if isinstance(samples, int) and 0 <= samples < 2**63 else None
            found.gaps.append(
                (key.site, key.epoch, key.stream, event.first, event.sequence, reason, samples, stamp(event.time))
            )
        elif key.stream == "A":
            found.facts.append(_fact(key, event))
        else:
            found.blocks.append(_block(key, event))
    return found


def _fact(key: Key, event: Event) -> Values:
    recorded = None if event.recorded_time is None else stamp(event.recorded_time)
    return (
        key.site, key.epoch, event.sequence, event.id, event.type, event.source, stamp(event.time), recorded,
        event.clock, event.boot, event.hash, json_text(event.data),
    )  # fmt: skip


def _block(key: Key, event: Event) -> Values:
    times = event.data.get("t", ())
    return (
        key.site, key.epoch, event.sequence, event.id, event.source, stamp(event.time),
        len(times) if isinstance(times, list) else 0, json_text(event.data),
    )  # fmt: skip


def rejected(
    site: str,
    stream: str,
    reason: str,
    payload: bytes,
    now: str,
    epoch: str | None = None,
    sequence: int | None = None,
) -> Values:
    """What could not be read, as a row; the same again is the same row."""
    digest = sha256(f"{epoch}/{sequence}/".encode() + payload).hexdigest()
    return (site, stream, digest, epoch, sequence, reason.replace("\0", "")[:500], payload, now, now)


def insert(table: str, columns: Sequence[str], mark: str = "?") -> str:
    """An INSERT that passes over what is there already."""
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(mark for _ in columns)}) ON CONFLICT DO NOTHING"
    )


def upsert(table: str, columns: Sequence[str], key: Sequence[str], mark: str = "?") -> str:
    """An INSERT that takes the place of the row with the same key."""
    changed = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in key)
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(mark for _ in columns)}) "
        f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changed}"
    )


def reject_again(mark: str = "?") -> str:
    """An INSERT of a row of `rejected` that counts when it is there already."""
    return insert("rejected", REJECTED, mark).replace(
        "DO NOTHING", "(site, stream, digest) DO UPDATE SET times = rejected.times + 1, last_at = excluded.last_at"
    )


MAX_ASIDE = 100
"""Different payloads of one site that are kept without a place of their own; more are counted and not kept."""

COUNT_ASIDE = "SELECT count(*), sum(CASE WHEN digest = ? THEN 1 ELSE 0 END) FROM rejected WHERE site = ?"
WATERMARK = (
    "INSERT INTO watermarks (site, epoch, stream, sequence) VALUES (?, ?, ?, ?) ON CONFLICT (site, epoch, stream) "
    "DO UPDATE SET sequence = excluded.sequence WHERE watermarks.sequence = ?"
)
WATERMARKS = "SELECT site, epoch, stream, sequence FROM watermarks"
IN_ORDER = (
    "SELECT f.site, f.epoch, f.sequence, f.id, f.type, f.source, f.at, f.recorded_at, f.clock, f.boot, f.hash, f.data "
    "FROM facts f JOIN (SELECT site, epoch, min(recorded_at) AS since FROM facts GROUP BY site, epoch) e "
    "ON e.site = f.site AND e.epoch = f.epoch ORDER BY f.site, e.since, f.epoch, f.sequence"
)
"""Every fact in the order in which it came, as far as that can be told: epochs by their beginnings."""
