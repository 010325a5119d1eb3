"""Ledgers as earlier versions wrote them, one for each schema there was: today's code opens every one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from edgegw.journal import migrations
from edgegw.journal.outbox import NumberThere
from edgegw.journal.store import FILE_NAME
from edgegw.journal.verify import verify
from tests.journal.parts import a_journal, group, open_journal, status
from tests.support.ledgers import check, fold_of, rows_equal

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.sql"))
NEWEST = migrations.scripts()[-1][0]


@pytest.fixture(params=GOLDEN, ids=lambda path: path.stem)
def golden(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with the ledger as that version left it."""
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        connection.executescript(request.param.read_text())
    return tmp_path


def test_every_schema_has_its_golden_database() -> None:
    assert [int(path.stem) for path in GOLDEN] == list(range(1, NEWEST + 1))


async def test_an_old_ledger_is_brought_to_today_and_means_what_it_meant(
    golden: Path, request: pytest.FixtureRequest
) -> None:
    journal = open_journal(golden)
    state = journal.state()
    await journal.close()
    facts = check(golden)
    assert rows_equal(state, fold_of(facts))
    running, ended = sorted(state.transactions.values(), key=lambda row: row.state)
    assert (ended.state, ended.energy_wh, ended.total, ended.id_token) == ("ended", 10_000, Decimal("20.00"), "CARD1")
    assert (running.state, state.at_evse["CP02", 2]) == ("active", running.id)
    assert state.limits["site"].limit_a == 40
    assert state.commands["c2"].state == "done"
    assert state.meters["house"].stale
    assert state.tokens["CARD2"].status == "blocked"
    assert state.connectors["CP01/1/1"].status == "finishing"
    assert state.stations["CP01"].ocpp == "1.6"
    if int(request.node.callspec.id) >= 3:
        assert state.variables["CP02/evse//1//power//actual"].value == "7"
        assert state.monitors["CP02/7"].value == 11000
        assert state.displays["CP02/3"].texts[0]["text"] == "Oi"
        assert state.outside_limits["CP02/0/ems"].grid_critical
    if int(request.node.callspec.id) >= 5:
        assert [each.quirk for each in state.quirks["CP02"].learned] == ["no_pong"]
    with closing(sqlite3.connect(golden / FILE_NAME)) as connection:
        assert verify(connection, ()).breaks == []


async def test_an_old_ledger_is_read_and_written_on(golden: Path, request: pytest.FixtureRequest) -> None:
    async with a_journal(golden) as journal:
        if int(request.node.callspec.id) >= 6:
            outbox = await journal.reader.outbox()
            assert (outbox.end, outbox.backlogs["CP01"].count, outbox.newest[0].slot) == (1, 1, "boot")
            assert outbox.numbers == (NumberThere("CP01", 7, 7001),)
        head = journal.position("A").head
        epoch, acknowledged = await journal.cursor("cloud", "A")
        assert (epoch, acknowledged) == (journal.position("A").epoch, 5)
        samples = await journal.reader.samples("meters/grid")
        assert [sample.values for sample in samples] == [{"import_wh": 5000 + n, "power_w": 1500.5} for n in (1, 2, 3)]
        await journal.prepare_counter("transaction_number")
        assert journal.number("transaction_number") > 2
        assert await journal.commit(group([status(1)])) == head + 1
    with closing(sqlite3.connect(golden / FILE_NAME)) as connection:
        assert verify(connection, ()).breaks == []
