"""What a station's request belongs to: an answer that was given before, a transaction, an EVSE, a command.

Stations send a request again under a new message id, numbers that mean nothing, and events before those that they
follow from, so what they name is one hint among others: place, token and time tell as well.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final

from edgegw.core.context import Context
from edgegw.core.tokens import same
from edgegw.model.requests import TransactionRequest
from edgegw.model.state import State, Transaction

CLOCK_FLOOR = datetime(2024, 1, 1, tzinfo=UTC)
"""A station that dates an event before this has no clock yet: its times repeat from boot to boot."""

TAKEN_AS_ENDED = frozenset({"superseded", "not_ongoing"})
"""Reasons of an end that are the hub's own: the station's word of the end may still come."""

REMOTE_START_WINDOW = timedelta(seconds=60)
"""How long after its dispatch a start with the same token at the same connector is the one that was asked for."""


def retry_key(state: State, request: TransactionRequest, salt: bytes) -> str:
    """What a request is known by when it comes again: stations retry with new message ids, so those do not count.

    1.6: station, connector, token, time, register, and the boot while the station's clock is unsynced; 2.x:
    transaction and seqNo.
    """
    r = request
    at = r.own_at.timestamp()
    if r.seq_no is not None:
        text = f"{r.station}\n{r.reference}\n{r.stage}\n{r.seq_no}"
    else:
        boot = state.stations[r.station].booted_at if r.own_at < CLOCK_FLOOR and r.station in state.stations else None
        text = f"{r.station}\n{r.stage}\n{r.evse}\n{r.reference}\n{r.id_token}\n{r.import_wh}\n{at}\n{boot}"
    # The time in front lets the ledger append to its index instead of writing all over it.
    return f"{int(at):x}-{blake2b(text.encode(), key=salt, digest_size=16).hexdigest()}"


def find(state: State, request: TransactionRequest) -> Transaction | None:
    """The transaction that an update or end speaks of: by the station's reference, else the one running there.

    Stations send 0, -1 or stale numbers after an offline start or a restart of the central system: then the place
    tells, or the only transaction that runs at the station, or the only one with the token that is shown. What is
    dated before the start of a transaction is not said of it, unless the station's clock is unset.
    """
    if request.reference is not None:
        known = state.by_reference.get((request.station, request.reference))
        if known is not None:
            return state.transactions.get(known)
        if request.ocpp != "1.6":
            return None
    here = [
        transaction
        for (station, evse), id in state.at_evse.items()
        if station == request.station and request.evse in (None, evse)
        and ((transaction := state.transactions[id]).started_at <= request.at or request.at < CLOCK_FLOOR)
    ]  # fmt: skip
    if len(here) > 1:
        here = [transaction for transaction in here if same(transaction.id_token, request.id_token)]
    if not here and request.stage == "ended":
        here = _untold_ends(state, request)
    return here[0] if len(here) == 1 else None


def _untold_ends(state: State, request: TransactionRequest) -> list[Transaction]:
    """Transactions that an end from a station's queue may mean when its number means nothing: at each EVSE the newest
    that began by then, if no end of it was told and the token fits."""
    newest: dict[int, Transaction] = {}
    for row in state.transactions.values():
        if row.station == request.station and request.evse in (None, row.evse) and row.started_at <= request.at:
            held = newest.get(row.evse)
            if held is None or held.started_at <= row.started_at:
                newest[row.evse] = row
    return [
        row
        for row in newest.values()
        if row.end_reason in TAKEN_AS_ENDED
        and not row.adopted
        and (request.id_token is None or same(request.id_token, row.id_token))
    ]


def met(state: State, request: TransactionRequest) -> Transaction | None:
    """The transaction whose start this is, when the hub has met it: an event of it came before, or it is a retry under
    another key. Stations give the same reference again to a later transaction, so the time has to fit too."""
    if request.reference is not None and request.ocpp != "1.6":
        id = state.by_reference.get((request.station, request.reference))
        known = state.transactions.get(id) if id is not None else None
        if known is None:
            return None
        own_at = known.told_at or known.started_at
        fits = request.at <= known.started_at if known.adopted else request.own_at == own_at
        return known if fits else None
    id = state.at_evse.get((request.station, request.evse or 0))
    running = state.transactions[id] if id is not None else None
    if running is None or running.adopted or running.reference != str(running.number):
        return None
    # The boot is part of the key while the station's clock is unset, and some stations boot at each new connection.
    own_at = running.told_at or running.started_at
    again = own_at == request.own_at and same(running.id_token, request.id_token)
    begin = [metering.import_wh for metering in running.meterings[:1]]
    return running if again and begin == [request.import_wh][: len(begin)] else None


def evse_of(request: TransactionRequest, ctx: Context) -> int:
    """The EVSE of a request: named, else the only one that the station has, else 0 for not known."""
    if request.evse is not None:
        return request.evse
    station = ctx.site.stations.get(request.station)
    return station.evses[0].id if station is not None and len(station.evses) == 1 else 0


def place_of_start(state: State, request: TransactionRequest, ctx: Context) -> int:
    """The EVSE of a start. A 1.6 station that names none (connector 0 of several) has begun where it was told to start,
    else at the one place where a car waits, else at the only one that is free; 0 where that tells none: its readings
    will. In 2.x a card alone begins a transaction, so there it is nowhere yet."""
    evse, station = evse_of(request, ctx), ctx.site.stations.get(request.station)
    if evse != 0 or request.ocpp != "1.6" or station is None:
        return evse
    commanded = state.commands.get(asked_for(state, request, ctx) or "")
    if commanded is not None:
        return int(commanded.args.get("evse") or 0)
    free = [each.id for each in station.evses if (request.station, each.id) not in state.at_evse]
    seen = [row for row in state.connectors.values() if row.station == request.station and row.status in _HAS_A_CAR]
    waits = [evse for evse in free if any(row.evse == evse for row in seen)]
    found = waits or free
    return found[0] if len(found) == 1 else 0


_HAS_A_CAR: Final = frozenset({"preparing", "occupied", "charging", "suspended_ev", "suspended_evse"})


def asked_for(state: State, request: TransactionRequest, ctx: Context) -> str | None:
    """The start command that this start answers: by remoteStartId, else by token and connector within 60 s."""
    place = evse_of(request, ctx)
    for command in state.commands.values():
        if command.name != "start_transaction" or command.dispatched_at is None:
            continue
        if command.args.get("station") != request.station:
            continue
        if request.remote_start_id is not None:
            if command.remote_start_id == request.remote_start_id:
                return command.id
        elif (
            command.state in ("dispatched", "done", "unknown")
            and same(command.id_token, request.id_token)
            and (place == command.args.get("evse") or (place == 0 and request.ocpp == "1.6"))
            and _soon_after(command.dispatched_at, request.at, ctx.now)
            and not any(each.remote_start == command.id for each in state.transactions.values())
        ):
            return command.id
    return None


def _soon_after(dispatched_at: datetime, at: datetime, now: datetime) -> bool:
    """Whether a start that the station dates `at` and that came `now` can be the answer to a dispatch."""
    if abs(at - dispatched_at) <= REMOTE_START_WINDOW:
        return True
    # A clock that is unset or ahead: nothing that waited in the station's queue comes from the future.
    return (at < CLOCK_FLOOR or at > dispatched_at) and now - dispatched_at <= REMOTE_START_WINDOW
