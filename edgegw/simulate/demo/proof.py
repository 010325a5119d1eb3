"""The proof: the cloud's database holds what the gateway's ledger holds, row by row and cent by cent.

Both are read as plain SQLite files, read-only, without any code of the gateway: what is compared is what lies on the
disks. Up to the heads that were the ledger's newest rows at one moment, every fact and every block of samples must be
in the cloud's database under the same epoch and number with the same id, source, times, hash and content; beyond them
the cloud may hold more, but nothing that the ledger does not hold as well. Energy and money of each transaction are
the fold of the facts at either end, made by different code, and must agree with each other and with the stations'
meters.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

Key = tuple[str, int]
"""(epoch, sequence)."""

MAX_DIFFERENCES: Final = 20
"""Differences that are spelled out; all are counted."""


@dataclass(frozen=True, slots=True)
class Heads:
    """The newest position of each stream in the ledger at one moment."""

    facts: int
    blocks: int


@dataclass(slots=True)
class Side:
    """Counts of one side."""

    facts: int = 0
    blocks: int = 0
    samples: int = 0
    transactions: int = 0
    energy_wh: int = 0
    money: Decimal = Decimal(0)


@dataclass(slots=True)
class Proof:
    """The result. `later` are rows that the gateway wrote after the heads, which are not asked for."""

    ledger: Side = field(default_factory=Side)
    cloud: Side = field(default_factory=Side)
    stations_wh: int | None = None
    currency: str = ""
    later: int = 0
    wrong: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return self.wrong == 0 and self.ledger.facts > 0

    def differ(self, text: str) -> None:
        self.wrong += 1
        if len(self.differences) < MAX_DIFFERENCES:
            self.differences.append(text)


@contextlib.contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)
    try:
        yield connection
    finally:
        connection.close()


def heads(journal: Path) -> Heads:
    """The ledger's newest rows now."""
    with _open(journal) as ledger:
        (facts,), (blocks,) = (
            ledger.execute(f"SELECT coalesce(max(position), 0) FROM {table}").fetchone()  # noqa: S608 (two constants)
            for table in ("facts", "blocks")
        )
        return Heads(facts, blocks)


def missing(journal: Path, cloud: Path, upto: Heads) -> int:
    """How many rows up to the heads the cloud has not committed yet, by its watermarks."""
    durable: dict[tuple[str, str], int] = {}
    with _open(journal) as ledger:
        with contextlib.suppress(sqlite3.Error), _open(cloud) as there:  # it may not have begun yet
            for epoch, stream, sequence in there.execute("SELECT epoch, stream, sequence FROM watermarks"):
                durable[epoch, stream] = sequence
        count = 0
        for stream, table, head in (("A", "facts", upto.facts), ("B", "blocks", upto.blocks)):
            rows = ledger.execute(
                f"SELECT e.id, r.sequence FROM {table} r JOIN epochs e ON e.number = r.epoch "  # noqa: S608
                "WHERE r.position <= ?",
                (head,),
            )
            count += sum(sequence > durable.get((epoch, stream), 0) for epoch, sequence in rows)
        return count


def compare(journal: Path, cloud: Path, site: str, upto: Heads, stations_wh: Mapping[str, int] | None = None) -> Proof:
    """Hold the two databases against each other. `stations_wh` is what each station's own meter has counted."""
    proof = Proof()
    with _open(journal) as ledger, _open(cloud) as there:
        facts, blocks = dict(_ledger_facts(ledger, site)), dict(_ledger_blocks(ledger, site))
        _rows(proof, "fact", facts, dict(_cloud_facts(there, site)), _numbers(ledger, "facts", upto.facts))
        _rows(proof, "block", blocks, dict(_cloud_blocks(there, site)), _numbers(ledger, "blocks", upto.blocks))
        for stream, first, last, reason in there.execute("SELECT stream, first, last, reason FROM gaps"):
            proof.differ(f"stream {stream}: {first} to {last} are a gap: {reason}")
        _money(proof, ledger, there, site, stations_wh)
    return proof


def by_voice(cloud: Path, site: str) -> list[str]:
    """Stations where energy has flown after a start that EVA was told to make, by the cloud's facts alone."""
    commands, transactions, found = set(), {}, []
    with _open(cloud) as there:
        for _, fact in sorted(_cloud_facts(there, site)):
            kind, data = fact["type"].split(".")[2], fact["data"]
            if kind == "command_received" and data["name"] == "start_transaction" and data["by"].startswith("eva:"):
                commands.add(data["command"])
            elif kind == "transaction_started" and data.get("remote_start") in commands:
                transactions[data["transaction"]] = data["station"]
            elif kind == "energy_transfer_started" and data["transaction"] in transactions:
                found.append(transactions[data["transaction"]])
    return found


def _numbers(ledger: sqlite3.Connection, table: str, head: int) -> set[Key]:
    return set(
        ledger.execute(
            f"SELECT e.id, r.sequence FROM {table} r JOIN epochs e ON e.number = r.epoch "  # noqa: S608 (constants)
            "WHERE r.position <= ?",
            (head,),
        )
    )


def _rows(proof: Proof, kind: str, here: dict[Key, Any], there: dict[Key, Any], asked: set[Key]) -> None:
    for key in sorted(asked - there.keys()):
        proof.differ(f"{kind} {key[1]} is missing in the cloud: {here[key]['id']}")
    for key in sorted(there.keys() - here.keys()):
        proof.differ(f"{kind} {key[1]} is in the cloud and not in the ledger: {there[key]['id']}")
    for key in sorted(there.keys() & here.keys()):
        for name, value in here[key].items():
            if there[key][name] != value:
                proof.differ(f"{kind} {key[1]}: {name} is {value!r} in the ledger, {there[key][name]!r} in the cloud")
    proof.later += len(here.keys() - asked - there.keys())
    known = len(here.keys() & (asked | there.keys()))
    if kind == "fact":
        proof.ledger.facts, proof.cloud.facts = known, len(there)
        return
    proof.ledger.blocks, proof.cloud.blocks = known, len(there)
    proof.ledger.samples = sum(here[key]["samples"] for key in here.keys() & (asked | there.keys()))
    proof.cloud.samples = sum(row["samples"] for row in there.values())


def _ledger_facts(ledger: sqlite3.Connection, site: str) -> Iterator[tuple[Key, dict[str, Any]]]:
    hidden: dict[int, dict[str, str]] = {}
    for position, name, value in ledger.execute("SELECT position, field, value FROM personal"):
        hidden.setdefault(position, {})[name] = value
    for position, epoch, sequence, identity, kind, subject, at, recorded, clock, body, digest in ledger.execute(
        "SELECT f.position, e.id, f.sequence, f.id, f.type, f.subject, f.at, f.recorded_at, f.clock, f.body, f.hash "
        "FROM facts f JOIN epochs e ON e.number = f.epoch"
    ):
        values = json.loads(body)
        for name, value in values.items():
            if isinstance(value, dict) and value.keys() == {"commitment"}:
                values[name] = hidden.get(position, {}).get(name)  # the ledger keeps names apart from facts
        yield (epoch, sequence), {
            "id": identity, "type": f"io.edgegw.{kind}.v1", "source": _source(site, subject),
            "at": _time(at), "recorded": _time(recorded), "clock": clock, "hash": digest.hex(), "data": values,
        }  # fmt: skip


def _cloud_facts(cloud: sqlite3.Connection, site: str) -> Iterator[tuple[Key, dict[str, Any]]]:
    for epoch, sequence, identity, kind, source, at, recorded, clock, digest, data in cloud.execute(
        "SELECT epoch, sequence, id, type, source, at, recorded_at, clock, hash, data FROM facts WHERE site = ?",
        (site,),
    ):
        yield (epoch, sequence), {
            "id": identity, "type": kind, "source": source, "at": _time(at), "recorded": _time(recorded),
            "clock": clock, "hash": digest, "data": json.loads(data),
        }  # fmt: skip


def _ledger_blocks(ledger: sqlite3.Connection, site: str) -> Iterator[tuple[Key, dict[str, Any]]]:
    found = ledger.execute("SELECT value FROM ledger WHERE key = 'block_dictionary'").fetchone()
    dictionary = found[0].encode() if found else b""
    for epoch, sequence, identity, source, start, samples, body in ledger.execute(
        "SELECT e.id, b.sequence, b.id, b.source, b.started_at, b.samples, b.body "
        "FROM blocks b JOIN epochs e ON e.number = b.epoch"
    ):
        yield (epoch, sequence), {
            "id": identity if isinstance(identity, str) else str(UUID(bytes=identity)),
            "source": _source(site, source), "start": _time(start), "samples": samples,
            "data": json.loads(body if isinstance(body, str) else _unpacked(body, dictionary, start)),
        }  # fmt: skip


def _unpacked(body: bytes, dictionary: bytes, start: str) -> str:
    text = zlib.decompressobj(zdict=dictionary).decompress(body).decode()
    return text if text.startswith("{") else f'{{"start":"{start}",{text}'


def _cloud_blocks(cloud: sqlite3.Connection, site: str) -> Iterator[tuple[Key, dict[str, Any]]]:
    for epoch, sequence, identity, source, start, samples, data in cloud.execute(
        "SELECT epoch, sequence, id, source, start_at, samples, data FROM blocks WHERE site = ?", (site,)
    ):
        yield (epoch, sequence), {
            "id": identity, "source": source, "start": _time(start), "samples": samples, "data": json.loads(data)
        }  # fmt: skip


def _source(site: str, subject: str) -> str:
    path = f"/sites/{quote(site, safe='')}"
    return f"{path}/{quote(subject)}" if subject else path


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


@dataclass(frozen=True, slots=True)
class _Bill:
    station: str
    energy_wh: int
    """By the registers at the begin and the end."""
    billed_wh: int
    total: Decimal
    currency: str


def _money(
    proof: Proof,
    ledger: sqlite3.Connection,
    cloud: sqlite3.Connection,
    site: str,
    stations_wh: Mapping[str, int] | None,
) -> None:
    here = dict(_ledger_bills(ledger))
    there = dict(_cloud_bills(cloud, site))
    for key in sorted(here.keys() | there.keys()):
        if here.get(key) != there.get(key):
            proof.differ(f"transaction {key}: the ledger says {here.get(key)}, the cloud {there.get(key)}")
    for side, bills in ((proof.ledger, here), (proof.cloud, there)):
        side.transactions = len(bills)
        side.energy_wh = sum(bill.energy_wh for bill in bills.values())
        side.money = sum((bill.total for bill in bills.values()), Decimal(0))
    proof.currency = next((bill.currency for bill in here.values()), "")
    if stations_wh is None:
        return
    proof.stations_wh = sum(stations_wh.values())
    for station, counted_wh in stations_wh.items():
        billed_wh = sum(bill.energy_wh for bill in here.values() if bill.station == station)
        if billed_wh != counted_wh:
            proof.differ(f"{station}: its own meter counted {counted_wh} Wh, the ledger has {billed_wh} Wh")


def _ledger_bills(ledger: sqlite3.Connection) -> Iterable[tuple[str, _Bill]]:
    """Of the gateway's own fold: the transactions that have ended."""
    for key, body in ledger.execute("SELECT key, body FROM transactions WHERE state = 'ended'"):
        row = json.loads(body)
        registers = [metering["import_wh"] for metering in row["meterings"]]
        energy_wh = registers[-1] - registers[0] if registers else 0
        yield key, _Bill(row["station"], energy_wh, energy_wh, Decimal(row["total"] or 0), row["currency"] or "")


def _cloud_bills(cloud: sqlite3.Connection, site: str) -> Iterable[tuple[str, _Bill]]:
    """Of the cloud's projections: the register values give the energy, the closed CDR the money."""
    for key, station, begin_wh, last_wh, billed_wh, total, currency in cloud.execute(
        "SELECT t.id, t.station, t.begin_wh, t.last_wh, c.energy_wh, c.total, c.currency FROM transactions t "
        "LEFT JOIN cdrs c ON c.site = t.site AND c.transaction_id = t.id WHERE t.site = ? AND t.ended_at IS NOT NULL",
        (site,),
    ):
        energy_wh = (last_wh or 0) - (begin_wh or 0)
        yield key, _Bill(station, energy_wh, billed_wh or 0, Decimal(total or 0), currency or "")
