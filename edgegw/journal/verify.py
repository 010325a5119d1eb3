"""Whether a ledger is whole: the file sound, numbers contiguous, each fact as it was written, none missing.

Reads page by page beside the gateway that writes: what comes while it walks is walked too.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from edgegw.journal import chain

PAGE_ROWS = 500
"""Rows of one read: a long one would keep the write-ahead log from being moved into the file."""


@dataclass(slots=True)
class Verdict:
    """What a walk over the ledger found: counts, the hash that the chain ends at, and every break, in words."""

    facts: int = 0
    personal: int = 0
    blocks: int = 0
    epochs: int = 0
    hash: str = chain.START.hex()
    breaks: list[str] = field(default_factory=list)


def verify(connection: sqlite3.Connection) -> Verdict:
    """Walk the whole ledger. Raises sqlite3.Error when it can't be read; damage to the file is a break."""
    verdict = Verdict()
    try:
        _walk(connection, verdict)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_CORRUPT:
            raise
        verdict.breaks.append(f"the file is damaged: {error}")
    return verdict


def _walk(connection: sqlite3.Connection, verdict: Verdict) -> None:
    for (told,) in connection.execute("PRAGMA quick_check(10)"):
        # From SQLite 3.42 on one row may hold several lines below a heading.
        lines = [line for line in told.splitlines() if line != "ok" and not line.startswith("***")]
        verdict.breaks += [f"the file is damaged: {line}" for line in lines]
    epochs = dict(connection.execute("SELECT number, id FROM epochs").fetchall())
    verdict.epochs = len(epochs)
    heads = {"A": _walk_facts(connection, epochs, verdict), "B": _walk_blocks(connection, verdict)}
    newest = epochs[max(epochs)]
    for name, stream, epoch, sequence in connection.execute("SELECT name, stream, epoch, sequence FROM cursors"):
        if epoch == newest and sequence > heads[stream]:
            what = _several("fact" if stream == "A" else "block", heads[stream] + 1, sequence)
            verdict.breaks.append(f"{what} missing at the end: {name} has had it all up to {sequence}")


def _walk_facts(connection: sqlite3.Connection, epochs: Mapping[int, str], verdict: Verdict) -> int:
    """Check every fact; returns the newest sequence in the newest epoch, 0 when it has none."""
    digest: bytes | None = chain.START
    epoch, sequence, position = min(epochs), 0, 0
    while rows := connection.execute(
        "SELECT position, epoch, sequence, hash, id, type, subject, at, recorded_at, clock, body FROM facts "
        "WHERE position > ? ORDER BY position LIMIT ?",
        (position, PAGE_ROWS),
    ).fetchall():
        personal = _personal(connection, rows[0][0], rows[-1][0])
        for position, its_epoch, its_sequence, stored, *columns in rows:
            if its_epoch != epoch:
                epoch, sequence = its_epoch, 0
            if its_sequence != sequence + 1:
                verdict.breaks.append(_gap("fact", sequence, its_sequence))
                digest = None  # the hash before is lost with the fact: what follows is checked from the next one on
            sequence = its_sequence
            linked = digest and chain.link(digest, epochs[its_epoch], str(its_sequence), *columns)
            if linked is not None and linked != stored:
                verdict.breaks.append(f"fact {sequence}: it is not as it was written, or not in its place")
            digest = stored
            verdict.facts += 1
            for name, value, salt in personal.get(position, ()):
                verdict.personal += 1
                if orjson.loads(columns[-1]).get(name) != {"commitment": chain.commitment(salt, value)}:
                    verdict.breaks.append(f"fact {sequence}: {name} is not the value that it was written with")
    if digest is not None:
        verdict.hash = digest.hex()
    return sequence if epoch == max(epochs) else 0


def _walk_blocks(connection: sqlite3.Connection, verdict: Verdict) -> int:
    """Check that no block is missing; returns the newest sequence in the newest epoch, 0 when it has none."""
    epoch = sequence = position = 0
    while rows := connection.execute(
        "SELECT position, epoch, sequence FROM blocks WHERE position > ? ORDER BY position LIMIT ?",
        (position, PAGE_ROWS),
    ).fetchall():
        for _, its_epoch, its_sequence in rows:
            if its_epoch != epoch:
                epoch, sequence = its_epoch, 0
            if its_sequence != sequence + 1:
                verdict.breaks.append(_gap("block", sequence, its_sequence))
            sequence = its_sequence
            verdict.blocks += 1
        position = rows[-1][0]
    (newest,) = connection.execute("SELECT max(number) FROM epochs").fetchone()
    return int(sequence) if epoch == newest else 0


def _personal(connection: sqlite3.Connection, first: int, last: int) -> Mapping[int, list[tuple[str, str, bytes]]]:
    found: dict[int, list[tuple[str, str, bytes]]] = {}
    for position, name, value, salt in connection.execute(
        "SELECT position, field, value, salt FROM personal WHERE position BETWEEN ? AND ?", (first, last)
    ):
        found.setdefault(position, []).append((name, value, salt))
    return found


def _gap(what: str, before: int, after: int) -> str:
    if after <= before:
        return f"{what} {after} stands behind {what} {before}"
    return f"{_several(what, before + 1, after - 1)} missing"


def _several(what: str, first: int, last: int) -> str:
    return f"{what} {first} is" if first == last else f"{what}s {first} to {last} are"
