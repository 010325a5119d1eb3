"""What a store holds, asked in SQL."""

from __future__ import annotations

from typing import Any

from edgegw.cloud.postgres import PostgresStore
from edgegw.cloud.sqlite import SqliteStore
from edgegw.cloud.store import Store


def select(store: Store, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a query through the store's own connection."""
    if isinstance(store, SqliteStore):
        assert store._connection is not None
        return [tuple(row) for row in store._connection.execute(sql).fetchall()]
    assert isinstance(store, PostgresStore)
    with store._connection.transaction():
        return [tuple(row) for row in store._connection.execute(sql).fetchall()]
