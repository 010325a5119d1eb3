"""`edgegw journal show | verify | stats`: a look into the ledger, read-only, also beside the gateway that writes it.

Each prints what it finds and returns the exit code: 0 good, 1 for a break, or something that is not there. Raises
JournalError, sqlite3.Error or OSError when the ledger can't be read.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from edgegw.journal.bill import account, bill_line, told, told_json
from edgegw.journal.proof import Checked
from edgegw.journal.reader import Reader, StoredFact
from edgegw.journal.records import looked_into
from edgegw.journal.rows import dump, stamp
from edgegw.journal.verify import Verdict, verify

GOOD, FAILED = 0, 1

NEWEST = 20
"""Facts that `show` shows."""


def show(path: Path, transaction: str | None, *, as_json: bool) -> int:
    """The newest facts, or those of one transaction as a bill."""
    with looked_into(path):
        return asyncio.run(_show(path, transaction, as_json))


def show_account(path: Path, transaction: str, *, as_json: bool) -> int:
    """One bill with what proves it: its facts, the same computed again, its place in the chain, its signature."""
    with looked_into(path) as connection:
        found = account(connection, transaction)
    if found is None:
        return _no_transaction(path, transaction)
    if as_json:
        say(dump(told_json(found)))
        return FAILED if found.agrees is False else GOOD
    facts = asyncio.run(_facts_of(path, transaction))
    for line in (*bill(facts), *told(found)):
        say(line)
    return FAILED if found.agrees is False else GOOD


def walked(path: Path, trusted: Sequence[bytes]) -> Verdict:
    """What `verify` finds in the ledger at `path`."""
    with looked_into(path) as connection:
        return verify(connection, trusted)


def tell_verdict(path: Path, verdict: Verdict, *, as_json: bool, signed: dict[str, Any] | None = None) -> int:
    """Print a verdict; `signed` is the signature that was made of it, if one was."""
    good = not verdict.breaks
    if as_json:
        say(orjson.dumps({"good": good, **asdict(verdict), "new_signature": signed}).decode())
        return GOOD if good else FAILED
    for line in verdict.breaks:
        say(f"{path}: {line}")
    for line in verdict.gaps:
        say(f"{path}: {line}")
    if not good:
        return FAILED
    say(
        f"{path}: good: {counted(verdict.facts, 'fact')}, {counted(verdict.personal, 'personal value')}, "
        f"{counted(verdict.blocks, 'sample block')} in {counted(len(verdict.epochs), 'epoch')}; "
        f"the chain ends at {verdict.hash}"
    )
    for each in verdict.epochs:
        facts = f"facts {each.first:,} to {each.last:,}" if each.facts else "no facts"
        say(
            f"  epoch {each.epoch} ({each.reason}, since {each.started_at}): {facts}, "
            f"{counted(each.blocks, 'sample block')} with {counted(each.samples, 'reading')}"
        )
    if verdict.begins is not None:
        say(f"  what is held begins behind {verdict.begins}")
    if verdict.signatures:
        behind = verdict.position - verdict.signed
        newest = f"all but the newest {counted(behind, 'fact')}" if behind else "every fact"
        say(f"  {counted(verdict.signatures, 'signature')} by the site's key, all good; covered: {newest}")
    else:
        say("  nothing is signed yet: the site's key signs each day, and now with --sign")
    if signed is not None:
        say(f"  signed now: fact {signed['sequence']} of epoch {signed['epoch']}, with the key {signed['key']}")
    return GOOD


def tell_checked(name: str, found: Checked, *, as_json: bool) -> int:
    """Print what a proof proves."""
    good = not found.breaks
    bill = found.bill
    if as_json:
        whole = {
            "good": good, "transaction": found.transaction, "site": found.site, "facts": found.facts,
            "key": found.key, "signed_at": found.signed_at, "breaks": found.breaks,
            "bill": None if bill is None else told_json(bill),
        }  # fmt: skip
        say(dump(whole))
        return GOOD if good else FAILED
    for line in found.breaks:
        say(f"{name}: {line}")
    if good and bill is not None and bill.billed is not None:
        row, billed = bill.transaction, bill.billed
        say(f"{name}: good: transaction {row.id} at {row.station}, EVSE {row.evse}, site {found.site or 'not named'}")
        say(f"  from {_second(row.started_at)} to {_second(billed.ended_at)}, {billed.energy_wh:,} Wh")
        for each in billed.lines:
            say(bill_line(each))
        say(f"{'':20} {'total':12} {billed.total:>12} {billed.currency}, of it tax {billed.tax}")
        say(f"  as its facts give it, unchanged since {found.signed_at}, among {counted(found.facts, 'fact')}")
        say(f"  signed with the key {found.key}")
        say("  compare that with the site's key, which `edgegw journal key` tells there, or give it by --key")
    return GOOD if good else FAILED


def stats(path: Path, *, as_json: bool) -> int:
    """Where both streams stand, and what waits for whom."""
    with looked_into(path) as connection:
        found = _figures(connection, path)
    if as_json:
        say(orjson.dumps(found).decode())
        return GOOD
    say(f"{found['path']}: {found['bytes']:,} bytes and {found['wal_bytes']:,} in the log, schema {found['schema']}")
    say(f"epoch {found['epoch']} (of {found['epochs']}) since {found['epoch_since']}")
    for name, stream in found["streams"].items():
        rows = f"{stream['rows']:,} rows" + (f", {stream['samples']:,} samples" if name == "B" else "")
        say(f"stream {name}: {stream['tail']} to {stream['head']}, {rows}")
        for reader, cursor in stream["cursors"].items():
            waits = f", the oldest since {cursor['oldest_at']}" if cursor["oldest_at"] else ""
            say(f"  {reader} has it up to {cursor['sequence']}: {cursor['behind']:,} wait{waits}")
        if not stream["cursors"]:
            say("  nobody has acknowledged any of it")
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


async def _show(path: Path, transaction: str | None, as_json: bool) -> int:
    facts = await (_newest(path) if transaction is None else _facts_of(path, transaction))
    if transaction is not None and not facts:
        return _no_transaction(path, transaction)
    if as_json:
        say(orjson.dumps([asdict(fact) for fact in facts], option=orjson.OPT_UTC_Z).decode())
    else:
        for line in map(_line, facts) if transaction is None else bill(facts):
            say(line)
    return GOOD


async def _newest(path: Path) -> list[StoredFact]:
    reader = Reader(path)
    try:
        return await reader.newest(NEWEST)
    finally:
        await reader.close()


async def _facts_of(path: Path, transaction: str) -> list[StoredFact]:
    reader = Reader(path)
    try:
        return await reader.facts_of(transaction)
    finally:
        await reader.close()


def _no_transaction(path: Path, transaction: str) -> int:
    sys.stderr.write(
        f"edgegw: {path}: there is no transaction {transaction!r}; the page and `journal show` name them\n"
    )
    return FAILED


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
            yield from map(bill_line, body["lines"])
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
    return _second(fact.at)


def _second(at: Any) -> str:
    return f"{stamp(at)[:19]}Z"


def counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
