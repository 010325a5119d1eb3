"""What is put right when the gateway's clock is: the facts of a correction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial

from edgegw.core.cdr import cdr_of
from edgegw.core.clock import Correction, put_right
from edgegw.core.context import Context
from edgegw.core.fold import apply, fold
from edgegw.core.late import AHEAD
from edgegw.model import facts as f
from edgegw.model.state import Change, State, Transaction

MILLISECOND = timedelta(milliseconds=1)


def corrected(
    state: State, transactions: Iterable[Transaction], correction: Correction, boot: str | None, ctx: Context
) -> tuple[tuple[f.Fact, ...], tuple[Change, ...]]:
    """The correction as facts, and their fold: of the clock, and of each of `transactions` that has a time from before
    it. A bill that was closed is closed again, by the tariff's periods that it really fell into.

    A step of a clock that was thought right moves what runs, so that it goes on in the new time, and no closed bill.
    """
    offset_ms = round(correction.offset / MILLISECOND)
    clock = f.ClockCorrected(
        at=ctx.now, boot=boot, was=correction.was, by=correction.by, offset_ms=offset_ms,
        since_at=correction.since, before_at=correction.before, after_at=correction.after,
    )  # fmt: skip
    facts: list[f.Fact] = [clock]
    changes = list(fold(state, clock))
    if correction.was == "unsynced" or abs(correction.offset) > AHEAD:
        since, until = correction.since, correction.before + AHEAD
        for old in transactions:
            is_open = correction.was == "unsynced" or old.state == "active"
            if is_open and any(since <= at <= until for at in _times(old)):
                scratch = State(transactions={old.id: old})
                for fact in _transaction(state, scratch, old.id, offset_ms, since, until, ctx):
                    facts.append(fact)
                    apply(scratch, fold(scratch, fact))
                changes.append(Change("transactions", old.id, scratch.transactions[old.id]))
    return tuple(facts), tuple(changes)


def _times(transaction: Transaction) -> Iterator[datetime]:
    yield transaction.started_at
    yield from (metering.at for metering in transaction.meterings)
    for at in (transaction.ended_at, transaction.transfer_started_at, transaction.idle_since):
        if at is not None:
            yield at


def _transaction(
    state: State, scratch: State, id: str, offset_ms: int, since: datetime, until: datetime, ctx: Context
) -> Iterator[f.Fact]:
    """Each fact is folded into `scratch` before the next is asked for."""
    old = scratch.transactions[id]

    right = partial(put_right, since=since, until=until, offset_ms=offset_ms)
    started_at = right(old.started_at)
    yield f.TransactionCorrected(
        at=ctx.now, station=old.station, evse=old.evse, transaction=id,
        offset_ms=offset_ms, since_at=since, until_at=until, started_at=started_at,
        ended_at=None if old.ended_at is None else max(right(old.ended_at), started_at),
        transfer_started_at=None if old.transfer_started_at is None else right(old.transfer_started_at),
    )  # fmt: skip
    new = scratch.transactions[id]
    if new.ended_at is not None:
        yield cdr_of(new, state, ctx, new.ended_at, new.idle_s)
