"""Both stores, held to the same words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edgegw.cloud.project import rows
from edgegw.cloud.receive import Key
from edgegw.cloud.store import Overtaken, PostgresStore, SqliteStore, Store, StoreError, WrongDatabase, store_for
from edgegw.uplink.codec.events import GAP_TYPE, Event

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
EARLIER = datetime(2026, 11, 24, 11, tzinfo=UTC)
KEY = Key("s", "e", "A")
TRANSACTION: dict[str, Any] = {"transaction": "t-1", "station": "CP01", "evse": 1}
GAP: dict[str, Any] = {"from": "1", "to": "9", "reason": "dropped", "samples": 50}
START: dict[str, Any] = {"connector": 1, "reference": "7", "ocpp": "1.6", "id_token": "CARD", "tariff": "day"}


def event(sequence: int, type: str = "site_configured", id: str | None = None, **data: Any) -> Event:
    kind = type if type == GAP_TYPE else f"io.edgegw.{type}.v1"
    first = int(data["from"]) if type == GAP_TYPE else sequence
    return Event(id or f"id-{sequence}", "/sites/s", kind, NOON, NOON, sequence, first, "e", "synced", "ab", data)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/cloud.db"
    return str(request.getfixturevalue("postgres"))


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = store_for(url)
    opened.open()
    yield opened
    opened.close()


def commit(store: Store, before: int, after: int, *events: Event, key: Key = KEY) -> None:
    gathered: dict[str, list[tuple[Any, ...]]] = {}
    for one in events:
        for statement, values in rows(key, one):
            gathered.setdefault(statement, []).append(values)
    store.commit(gathered, {key: (before, after)})


def select(store: Store, sql: str) -> list[tuple[Any, ...]]:
    if isinstance(store, SqliteStore):
        assert store._connection is not None
        return [tuple(row) for row in store._connection.execute(sql).fetchall()]
    assert isinstance(store, PostgresStore)
    with store._connection.transaction():
        return [tuple(row) for row in store._connection.execute(sql).fetchall()]


def test_rows_and_watermark_are_there_after_a_new_start(store: Store, url: str) -> None:
    commit(store, 0, 2, event(1), event(2))
    store.close()
    again = store_for(url)
    again.open()
    assert again.watermarks() == {KEY: 2}
    assert select(again, "SELECT sequence, id, hash FROM facts ORDER BY sequence") == [
        (1, "id-1", "ab"),
        (2, "id-2", "ab"),
    ]
    again.close()


def test_a_watermark_that_somebody_else_moved_stops_the_whole_commit(store: Store) -> None:
    commit(store, 0, 2, event(1), event(2))
    with pytest.raises(Overtaken):
        commit(store, 1, 3, event(3))
    assert store.watermarks() == {KEY: 2}
    assert select(store, "SELECT count(*) FROM facts") == [(2,)]


def test_a_fact_that_comes_again_in_a_later_epoch_is_not_stored_twice(store: Store) -> None:
    commit(store, 0, 1, event(1))
    commit(store, 0, 1, event(1), key=Key("s", "later", "A"))
    assert select(store, "SELECT epoch, id FROM facts") == [("e", "id-1")]
    assert len(store.watermarks()) == 2


def test_a_gap_is_a_row_and_no_fact(store: Store) -> None:
    commit(store, 0, 9, event(9, GAP_TYPE, **GAP))
    assert select(store, "SELECT stream, first, last, reason, samples FROM gaps") == [("A", 1, 9, "dropped", 50)]


def test_a_charging_story_becomes_a_transaction_a_bill_and_a_day(store: Store) -> None:
    commit(
        store,
        0,
        6,
        event(
            1,
            "transaction_started",
            **TRANSACTION,
            connector=1,
            reference="7",
            ocpp="1.6",
            id_token="CARD",
            tariff="day",
        ),
        event(2, "transaction_metered", **TRANSACTION, import_wh=1000),
        event(3, "energy_transfer_started", **TRANSACTION),
        event(4, "transaction_metered", **TRANSACTION, import_wh=4500),
        event(5, "transaction_ended", **TRANSACTION, reason="local"),
        event(
            6,
            "cdr_closed",
            **TRANSACTION,
            started_at="2026-11-24T11:00:00Z",
            ended_at="2026-11-24T12:00:00Z",
            energy_wh=3500,
            idle_s=0,
            currency="BRL",
            total="6.62",
            tax="0.00",
            tariff="day",
            lines=[{"amount": "6.62"}],
        ),
    )
    sql = "SELECT station, evse, reference, id_token, begin_wh, last_wh, end_reason FROM transactions"
    assert select(store, sql) == [("CP01", 1, "7", "CARD", 1000, 4500, "local")]
    [(day, currency, sessions, energy_wh, revenue)] = select(
        store, "SELECT day, currency, sessions, energy_wh, revenue FROM days"
    )
    assert (str(day), currency, sessions, energy_wh, str(revenue)) == ("2026-11-24", "BRL", 1, 3500, "6.62")


def test_what_is_told_late_takes_the_place_of_what_was_assumed(store: Store) -> None:
    """The hub met the transaction in the middle, took it as ended when another began, and then heard its story."""
    bill: dict[str, Any] = {
        "started_at": "2026-11-24T11:00:00Z", "ended_at": "2026-11-24T12:00:00Z", "idle_s": 0, "currency": "BRL",
        "tax": "0.00", "tariff": "day", "lines": [],
    }  # fmt: skip
    met = TRANSACTION | {"evse": 0}
    commit(
        store, 0, 5,
        event(1, "transaction_started", **met, **START),
        event(2, "transaction_metered", **met, import_wh=3000, reason="begin"),
        event(3, "transaction_metered", **met, import_wh=4000, reason="periodic"),
        event(4, "transaction_ended", **met, reason="superseded"),
        event(5, "cdr_closed", **met, **bill, energy_wh=1000, total="1.89"),
    )  # fmt: skip
    late = replace(event(7, "transaction_metered", **TRANSACTION, import_wh=1000, reason="begin"), time=EARLIER)
    commit(
        store, 5, 10,
        event(6, "transaction_started", **TRANSACTION, **START),
        late,
        event(8, "transaction_metered", **TRANSACTION, import_wh=6000, reason="end"),
        event(9, "transaction_ended", **TRANSACTION, reason="local"),
        event(10, "cdr_closed", **TRANSACTION, **bill, energy_wh=5000, total="9.45"),
    )  # fmt: skip
    sql = "SELECT evse, begin_wh, last_wh, end_reason FROM transactions"
    assert select(store, sql) == [(1, 1000, 6000, "local")]
    assert [(wh, str(total)) for wh, total in select(store, "SELECT energy_wh, total FROM cdrs")] == [(5000, "9.45")]


def test_a_fact_that_a_projection_can_not_read_is_stored_all_the_same(store: Store) -> None:
    commit(store, 0, 1, event(1, "transaction_started", station="CP01"))
    assert select(store, "SELECT count(*) FROM facts") == [(1,)]
    assert select(store, "SELECT count(*) FROM transactions") == [(0,)]


def test_a_database_of_a_newer_version_is_refused(store: Store, url: str) -> None:
    assert isinstance(store, SqliteStore | PostgresStore)
    assert store._connection is not None
    store._connection.execute("UPDATE edgegw_schema SET version = 99")
    if isinstance(store, PostgresStore):
        store._connection.commit()
    store.close()
    with pytest.raises(WrongDatabase, match="schema 99"):
        store_for(url).open()


@pytest.mark.parametrize("bad", ["cloud.db", "mysql://h/d", "sqlite://", "sqlite:///"])
def test_a_url_that_is_no_database_is_refused(bad: str) -> None:
    with pytest.raises(WrongDatabase):
        store_for(bad)


def test_a_file_that_is_no_database_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("not a database, but long enough to be read as one" * 50)
    with pytest.raises(StoreError, match="file is not a database"):
        store_for(f"sqlite:///{tmp_path}/x.db").open()


def test_postgresql_without_its_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(WrongDatabase, match=r"pip install 'edgegw\[cloud\]'"):
        store_for("postgresql://h/d")
