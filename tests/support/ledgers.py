"""What a test knows of a ledger that ran: its facts, and whether its tables are their fold."""

from __future__ import annotations

import dataclasses
import sqlite3
from contextlib import closing
from pathlib import Path

import orjson

from edgegw.core.fold import apply, fold
from edgegw.journal import chain
from edgegw.journal.rows import dump, load, load_fact
from edgegw.journal.store import FILE_NAME
from edgegw.model.facts import FACTS, Fact
from edgegw.model.state import TABLES, State


def facts_in(path: Path) -> list[Fact]:
    """Every fact in the database file `path`, in order, with its personal values, None where they were erased."""
    hidden: dict[int, dict[str, str]] = {}
    found = []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as ledger:
        for position, field, value in ledger.execute("SELECT position, field, value FROM personal"):
            hidden.setdefault(position, {})[field] = value
        for position, kind, at, body in ledger.execute("SELECT position, type, at, body FROM facts ORDER BY position"):
            values = orjson.loads(body)
            values |= dict.fromkeys(FACTS[kind].personal) | hidden.get(position, {})
            found.append(load_fact(kind, at, values))
    return found


def types_in(path: Path) -> list[str]:
    return [fact.type for fact in facts_in(path)]


def fold_of(facts: list[Fact]) -> State:
    state = State()
    for fact in facts:
        apply(state, fold(state, fact))
    return state


def check(folder: Path) -> list[Fact]:
    """Assert what must hold for any ledger: contiguous numbers, a whole chain, tables that are the fold of the facts.

    Returns the facts. For ledgers short enough that memory keeps all of their history.
    """
    path = folder / FILE_NAME
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as ledger:
        digest = chain.START
        rows = ledger.execute(
            "SELECT e.id, f.sequence, f.id, f.type, f.subject, f.at, f.recorded_at, f.clock, f.body, o.id, "
            "f.hash FROM facts f JOIN epochs e ON e.number = f.epoch LEFT JOIN boots o ON o.number = f.boot "
            "ORDER BY f.position"
        ).fetchall()
        for expected, (epoch, sequence, *columns, boot, stored) in enumerate(rows, 1):
            digest = chain.link(digest, epoch, str(sequence), *columns, *([] if boot is None else [boot]))
            assert sequence == expected
            assert digest == stored
        assert len({row[2] for row in rows}) == len(rows)
        facts = facts_in(path)
        folded = fold_of(facts)
        for table, cls in TABLES.items():
            stored_rows = {
                key: load(cls, orjson.loads(body)) for key, body in ledger.execute(f"SELECT key, body FROM {table}")
            }
            folded_rows = {key: load(cls, orjson.loads(dump(row))) for key, row in getattr(folded, table).items()}
            assert stored_rows == folded_rows, table
    return facts


def rows_equal(left: State, right: State) -> bool:
    return all(getattr(left, item.name) == getattr(right, item.name) for item in dataclasses.fields(State))
