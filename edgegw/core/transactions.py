"""The decisions on transactions: what a start, an update and an end leave behind, in every OCPP version.

History is never refused: a start with a bad token, an end of a transaction that nobody saw begin, a start at an EVSE
whose last transaction never ended are all recorded; only the answer says no.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, Literal

from edgegw.core.authorize import authorize
from edgegw.core.context import Context, Decision
from edgegw.core.fold import apply, fold
from edgegw.core.price import boundary_after, price, tariff_digest
from edgegw.core.tariffs import tariff_of
from edgegw.model import facts as f
from edgegw.model.requests import ChargingState, Reading, TransactionAnswer, TransactionRequest
from edgegw.model.site import Tariff
from edgegw.model.state import State, Transaction

MeteringReason = Literal["begin", "boundary", "periodic"]

METERING_PERIOD = timedelta(minutes=15)
"""A running transaction's register is a fact at least this often (DESIGN, rule 3)."""

CLOCK_FLOOR = datetime(2024, 1, 1, tzinfo=UTC)
"""A station that dates an event before this has no clock yet: its times repeat from boot to boot."""

REMOTE_START_WINDOW = timedelta(seconds=60)
"""How long after its dispatch a start with the same token at the same connector is the one that was asked for."""


def retry_key(state: State, request: TransactionRequest, salt: bytes) -> str:
    """What a request is known by when it comes again: stations retry with new message ids, so those do not count.

    1.6: station, connector, token, time, register, and the boot while the station's clock is unsynced; 2.x:
    transaction and seqNo.
    """
    r = request
    if r.seq_no is not None:
        text = f"{r.station}\n{r.reference}\n{r.stage}\n{r.seq_no}"
    else:
        boot = state.stations[r.station].booted_at if r.at < CLOCK_FLOOR and r.station in state.stations else None
        text = (
            f"{r.station}\n{r.stage}\n{r.evse}\n{r.reference}\n{r.id_token}\n{r.import_wh}\n{r.at.timestamp()}\n{boot}"
        )
    # The time in front lets the ledger append to its index instead of writing all over it.
    return f"{int(r.at.timestamp()):x}-{blake2b(text.encode(), key=salt, digest_size=16).hexdigest()}"


def decide_transaction(
    state: State, request: TransactionRequest, key: str, ctx: Context
) -> Decision[TransactionAnswer]:
    """Facts and answer for one StartTransaction, StopTransaction or TransactionEvent that was not answered before.

    `key` is the request's `retry_key`, under which its answer is kept.
    """
    if request.stage == "started":
        return _started(state, request, key, ctx)
    found = find(state, request)
    draft = _Draft(state, found) if found is not None else _adopt(state, request, ctx)
    if request.stage == "ended":
        return _ended(state, draft, request, key, ctx)
    return _updated(state, draft, request, ctx)


def find(state: State, request: TransactionRequest) -> Transaction | None:
    """The transaction that an update or end speaks of: by the station's reference, else the one running there.

    Stations send 0, -1 or stale numbers after an offline start or a restart of the central system: then the place
    tells, or the only transaction that runs at the station (adoption by station and connector).
    """
    if request.reference is not None:
        known = state.by_reference.get((request.station, request.reference))
        if known is not None:
            return state.transactions.get(known)
        if request.ocpp != "1.6":
            return None
    if request.evse is not None:
        running = state.at_evse.get((request.station, request.evse))
        return state.transactions.get(running) if running is not None else None
    here = [transaction for (station, _), transaction in state.at_evse.items() if station == request.station]
    return state.transactions.get(here[0]) if len(here) == 1 else None


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

    def __init__(self, state: State, transaction: Transaction | None = None) -> None:
        self._scratch = State(tariffs=state.tariffs)
        self.facts: list[f.Fact] = []
        if transaction is not None:
            self._scratch.transactions[transaction.id] = transaction
            self._id = transaction.id

    def add(self, *facts: f.Fact) -> None:
        for fact in facts:
            apply(self._scratch, fold(self._scratch, fact))
            self.facts.append(fact)
            if isinstance(fact, f.TransactionStarted):
                self._id = fact.transaction

    @property
    def transaction(self) -> Transaction:
        return self._scratch.transactions[self._id]

    def add_last(self, *facts: f.Fact) -> None:
        """Add facts whose effect nothing in this decision looks at any more."""
        self.facts += facts

    def where(self, at: datetime) -> dict[str, Any]:
        transaction = self.transaction
        return {"at": at, "station": transaction.station, "evse": transaction.evse, "transaction": transaction.id}


def _start_fact(
    state: State, request: TransactionRequest, key: str | None, ctx: Context
) -> tuple[f.TransactionStarted, TransactionAnswer]:
    station = ctx.site.stations.get(request.station)
    name = station.tariff if station is not None and station.tariff in ctx.site.tariffs else "default"
    tariff = ctx.site.tariffs.get(name)
    number = ctx.next_number()
    status = group = None
    if request.id_token is not None:
        status, _, group, _ = authorize(state, request.id_token, ctx)
    transaction = ctx.new_id()
    answer = TransactionAnswer(transaction, number, status, group)
    reference = str(number) if request.reference is None or request.ocpp == "1.6" else request.reference
    if key is None and request.reference is not None:
        reference = request.reference
    fact = f.TransactionStarted(
        at=request.at, station=request.station, evse=request.evse or 0, connector=request.connector or 1,
        transaction=transaction, number=number, reference=reference, id_token=request.id_token,
        id_token_kind=request.id_token_kind, authorization=status, seq_no=request.seq_no, ocpp=request.ocpp,
        retry_key=key or transaction, answer=_stored(answer),
        tariff=name, tariff_digest=tariff_digest(tariff) if tariff is not None else "",
        remote_start=_asked_for(state, request), offline=request.offline, adopted=key is None,
    )  # fmt: skip
    return fact, answer


def _asked_for(state: State, request: TransactionRequest) -> str | None:
    """The start command that this start answers: by remoteStartId, else by token and connector within 60 s."""
    for command in state.commands.values():
        if command.name != "start_transaction" or command.dispatched_at is None:
            continue
        if command.args.get("station") != request.station:
            continue
        if request.remote_start_id is not None:
            if command.remote_start_id == request.remote_start_id:
                return command.id
        elif (
            command.id_token == request.id_token
            and command.args.get("evse") == request.evse
            and abs(request.at - command.dispatched_at) <= REMOTE_START_WINDOW
        ):
            return command.id
    return None


def _started(state: State, request: TransactionRequest, key: str, ctx: Context) -> Decision[TransactionAnswer]:
    facts: list[f.Fact] = []
    before = state.at_evse.get((request.station, request.evse or 0))
    if before is not None:
        # A connector holds one car: the transaction that is still open here ended without our being told.
        draft = _Draft(state, state.transactions[before])
        last = draft.transaction.meterings[-1].at if draft.transaction.meterings else draft.transaction.started_at
        _close(
            draft, state, ctx, min(max(last, draft.transaction.started_at), request.at), "superseded", None, None, None
        )
        facts += draft.facts
    start, answer = _start_fact(state, request, key, ctx)
    draft = _Draft(state)
    draft.add(start)
    _take_readings(draft, request, "begin")
    if request.charging_state is not None:
        draft.add(*charging_facts(draft.transaction, request.charging_state, request.at))
    return Decision((*facts, *draft.facts), answer)


def _adopt(state: State, request: TransactionRequest, ctx: Context) -> _Draft:
    draft = _Draft(state)
    fact, _ = _start_fact(state, request, None, ctx)
    draft.add(fact)
    return draft


def _updated(state: State, draft: _Draft, request: TransactionRequest, ctx: Context) -> Decision[TransactionAnswer]:
    status = group = None
    if request.id_token is not None:
        status, source, group, _ = authorize(state, request.id_token, ctx)
        draft.add(
            f.TokenDecided(
                at=request.at, station=request.station, id_token=request.id_token, kind=request.id_token_kind,
                status=status, source=source, transaction=draft.transaction.id,
            )
        )  # fmt: skip
    transaction = draft.transaction
    if transaction.state == "active":
        _take_readings(draft, request, None)
        if request.charging_state is not None:
            draft.add(*charging_facts(draft.transaction, request.charging_state, request.at))
    return Decision(tuple(draft.facts), TransactionAnswer(transaction.id, transaction.number, status, group))


def _ended(
    state: State, draft: _Draft, request: TransactionRequest, key: str, ctx: Context
) -> Decision[TransactionAnswer]:
    status = group = None
    if request.id_token is not None:
        status, _, group, _ = authorize(state, request.id_token, ctx)
    transaction = draft.transaction
    if transaction.state == "ended":
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
    return Decision(tuple(draft.facts), answer)


def _close(
    draft: _Draft, state: State, ctx: Context, at: datetime, reason: str, request: TransactionRequest | None,
    key: str | None, answer: TransactionAnswer | None,
) -> TransactionAnswer:  # fmt: skip
    """End the draft's transaction and close its bill; the answer gets the cost."""
    transaction = draft.transaction
    tariff = tariff_of(state, ctx.site, transaction)
    ended_at = max(at, transaction.started_at)
    idle_s = transaction.idle_s
    if transaction.idle_since is not None:
        idle_s += max(0, round((ended_at - transaction.idle_since).total_seconds()))
    bill = price(
        tariff, ctx.site.timezone, ctx.site.currency, started_at=transaction.started_at, ended_at=ended_at,
        meterings=transaction.meterings, idle_s=idle_s,
    )  # fmt: skip
    if answer is None:
        answer = TransactionAnswer(transaction.id, transaction.number)
    answer = TransactionAnswer(answer.transaction, answer.number, answer.authorization, answer.group, str(bill.total))
    draft.add_last(
        f.TransactionEnded(
            **draft.where(ended_at), reason=reason, id_token=request.id_token if request is not None else None,
            seq_no=request.seq_no if request is not None else None,
            retry_key=key or f"{transaction.id}/end",
            answer=_stored(answer),
        ),
        f.CdrClosed(
            **draft.where(ended_at), started_at=transaction.started_at, ended_at=ended_at, energy_wh=bill.energy_wh,
            idle_s=idle_s, currency=bill.currency, total=str(bill.total), tax=str(bill.tax),
            lines=tuple(_line(line) for line in bill.lines), tariff=transaction.tariff,
            tariff_digest=transaction.tariff_digest,
        ),
    )  # fmt: skip
    return answer


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
    falls = bool(meterings) and import_wh < meterings[-1].import_wh
    draft.add(
        f.TransactionMetered(
            **draft.where(at), import_wh=import_wh, reason=reason, quality="suspect" if falls else "good",
            source=f"stations/{draft.transaction.station}/{draft.transaction.evse}", signed=signed,
        )
    )  # fmt: skip
