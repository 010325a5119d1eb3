"""`edgegw journal show | verify | stats`: a look into the ledger, read-only, also beside the gateway that writes it."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from edgegw.journal.connection import storage_error
from edgegw.journal.errors import JournalError, NewerDatabase, StorageError
from edgegw.journal.migrations import newer, scripts
from edgegw.journal.reader import Reader, StoredFact
from edgegw.journal.rows import stamp
from edgegw.journal.store import FILE_NAME
from edgegw.journal.verify import verify

GOOD, FAILED, USELESS = 0, 1, 78

NEWEST = 20
"""Facts that `show` shows."""


def inspect(what: str, folder: Path, id: str | None, *, as_json: bool) -> int:
    """Print `what` (show, verify or stats) of the ledger in `folder`; `id` is a transaction's, for show.

    Exit code 0; 1 when the ledger can't be read, a break was found or there is no such transaction; 78 when a newer
    version wrote it.
    """
    path = folder / FILE_NAME
    try:
        with _opened(path) as connection:
            if what == "verify":
                return _verify(connection, path, as_json)
            if what == "stats":
                return _stats(connection, path, as_json)
        return asyncio.run(_show(path, id, as_json))
    except (sqlite3.Error, JournalError) as error:
        sys.stderr.write(f"edgegw: {storage_error(error, path)}\n")
        return USELESS if isinstance(error, NewerDatabase) else FAILED


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.exists():
        raise StorageError(f"{path}: there is no ledger; the gateway makes it when it first runs (storage.path)")
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    with contextlib.closing(connection):
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > scripts()[-1][0]:
            raise newer(path, version)
        yield connection


def _verify(connection: sqlite3.Connection, path: Path, as_json: bool) -> int:
    verdict = verify(connection)
    good = not verdict.breaks
    if as_json:
        _say(orjson.dumps({"good": good, **asdict(verdict)}).decode())
    elif good:
        _say(
            f"{path}: good: {_counted(verdict.facts, 'fact')}, {_counted(verdict.personal, 'personal value')}, "
            f"{_counted(verdict.blocks, 'sample block')} in {_counted(verdict.epochs, 'epoch')}; "
            f"the chain ends at {verdict.hash}"
        )
    else:
        for line in verdict.breaks:
            _say(f"{path}: {line}")
    return GOOD if good else FAILED


def _stats(connection: sqlite3.Connection, path: Path, as_json: bool) -> int:
    found = _figures(connection, path)
    if as_json:
        _say(orjson.dumps(found).decode())
        return GOOD
    _say(f"{found['path']}: {found['bytes']:,} bytes and {found['wal_bytes']:,} in the log, schema {found['schema']}")
    _say(f"epoch {found['epoch']} (of {found['epochs']}) since {found['epoch_since']}")
    for name, stream in found["streams"].items():
        rows = f"{stream['rows']:,} rows" + (f", {stream['samples']:,} samples" if name == "B" else "")
        _say(f"stream {name}: {stream['tail']} to {stream['head']}, {rows}")
        for reader, cursor in stream["cursors"].items():
            waits = f", the oldest since {cursor['oldest_at']}" if cursor["oldest_at"] else ""
            _say(f"  {reader} has it up to {cursor['sequence']}: {cursor['behind']:,} wait{waits}")
        if not stream["cursors"]:
            _say("  nobody has acknowledged any of it")
    return GOOD


def _figures(connection: sqlite3.Connection, path: Path) -> dict[str, Any]:
    def one(sql: str, *values: Any) -> Any:
        return connection.execute(sql, values).fetchone()

    epochs = connection.execute("SELECT number, id, started_at FROM epochs ORDER BY number").fetchall()
    numbers = {epoch: number for number, epoch, _ in epochs}
    newest, epoch, since = epochs[-1]
    streams: dict[str, dict[str, Any]] = {}
    for stream, table, time in (("A", "facts", "recorded_at"), ("B", "blocks", "started_at")):
        rows = one(f"SELECT count(*) FROM {table}")[0]
        last = one(f"SELECT sequence, epoch FROM {table} ORDER BY position DESC LIMIT 1")
        head = last[0] if last and last[1] == newest else 0
        first = one(f"SELECT sequence FROM {table} WHERE epoch = ? ORDER BY position LIMIT 1", newest)
        cursors = {}
        for name, at, sequence in connection.execute(
            "SELECT name, epoch, sequence FROM cursors WHERE stream = ?", (stream,)
        ).fetchall():
            where = "epoch > ?1 OR (epoch = ?1 AND sequence > ?2)"
            place = (numbers.get(at, 0), sequence)
            (behind,) = one(f"SELECT count(*) FROM {table} WHERE {where}", *place)
            oldest = one(f"SELECT {time} FROM {table} WHERE {where} ORDER BY position LIMIT 1", *place)
            cursors[name] = {
                "epoch": at, "sequence": sequence, "behind": behind, "oldest_at": oldest[0] if oldest else None,
            }  # fmt: skip
        streams[stream] = {"head": head, "tail": first[0] if first else head + 1, "rows": rows, "cursors": cursors}
    streams["B"]["samples"] = one("SELECT coalesce(sum(samples), 0) FROM blocks")[0]
    wal = path.with_name(f"{path.name}-wal")
    return {
        "path": str(path),
        "schema": one("PRAGMA user_version")[0],
        "bytes": path.stat().st_size,
        "wal_bytes": wal.stat().st_size if wal.exists() else 0,
        "epoch": epoch,
        "epoch_since": since,
        "epochs": len(epochs),
        "streams": streams,
    }


async def _show(path: Path, id: str | None, as_json: bool) -> int:
    reader = Reader(path)
    try:
        facts = await (reader.newest(NEWEST) if id is None else reader.facts_of(id))
    finally:
        await reader.close()
    if id is not None and not facts:
        sys.stderr.write(f"edgegw: {path}: there is no transaction {id!r}; the page and `journal show` name them\n")
        return FAILED
    if as_json:
        _say(orjson.dumps([asdict(fact) for fact in facts], option=orjson.OPT_UTC_Z).decode())
    else:
        for line in map(_line, facts) if id is None else bill(facts):
            _say(line)
    return GOOD


def bill(facts: Sequence[StoredFact]) -> Iterator[str]:
    """A transaction's bill, told by its facts: what it began with, each register value, how it ended, each line."""
    for fact in facts:
        body, at = fact.body, _time(fact)
        if fact.type == "transaction_started":
            token = body["id_token"] or "a token that was erased or never named"
            verdict = f", {body['authorization']}" if body["authorization"] else ""
            yield f"transaction {body['transaction']}"
            yield f"{at} started at {body['station']}, EVSE {body['evse']}, OCPP {body['ocpp']}, by {token}{verdict}"
            yield f"{'':20} called {body['reference']} by the station; tariff {body['tariff']}"
        elif fact.type == "transaction_metered":
            doubt = "" if body["quality"] == "good" else f", {body['quality']}"
            yield f"{at} {body['import_wh']:>12,} Wh  {body['reason']}{doubt}"
        elif fact.type == "transaction_ended":
            yield f"{at} ended: {body['reason']}"
        elif fact.type == "cdr_closed":
            yield f"{at} billed: {body['energy_wh']:,} Wh, {body['idle_s']:,} s idle"
            for line in body["lines"]:
                what = f"{line['kind']} {line['period']}".strip()
                yield f"{'':20} {what:12} {line['quantity']:>12} {line['unit']} x {line['price']} = {line['amount']}"
            yield f"{'':20} {'total':12} {body['total']:>12} {body['currency']}, of it tax {body['tax']}"
        else:
            yield f"{at} {fact.type}"
    yield f"facts {facts[0].sequence} to {facts[-1].sequence}; the last one's hash is {facts[-1].hash}"


def _line(fact: StoredFact) -> str:
    told = " ".join(
        f"{name}={orjson.dumps(value).decode() if isinstance(value, dict | list) else value}"
        for name, value in fact.body.items()
        if value is not None and f"/{value}" != fact.subject[fact.subject.find("/") :]
    )
    return f"{fact.sequence:>8} {_time(fact)} {fact.type} {fact.subject} {told}"


def _time(fact: StoredFact) -> str:
    """To the second, 20 characters."""
    return f"{stamp(fact.at)[:19]}Z"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
