"""What facts change in the row of a transaction, from its start to its bill and payments.

Each function is what one kind of fact changes. A start and an end also keep their answer, for when the station asks
again; of a transaction that memory does not hold, nothing but that is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from edgegw.core.clock import put_right
from edgegw.core.fold.folds import Folds
from edgegw.model import facts as f
from edgegw.model.requests import ChargingState
from edgegw.model.state import Change, Changes, Metering, Payment, State, StoredAnswer, Transaction
from edgegw.model.value import changed


def started(state: State, fact: Any) -> Changes:
    row = Transaction(
        id=fact.transaction, station=fact.station, evse=fact.evse, connector=fact.connector, number=fact.number,
        reference=fact.reference, ocpp=fact.ocpp, started_at=fact.at, tariff=fact.tariff,
        tariff_digest=fact.tariff_digest, id_token=fact.id_token, authorization=fact.authorization,
        seq_no=fact.seq_no, remote_start=fact.remote_start, offline=fact.offline, adopted=fact.adopted,
        told_at=fact.told_at,
    )  # fmt: skip
    met = state.transactions.get(fact.transaction)
    if met is not None:
        row = changed(
            met, evse=row.evse, connector=row.connector, started_at=row.started_at, adopted=row.adopted,
            id_token=met.id_token or row.id_token, authorization=met.authorization or row.authorization,
            remote_start=met.remote_start or row.remote_start, offline=row.offline, tariff=row.tariff,
            tariff_digest=row.tariff_digest, told_at=row.told_at or met.told_at,
        )  # fmt: skip
    answer = StoredAnswer(fact.retry_key, fact.transaction, fact.answer, fact.at)
    return (Change("transactions", row.id, row), Change("answers", fact.retry_key, answer))


def shown(state: State, fact: f.TokenDecided) -> Changes:
    """The token that was shown for one that began without a token."""
    old = state.transactions.get(fact.transaction) if fact.transaction is not None else None
    if old is None or old.id_token is not None:
        return ()
    return (Change("transactions", old.id, changed(old, id_token=fact.id_token, authorization=fact.status)),)


def metered(state: State, fact: Any) -> Changes:
    metering = Metering(fact.at, fact.import_wh, fact.quality, fact.signed is not None)

    def with_it(old: Transaction) -> Transaction:
        late_begin = fact.reason == "begin" and bool(old.meterings) and fact.at < old.meterings[0].at
        return changed(old, meterings=(metering, *old.meterings) if late_begin else (*old.meterings, metering))

    return _row(state, fact, with_it)


def transfer_started(state: State, fact: Any) -> Changes:
    return _row(
        state, fact, lambda old: changed(old, transfer_started_at=fact.at, charging_state="charging", idle_since=None)
    )


def suspended(state: State, fact: Any) -> Changes:
    # Idle time is the driver's: a pause that the hub or the station made is nobody's fault and costs nothing.
    since = fact.at if fact.by == "ev" else None
    new: ChargingState = "suspended_ev" if fact.by == "ev" else "suspended_evse"
    return _row(state, fact, lambda old: changed(_idle_until(old, fact.at), charging_state=new, idle_since=since))


def resumed(state: State, fact: Any) -> Changes:
    return _row(state, fact, lambda old: changed(_idle_until(old, fact.at), charging_state="charging"))


def ended(state: State, fact: Any) -> Changes:
    answer = StoredAnswer(fact.retry_key, fact.transaction, fact.answer, fact.at)
    return (
        *_row(
            state,
            fact,
            lambda old: changed(
                _idle_until(old, fact.at), state="ended", ended_at=fact.at, end_reason=fact.reason,
                charging_state=None, seq_no=fact.seq_no,
            ),
        ),
        Change("answers", fact.retry_key, answer),
    )  # fmt: skip


def missed(state: State, fact: Any) -> Changes:
    return _row(state, fact, lambda old: changed(old, events_missed=old.events_missed + fact.last - fact.first + 1))


def corrected(state: State, fact: f.TransactionCorrected) -> Changes:
    def right(at: datetime | None) -> datetime | None:
        return put_right(at, fact.since_at, fact.until_at, fact.offset_ms)

    return _row(
        state,
        fact,
        lambda old: changed(
            old, started_at=fact.started_at, ended_at=fact.ended_at, transfer_started_at=fact.transfer_started_at,
            idle_since=right(old.idle_since), clock_offset_ms=old.clock_offset_ms + fact.offset_ms,
            meterings=tuple(changed(each, at=right(each.at)) for each in old.meterings),
        ),
    )  # fmt: skip


def billed(state: State, fact: Any) -> Changes:
    return _row(state, fact, lambda old: changed(old, total=Decimal(fact.total), currency=fact.currency))


def planned(state: State, fact: Any) -> Changes:
    cost = None if fact.max_cost is None else Decimal(fact.max_cost)
    return _row(
        state,
        fact,
        lambda old: changed(old, departure_at=fact.departure_at, wanted_wh=fact.energy_wh, max_cost=cost),
    )


def paid(state: State, fact: Any, kind: Literal["confirmed", "refunded"]) -> Changes:
    payment = Payment(kind, fact.at, Decimal(fact.amount), fact.currency, fact.reference)
    return _row(state, fact, lambda old: changed(old, payments=(*old.payments, payment)))


def _row(state: State, fact: f.TransactionFact, change: Callable[[Transaction], Transaction]) -> Changes:
    old = state.transactions.get(fact.transaction)
    return () if old is None else (Change("transactions", old.id, change(old)),)


def _idle_until(old: Transaction, at: datetime) -> Transaction:
    if old.idle_since is None:
        return old
    idle_s = max(0, round((at - old.idle_since).total_seconds()))
    return changed(old, idle_s=old.idle_s + idle_s, idle_since=None)


FOLDS: Folds = {
    f.TransactionStarted: started,
    f.TransactionMetered: metered,
    f.EnergyTransferStarted: transfer_started,
    f.TransactionSuspended: suspended,
    f.TransactionResumed: resumed,
    f.TransactionEnded: ended,
    f.TransactionCorrected: corrected,
    f.TransactionEventsMissed: missed,
    f.CdrClosed: billed,
    f.TransactionPlanned: planned,
    f.PaymentConfirmed: lambda s, x: paid(s, x, "confirmed"),
    f.PaymentRefunded: lambda s, x: paid(s, x, "refunded"),
}
