"""The decisions on transactions: what a start, an update and an end leave behind, in every OCPP version.

History is never refused: a start with a bad token, an end of a transaction that nobody saw begin, a start at an EVSE
whose last transaction never ended are all recorded; only the answer says no. What is told late, the start of a
transaction that the hub met in the middle or the end of one that it took as ended, is recorded as facts that take the
places of the earlier ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from edgegw.core.authorize import Authorization, authorize, to_begin, token_decided
from edgegw.core.context import Context, Decision
from edgegw.core.fold import fold
from edgegw.core.matching import asked_for, evse_of, find, met
from edgegw.core.price import boundary_after, price, tariff_digest
from edgegw.core.tariffs import tariff_of
from edgegw.model import facts as f
from edgegw.model.requests import AuthorizationStatus, ChargingState, Reading, TransactionAnswer, TransactionRequest
from edgegw.model.site import Tariff
from edgegw.model.state import Change, State, Transaction

MeteringReason = Literal["begin", "boundary", "periodic"]

METERING_PERIOD = timedelta(minutes=15)
"""A running transaction's register is a fact at least this often (DESIGN, rule 3)."""

AHEAD = timedelta(seconds=60)
"""A station that was set by our clock may be this far ahead of it."""

HISTORY = timedelta(minutes=5)
"""What a station says of a time before this was waiting in its queue."""

SUPERSEDED = "superseded"
"""Why a transaction is taken as ended of which no end was told: another began at its EVSE."""


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
    draft = _Draft(found) if found is not None else _adopt(state, request, ctx)
    if request.stage == "ended":
        return _ended(state, draft, request, key, ctx)
    return _updated(state, draft, request, key, ctx)


def is_history(request: TransactionRequest, now: datetime) -> bool:
    """Whether what is told has been under way, or is over, so that no word of ours can keep it from beginning."""
    return request.offline or now - request.at > HISTORY


def _retold(request: TransactionRequest, known: Transaction, now: datetime) -> TransactionRequest:
    """What is said of a transaction whose times were corrected, by a station that still has the time we gave it
    before: it dates it before the beginning, or into the future."""
    offset = timedelta(milliseconds=known.clock_offset_ms)

    def right(at: datetime) -> datetime:
        cannot_be = at < known.started_at or at > now + AHEAD
        return at + offset if cannot_be and known.started_at <= at + offset <= now + AHEAD else at

    readings = tuple(replace(reading, at=right(reading.at)) for reading in request.readings)
    return replace(request, at=right(request.at), readings=readings)


def charging_facts(transaction: Transaction, new: ChargingState, at: datetime) -> tuple[f.Fact, ...]:
    """What a change of the charging state means: energy flows, stops, or flows again."""
    where: dict[str, Any] = {
        "at": at, "station": transaction.station, "evse": transaction.evse, "transaction": transaction.id,
    }  # fmt: skip
    old = transaction.charging_state
    if new == "charging":
        if transaction.transfer_started_at is None:
            return (f.EnergyTransferStarted(**where),)
        return () if old == "charging" else (f.TransactionResumed(**where),)
    if new == "suspended_evse":
        return () if old == new else (f.TransactionSuspended(**where, by="evse"),)
    if new == "suspended_ev" or transaction.transfer_started_at is not None:
        # 2.x says EVConnected or Idle for a car that stopped taking energy without saying why.
        return () if old == "suspended_ev" else (f.TransactionSuspended(**where, by="ev"),)
    return ()


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


class _Draft:
    """A decision in the making: each fact added is folded, so that the next one sees its effect."""

    def __init__(self, transaction: Transaction | None = None) -> None:
        self._scratch = State()
        self._changes: dict[tuple[str, str], Change] = {}
        self.facts: list[f.Fact] = []
        self.is_past = False
        """Another transaction has begun at its EVSE since, so it has ended; its end may be told later."""
        if transaction is not None:
            self.transaction = self._scratch.transactions[transaction.id] = transaction

    def add(self, *facts: f.Fact) -> None:
        for fact in facts:
            self.facts.append(fact)
            for change in fold(self._scratch, fact):
                self._changes[change.table, change.key] = change
                if isinstance(change.row, Transaction):
                    self.transaction = self._scratch.transactions[change.key] = change.row

    def follow(self, others: Iterable[_Draft]) -> None:
        """Let what is drafted on other transactions stand before what is added from here on."""
        for other in others:
            self.facts += other.facts
            self._changes |= other._changes

    def decision(self, answer: TransactionAnswer) -> Decision[TransactionAnswer]:
        return Decision(tuple(self.facts), answer, tuple(self._changes.values()))

    def where(self, at: datetime) -> dict[str, Any]:
        transaction = self.transaction
        return {"at": at, "station": transaction.station, "evse": transaction.evse, "transaction": transaction.id}


def _start_fact(
    state: State, request: TransactionRequest, key: str | None, ctx: Context
) -> tuple[f.TransactionStarted, TransactionAnswer]:
    station = ctx.site.stations.get(request.station)
    evse = evse_of(request, ctx)
    name = station.tariff if station is not None and station.tariff in ctx.site.tariffs else "default"
    tariff = ctx.site.tariffs.get(name)
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
        retry_key=key or transaction, answer=_stored(answer),
        tariff=name, tariff_digest=tariff_digest(tariff) if tariff is not None else "",
        remote_start=asked_for(state, request, ctx), offline=request.offline, adopted=key is None,
    )  # fmt: skip
    return fact, answer


def _shown(state: State, request: TransactionRequest, ctx: Context) -> tuple[AuthorizationStatus | None, str | None]:
    """Status and group of the token that a start or an end shows, None for none."""
    if request.id_token is None:
        return None, None
    found = authorize(state, request.id_token, ctx)
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
) -> Iterator[_Draft]:
    """A connector holds one car, and a reference means one transaction: one that is still open at the EVSE, or under
    the reference, ended without our being told."""
    holders = [state.at_evse.get((station, evse)) if evse != 0 else None]
    if reference is not None:
        holders.append(state.by_reference.get((station, reference)))
    for id in dict.fromkeys(holder for holder in holders if holder is not None):
        old = state.transactions[id]
        if old.state == "active":
            draft = _Draft(old)
            last = old.meterings[-1].at if old.meterings else old.started_at
            _close(draft, state, ctx, min(max(last, old.started_at), at), SUPERSEDED, None, None, None)
            yield draft


def _started(state: State, request: TransactionRequest, key: str, ctx: Context) -> Decision[TransactionAnswer]:
    start, answer = _start_fact(state, request, key, ctx)
    draft = _Draft()
    draft.follow(_supersede(state, start.station, start.evse, request.at, ctx, reference=start.reference))
    draft.add(*_remembered(state, request, ctx), start)
    _take_readings(draft, request, "begin")
    if request.charging_state is not None:
        draft.add(*charging_facts(draft.transaction, request.charging_state, request.at))
    return draft.decision(answer)


def _started_late(
    state: State, known: Transaction, request: TransactionRequest, key: str, ctx: Context
) -> Decision[TransactionAnswer]:
    """The start of a transaction that is known: told again, or after what came later."""
    status, group = _shown(state, request, ctx)
    if not known.adopted:
        return Decision((), TransactionAnswer(known.id, known.number, known.authorization, group))
    answer = TransactionAnswer(known.id, known.number, status, group)
    evse = request.evse if request.evse is not None else known.evse
    draft = _Draft(known)
    if known.state == "active" and evse != known.evse:
        draft.follow(_supersede(state, known.station, evse, request.at, ctx))
    draft.add(
        *_remembered(state, request, ctx),
        f.TransactionStarted(
            at=request.at, station=known.station, evse=evse, connector=request.connector or known.connector,
            transaction=known.id, number=known.number, reference=known.reference, id_token=request.id_token,
            id_token_kind=request.id_token_kind, authorization=status, seq_no=request.seq_no, ocpp=request.ocpp,
            retry_key=key, answer=_stored(answer), tariff=known.tariff, tariff_digest=known.tariff_digest,
            remote_start=asked_for(state, request, ctx), offline=request.offline,
        )
    )  # fmt: skip
    _take_readings(draft, request, "begin")
    if known.ended_at is not None:
        draft.add(cdr_of(draft.transaction, state, ctx, known.ended_at, known.idle_s))
    elif known.charging_state is None and request.charging_state is not None:
        draft.add(*charging_facts(draft.transaction, request.charging_state, request.at))
    return draft.decision(answer)


def _adopt(state: State, request: TransactionRequest, ctx: Context) -> _Draft:
    draft = _Draft()
    fact, _ = _start_fact(state, request, None, ctx)
    holder = state.at_evse.get((fact.station, fact.evse)) if fact.evse != 0 else None
    if request.stage == "updated" and holder is not None:
        if request.at >= state.transactions[holder].started_at:
            draft.follow(_supersede(state, fact.station, fact.evse, request.at, ctx))
        else:
            draft.is_past = True
    draft.add(fact)
    return draft


def _updated(
    state: State, draft: _Draft, request: TransactionRequest, key: str, ctx: Context
) -> Decision[TransactionAnswer]:
    transaction = draft.transaction
    if transaction.state == "active" and transaction.evse == 0 and request.evse:
        draft.follow(_supersede(state, transaction.station, request.evse, request.at, ctx))
        draft.add(_placed(transaction, request.evse, request.connector))
    answer = TransactionAnswer(transaction.id, transaction.number)
    if request.id_token is not None:
        found = authorize(state, request.id_token, ctx)
        if transaction.authorization != "accepted" and to_begin(found.status, ctx) != found.status:
            found = Authorization(to_begin(found.status, ctx), "storage")
        answer = TransactionAnswer(transaction.id, transaction.number, found.status, found.group)
        draft.add(
            token_decided(
                found, at=request.at, station=request.station, id_token=request.id_token, kind=request.id_token_kind,
                transaction=transaction.id, retry_key=key, answer=_stored(answer),
            )
        )  # fmt: skip
    if transaction.state == "active":
        _take_readings(draft, request, None)
        if request.charging_state is not None:
            draft.add(*charging_facts(draft.transaction, request.charging_state, request.at))
    if draft.is_past:
        _close(draft, state, ctx, request.at, SUPERSEDED, None, None, None)
    return draft.decision(answer)


def _placed(transaction: Transaction, evse: int, connector: int | None) -> f.TransactionStarted:
    """The start of a transaction that began with a token alone, told again with the EVSE that the car came to."""
    answer = TransactionAnswer(transaction.id, transaction.number, transaction.authorization)
    return f.TransactionStarted(
        at=transaction.started_at, station=transaction.station, evse=evse, connector=connector or 1,
        transaction=transaction.id, number=transaction.number, reference=transaction.reference,
        id_token=transaction.id_token, authorization=transaction.authorization, seq_no=transaction.seq_no,
        ocpp=transaction.ocpp, retry_key=f"{transaction.id}/evse", answer=_stored(answer), tariff=transaction.tariff,
        tariff_digest=transaction.tariff_digest, remote_start=transaction.remote_start, offline=transaction.offline,
        adopted=transaction.adopted,
    )  # fmt: skip


def _ended(
    state: State, draft: _Draft, request: TransactionRequest, key: str, ctx: Context
) -> Decision[TransactionAnswer]:
    status, group = _shown(state, request, ctx)
    transaction = draft.transaction
    if transaction.state == "ended" and transaction.end_reason != SUPERSEDED:
        cost = str(transaction.total) if transaction.total is not None else None
        return Decision((), TransactionAnswer(transaction.id, transaction.number, status, group, cost))
    _take_readings(draft, request, "end")
    if draft.transaction.meterings and not any(
        isinstance(fact, f.TransactionMetered) and fact.reason == "end" for fact in draft.facts
    ):
        newest = ctx.register(transaction.station, transaction.evse)
        if newest is not None and transaction.started_at <= newest[0] <= request.at:
            _meter(draft, newest[0], newest[1], "end", None)
    answer = TransactionAnswer(transaction.id, transaction.number, status, group)
    answer = _close(draft, state, ctx, request.at, request.reason or "local", request, key, answer)
    return draft.decision(answer)


def _close(
    draft: _Draft, state: State, ctx: Context, at: datetime, reason: str, request: TransactionRequest | None,
    key: str | None, answer: TransactionAnswer | None,
) -> TransactionAnswer:  # fmt: skip
    """End the draft's transaction and close its bill; the answer gets the cost."""
    transaction = draft.transaction
    ended_at = max(at, transaction.started_at)
    idle_s = transaction.idle_s
    if transaction.idle_since is not None:
        idle_s += max(0, round((ended_at - transaction.idle_since).total_seconds()))
    cdr = cdr_of(transaction, state, ctx, ended_at, idle_s)
    if answer is None:
        answer = TransactionAnswer(transaction.id, transaction.number)
    answer = TransactionAnswer(answer.transaction, answer.number, answer.authorization, answer.group, cdr.total)
    draft.add(
        f.TransactionEnded(
            **draft.where(ended_at), reason=reason, id_token=request.id_token if request is not None else None,
            seq_no=request.seq_no if request is not None else None,
            retry_key=key or f"{transaction.id}/end",
            answer=_stored(answer),
        ),
        cdr,
    )  # fmt: skip
    return answer


def cdr_of(transaction: Transaction, state: State, ctx: Context, ended_at: datetime, idle_s: int) -> f.CdrClosed:
    """The bill of a transaction that ended at `ended_at`, by the tariff that was in force at its start."""
    bill = price(
        tariff_of(state, ctx.site, transaction), ctx.site.timezone, ctx.site.currency,
        started_at=transaction.started_at, ended_at=ended_at, meterings=transaction.meterings, idle_s=idle_s,
    )  # fmt: skip
    return f.CdrClosed(
        at=ended_at, station=transaction.station, evse=transaction.evse, transaction=transaction.id,
        started_at=transaction.started_at, ended_at=ended_at, energy_wh=bill.energy_wh, idle_s=idle_s,
        currency=bill.currency, total=str(bill.total), tax=str(bill.tax),
        lines=tuple(_line(line) for line in bill.lines), tariff=transaction.tariff,
        tariff_digest=transaction.tariff_digest,
    )  # fmt: skip


def _stored(answer: TransactionAnswer) -> Mapping[str, Any]:
    """An answer as its fact holds it; `TransactionAnswer(**stored)` gives it back."""
    return {
        "transaction": answer.transaction, "number": answer.number, "authorization": answer.authorization,
        "group": answer.group, "cost": answer.cost,
    }  # fmt: skip


def _line(line: Any) -> Mapping[str, Any]:
    return {
        "kind": line.kind, "quantity": str(line.quantity), "unit": line.unit, "price": str(line.price),
        "amount": str(line.amount), "period": line.period,
    }  # fmt: skip


def _take_readings(draft: _Draft, request: TransactionRequest, reason: Literal["begin", "end"] | None) -> None:
    """Turn the request's registers into billing facts: begin, end, and every signed value."""
    wanted = {"begin": "begin", "end": "end"}.get(reason or "")
    taken = False
    for reading in sorted(request.readings, key=_when):
        if reading.signed is not None or (wanted is not None and reading.context == wanted):
            kind: Any = wanted if reading.context == wanted else "signed"
            if kind == "signed" and any(
                each.signed and (each.at, each.import_wh) == (reading.at, reading.import_wh)
                for each in draft.transaction.meterings
            ):
                continue  # stations say at the end once more what they had signed before
            _meter(draft, reading.at, reading.import_wh, kind, reading.signed)
            taken = taken or reading.context == wanted
    if reason is not None and not taken:
        if request.import_wh is not None:
            _meter(draft, request.at, request.import_wh, reason, None)
        elif request.readings and reason == "end":
            last = max(request.readings, key=_when)
            _meter(draft, last.at, last.import_wh, "end", last.signed)
        elif request.readings:
            first = min(request.readings, key=_when)
            _meter(draft, first.at, first.import_wh, "begin", first.signed)


def _when(reading: Reading) -> datetime:
    return reading.at


def _meter(draft: _Draft, at: datetime, import_wh: int, reason: Any, signed: str | None) -> None:
    meterings = draft.transaction.meterings
    falls = bool(meterings) and reason != "begin" and import_wh < meterings[-1].import_wh
    draft.add(
        f.TransactionMetered(
            **draft.where(at), import_wh=import_wh, reason=reason, quality="suspect" if falls else "good",
            source=f"stations/{draft.transaction.station}/{draft.transaction.evse}", signed=signed,
        )
    )  # fmt: skip
