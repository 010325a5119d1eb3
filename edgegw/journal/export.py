"""`edgegw journal export`: facts and blocks as JSON Lines, and the proof of one bill for somebody without the ledger.

Each line is an object with its `kind`. An export begins with a `ledger`; `fact`, `block`, `gap` and `anchor` follow. A
proof begins with a `proof` (`transaction`, `site`, `timezone`, `key` and `before`, the hash before its first fact) and
holds every `fact` of the chain from the bill's first to the next signature, the `tariff` and that `anchor`. In it a
fact's `body` is text, as that is what was hashed: see `proof`, which checks it, and docs/decisions/0016.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from edgegw.core.tariffs import to_json
from edgegw.journal import chain
from edgegw.journal.anchors import anchors
from edgegw.journal.bill import Account, account, anchor_json
from edgegw.journal.blocks import BLOCK_SPAN_S
from edgegw.journal.errors import JournalError
from edgegw.journal.packing import unpack, unpack_id
from edgegw.journal.records import PAGE_ROWS, Record, body_of, personal_of, records
from edgegw.journal.rows import dump, stamp

FORMAT = 1

SAMPLES = "samples"
"""The type of sample blocks, which are no facts."""


class NoProof(JournalError):
    """The ledger can't prove this bill; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be exported: what happened from `since` up to `until`, of one transaction, of one type."""

    since: datetime | None = None
    until: datetime | None = None
    transaction: str | None = None
    type: str | None = None
    personal: bool = False
    """With the personal values, not the commitments to them."""


def export(connection: sqlite3.Connection, wanted: Wanted, site: str | None, now: datetime) -> Iterator[str]:
    """The lines of an export."""
    yield dump({"kind": "ledger", "format": FORMAT, "site": site, "exported_at": stamp(now)})
    if wanted.type != SAMPLES:
        for record in records(connection):
            if _is_wanted(connection, record, wanted):
                yield dump(_fact(connection, record, personal=wanted.personal))
    if wanted.transaction is None and wanted.type in (None, SAMPLES):
        yield from _blocks(connection, wanted)
    if wanted.transaction is None and wanted.type is None:
        yield from _gaps(connection)
        for anchor in anchors(connection):
            yield dump({"kind": "anchor", **anchor_json(anchor)})


def _is_wanted(connection: sqlite3.Connection, record: Record, wanted: Wanted) -> bool:
    return (
        (wanted.type is None or record.type == wanted.type)
        and (wanted.since is None or record.at >= stamp(wanted.since))
        and (wanted.until is None or record.at < stamp(wanted.until))
        and (wanted.transaction is None or orjson.loads(record.body).get("transaction") == wanted.transaction)
    )


def _fact(connection: sqlite3.Connection, record: Record, *, personal: bool) -> dict[str, Any]:
    body = body_of(record, personal_of(connection, record)) if personal else orjson.loads(record.body)
    return {
        "kind": "fact", "epoch": record.epoch, "sequence": record.sequence, "id": record.id, "type": record.type,
        "subject": record.subject, "at": record.at, "recorded_at": record.recorded_at, "clock": record.clock,
        "boot": record.boot, "body": body, "hash": record.hash.hex(),
    }  # fmt: skip


def _blocks(connection: sqlite3.Connection, wanted: Wanted) -> Iterator[str]:
    # With the block that began before: it may reach into the time.
    since = "" if wanted.since is None else stamp(wanted.since - timedelta(seconds=BLOCK_SPAN_S))
    until = "9999" if wanted.until is None else stamp(wanted.until)
    position = 0
    while rows := connection.execute(
        "SELECT b.position, e.id, b.sequence, b.id, b.source, b.started_at, b.samples, b.body "
        "FROM blocks b JOIN epochs e ON e.number = b.epoch "
        "WHERE b.position > ? AND b.started_at > ? AND b.started_at < ? ORDER BY b.position LIMIT ?",
        (position, since, until, PAGE_ROWS),
    ).fetchall():
        for _, epoch, sequence, id, source, started_at, samples, body in rows:
            yield dump({
                "kind": "block", "epoch": epoch, "sequence": sequence, "id": unpack_id(id), "source": source,
                "started_at": started_at, "samples": samples, "body": orjson.loads(unpack(body, started_at)),
            })  # fmt: skip
        position = rows[-1][0]


def _gaps(connection: sqlite3.Connection) -> Iterator[str]:
    for stream, epoch, first, last, reason, samples in connection.execute(
        "SELECT g.stream, e.id, g.first, g.last, g.reason, g.samples FROM gaps g JOIN epochs e ON e.number = g.epoch "
        "ORDER BY g.stream, g.epoch, g.first"
    ).fetchall():
        yield dump({
            "kind": "gap", "stream": stream, "epoch": epoch, "first": first, "last": last, "reason": reason,
            "samples": samples,
        })  # fmt: skip


def proof(connection: sqlite3.Connection, transaction: str, site: str | None, *, personal: bool) -> Iterator[str]:
    """The lines of the proof of one bill. Raises NoProof before the first of them."""
    found = account(connection, transaction)
    if found is None:
        raise NoProof(f"there is no transaction {transaction!r}; the page and `journal show` name them")
    if found.billed is None:
        raise NoProof(f"transaction {transaction} has no bill yet")
    if found.anchor is None:
        raise NoProof(
            f"no signature covers the bill of {transaction} yet: the site's key signs each day; "
            "`edgegw journal verify --sign` signs now"
        )
    mine = {record.position for record in found.records}
    first = min(mine)
    return _proof_lines(connection, site, found, first, mine if personal else set())


def _proof_lines(
    connection: sqlite3.Connection, site: str | None, found: Account, first: int, shown: set[int]
) -> Iterator[str]:
    assert found.anchor is not None
    yield dump({
        "kind": "proof", "format": FORMAT, "site": site, "transaction": found.transaction.id,
        "timezone": found.timezone, "key": found.anchor.key.hex(),
        "before": _hash_before(connection, first).hex(),
    })  # fmt: skip
    for record in records(connection, first, found.anchor.position):
        line = _fact(connection, record, personal=False) | {"body": record.body}
        if record.position in shown:
            line["personal"] = {
                name: {"value": each.value, "salt": each.salt.hex()}
                for name, each in personal_of(connection, record).items()
            }
        yield dump(line)
    if found.tariff is not None:
        yield dump({"kind": "tariff", "body": to_json(found.tariff)})
    yield dump({"kind": "anchor", **anchor_json(found.anchor)})


def _hash_before(connection: sqlite3.Connection, position: int) -> bytes:
    """The hash that the fact at `position` is linked to: of the one before, of its signature, or the beginning's."""
    for table in ("facts", "anchors"):
        row = connection.execute(
            f"SELECT hash FROM {table} WHERE position < ? ORDER BY position DESC LIMIT 1", (position,)
        ).fetchone()
        if row is not None:
            return bytes(row[0])
    return chain.START
