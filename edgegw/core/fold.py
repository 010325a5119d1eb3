"""The fold: what a fact changes in the tables. `apply(state, fold(state, fact))` is the only way that state changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Any, Literal

from edgegw.core.limits import key_of
from edgegw.model import facts as f
from edgegw.model.commands import ENDED
from edgegw.model.requests import ChargingState
from edgegw.model.state import (
    Change,
    CommandState,
    ConnectorState,
    DesiredState,
    ListedToken,
    Metering,
    MeterState,
    ParkedEvent,
    Payment,
    PolicyLimit,
    Reservation,
    SiteState,
    State,
    StationState,
    StoredAnswer,
    TariffState,
    TokenState,
    Transaction,
)
from edgegw.model.value import changed

KEPT: Mapping[str, int] = {"transactions": 512, "commands": 512, "answers": 4096, "tokens": 4096}
"""How many rows of history memory keeps, by table. Older ones are read from the journal when they are asked for.

They leave memory a quarter of that at a time: a dict whose first keys were taken out one by one is searched past all
of them for the next one.
"""

LOCAL = "local"
"""Shard of the local list that commands write to; the cloud's own have numbers."""

Changes = tuple[Change, ...]


def fold(state: State, fact: f.Fact) -> Changes:
    """What `fact` changes in the tables of `state`; nothing for a fact that only history needs."""
    folder = _FOLDERS.get(type(fact))
    return folder(state, fact) if folder is not None else ()


def apply(state: State, changes: Iterable[Change]) -> None:
    """Write `changes` into `state` and keep its indexes; history beyond KEPT leaves memory, oldest first."""
    for change in changes:
        table: dict[str, Any] = getattr(state, change.table)
        if change.table == "listed":
            _put_listed(state, table, change)
        elif change.row is None:
            table.pop(change.key, None)
        elif change.table == "transactions":
            _put_transaction(state, table, change.row)
        elif change.table == "commands":
            table[change.key] = change.row
            if isinstance(change.row, CommandState) and change.row.state in ENDED:
                _trim(table, KEPT["commands"], lambda row: row.state in ENDED)
        elif change.table in KEPT:
            table.pop(change.key, None)  # a rewritten row is the newest again
            table[change.key] = change.row
            kept = KEPT[change.table]
            if len(table) > kept + kept // 4:
                setattr(state, change.table, dict(islice(table.items(), len(table) - kept, None)))
        else:
            table[change.key] = change.row


def _put_listed(state: State, table: dict[str, ListedToken], change: Change) -> None:
    # The index shares its keys and values with the rows and with itself: there may be 50,000 of them.
    if isinstance(change.row, ListedToken):
        row = table[change.key] = change.row
        shards = state.listed_in.get(row.id_token)
        if shards is None:
            state.listed_in[row.id_token] = _alone(row.shard)
        elif row.shard not in shards:
            state.listed_in[row.id_token] = (*shards, row.shard)
    elif (gone := table.pop(change.key, None)) is not None:
        left = tuple(shard for shard in state.listed_in[gone.id_token] if shard != gone.shard)
        if left:
            state.listed_in[gone.id_token] = left
        else:
            del state.listed_in[gone.id_token]


@lru_cache(maxsize=512)
def _alone(shard: str) -> tuple[str]:
    return (shard,)


def _put_transaction(state: State, table: dict[str, Transaction], row: Any) -> None:
    place, reference = (row.station, row.evse), (row.station, row.reference)
    old = table.get(row.id)
    if old is not None and old.evse != row.evse and state.at_evse.get((old.station, old.evse)) == row.id:
        del state.at_evse[old.station, old.evse]
    table[row.id] = row
    if old is None or row.state == "active":
        # Stations give a reference again: it means the one that runs, else the newest.
        holder = table.get(state.by_reference.get(reference, ""))
        if holder is None or row.state == "active" or holder.state == "ended":
            state.by_reference[reference] = row.id
    if row.state == "active":
        # Who runs at a place is ended before another takes it; one that is only told of late does not take it.
        state.at_evse.setdefault(place, row.id)
        return
    if state.at_evse.get(place) == row.id:
        del state.at_evse[place]
    for gone in _trim(table, KEPT["transactions"], lambda old: old.state == "ended"):
        if state.by_reference.get((gone.station, gone.reference)) == gone.id:
            del state.by_reference[gone.station, gone.reference]


def _trim(table: dict[str, Any], kept: int, is_history: Callable[[Any], bool]) -> list[Any]:
    """Drop the oldest rows of history until `kept` rows are left, once there is a quarter more; return them."""
    gone: list[Any] = []
    if len(table) > kept + kept // 4:
        history = (key for key, row in table.items() if is_history(row))
        gone = [table.pop(key) for key in list(islice(history, len(table) - kept))]
    return gone


def _station(state: State, fact: f.StationFact, **fields: Any) -> Changes:
    old = state.stations.get(fact.station) or StationState(fact.station)
    return (Change("stations", fact.station, changed(old, changed_at=fact.at, **fields)),)


def _booted(state: State, fact: Any) -> Changes:
    return _station(
        state, fact, registration=fact.status, ocpp=fact.ocpp, vendor=fact.vendor, model=fact.model,
        firmware=fact.firmware, serial=fact.serial, booted_at=fact.at,
    )  # fmt: skip


def _status(state: State, fact: Any) -> Changes:
    key = f"{fact.station}/{fact.evse}/{fact.connector}"
    row = ConnectorState(fact.station, fact.evse, fact.connector, fact.status, fact.at, fact.error)
    return (Change("connectors", key, row),)


def _token(state: State, fact: Any) -> Changes:
    changes: list[Change] = []
    if fact.id_token is not None and fact.source not in ("cache", "storage"):  # what the cloud said keeps its own time
        token = TokenState(fact.id_token, fact.status, fact.source, fact.at, fact.group, fact.language, fact.expires_at)
        changes.append(Change("tokens", fact.id_token, token))
    transaction = state.transactions.get(fact.transaction) if fact.transaction is not None else None
    if transaction is not None and transaction.id_token is None:
        shown = changed(transaction, id_token=fact.id_token, authorization=fact.status)
        changes.append(Change("transactions", shown.id, shown))
    if fact.retry_key is not None:
        answer = StoredAnswer(fact.retry_key, fact.transaction, fact.answer, fact.at)
        changes.append(Change("answers", fact.retry_key, answer))
    return tuple(changes)


def _started(state: State, fact: Any) -> Changes:
    row = Transaction(
        id=fact.transaction, station=fact.station, evse=fact.evse, connector=fact.connector, number=fact.number,
        reference=fact.reference, ocpp=fact.ocpp, started_at=fact.at, tariff=fact.tariff,
        tariff_digest=fact.tariff_digest, id_token=fact.id_token, authorization=fact.authorization,
        seq_no=fact.seq_no, remote_start=fact.remote_start, offline=fact.offline, adopted=fact.adopted,
    )  # fmt: skip
    met = state.transactions.get(fact.transaction)
    if met is not None:
        row = changed(
            met, evse=row.evse, connector=row.connector, started_at=row.started_at, adopted=row.adopted,
            id_token=met.id_token or row.id_token, authorization=met.authorization or row.authorization,
            remote_start=met.remote_start or row.remote_start, offline=row.offline,
        )  # fmt: skip
    answer = StoredAnswer(fact.retry_key, fact.transaction, fact.answer, fact.at)
    return (Change("transactions", row.id, row), Change("answers", fact.retry_key, answer))


def _transaction(state: State, fact: f.TransactionFact, change: Callable[[Transaction], Transaction]) -> Changes:
    old = state.transactions.get(fact.transaction)
    return () if old is None else (Change("transactions", old.id, change(old)),)


def _metered(state: State, fact: Any) -> Changes:
    metering = Metering(fact.at, fact.import_wh, fact.quality, fact.signed is not None)

    def with_it(old: Transaction) -> Transaction:
        late_begin = fact.reason == "begin" and bool(old.meterings) and fact.at < old.meterings[0].at
        return changed(old, meterings=(metering, *old.meterings) if late_begin else (*old.meterings, metering))

    return _transaction(state, fact, with_it)


def _transfer_started(state: State, fact: Any) -> Changes:
    return _transaction(
        state, fact, lambda old: changed(old, transfer_started_at=fact.at, charging_state="charging", idle_since=None)
    )


def _suspended(state: State, fact: Any) -> Changes:
    # Idle time is the driver's: a pause that the hub or the station made is nobody's fault and costs nothing.
    since = fact.at if fact.by == "ev" else None
    suspended: ChargingState = "suspended_ev" if fact.by == "ev" else "suspended_evse"
    return _transaction(
        state, fact, lambda old: changed(_idle_until(old, fact.at), charging_state=suspended, idle_since=since)
    )


def _resumed(state: State, fact: Any) -> Changes:
    return _transaction(state, fact, lambda old: changed(_idle_until(old, fact.at), charging_state="charging"))


def _idle_until(old: Transaction, at: datetime) -> Transaction:
    if old.idle_since is None:
        return old
    idle_s = max(0, round((at - old.idle_since).total_seconds()))
    return changed(old, idle_s=old.idle_s + idle_s, idle_since=None)


def _ended(state: State, fact: Any) -> Changes:
    answer = StoredAnswer(fact.retry_key, fact.transaction, fact.answer, fact.at)
    return (
        *_transaction(
            state,
            fact,
            lambda old: changed(
                _idle_until(old, fact.at), state="ended", ended_at=fact.at, end_reason=fact.reason,
                charging_state=None, seq_no=fact.seq_no,
            ),
        ),
        Change("answers", fact.retry_key, answer),
    )  # fmt: skip


def _billed(state: State, fact: Any) -> Changes:
    return _transaction(state, fact, lambda old: changed(old, total=Decimal(fact.total), currency=fact.currency))


def _planned(state: State, fact: Any) -> Changes:
    cost = None if fact.max_cost is None else Decimal(fact.max_cost)
    return _transaction(
        state,
        fact,
        lambda old: changed(old, departure_at=fact.departure_at, wanted_wh=fact.energy_wh, max_cost=cost),
    )


def _paid(state: State, fact: Any, kind: Literal["confirmed", "refunded"]) -> Changes:
    payment = Payment(kind, fact.at, Decimal(fact.amount), fact.currency, fact.reference)
    return _transaction(state, fact, lambda old: changed(old, payments=(*old.payments, payment)))


def _reserved(state: State, fact: Any) -> Changes:
    row = Reservation(
        id=fact.reservation, number=fact.number, station=fact.station, until=fact.until, by=fact.by, evse=fact.evse,
        id_token=fact.id_token,
    )  # fmt: skip
    return (Change("reservations", row.id, row),)


def _put_right(at: datetime | None, fact: Any, until: datetime) -> datetime | None:
    """A time as it is when the clock that told it is corrected; as it was, when another clock told it."""
    if at is None or not fact.since_at <= at <= until:
        return at
    return at + timedelta(milliseconds=fact.offset_ms)


def _clock(state: State, fact: f.ClockCorrected) -> Changes:
    """What runs or is shown as it is now goes on in the new time. A station's boot does not: retry keys hold it."""

    def right(at: datetime | None) -> datetime | None:
        return _put_right(at, fact, fact.before_at)

    return (
        *(
            Change("commands", row.id, changed(row, at=right(row.at), dispatched_at=right(row.dispatched_at)))
            for row in state.commands.values()
            if row.state not in ENDED
        ),
        *(Change("connectors", key, changed(row, at=right(row.at))) for key, row in state.connectors.items()),
        *(Change("meters", key, changed(row, at=right(row.at))) for key, row in state.meters.items()),
        *(
            Change("stations", key, changed(row, changed_at=right(row.changed_at)))
            for key, row in state.stations.items()
        ),
    )


def _corrected(state: State, fact: f.TransactionCorrected) -> Changes:
    def right(at: datetime | None) -> datetime | None:
        return _put_right(at, fact, fact.until_at)

    return _transaction(
        state,
        fact,
        lambda old: changed(
            old, started_at=fact.started_at, ended_at=fact.ended_at, transfer_started_at=fact.transfer_started_at,
            idle_since=right(old.idle_since), clock_offset_ms=old.clock_offset_ms + fact.offset_ms,
            meterings=tuple(changed(each, at=right(each.at)) for each in old.meterings),
        ),
    )  # fmt: skip


def _limit(state: State, fact: Any) -> Changes:
    key = key_of(fact.target, fact.by)
    if fact.limit_a is None and fact.limit_w is None:
        return (Change("limits", key, None),)
    row = PolicyLimit(fact.target, fact.limit_a, fact.limit_w, fact.until, fact.by, fact.at)
    return (Change("limits", key, row),)


def _parked(fact: f.EventParked) -> ParkedEvent:
    return ParkedEvent(fact.stream, fact.epoch, fact.sequence, fact.at, fact.event, fact.reason)


def _meter(state: State, fact: Any, **fields: Any) -> Changes:
    old = state.meters.get(fact.meter) or MeterState(fact.meter, stale=False, at=fact.at)
    return (Change("meters", fact.meter, changed(old, at=fact.at, **fields)),)


def _configured(state: State, fact: Any) -> Changes:
    old = state.site.get("site") or SiteState()
    tariffs = tuple(
        Change("tariffs", tariff["digest"], TariffState(tariff["digest"], name, tariff))
        for name, tariff in fact.configuration.get("tariffs", {}).items()
    )
    return (*tariffs, Change("site", "site", changed(old, digest=fact.digest)))


def _list(state: State, fact: Any) -> Changes:
    name = f"tokens/{fact.shard}"
    row = DesiredState(name, fact.rev, fact.digest, fact.at, fact.by, fact.listed)
    by = fact.by if fact.shard == LOCAL else None
    put = (
        Change(
            "listed",
            f"{fact.shard}/{entry['id_token']}",
            ListedToken(
                fact.shard, entry["id_token"], entry["status"], entry.get("group"), entry.get("language"),
                datetime.fromisoformat(entry["expires_at"]) if "expires_at" in entry else None, fact.rev, by,
            ),
        )
        for entry in json.loads(fact.put or "[]")
    )  # fmt: skip
    removed = (Change("listed", f"{fact.shard}/{id_token}", None) for id_token in json.loads(fact.removed or "[]"))
    return (Change("desired", name, row), *put, *removed)


def _tariffs(state: State, fact: Any) -> Changes:
    waits = fact.effective_from is not None and fact.effective_from > fact.at
    name = "tariffs/next" if waits else "tariffs"
    row = DesiredState(
        name, fact.rev, fact.digest, fact.at, fact.by, contents=fact.tariffs, effective_from=fact.effective_from
    )
    gone = () if waits else (Change("desired", "tariffs/next", None),)  # whatever waits is older, or is this
    return (Change("desired", name, row), *gone)


def _applied(state: State, fact: Any) -> Changes:
    return (Change("desired", fact.name, DesiredState(fact.name, fact.rev, fact.digest, fact.at, "cloud")),)


def _fallback(state: State, reason: str | None) -> Changes:
    return (Change("site", "site", changed(state.site.get("site") or SiteState(), fallback=reason)),)


def _storage(state: State, level: Literal["pressed", "full"] | None) -> Changes:
    return (Change("site", "site", changed(state.site.get("site") or SiteState(), storage=level)),)


def received_row(fact: f.CommandReceived) -> CommandState:
    """A command as it stands in the tables once it is received."""
    return CommandState(
        id=fact.command, name=fact.name, args=fact.args, by=fact.by, state="received", at=fact.at,
        id_token=fact.id_token, private=fact.private, proof=fact.proof, expires_at=fact.expires_at, wait=fact.wait,
    )  # fmt: skip


def _command(tables: State, command: str, **fields: Any) -> Changes:
    old = tables.commands.get(command)
    return () if old is None else (Change("commands", command, changed(old, **fields)),)


_FOLDERS: Mapping[type[f.Fact], Callable[[State, Any], Changes]] = {
    f.SiteConfigured: _configured,
    f.ClockCorrected: _clock,
    f.StationConnected: lambda s, x: _station(s, x, connected=True, ocpp=x.ocpp, address=x.address),
    f.StationDisconnected: lambda s, x: _station(s, x, connected=False),
    f.StationBooted: _booted,
    f.StationAccepted: lambda s, x: _station(s, x, admitted=True, registration="accepted"),
    f.StationRejected: lambda s, x: _station(s, x, admitted=False, registration="rejected"),
    f.StationStatusChanged: _status,
    f.TokenDecided: _token,
    f.LocalListChanged: _list,
    f.TariffsChanged: _tariffs,
    f.DesiredApplied: _applied,
    f.TransactionStarted: _started,
    f.TransactionMetered: _metered,
    f.EnergyTransferStarted: _transfer_started,
    f.TransactionSuspended: _suspended,
    f.TransactionResumed: _resumed,
    f.TransactionEnded: _ended,
    f.TransactionCorrected: _corrected,
    f.CdrClosed: _billed,
    f.TransactionPlanned: _planned,
    f.PaymentConfirmed: lambda s, x: _paid(s, x, "confirmed"),
    f.PaymentRefunded: lambda s, x: _paid(s, x, "refunded"),
    f.ReservationMade: _reserved,
    f.ReservationEnded: lambda s, x: (Change("reservations", x.reservation, None),),
    f.PolicyLimitChanged: _limit,
    f.FallbackEntered: lambda s, x: _fallback(s, x.reason),
    f.FallbackLeft: lambda s, x: _fallback(s, None),
    f.StoragePressed: lambda s, x: _storage(s, x.level),
    f.StorageRecovered: lambda s, x: _storage(s, None),
    f.EventParked: lambda s, x: (Change("parked", f"{x.stream}/{x.epoch}/{x.sequence}", _parked(x)),),
    f.MeterStale: lambda s, x: _meter(s, x, stale=True, reason=x.reason),
    f.MeterRecovered: lambda s, x: _meter(s, x, stale=False, reason=None),
    f.MeterIdentified: lambda s, x: _meter(s, x, identity=x.identity),
    f.CommandReceived: lambda s, x: (Change("commands", x.command, received_row(x)),),
    f.CommandDispatched: lambda s, x: _command(
        s, x.command, state="dispatched", at=x.at, dispatched_at=x.at, remote_start_id=x.remote_start_id
    ),
    f.CommandEnded: lambda s, x: _command(s, x.command, state=x.state, at=x.at, reason=x.reason, result=x.result),
}
