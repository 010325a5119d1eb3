"""What a station tells late: of a connector that has been used since, it is history beside what runs.

A station that was offline delivers its queue when it is back, each message with the time at which it happened (OCPP 1.6
section 4.8, 2.0.1 part 2 E04). What it tells of then must neither end what runs now nor stand in its place.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from edgegw.core.context import Context
from edgegw.core.matching import CLOCK_FLOOR, TAKEN_AS_ENDED
from edgegw.model.requests import TransactionRequest
from edgegw.model.state import State, Transaction

AHEAD = timedelta(seconds=60)
"""A station that was set by our clock may be this far ahead of it."""

HISTORY = timedelta(minutes=5)
"""What a station says of a time before this was waiting in its queue."""

SUPERSEDED = "superseded"
"""Why a transaction is taken as ended of which no end was told: another began at its EVSE."""

NOT_ONGOING = "not_ongoing"
"""The same, because its station says that it does not run, and that nothing waits to be told."""


def is_history(request: TransactionRequest, now: datetime) -> bool:
    """Whether what is told has been under way, or is over, so that no word of ours can keep it from beginning."""
    return request.offline or now - request.at > HISTORY


def is_followed(state: State, station: str, evse: int, at: datetime, ctx: Context, *, but: str | None = None) -> bool:
    """Whether another transaction than `but` has begun at the EVSE since `at`: what was there by then is over.

    Times that cannot be are no evidence: of a station without a clock, or from a future that it had once.
    """
    if evse == 0 or at < CLOCK_FLOOR:
        return False

    def follows(row: Transaction) -> bool:
        return row.id != but and at < row.started_at <= ctx.now + AHEAD

    running = state.at_evse.get((station, evse))
    if running is not None and follows(state.transactions[running]):
        return True
    if ctx.now - at <= HISTORY:
        return False
    return any(follows(state.transactions[id]) for id in reversed(state.begun_at_evse.get((station, evse), ())))


def awaits_end(transaction: Transaction) -> bool:
    """Whether the hub took it as ended and its station has not told of the end: what is said of it still counts."""
    return transaction.state == "ended" and transaction.end_reason in TAKEN_AS_ENDED
