"""The decisions on transactions: what a start, an update and an end leave behind, in every OCPP version.

History is never refused: a start with a bad token, an end of a transaction that nobody saw begin, a start at an EVSE
whose last transaction never ended are all recorded; only the answer says no. What is told late, the start of a
transaction that the hub met in the middle or the end of one that it took as ended, is recorded as facts that take the
places of the earlier ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from edgegw.core.authorize import Authorization, authorize, for_a_start, to_begin, token_decided
from edgegw.core.cdr import cdr_of
from edgegw.core.charging import charging_facts
from edgegw.core.consequences import consequences
from edgegw.core.context import Context, Decision
from edgegw.core.draft import Draft, stored
from edgegw.core.late import AHEAD, SUPERSEDED, awaits_end, is_followed, is_history
from edgegw.core.matching import CLOCK_FLOOR, asked_for, find, met, place_of_start
from edgegw.core.price import boundary_after
from edgegw.core.tariff_history import tariff_at, tariff_now
from edgegw.model import facts as f
from edgegw.model.requests import AuthorizationStatus, Reading, TransactionAnswer, TransactionRequest
from edgegw.model.site import Tariff
from edgegw.model.state import State, Transaction

MeteringReason = Literal["begin", "boundary", "periodic"]

METERING_PERIOD = timedelta(minutes=15)
"""A running transaction's register is a fact at least this often (DESIGN, rule 3)."""


def decide_transaction(
    state: State, request: TransactionRequest, key: str, ctx: Context
) -> Decision[TransactionAnswer]:
    """Facts and answer for one StartTransaction, StopTransaction or TransactionEvent that was not answered before.

    `key` is the request's `retry_key`, under which its answer is kept.
    """
    if request.stage == "started":
        known = met(state, request)
        if known is None:
            return _started(state, request, key, ctx)
        return _started_late(state, known, request, key, ctx)
    found = find(state, request)
    if found is not None and found.clock_offset_ms:
        request = _retold(request, found, ctx.now)
    draft = Draft(found) if found is not None else _adopt(state, request, ctx)
    if request.stage == "ended":
        return _ended(state, draft, request, key, ctx)
    return _updated(state, draft, request, key, ctx)


def _retold(request: TransactionRequest, known: Transaction, now: datetime) -> TransactionRequest:
    """What is said of a transaction whose times were corrected, by a station that still has the time we gave it
    before: it dates it before the beginning, or into the future."""
    offset = timedelta(milliseconds=known.clock_offset_ms)

    def right(at: datetime) -> datetime:
        cannot_be = at < known.started_at or at > now + AHEAD
        return at + offset if cannot_be and known.started_at <= at + offset <= now + AHEAD else at

    readings = tuple(replace(reading, at=right(reading.at)) for reading in request.readings)
    return replace(request, at=right(request.at), readings=readings)


def next_metering(transaction: Transaction, timezone: str, tariff: Tariff) -> tuple[datetime, MeteringReason]:
    """From when on a reading of the register must become a fact, and why: at once when there is none yet, at the next
    boundary of the tariff's periods, and at least every METERING_PERIOD."""
    if not transaction.meterings:
        return transaction.started_at, "begin"
    last = transaction.meterings[-1].at
    boundary = boundary_after(tariff, timezone, last)
    if boundary is not None and boundary <= last + METERING_PERIOD:
        return boundary, "boundary"
    return last + METERING_PERIOD, "periodic"


def _start_fact(
    state: State, request: TransactionRequest, key: str | None, ctx: Context
) -> tuple[f.TransactionStarted, TransactionAnswer]:
    evse = place_of_start(state, request, ctx)
    tariff, digest = _tariff(state, request, ctx)
    number = ctx.next_number()
    status, group = _shown(state, request, ctx)
    if status is not None and key is not None and not is_history(request, ctx.now):
        status = to_begin(status, ctx)
    transaction = ctx.new_id()
    answer = TransactionAnswer(transaction, number, status, group)
    reference = str(number) if request.reference is None or request.ocpp == "1.6" else request.reference
    if key is None and request.reference is not None:
        reference = request.reference
    fact = f.TransactionStarted(
        at=request.at, station=request.station, evse=evse, connector=request.connector or 1,
        transaction=transaction, number=number, reference=reference, id_token=request.id_token,
        id_token_kind=request.id_token_kind, authorization=status, seq_no=request.seq_no, ocpp=request.ocpp,
        retry_key=key or transaction, answer=stored(answer),
        tariff=tariff, tariff_digest=digest,
        remote_start=asked_for(state, request, ctx), offline=request.offline, adopted=key is None,
        reservation=_reservation(state, request), told_at=request.told_at, station_clock=request.station_clock,
    )  # fmt: skip
    return fact, answer


def _tariff(state: State, request: TransactionRequest, ctx: Context) -> tuple[str, str]:
    """Name and digest of the price list for what began at the request's time."""
    if not is_history(request, ctx.now) or not CLOCK_FLOOR <= request.at <= ctx.now:
        return tariff_now(ctx.site, request.station)
    return tariff_at(state, ctx.site, request.station, request.at)


def _reservation(state: State, request: TransactionRequest) -> str | None:
    """The reservation that a station says is used by what it tells, by the number that it knows it by."""
    if request.reservation_number is None:
        return None
    for held in state.reservations.values():
        if (held.station, held.number) == (request.station, request.reservation_number):
            return held.id
    return None


def _shown(state: State, request: TransactionRequest, ctx: Context) -> tuple[AuthorizationStatus | None, str | None]:
    """Status and group of the token that a start or an end shows, None for none."""
    if request.id_token is None:
        return None, None
    found = authorize(state, request.id_token, ctx)
    if request.stage == "started":
        found = for_a_start(found, ctx)
    if found.source == "policy" and asked_for(state, request, ctx) is not None:
        return "accepted", None  # who asked for the start has vouched for its token
    return found.status, found.group


def _remembered(state: State, request: TransactionRequest, ctx: Context) -> Iterator[f.TokenDecided]:
    """What the cloud has just said of a start's token, for the cache."""
    if request.id_token is not None and (found := authorize(state, request.id_token, ctx)).source == "cloud":
        yield token_decided(
            found, at=ctx.now, station=request.station, id_token=request.id_token, kind=request.id_token_kind
        )


def _supersede(
    state: State, station: str, evse: int, at: datetime, ctx: Context, *, reference: str | None = None
) -> Iterator[Draft]:
    """A connector holds one car, and a reference means one transaction: one that is still open at the EVSE, or under
    the reference, ended without our being told."""
    holders = [state.at_evse.get((station, evse)) if evse != 0 else None]
    if reference is not None:
        holders.append(state.by_reference.get((station, reference)))
    for id in dict.fromkeys(holder for holder in holders if holder is not None):
        old = state.transactions[id]
        if old.state == "active":
            draft = Draft(old)
            last = old.meterings[-1].at if old.meterings else old.started_at
            draft.close(state, ctx, min(max(last, old.started_at), at), SUPERSEDED)
            yield draft


def _started(state: State, request: TransactionRequest, key: str, ctx: Context) -> Decision[TransactionAnswer]:
    start, answer = _start_fact(state, request, key, ctx)
    draft = Draft()
    is_taken = _is_taken(state, start, ctx)
    draft.is_past = is_taken or is_followed(state, start.station, start.evse, request.at, ctx)
    # What is over by now leaves the place to who is there; its reference it takes from an older one all the same.
    place, reference = 0 if draft.is_past else start.evse, None if is_taken else start.reference
    draft.follow(_supersede(state, start.station, place, request.at, ctx, reference=reference))
    if not draft.is_past:
        answer = _limited(state, answer, request, start)
        start = replace(start, answer=stored(answer))
    draft.add(*_remembered(state, request, ctx), start)
    draft.take_readings(request, "begin")
    if request.charging_state is not None:
        draft.add(*charging_facts(draft.transaction, request.charging_state, request.at))
    if draft.is_past:
        draft.close(state, ctx, request.at, SUPERSEDED)
    return draft.decision(answer)


def _limited(
    state: State, answer: TransactionAnswer, request: TransactionRequest, fact: f.Fact | None = None, *,
    known: Transaction | None = None,
) -> TransactionAnswer:  # fmt: skip
    """The answer with what ends the charge: what its driver has set at the station, else what `fact` brings with it,
    else what is `known`. It is kept with the answer, so that a retry is told the same whatever was wished since."""
    if known is not None and known.state != "active":
        return answer
    if request.limit is not None:
        return replace(answer, max_wh=request.limit.max_wh, max_cost=request.limit.max_cost)
    for planned in consequences(state, fact) if fact is not None else ():
        if isinstance(planned, f.TransactionPlanned):
            return replace(answer, max_wh=planned.energy_wh, max_cost=_text(planned.max_cost))
    return answer if known is None else replace(answer, max_wh=known.wanted_wh, max_cost=_text(known.max_cost))


def _text(amount: Decimal | str | None) -> str | None:
    return None if amount is None else str(amount)


def _is_taken(state: State, start: f.TransactionStarted, ctx: Context) -> bool:
    """Whether a transaction that began later runs under the same reference: stations give them again."""
    holder = state.by_reference.get((start.station, start.reference))
    row = state.transactions[holder] if holder is not None else None
    return row is not None and row.state == "active" and CLOCK_FLOOR <= start.at < row.started_at <= ctx.now + AHEAD


def _started_late(
    state: State, known: Transaction, request: TransactionRequest, key: str, ctx: Context
) -> Decision[TransactionAnswer]:
    """The start of a transaction that is known: told again, or after what came later."""
    status, group = _shown(state, request, ctx)
    if not known.adopted:
        answer = TransactionAnswer(known.id, known.number, known.authorization, group)
        return Decision((), _limited(state, answer, request, known=known))
    answer = TransactionAnswer(known.id, known.number, status, group)
    evse = request.evse if request.evse is not None else known.evse
    draft = Draft(known)
    tariff, digest = _tariff(state, request, ctx)
    if known.state == "active" and evse != known.evse:
        # It was heard of since it began, so what counts is who came after that.
        draft.is_past = is_followed(state, known.station, evse, known.started_at, ctx, but=known.id)
        if not draft.is_past:
            draft.follow(_supersede(state, known.station, evse, known.started_at, ctx))
    start = f.TransactionStarted(
        at=request.at, station=known.station, evse=evse, connector=request.connector or known.connector,
        transaction=known.id, number=known.number, reference=known.reference, id_token=request.id_token,
        id_token_kind=request.id_token_kind, authorization=status, seq_no=request.seq_no, ocpp=request.ocpp,
        retry_key=key, answer=stored(answer), tariff=tariff, tariff_digest=digest,
        remote_start=asked_for(state, request, ctx), offline=request.offline,
        reservation=_reservation(state, request), told_at=request.told_at,
        station_clock=request.station_clock,
    )  # fmt: skip
    if not draft.is_past:
        answer = _limited(state, answer, request, start, known=known)
    draft.add(*_remembered(state, request, ctx), replace(start, answer=stored(answer)))
    draft.take_readings(request, "begin")
    if known.ended_at is not None:
        draft.add(cdr_of(draft.transaction, state, ctx, known.ended_at, known.idle_s))
    elif known.charging_state is None and request.charging_state is not None:
        draft.add(*charging_facts(draft.transaction, request.charging_state, request.at))
    if draft.is_past:
        draft.close(state, ctx, known.started_at, SUPERSEDED)
    return draft.decision(answer)


def _adopt(state: State, request: TransactionRequest, ctx: Context) -> Draft:
    draft = Draft()
    begun = next((each for each in request.readings if each.context == "begin" and each.at <= request.at), None)
    if begun is not None:
        # An end tells of the begin as well where its start was lost (1.6 section 4.10, StopTxnSampledData).
        fact, _ = _start_fact(state, replace(request, at=begun.at), None, ctx)
        draft.add(fact)
        draft.meter(begun.at, begun.import_wh, "begin", begun.signed, begun.signature)
        return draft
    fact, _ = _start_fact(state, request, None, ctx)
    if request.stage == "updated":
        draft.is_past = is_followed(state, fact.station, fact.evse, request.at, ctx)
        if not draft.is_past:
            draft.follow(_supersede(state, fact.station, fact.evse, request.at, ctx))
    draft.add(fact)
    return draft


def _updated(
    state: State, draft: Draft, request: TransactionRequest, key: str, ctx: Context
) -> Decision[TransactionAnswer]:
    transaction = draft.transaction
    if transaction.state == "active" and transaction.evse == 0 and request.evse:
        draft.is_past = is_followed(state, transaction.station, request.evse, request.at, ctx, but=transaction.id)
        if not draft.is_past:
            draft.follow(_supersede(state, transaction.station, request.evse, request.at, ctx))
        draft.add(_placed(transaction, request.evse, request.connector))
    if (used := _reservation(state, request)) is not None and not any(
        isinstance(fact, f.TransactionStarted) for fact in draft.facts
    ):
        draft.add(f.ReservationEnded(at=request.at, station=request.station, reservation=used, reason="used"))
    answer = TransactionAnswer(transaction.id, transaction.number)
    if request.id_token is not None:
        found = authorize(state, request.id_token, ctx)
        if transaction.authorization != "accepted":
            found = for_a_start(found, ctx)
        if transaction.authorization != "accepted" and to_begin(found.status, ctx) != found.status:
            found = Authorization(to_begin(found.status, ctx), "storage")
        decided = token_decided(
            found, at=request.at, station=request.station, id_token=request.id_token, kind=request.id_token_kind,
            transaction=transaction.id, retry_key=key,
        )  # fmt: skip
        answer = TransactionAnswer(transaction.id, transaction.number, found.status, found.group)
        if not draft.is_past:
            answer = _limited(state, answer, request, decided, known=draft.transaction)
        draft.add(replace(decided, answer=stored(answer)))
    elif not draft.is_past:
        answer = _limited(state, answer, request, known=draft.transaction)
    if transaction.state == "active" or awaits_end(transaction):
        draft.take_readings(request, None)
        if request.charging_state is not None:
            draft.add(*charging_facts(draft.transaction, request.charging_state, request.at))
    elif transaction.ended_at is not None and (more := _more(transaction, request)):
        for each in more:
            draft.meter(each.at, each.import_wh, "periodic", each.signed, each.signature)
        draft.add(cdr_of(draft.transaction, state, ctx, transaction.ended_at, transaction.idle_s))
    if draft.is_past:
        draft.close(state, ctx, request.at, SUPERSEDED)
    return draft.decision(answer)


def _more(transaction: Transaction, request: TransactionRequest) -> list[Reading]:
    """Readings of an update that comes after the end, and that show more than was billed: the end told no register."""
    highest = max((each.import_wh for each in transaction.meterings), default=0)
    ended_at = transaction.ended_at or transaction.started_at
    found = [each for each in request.readings if transaction.started_at <= each.at <= ended_at]
    return sorted((each for each in found if each.import_wh > highest), key=lambda each: each.at)


def _placed(transaction: Transaction, evse: int, connector: int | None) -> f.TransactionStarted:
    """The start of a transaction that began with a token alone, told again with the EVSE that the car came to."""
    answer = TransactionAnswer(transaction.id, transaction.number, transaction.authorization)
    return f.TransactionStarted(
        at=transaction.started_at, station=transaction.station, evse=evse, connector=connector or 1,
        transaction=transaction.id, number=transaction.number, reference=transaction.reference,
        id_token=transaction.id_token, authorization=transaction.authorization, seq_no=transaction.seq_no,
        ocpp=transaction.ocpp, retry_key=f"{transaction.id}/evse", answer=stored(answer), tariff=transaction.tariff,
        tariff_digest=transaction.tariff_digest, remote_start=transaction.remote_start, offline=transaction.offline,
        adopted=transaction.adopted,
    )  # fmt: skip


def _ended(
    state: State, draft: Draft, request: TransactionRequest, key: str, ctx: Context
) -> Decision[TransactionAnswer]:
    status, group = _shown(state, request, ctx)
    transaction = draft.transaction
    if transaction.state == "ended" and not awaits_end(transaction):
        cost = str(transaction.total) if transaction.total is not None else None
        return Decision((), TransactionAnswer(transaction.id, transaction.number, status, group, cost))
    draft.take_readings(request, "end")
    told = [fact for fact in draft.facts if isinstance(fact, f.TransactionMetered) and fact.reason == "end"]
    if draft.transaction.meterings and all(fact.quality == "suspect" for fact in told):
        newest = ctx.register(transaction.station, transaction.evse)
        if newest is not None and transaction.started_at <= newest[0] <= request.at:
            draft.meter(newest[0], newest[1], "periodic" if told else "end", None)
    answer = TransactionAnswer(transaction.id, transaction.number, status, group)
    answer = draft.close(state, ctx, request.at, request.reason or "local", request, key, answer)
    return draft.decision(answer)
