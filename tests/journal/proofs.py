"""Parts for the tests of signatures, proofs and copies: a ledger with bills in it, and hands that tamper with it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from edgegw.hub import Hub
from edgegw.journal import chain
from edgegw.journal.anchors import Anchor
from edgegw.journal.maintenance import sign
from edgegw.journal.records import records
from edgegw.journal.store import FILE_NAME
from edgegw.journal.verify import Verdict, verify
from edgegw.model.requests import TransactionAnswer
from edgegw.model.samples import MeterSample
from tests.support.clock import FakeClock
from tests.support.hubs import start, stop


async def charge(hub: Hub, clock: FakeClock, **changed: Any) -> str:
    """An hour of charging with 10 kWh; the transaction's id."""
    begun = await hub.request(start(clock, **changed))
    assert isinstance(begun, TransactionAnswer)
    for quarter in range(1, 4):
        clock.advance(900)
        hub.observe([MeterSample("stations/CP01/1", clock.now(), {"import_wh": 1_000_000 + 2500 * quarter})])
    clock.advance(900)
    await hub.flush()
    await hub.request(stop(clock, begun))
    return begun.transaction


async def sign_now(hub: Hub) -> Anchor:
    return await sign(hub.journal, hub.record, hub.now())


def verified(folder: Path, *trusted: bytes) -> Verdict:
    with closing(opened(folder)) as connection:
        return verify(connection, trusted)


def opened(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / FILE_NAME, isolation_level=None)


def forge(folder: Path, kind: str, old: str, new: str) -> None:
    """Change facts of a type as one who knows how: with a chain that is whole again."""
    with closing(opened(folder)) as connection:
        connection.execute("UPDATE facts SET body = replace(body, ?, ?) WHERE type = ?", (old, new, kind))
        digest = chain.START
        for record in list(records(connection)):
            digest = record.linked(digest)
            connection.execute("UPDATE facts SET hash = ? WHERE position = ?", (digest, record.position))


def prune(folder: Path, last: int, reason: str, at: datetime) -> None:
    """Take out the facts up to position `last`, as retention does."""
    with closing(opened(folder)) as connection:
        connection.execute("DELETE FROM personal WHERE position <= ?", (last,))
        connection.execute("DELETE FROM facts WHERE position <= ?", (last,))
        connection.execute("INSERT INTO gaps VALUES ('A', 1, 1, ?, ?, NULL, ?)", (last, reason, at.isoformat()))
