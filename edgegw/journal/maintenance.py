"""What is done to a ledger that is open for writing, by the gateway or by a command while none runs: sign, erase.

`record` writes a fact down; it is durable on return. Each raises what the ledger raises (JournalError).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from edgegw.journal.anchors import Anchor, SiteKey, sign_at, store_anchor
from edgegw.journal.erase import STEP_ROWS, Chosen, Found, erase_rows, erase_values, find
from edgegw.journal.errors import StorageError
from edgegw.journal.journal import Journal
from edgegw.journal.records import looked_into
from edgegw.journal.rows import stamp
from edgegw.model import facts as f
from edgegw.model.value import value

Record = Callable[[f.Fact], Awaitable[None]]

Rows = Mapping[str, Sequence[str]]
"""Keys of rows of the fold, by table."""

ROUNDS = 10
"""How often what is to be erased is looked for: it may be written again meanwhile, but not for ever."""


@value()
class Erased:
    """How many values and rows were erased. `settled` False: the log still holds them until it is moved next."""

    values: int
    rows: int
    settled: bool


async def due(journal: Journal, midnight: datetime) -> int | None:
    """Position of the last fact recorded before `midnight`, when no signature covers it; None when there is none."""

    def look() -> int | None:
        with looked_into(journal.path) as connection:
            (signed,) = connection.execute("SELECT coalesce(max(position), 0) FROM anchors").fetchone()
            row = connection.execute(
                "SELECT position FROM facts WHERE position > ? AND recorded_at < ? ORDER BY position DESC LIMIT 1",
                (signed, stamp(midnight)),
            ).fetchone()
            return None if row is None else int(row[0])

    return await asyncio.to_thread(look)


async def sign(
    journal: Journal, record: Record, now: datetime, position: int | None = None, day: date | None = None
) -> Anchor:
    """Sign the chain up to `position`, the newest fact's for None, and make it known by a fact.

    The fact comes before the row: after a crash between the two the same is signed again, and nobody goes without.
    """

    def look() -> Anchor:
        key = SiteKey.open(journal.path.parent)
        with looked_into(journal.path) as connection:
            (newest,) = connection.execute("SELECT max(position) FROM facts").fetchone()
            if newest is None:
                raise StorageError(f"{journal.path}: there is nothing to sign yet")
            return sign_at(connection, newest if position is None else position, key, now)

    anchor = await asyncio.to_thread(look)
    await record(
        f.JournalAnchored(
            at=now, epoch=anchor.epoch, sequence=anchor.sequence, hash=anchor.hash.hex(), signed_at=anchor.signed_at,
            key=anchor.key.hex(), signature=anchor.signature.hex(), day=None if day is None else day.isoformat(),
        )
    )  # fmt: skip
    await journal.maintain(partial(store_anchor, anchor=anchor))
    return anchor


async def erase(
    journal: Journal, record: Record, now: datetime, chosen: Chosen, blank: Callable[[Rows], Awaitable[Any]]
) -> Erased:
    """Erase what `chosen` names, and write down how much; `blank` takes it out of rows that are held in memory.

    Raises NotErased when that can't be as things are.
    """
    values = rows = 0
    for _ in range(ROUNDS):
        found = await asyncio.to_thread(_found, journal, chosen)
        if not found.values and not found.row_count:
            break
        rows += found.row_count
        await blank(found.rows)
        await journal.maintain(partial(erase_rows, rows=found.rows))
        for first in range(0, len(found.values), STEP_ROWS):
            values += await journal.maintain(partial(erase_values, values=found.values[first : first + STEP_ROWS]))
    settled = await journal.call(lambda store: store.scrub())
    await record(
        f.PersonalDataErased(
            at=now, rule=chosen.rule, values=values, rows=rows, transaction=chosen.transaction, before=chosen.before
        )
    )
    return Erased(values, rows, settled)


def _found(journal: Journal, chosen: Chosen) -> Found:
    with looked_into(journal.path) as connection:
        return find(connection, chosen)
