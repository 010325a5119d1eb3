"""A database that an older version filled, brought to today's schema."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from edgegw.cloud.postgres import PostgresStore
from edgegw.cloud.receive import Key
from edgegw.cloud.sqlite import SqliteStore
from edgegw.cloud.store import SCHEMA, Store, store_for
from tests.cloud.queries import select

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def older(url: str, tmp_path: Path) -> str:
    """The URL of a database of schema 1 with the golden rows."""
    rows = (GOLDEN / "0001.sql").read_text()
    version = "CREATE TABLE edgegw_schema (version integer NOT NULL); INSERT INTO edgegw_schema VALUES (1);"
    if url.startswith("sqlite"):
        connection = sqlite3.connect(tmp_path / "cloud.db")
        connection.executescript((SCHEMA / "0001_tables.sqlite.sql").read_text() + version + rows)
        connection.close()
    else:
        import psycopg

        with psycopg.connect(url, autocommit=True) as server:
            server.execute((SCHEMA / "0001_tables.postgresql.sql").read_text() + version + rows)
    return url


def test_rows_of_the_first_schema_are_kept_and_the_new_tables_are_made_of_them(older: str) -> None:
    store = store_for(older)
    store.open()
    try:
        _check(store)
    finally:
        store.close()


def test_a_migrated_database_is_opened_again_as_it_is(older: str) -> None:
    for _ in range(2):
        store = store_for(older)
        store.open()
        assert store.watermarks() == {Key("paulista-01", "e1", "A"): 8, Key("paulista-01", "e1", "B"): 4}
        store.close()


def test_a_migration_that_breaks_leaves_the_database_as_it_was(older: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("power cut")

    kind = older.partition(":")[0]
    monkeypatch.setattr(f"edgegw.cloud.{'sqlite' if kind == 'sqlite' else 'postgres'}.rebuild", broken)
    store = store_for(older)
    with pytest.raises(RuntimeError):
        store.open()
    store.close()
    monkeypatch.undo()
    again = store_for(older)
    again.open()
    try:
        _check(again)
    finally:
        again.close()


def _check(store: Store) -> None:
    assert isinstance(store, SqliteStore | PostgresStore)
    assert select(store, "SELECT count(*) FROM facts") == [(8,)]
    assert select(store, "SELECT name, value FROM readings ORDER BY at, name") == [
        ("import_wh", 1), ("power_w", 50.5), ("import_wh", 2),
    ]  # fmt: skip
    assert select(store, "SELECT first, last, reason FROM gaps") == [(2, 4, "dropped")]
    assert select(store, "SELECT site, timezone, currency, digest FROM sites") == [
        ("paulista-01", "America/Sao_Paulo", "BRL", "d1")
    ]
    assert select(store, "SELECT id, reference, id_token, begin_wh, last_wh, end_reason FROM transactions") == [
        ("t-1", "7", "CARD", 1000, 4500, "local")
    ]
    assert select(store, "SELECT station, status FROM connectors") == [("CP01", "charging")]
    assert select(store, "SELECT id, name, state FROM commands") == [("c-1", "reset", "received")]
    # It ended at 22:30 of the 24th in São Paulo.
    assert [str(day) for (day,) in select(store, "SELECT day FROM days")] == ["2026-11-24"]
