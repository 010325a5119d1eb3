"""What each fact changes in the rows of the tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

from edgegw.core.clock import put_right
from edgegw.core.fold import transaction
from edgegw.core.limits import key_of
from edgegw.model import facts as f
from edgegw.model.commands import ENDED
from edgegw.model.state import (
    Change,
    Changes,
    CommandState,
    ConnectorState,
    DesiredState,
    ListedToken,
    MeterState,
    ParkedEvent,
    PolicyLimit,
    Reservation,
    SiteState,
    State,
    StationState,
    StoredAnswer,
    TariffState,
    TokenState,
)
from edgegw.model.value import changed

LOCAL = "local"
"""Shard of the local list that commands write to; the cloud's own have numbers."""


def fold(state: State, fact: f.Fact) -> Changes:
    """What `fact` changes in the tables of `state`; nothing for a fact that only history needs."""
    folder = _FOLDERS.get(type(fact))
    return folder(state, fact) if folder is not None else ()


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
    changes += transaction.shown(state, fact)
    if fact.retry_key is not None:
        answer = StoredAnswer(fact.retry_key, fact.transaction, fact.answer, fact.at)
        changes.append(Change("answers", fact.retry_key, answer))
    return tuple(changes)


def _reserved(state: State, fact: Any) -> Changes:
    row = Reservation(
        id=fact.reservation, number=fact.number, station=fact.station, until=fact.until, by=fact.by, evse=fact.evse,
        id_token=fact.id_token,
    )  # fmt: skip
    return (Change("reservations", row.id, row),)


def _clock(state: State, fact: f.ClockCorrected) -> Changes:
    """What runs or is shown as it is now goes on in the new time. A station's boot does not: retry keys hold it."""

    def right(at: datetime | None) -> datetime | None:
        return put_right(at, fact.since_at, fact.before_at, fact.offset_ms)

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
    f.TransactionStarted: transaction.started,
    f.TransactionMetered: transaction.metered,
    f.EnergyTransferStarted: transaction.transfer_started,
    f.TransactionSuspended: transaction.suspended,
    f.TransactionResumed: transaction.resumed,
    f.TransactionEnded: transaction.ended,
    f.TransactionCorrected: transaction.corrected,
    f.CdrClosed: transaction.billed,
    f.TransactionPlanned: transaction.planned,
    f.PaymentConfirmed: lambda s, x: transaction.paid(s, x, "confirmed"),
    f.PaymentRefunded: lambda s, x: transaction.paid(s, x, "refunded"),
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
