"""The ledger's promise, whatever comes in whatever order: durable is what was acknowledged, and tables are its fold.

A machine writes batches of facts and blocks while commits fail in every way that a disk knows, restarts the ledger, and
cuts the process off at any moment. It keeps what it was told; the file has to agree.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from edgegw.journal import Journal, JournalError
from edgegw.journal.store import FILE_NAME, Group
from edgegw.journal.verify import verify
from edgegw.model import facts as f
from edgegw.model.state import State
from tests.journal.parts import NOON, Disk, block, group, open_journal, rows
from tests.support.ledgers import check, fold_of, rows_equal

PLACES: dict[str, dict[str, Any]] = {
    "t1": {"station": "CP01", "evse": 1},
    "t2": {"station": "CP02", "evse": 1},
    "t3": {"station": "CP02", "evse": 2},
}
"""Each transaction at an EVSE of its own: that there is one at a time is the hub's to see to, not the ledger's."""

ids = st.sampled_from(sorted(PLACES))
stations = st.sampled_from(["CP01", "CP02"])
at = st.integers(0, 86_400).map(lambda seconds: NOON + timedelta(seconds=seconds, microseconds=seconds))
tokens = st.sampled_from([None, "CARD1", "CARTÃO 2"])


def started(transaction: str, at: datetime, number: int, token: str | None) -> f.Fact:
    return f.TransactionStarted(
        at=at, **PLACES[transaction], transaction=transaction, connector=1, number=number, reference=transaction,
        id_token=token, ocpp="1.6", retry_key=transaction, answer={"cost": None}, tariff="default", tariff_digest="d",
    )  # fmt: skip


def metered(transaction: str, at: datetime, import_wh: int) -> f.Fact:
    return f.TransactionMetered(
        at=at, **PLACES[transaction], transaction=transaction, import_wh=import_wh, reason="periodic", source="s"
    )


def ended(transaction: str, at: datetime, token: str | None) -> f.Fact:
    return f.TransactionEnded(
        at=at, **PLACES[transaction], transaction=transaction, reason="local", id_token=token,
        retry_key=f"{transaction} end", answer={"cost": "1.00"},
    )  # fmt: skip


charges = st.one_of(
    st.builds(started, ids, at, st.integers(1, 9), tokens),
    st.builds(metered, ids, at, st.integers(0, 10**9)),
    st.builds(ended, ids, at, tokens),
)
others = st.one_of(
    st.builds(f.StationConnected, at=at, station=stations, ocpp=st.just("2.0.1")),
    st.builds(f.StationStatusChanged, at=at, station=stations, evse=st.just(1), connector=st.just(1),
              status=st.sampled_from(["available", "charging"]), info=st.text(max_size=5)),
    st.builds(f.TokenDecided, at=at, station=stations, id_token=tokens, kind=st.just("RFID"),
              status=st.just("accepted"), source=st.just("list")),
    st.builds(f.PolicyLimitChanged, at=at, target=st.sampled_from(["site", "station:CP01"]),
              limit_a=st.sampled_from([None, 0.0, 16.5]), by=st.just("cloud")),
    st.builds(f.MeterStale, at=at, meter=st.just("grid"), reason=st.text(max_size=5)),
    st.builds(f.FallbackEntered, at=at, reason=st.just("stale")),
    st.builds(f.CommandReceived, at=at, command=ids, name=st.just("reset"), id_token=tokens, by=st.just("cloud")),
)  # fmt: skip
batch = st.lists(st.one_of(charges, others), max_size=4)
batches = st.lists(batch, min_size=1, max_size=4)

FAULTS = st.sampled_from([
    ("BEGIN",), ("INSERT INTO facts",), ("INSERT INTO",), ("COMMIT",), ("COMMIT!",), ("COMMIT!", "open"),
    ("COMMIT", "open"), ("COMMIT!", "PRAGMA wal_checkpoint(TRUNCATE)"), ("COMMIT", "COMMIT"),
    ("BEGIN", "BEGIN", "BEGIN"), ("INSERT INTO",) * 3, ("COMMIT",) * 3, ("COMMIT", "COMMIT!", "open", "open"),
    ("COMMIT!", "open", "open", "open"), ("COMMIT",) * 6,
])  # fmt: skip


class Promise(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.monkeypatch = pytest.MonkeyPatch()
        self.disk = Disk(self.monkeypatch)
        self.runner = asyncio.Runner()
        self.root = Path(tempfile.mkdtemp())
        self.lives = 0
        self.folder = self.root / "0"
        self.acknowledged: list[str] = []
        """Identities of facts that are durable for all that anyone was told, in order."""
        self.blocks = 0

    @initialize()
    def begin(self) -> None:
        self.open()

    def open(self) -> None:
        self.journal: Journal = open_journal(self.folder)
        self.state: State = self.journal.state()
        self.runner.run(self.journal.start())

    def teardown(self) -> None:
        self.runner.run(self.journal.close())
        self.runner.close()
        self.monkeypatch.undo()
        shutil.rmtree(self.root)

    @rule(batches=batches, with_block=st.booleans(), faults=st.one_of(st.just(()), FAULTS))
    def write(self, batches: list[list[f.Fact]], with_block: bool, faults: tuple[str, ...]) -> None:
        groups = [group(facts, self.state) for facts in batches]
        if with_block:
            groups[0].blocks.append(block())
        self.disk.fail(*faults)
        told = self.runner.run(self.committed(groups))
        heads = self.journal.position("A").head
        if all(isinstance(each, int) for each in told):
            self.acknowledged += [new.id for each in groups for new in each.facts]
            self.blocks += with_block
            assert heads == len(self.acknowledged)
            self.disk.calm()
            return
        assert all(isinstance(each, JournalError) for each in told)  # one commit for all of them
        self.runner.run(self.recover())
        self.disk.calm()
        # What failed may be durable after all, but whole, and only when its COMMIT was reached.
        there = self.durable()
        doubtful = [new.id for each in groups for new in each.facts]
        assert there in (self.acknowledged, self.acknowledged + doubtful)
        if doubtful and there != self.acknowledged:
            assert "COMMIT!" in faults
        self.acknowledged = there
        self.blocks = rows(self.folder, "SELECT count(*) FROM blocks")[0][0]

    async def committed(self, groups: list[Group]) -> list[Any]:
        return await asyncio.gather(*map(self.journal.commit, groups), return_exceptions=True)

    async def recover(self) -> None:
        while True:
            try:
                self.state = await self.journal.reload()
                return
            except JournalError:
                continue

    @rule()
    def restart(self) -> None:
        self.runner.run(self.journal.close())
        self.open()

    @rule()
    def crash(self) -> None:
        """Go on with what another process would find if this one were gone now."""
        self.lives += 1
        fresh = self.root / str(self.lives)
        fresh.mkdir()
        for name in (FILE_NAME, f"{FILE_NAME}-wal"):  # the index of the log is rebuilt from the log
            if (self.folder / name).exists():
                shutil.copy(self.folder / name, fresh / name)
        self.runner.run(self.journal.close())
        self.folder = fresh
        self.open()

    def durable(self) -> list[str]:
        return [id for (id,) in rows(self.folder, "SELECT id FROM facts ORDER BY position")]

    @invariant()
    def durable_is_what_was_acknowledged_and_the_tables_are_its_fold(self) -> None:
        assert self.durable() == self.acknowledged
        assert rows(self.folder, "SELECT sequence FROM blocks ORDER BY position") == [
            (number,) for number in range(1, self.blocks + 1)
        ]
        facts = check(self.folder)
        assert rows_equal(self.state, fold_of(facts))
        with closing(sqlite3.connect(self.folder / FILE_NAME)) as connection:
            assert verify(connection, ()).breaks == []


Promise.TestCase.settings = settings(
    max_examples=25, stateful_step_count=12, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestPromise = Promise.TestCase
