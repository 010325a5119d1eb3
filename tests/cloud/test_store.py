"""Both stores, held to the same words."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from edgegw.cloud.poison import stand_in
from edgegw.cloud.postgres import PostgresStore
from edgegw.cloud.receive import Key, in_turn
from edgegw.cloud.sqlite import SqliteStore
from edgegw.cloud.store import Overtaken, Store, StoreError, Unstorable, WrongDatabase, store_for
from edgegw.uplink.codec.events import GAP_TYPE, Event
from tests.cloud.queries import select

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


def commit(store: Store, before: int, *events: Event, key: Key = KEY) -> None:
    store.commit(in_turn(key, before, events))


def test_rows_and_watermark_are_there_after_a_new_start(store: Store, url: str) -> None:
    commit(store, 0, event(1), event(2))
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
    commit(store, 0, event(1), event(2))
    with pytest.raises(Overtaken):
        commit(store, 1, event(3))
    assert store.watermarks() == {KEY: 2}
    assert select(store, "SELECT count(*) FROM facts") == [(2,)]


def test_a_fact_that_comes_again_in_a_later_epoch_is_not_stored_twice(store: Store) -> None:
    commit(store, 0, event(1))
    commit(store, 0, event(1), key=Key("s", "later", "A"))
    assert select(store, "SELECT epoch, id FROM facts") == [("e", "id-1")]
    assert len(store.watermarks()) == 2


def test_a_gap_is_a_row_and_no_fact(store: Store) -> None:
    commit(store, 0, event(9, GAP_TYPE, **GAP))
    assert select(store, "SELECT stream, first, last, reason, samples FROM gaps") == [("A", 1, 9, "dropped", 50)]


def test_a_charging_story_becomes_a_transaction_a_bill_and_a_day(store: Store) -> None:
    commit(
        store,
        0,
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
        store, 0,
        event(1, "transaction_started", **met, **START),
        event(2, "transaction_metered", **met, import_wh=3000, reason="begin"),
        event(3, "transaction_metered", **met, import_wh=4000, reason="periodic"),
        event(4, "transaction_ended", **met, reason="superseded"),
        event(5, "cdr_closed", **met, **bill, energy_wh=1000, total="1.89"),
    )  # fmt: skip
    late = replace(event(7, "transaction_metered", **TRANSACTION, import_wh=1000, reason="begin"), time=EARLIER)
    commit(
        store, 5,
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
    commit(store, 0, event(1, "transaction_started", station="CP01"))
    assert select(store, "SELECT count(*) FROM facts") == [(1,)]
    assert select(store, "SELECT count(*) FROM transactions") == [(0,)]


def at(sequence: int, minutes: int, type: str, **data: Any) -> Event:
    return replace(event(sequence, type, **data), time=NOON + timedelta(minutes=minutes))


SITE_FACT: dict[str, Any] = {"digest": "d", "configuration": {"timezone": "America/Sao_Paulo", "currency": "BRL"}}
STATUS: dict[str, Any] = {"station": "CP01", "evse": 1, "connector": 1, "error": None, "info": None}
BILL: dict[str, Any] = {
    "started_at": "2026-11-24T22:00:00Z", "energy_wh": 1000, "idle_s": 60, "currency": "BRL", "total": "1.90",
    "tax": "0.10", "tariff": "day", "lines": [],
}  # fmt: skip


def test_facts_that_a_later_epoch_repeats_do_not_turn_the_tables_back(store: Store) -> None:
    """A salvage: the new count begins with facts that the old one had, and the newest of all came after those."""
    old, newest = event(1, "station_status_changed", **STATUS, status="available"), {**STATUS, "status": "charging"}
    commit(store, 0, old, event(2, "station_status_changed", **newest))
    later = Key("s", "later", "A")
    store.commit(in_turn(later, 0, [old]) + in_turn(later, 1, [event(2, id="new"), event(3, id="new")]))
    assert select(store, "SELECT status FROM connectors") == [("charging",)]
    assert select(store, "SELECT epoch, sequence, id FROM facts ORDER BY epoch, sequence") == [
        ("e", 1, "id-1"), ("e", 2, "id-2"), ("later", 2, "new"),
    ]  # fmt: skip
    assert store.watermarks() == {KEY: 2, later: 3}


def test_stations_connectors_and_commands_are_what_the_newest_fact_says(store: Store) -> None:
    commit(
        store, 0,
        event(1, **SITE_FACT),
        event(2, "epoch_started", epoch="e", reason="created", previous=None),
        event(3, "station_connected", station="CP01", ocpp="1.6", address="10.0.0.5"),
        event(4, "station_booted", station="CP01", ocpp="1.6", vendor="V", model="M", firmware="1", serial=None,
              status="accepted", interval_s=300),
        event(5, "station_status_changed", **{**STATUS, "status": "faulted", "error": "GroundFailure"}),
        event(6, "station_status_changed", **{**STATUS, "status": "available"}),
        event(7, "command_received", command="c-1", name="reset", args={"kind": "soft"}, by="cloud:ana"),
        event(8, "command_dispatched", command="c-1"),
    )  # fmt: skip
    commit(
        store, 8,
        event(9, "command_ended", command="c-1", state="done", reason=None, result={"status": "Accepted"}),
        event(10, "station_disconnected", station="CP01", reason="closed"),
    )  # fmt: skip
    assert select(store, "SELECT site, timezone, currency, epoch, epoch_reason FROM sites") == [
        ("s", "America/Sao_Paulo", "BRL", "e", "created")
    ]
    sql = "SELECT station, connected, vendor, registration, disconnect_reason FROM stations"
    assert [(row[0], bool(row[1]), *row[2:]) for row in select(store, sql)] == [
        ("CP01", False, "V", "accepted", "closed")
    ]
    assert select(store, "SELECT evse, status, error FROM connectors") == [(1, "available", None)]
    sql = "SELECT id, name, asker, state FROM commands WHERE dispatched_at IS NOT NULL AND ended_at IS NOT NULL"
    assert select(store, sql) == [("c-1", "reset", "cloud:ana", "done")]


def test_a_day_is_one_of_the_site_and_a_station_has_days_of_its_own(store: Store) -> None:
    """Half past two at night in UTC is the evening before in São Paulo."""
    bill = {**BILL, "evse": 1}
    commit(
        store, 0,
        event(1, **SITE_FACT),
        event(2, "cdr_closed", **bill, transaction="t-1", station="CP01", ended_at="2026-11-25T02:30:00Z"),
        event(3, "cdr_closed", **bill, transaction="t-2", station="CP02", ended_at="2026-11-25T02:59:59Z"),
        event(4, "cdr_closed", **bill, transaction="t-3", station="CP01", ended_at="2026-11-25T03:00:00Z"),
    )  # fmt: skip
    sql = "SELECT day, sessions, energy_wh, revenue FROM days ORDER BY day"
    assert [(str(day), n, int(wh), float(money)) for day, n, wh, money in select(store, sql)] == [
        ("2026-11-24", 2, 2000, 3.8), ("2026-11-25", 1, 1000, 1.9),
    ]  # fmt: skip
    sql = "SELECT station, day, sessions, idle_s FROM station_days ORDER BY day, station"
    assert [(station, str(day), n, int(idle)) for station, day, n, idle in select(store, sql)] == [
        ("CP01", "2026-11-24", 1, 60), ("CP02", "2026-11-24", 1, 60), ("CP01", "2026-11-25", 1, 60),
    ]  # fmt: skip


def test_times_of_an_unset_clock_are_put_right_by_the_correction(store: Store) -> None:
    commit(
        store, 0,
        at(1, 0, "transaction_started", **TRANSACTION, **START),
        at(2, 0, "transaction_metered", **TRANSACTION, import_wh=1000, reason="begin"),
        at(3, 30, "transaction_metered", **TRANSACTION, import_wh=2000, reason="periodic"),
        event(4, "clock_corrected", boot="b", was="unsynced", by="source", offset_ms=3_600_000,
              since_at="2026-11-24T11:00:00Z", before_at="2026-11-24T12:10:00Z", after_at="2026-11-24T13:10:00Z"),
        event(5, "transaction_corrected", **TRANSACTION, offset_ms=3_600_000, since_at="2026-11-24T11:00:00Z",
              until_at="2026-11-24T12:10:00Z", started_at="2026-11-24T13:00:00Z"),
    )  # fmt: skip
    [row] = select(store, "SELECT started_at, begin_at, metered_at, ended_at, corrected_ms FROM transactions")
    assert [_hour(each) for each in row[:3]] == ["13:00", "13:00", "12:30"]
    assert row[3:] == (None, 3_600_000)
    assert select(store, "SELECT boot, was, source, offset_ms FROM clock_corrections") == [
        ("b", "unsynced", "source", 3_600_000)
    ]


def _hour(at: Any) -> str:
    return (at if isinstance(at, datetime) else datetime.fromisoformat(at)).astimezone(UTC).strftime("%H:%M")


def test_drops_and_payments_are_rows(store: Store) -> None:
    paid = {**TRANSACTION, "amount": "9.45", "currency": "BRL", "reference": "pix-1", "by": "cloud"}
    commit(
        store, 0,
        event(1, "records_dropped", stream="B", first=5, last=9, reason="disk"),
        event(2, "payment_confirmed", **paid, method="pix"),
        event(3, "payment_refunded", **paid, reason="fault"),
    )  # fmt: skip
    assert select(store, "SELECT stream, first, last, reason FROM drops") == [("B", 5, 9, "disk")]
    assert [str(amount) for (amount,) in select(store, "SELECT amount FROM payments ORDER BY fact")] == [
        "9.45", "-9.45",
    ]  # fmt: skip


def test_readings_of_a_block_can_be_asked_for_one_by_one(store: Store) -> None:
    columns = {"start": "2026-11-24T12:00:00Z", "t": [0, 1500], "power_w": [5.5, None], "import_wh": [10, 11],
               "quality": ["good", "suspect"]}  # fmt: skip
    commit(store, 0, replace(event(1, "samples"), data=columns, source="/sites/s/meters/grid"), key=Key("s", "e", "B"))
    rows = select(store, "SELECT at, name, value, quality FROM readings ORDER BY at, name")
    assert [(_second(when), *rest) for when, *rest in rows] == [
        ("00.000", "import_wh", 10, "good"), ("00.000", "power_w", 5.5, "good"), ("01.500", "import_wh", 11, "suspect"),
    ]  # fmt: skip
    if isinstance(store, PostgresStore):
        sql = "SELECT name, value FROM readings_of('/sites/s/meters/grid', '{}', '{}')"
        assert select(store, sql.format("2026-11-24 12:00:01Z", "2026-11-24 12:01Z")) == [("import_wh", 11)]
        assert select(store, sql.format("2026-11-24 12:00:02Z", "2026-11-24 12:01Z")) == []


def _second(at: Any) -> str:
    return (at if isinstance(at, datetime) else datetime.fromisoformat(at)).strftime("%S.%f")[:6]


@pytest.mark.parametrize(
    "data",
    [
        {"evse": "one"}, {"evse": True}, {"evse": 2**31}, {"import_wh": 2**63}, {"import_wh": None},
        {"station": None}, {"transaction": "a\0b"}, {"transaction": ["t"]}, {"station": {"id": 1}},
    ],
)  # fmt: skip
def test_a_fact_of_a_wrong_shape_is_kept_as_it_came_and_changes_no_table(store: Store, data: dict[str, Any]) -> None:
    commit(store, 0, event(1, "transaction_metered", **{**TRANSACTION, "import_wh": 5, **data}))
    assert select(store, "SELECT count(*) FROM transactions") == [(0,)]
    assert select(store, "SELECT sequence FROM facts") == [(1,)]


def test_a_character_that_a_database_can_not_hold_is_replaced(store: Store) -> None:
    commit(store, 0, event(1, "station_booted", station="CP01", vendor="a\0b", note=["\0", {"\0": 1}]))
    [(data,)] = select(store, "SELECT data FROM facts")
    held = json.loads(data) if isinstance(data, str) else data
    assert held == {"station": "CP01", "vendor": "a\ufffdb", "note": ["\ufffd", {"\ufffd": 1}]}


def test_a_value_that_can_not_be_stored_fails_the_commit_whole_and_says_so(store: Store) -> None:
    with pytest.raises(Unstorable):
        commit(store, 0, event(1), replace(event(2), source={"no": "text"}))  # type: ignore[arg-type]
    assert store.watermarks() == {}
    commit(store, 0, event(1))
    assert store.watermarks() == {KEY: 1}


def test_what_can_not_be_read_is_kept_once_and_counted_and_only_so_much_of_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = "sqlite" if isinstance(store, SqliteStore) else "postgres"
    monkeypatch.setattr(f"edgegw.cloud.{kind}.MAX_ASIDE", 2)
    kept = [store.put_aside("s", "A", "not JSON", payload) for payload in (b"a", b"\0b", b"c", b"a")]
    assert kept == [True, True, False, True]
    assert store.put_aside("other", "A", "not JSON", b"c")
    rows = select(store, "SELECT payload, times, sequence FROM rejected WHERE site = 's' ORDER BY payload")
    assert [(bytes(payload), times, sequence) for payload, times, sequence in rows] == [
        (b"\0b", 1, None), (b"a", 2, None),
    ]  # fmt: skip


def test_an_event_that_can_not_be_read_is_kept_in_its_place(store: Store) -> None:
    commit(store, 0, event(1), stand_in({"epoch": "e", "sequence": "2", "time": 7}, "no time", NOON), event(3))
    assert store.watermarks() == {KEY: 3}
    [(sequence, epoch, reason, payload)] = select(store, "SELECT sequence, epoch, reason, payload FROM rejected")
    assert (sequence, epoch, reason) == (2, "e", "no time")
    assert json.loads(bytes(payload)) == {"epoch": "e", "sequence": "2", "time": 7}


def test_one_at_a_time_has_a_share_and_the_next_gets_it_when_the_first_is_gone(store: Store, url: str) -> None:
    other, elsewhere = store_for(url), store_for(url)
    other.open()
    elsewhere.open()
    assert store.claim("all") is True
    assert other.claim("all") is False
    assert elsewhere.claim("another share") is True
    store.close()
    assert _soon(lambda: other.claim("all"))
    other.close()
    elsewhere.close()


def _soon(condition: Callable[[], bool]) -> bool:
    """A server notices a closed connection a moment later."""
    deadline = monotonic() + 5
    while not (true := condition()) and monotonic() < deadline:
        sleep(0.02)
    return true


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
