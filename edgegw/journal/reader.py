"""Reads of the ledger for the page, the uplink and the command line, on a connection of their own (aiosqlite).

Each read is one short statement: a long one would keep the write-ahead log from being moved into the file.
"""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiosqlite
import orjson

from edgegw.journal.blocks import BLOCK_SPAN_S, column, readings
from edgegw.journal.connection import DATABASE_ERRORS, storage_error
from edgegw.journal.errors import Damaged
from edgegw.journal.outbox import UNTOLD, Backlog, NewestSaid, NumberThere, Outbox, Untold, untold
from edgegw.journal.packing import unpack, unpack_id
from edgegw.journal.recalling import Stream
from edgegw.journal.rows import load, stamp
from edgegw.model.facts import FACTS, Clock
from edgegw.model.samples import MeterSample
from edgegw.model.state import CommandState, StoredAnswer, Transaction


@dataclass(frozen=True, slots=True)
class StoredFact:
    """A fact as it lies in the ledger. `body` has personal values merged in, None where they were erased."""

    sequence: int
    epoch: str
    id: str
    type: str
    subject: str
    at: datetime
    recorded_at: datetime
    clock: Clock
    body: dict[str, Any]
    hash: str
    boot: str | None = None
    """Which start of the machine it was recorded in; None in ledgers older than boots."""


@dataclass(frozen=True, slots=True)
class StoredBlock:
    """A sample block as it lies in the ledger; `body` is its JSON (see `blocks`)."""

    sequence: int
    epoch: str
    id: str
    source: str
    start: datetime
    samples: int
    body: bytes


@dataclass(frozen=True, slots=True)
class StoredGap:
    """Numbers `first` to `last` that the ledger does not hold, why, and how many readings they were, where known."""

    first: int
    last: int
    reason: str
    samples: int | None


_FACTS = (
    "SELECT f.sequence, e.id, f.id, f.type, f.subject, f.at, f.recorded_at, f.clock, f.body, f.hash, f.position, "
    "o.id FROM facts f JOIN epochs e ON e.number = f.epoch LEFT JOIN boots o ON o.number = f.boot"
)


class Reader:
    """Opens lazily at the first read; `close` it."""

    def __init__(self, path: Path, doubt: Callable[[Damaged], None] = lambda damage: None) -> None:
        """`doubt` is told when a read meets damage."""
        self._path = path
        self._doubt = doubt
        self._opened: asyncio.Task[aiosqlite.Connection] | None = None

    async def close(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            with contextlib.suppress(*DATABASE_ERRORS):  # it could not be opened, so there is nothing to close
                await (await opened).close()

    async def _connection(self) -> aiosqlite.Connection:
        """The connection, opened by a task of its own: a reader that is cancelled would leave its thread behind."""
        opened = self._opened
        if opened is None or (opened.done() and (opened.cancelled() or opened.exception() is not None)):
            opened = self._opened = asyncio.get_running_loop().create_task(self._open())
        return await asyncio.shield(opened)

    async def _open(self) -> aiosqlite.Connection:
        return await aiosqlite.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)

    async def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        connection = await self._connection()
        with self._noticing():
            return list(await connection.execute_fetchall(sql, tuple(values)))

    @contextlib.contextmanager
    def _noticing(self) -> Iterator[None]:
        """Tell of damage that comes to light: SQLite's own word, or a body that is not what was written."""
        try:
            yield
        except (*DATABASE_ERRORS, zlib.error, orjson.JSONDecodeError) as error:
            failure = storage_error(error, self._path)
            if not isinstance(error, DATABASE_ERRORS):
                failure = Damaged(f"{self._path}: a record is damaged ({error})")
            if not isinstance(failure, Damaged):
                raise
            self._doubt(failure)
            raise failure from error

    async def _first_position(self, stream: Stream, epoch: str | None, after: int) -> int:
        """The position before the first row of the epoch (the newest for None) whose sequence is above `after`.

        Within an epoch both count up by one, so one row of it tells: the last there is, or the first of an older epoch.
        """
        table = "facts" if stream == "A" else "blocks"
        newest = await self._rows(
            f"SELECT r.position, r.sequence, e.id, e.number = (SELECT max(number) FROM epochs) FROM {table} r "
            "JOIN epochs e ON e.number = r.epoch ORDER BY r.position DESC LIMIT 1"
        )
        if newest and (newest[0][2] == epoch or (epoch is None and newest[0][3])):
            position, sequence = newest[0][:2]
            return int(position) + after - int(sequence)
        rows = await self._rows(
            f"SELECT position, sequence FROM {table} WHERE epoch = (SELECT number FROM epochs WHERE id = ?) "
            "ORDER BY position LIMIT 1",
            (epoch,),
        )
        if not rows:
            return 2**62
        position, sequence = rows[0]
        return max(int(position) - 1, int(position) + after - int(sequence))

    async def facts(
        self, after: int = 0, limit: int = 500, type: str | None = None, epoch: str | None = None
    ) -> list[StoredFact]:
        """Facts of the epoch (the newest for None) with a sequence above `after`, in order."""
        position = await self._first_position("A", epoch, after)
        kind, values = ("", ()) if type is None else (" AND f.type = ?", (type,))
        bound = "" if epoch is None else " AND e.id = ?"
        rows = await self._rows(
            f"{_FACTS} WHERE f.position > ?{kind}{bound} ORDER BY f.position LIMIT ?",
            (position, *values, *(() if epoch is None else (epoch,)), limit),
        )
        return await self._whole(rows)

    async def newest(self, limit: int) -> list[StoredFact]:
        """The newest facts, of whatever epoch, in order."""
        rows = await self._rows(f"{_FACTS} ORDER BY f.position DESC LIMIT ?", (limit,))
        return await self._whole(rows[::-1])

    async def facts_of(self, transaction: str) -> list[StoredFact]:
        """All facts of one transaction, in order: what its bill stands on."""
        return await self._whole(
            await self._rows(f"{_FACTS} WHERE f.transaction_id = ? ORDER BY f.position", (transaction,))
        )

    async def _whole(self, rows: list[Any]) -> list[StoredFact]:
        """The facts of `rows` with their personal values put back in place."""
        found = []
        hidden: dict[int, dict[str, str]] = {}
        if rows:
            for position, field, value in await self._rows(
                "SELECT position, field, value FROM personal WHERE position BETWEEN ? AND ?",
                (rows[0][10], rows[-1][10]),
            ):
                hidden.setdefault(position, {})[field] = value
        for sequence, epoch, identity, kind, subject, at, recorded_at, clock, body, digest, position, boot in rows:
            with self._noticing():
                values = orjson.loads(body)
            known = hidden.get(position, {})
            for name in FACTS[kind].personal if kind in FACTS else ():
                values[name] = known.get(name)
            found.append(
                StoredFact(
                    sequence, epoch, identity, kind, subject, datetime.fromisoformat(at),
                    datetime.fromisoformat(recorded_at), clock, values, digest.hex(), boot,
                )
            )  # fmt: skip
        return found

    async def blocks(self, after: int = 0, limit: int = 100, epoch: str | None = None) -> list[StoredBlock]:
        """Sample blocks of the epoch (the newest for None) with a sequence above `after`, in order."""
        position = await self._first_position("B", epoch, after)
        bound = "" if epoch is None else " AND e.id = ?"
        rows = await self._rows(
            "SELECT b.sequence, e.id, b.id, b.source, b.started_at, b.samples, b.body FROM blocks b "
            f"JOIN epochs e ON e.number = b.epoch WHERE b.position > ?{bound} ORDER BY b.position LIMIT ?",
            (position, *(() if epoch is None else (epoch,)), limit),
        )
        with self._noticing():
            return [
                StoredBlock(
                    sequence,
                    epoch,
                    unpack_id(identity),
                    source,
                    datetime.fromisoformat(start),
                    samples,
                    unpack(body, start),
                )
                for sequence, epoch, identity, source, start, samples, body in rows
            ]

    async def gaps(self, stream: Stream, epoch: str, after: int, until: int | None = None) -> list[StoredGap]:
        """What is known of numbers of the epoch that are not held, as far as above `after` and up to `until`."""
        rows = await self._rows(
            "SELECT g.first, g.last, g.reason, g.samples FROM gaps g JOIN epochs e ON e.number = g.epoch "
            "WHERE g.stream = ? AND e.id = ? AND g.last > ? AND g.first <= ? ORDER BY g.first",
            (stream, epoch, after, 2**62 if until is None else until),
        )
        return [StoredGap(*row) for row in rows]

    async def epoch_after(self, epoch: str) -> str | None:
        """The epoch that followed on `epoch`; None for the newest, and for one that this ledger does not know."""
        rows = await self._rows(
            "SELECT id FROM epochs WHERE number > (SELECT number FROM epochs WHERE id = ?) ORDER BY number LIMIT 1",
            (epoch,),
        )
        return rows[0][0] if rows else None

    async def transactions(
        self,
        *,
        station: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        state: str | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> list[Transaction]:
        """Transactions, newest start first; `after` is the id of the last one of the page before."""
        where, values = ["1"], []
        for clause, value in (
            ("station = ?", station),
            ("started_at >= ?", stamp(since) if since is not None else None),
            ("started_at < ?", stamp(until) if until is not None else None),
            ("state = ?", state),
        ):
            if value is not None:
                where.append(clause)
                values.append(value)
        if after is not None:
            where.append("(started_at, key) < (SELECT started_at, key FROM transactions WHERE key = ?)")
            values.append(after)
        rows = await self._rows(
            f"SELECT body FROM transactions WHERE {' AND '.join(where)} ORDER BY started_at DESC, key DESC LIMIT ?",
            (*values, limit),
        )
        return [load(Transaction, orjson.loads(body)) for (body,) in rows]

    async def transaction(self, id: str) -> Transaction | None:
        rows = await self._rows("SELECT body FROM transactions WHERE key = ?", (id,))
        return load(Transaction, orjson.loads(rows[0][0])) if rows else None

    async def transaction_by_reference(self, station: str, reference: str) -> Transaction | None:
        """The newest transaction that the station called `reference`."""
        rows = await self._rows(
            "SELECT body FROM transactions WHERE station = ? AND reference = ? ORDER BY started_at DESC LIMIT 1",
            (station, reference),
        )
        return load(Transaction, orjson.loads(rows[0][0])) if rows else None

    async def answer(self, key: str) -> StoredAnswer | None:
        """What the request with this retry key was answered."""
        rows = await self._rows("SELECT body FROM answers WHERE key = ?", (key,))
        return load(StoredAnswer, orjson.loads(rows[0][0])) if rows else None

    async def command(self, id: str) -> CommandState | None:
        rows = await self._rows("SELECT body FROM commands WHERE key = ?", (id,))
        return load(CommandState, orjson.loads(rows[0][0])) if rows else None

    async def untold(self, station: str, after: int, limit: int) -> list[Untold]:
        """What another CSMS is to be told of a station, behind a position, in order."""
        sql = f"SELECT {UNTOLD} FROM untold WHERE station = ? AND position > ? ORDER BY position LIMIT ?"
        return untold(await self._rows(sql, (station, after, limit)))

    async def outbox(self) -> Outbox:
        """What there is to tell, and what was told: for a start."""
        backlogs, end = {}, 0
        for station, count, oldest, newest, version in await self._rows(
            "SELECT station, count(*), min(at), max(position), (SELECT version FROM untold n "
            "WHERE n.station = u.station ORDER BY position DESC LIMIT 1) FROM untold u GROUP BY station"
        ):
            backlogs[station] = Backlog(count, datetime.fromisoformat(oldest), version)
            end = max(end, newest)
        newest_said = await self._rows("SELECT station, slot, version, frame FROM newest_said ORDER BY station, slot")
        numbers = await self._rows("SELECT station, number, there FROM numbers_there")
        return Outbox(
            end, backlogs, tuple(NewestSaid(*row) for row in newest_said), tuple(NumberThere(*row) for row in numbers)
        )

    async def samples(
        self, source: str, since: datetime | None = None, until: datetime | None = None, limit: int = 1000
    ) -> list[MeterSample]:
        """Committed readings of a source between `since` and `until`, oldest first."""
        found = [
            sample
            for body, started_at in await self._bodies(source, since, until, limit)
            for sample in readings(source, unpack(body, started_at))
            if (since is None or sample.at >= since) and (until is None or sample.at < until)
        ]
        return sorted(found, key=lambda sample: sample.at)[:limit]

    async def curve(
        self, source: str, name: str, since: datetime, until: datetime, *, minutes: int = 1
    ) -> list[tuple[datetime, float]]:
        """(time, value) of one quantity of a source between `since` and `until`, of good readings, oldest first; of
        the blocks that began in each so many `minutes` of the hour. For an hour at once: the event loop works it
        out."""
        found = [
            reading
            for body, started_at in await self._bodies(source, since, until, -1, minutes)
            for reading in column(unpack(body, started_at), name)
            if since <= reading[0] < until
        ]
        return sorted(found)

    async def _bodies(
        self, source: str, since: datetime | None, until: datetime | None, limit: int, minutes: int = 1
    ) -> list[tuple[bytes, str]]:
        """Packed blocks of a source, of which some readings may lie between the two, and when they start."""
        # A block spans less than BLOCK_SPAN_S, so its start bounds its end.
        earliest = stamp(since - timedelta(seconds=BLOCK_SPAN_S)) if since else ""
        latest = stamp(until) if until else "9999"
        return await self._rows(
            "SELECT b.body, b.started_at FROM spans s JOIN blocks b ON b.position BETWEEN s.first AND s.position "
            "WHERE s.until > ? AND s.since < ? AND b.source = ? AND b.started_at > ? AND b.started_at < ? "
            "AND CAST(substr(b.started_at, 15, 2) AS INTEGER) % ? = 0 ORDER BY b.started_at LIMIT ?",
            (earliest, latest, source, earliest, latest, minutes, limit),
        )
