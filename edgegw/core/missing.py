"""Events of a transaction that never came: seen by their numbers, and settled by what the station says of it.

A 2.x station numbers the events of a transaction from 0 without a gap (OCPP 2.0.1 part 2, E01 and TransactionEvent
seqNo), so a number that is passed over is an event that is late or lost. GetTransactionStatus (E14) tells which:
whether the transaction goes on, and whether messages of it still wait at the station.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from edgegw.core.context import Context
from edgegw.core.draft import Draft
from edgegw.core.late import NOT_ONGOING
from edgegw.model import facts as f
from edgegw.model.state import State, Transaction

Ranges = tuple[tuple[int, int], ...]
"""Numbers as (first, last), in order, none of them touching the next."""

MAX_TOLD = 20
"""Gaps of one transaction that are told one by one; beyond, the rest is one."""


def with_number(heard: Ranges, number: int) -> Ranges:
    """`heard` with one more number."""
    if heard and heard[-1][1] + 1 == number:  # nearly always
        return (*heard[:-1], (heard[-1][0], number))
    found: list[tuple[int, int]] = []
    for first, last in sorted((*heard, (number, number))):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return tuple(found)


def gaps(heard: Ranges, *, is_whole: bool) -> Ranges:
    """The numbers that were passed over. `is_whole`: all that the station has told since 0 was heard, else only what
    came from the first number on."""
    if not heard:
        return ()
    begin = ((0, heard[0][0] - 1),) if is_whole and heard[0][0] > 0 else ()
    return (*begin, *((last + 1, first - 1) for (_, last), (first, _) in pairwise(heard)))


def decide_status(
    state: State, row: Transaction, said: Mapping[str, Any], missing: Sequence[tuple[int, int]], ctx: Context
) -> tuple[f.Fact, ...]:
    """What follows from a station's word on a transaction: `ongoing` (None: not said), `messages_in_queue`.

    While messages wait, nothing: they will tell. Else what is missing is lost, and a transaction that does not go on
    has ended without its end being told: it is closed with the newest register, as the hub has seen it.
    """
    if said.get("messages_in_queue") is not False:
        return ()
    draft = Draft(row)
    draft.add(*(_missed(row, first, last, ctx.now) for first, last in _told(missing)))
    if said.get("ongoing") is False and row.state == "active":
        newest = ctx.register(row.station, row.evse)
        if newest is not None and newest[0] >= (row.meterings[-1].at if row.meterings else row.started_at):
            draft.meter(newest[0], newest[1], "end", None)
        meterings = draft.transaction.meterings
        draft.close(state, ctx, max(row.started_at, meterings[-1].at) if meterings else row.started_at, NOT_ONGOING)
    return tuple(draft.facts)


def _missed(row: Transaction, first: int, last: int, at: datetime) -> f.TransactionEventsMissed:
    return f.TransactionEventsMissed(
        at=at, station=row.station, evse=row.evse, transaction=row.id, first=first, last=last
    )


def _told(missing: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    found = list(missing)
    return found if len(found) <= MAX_TOLD else [*found[: MAX_TOLD - 1], (found[MAX_TOLD - 1][0], found[-1][1])]
