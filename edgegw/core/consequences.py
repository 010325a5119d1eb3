"""What follows from a fact that a neighbour recorded: facts that nobody says aloud but that are so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from edgegw.core import variables
from edgegw.core.charging import charging_facts
from edgegw.core.commands.arguments import moment
from edgegw.core.commands.at_station import RESOLUTION
from edgegw.core.commands.decide import all_args, target_station
from edgegw.core.devices import news
from edgegw.core.fold.stations import is_outdated
from edgegw.core.security import fingerprint
from edgegw.core.tokens import same
from edgegw.model import facts as f
from edgegw.model.requests import ChargingState
from edgegw.model.state import CommandState, State, Transaction

_STATES: dict[str, ChargingState] = {
    "charging": "charging",
    "suspended_ev": "suspended_ev",
    "suspended_evse": "suspended_evse",
}


def consequences(state: State, fact: f.Fact) -> tuple[f.Fact, ...]:
    """Facts that follow from `fact`, which is not folded into `state` yet, or just has been.

    OCPP 1.6 tells the charging state by StatusNotification alone (section 4.9); 2.x says it in TransactionEvent. A
    start or stop that a command asked for ends the command, whose answer may be lost; what the command wanted of the
    transaction becomes the transaction's. A reservation ends with the charge that it was made for.
    """
    follow = _FOLLOWED.get(type(fact))
    return tuple(follow(state, fact)) if follow is not None else ()


def _status(state: State, fact: f.StationStatusChanged) -> Iterator[f.Fact]:
    running = state.at_evse.get((fact.station, fact.evse))
    new = _STATES.get(fact.status)
    if running is not None and new is not None and not is_outdated(state, fact):
        yield from charging_facts(state.transactions[running], new, fact.at)


def _started(state: State, fact: f.TransactionStarted) -> Iterator[f.Fact]:
    yield from _used(
        state, fact.station, fact.evse, fact.id_token, fact.answer.get("group"), fact.at, named=fact.reservation
    )
    command = state.commands.get(fact.remote_start) if fact.remote_start is not None else None
    if command is None:
        return
    if command.state == "dispatched":
        yield _done(command, fact)
    if not _is_planned(state.transactions.get(fact.transaction)):
        yield from _plan(command, fact.at, fact.station, fact.evse, fact.transaction)


def _ended(state: State, fact: f.TransactionEnded) -> Iterator[f.Fact]:
    for command in state.commands.values():
        if _stops(command, fact):
            yield _done(command, fact)
    ended = state.transactions.get(fact.transaction)
    shown = [row for row in state.displays.values() if row.station == fact.station and row.reference is not None]
    gone = tuple(row.message for row in shown if ended is not None and row.reference == ended.reference)
    if gone:  # the station takes it off by itself (OCPP 2.0.1 part 2, O02)
        yield f.DisplaysChanged(at=fact.at, station=fact.station, removed=gone)


def _token(state: State, fact: f.TokenDecided) -> Iterator[f.Fact]:
    """A transaction of 2.x that began with the cable, and that a command's token was shown for."""
    shown_for = state.transactions.get(fact.transaction) if fact.transaction is not None else None
    if shown_for is None:
        return
    yield from _used(state, shown_for.station, shown_for.evse, fact.id_token, fact.group, fact.at)
    for command in state.commands.values():
        if not _starts(command, shown_for, fact.id_token):
            continue
        if command.state == "dispatched":
            yield _done(command, fact)
        recent = command.dispatched_at is not None and abs(fact.at - command.dispatched_at) <= RESOLUTION
        if recent and not _is_planned(shown_for):
            yield from _plan(command, fact.at, shown_for.station, shown_for.evse, shown_for.id)


def _command_ended(state: State, fact: f.CommandEnded) -> Iterator[f.Fact]:
    """What a station took over by a command that is done."""
    command = state.commands.get(fact.command)
    told = _TOLD.get(command.name) if command is not None else None
    if command is not None and told is not None and fact.result is not None:
        yield from told(state, command, fact)
    follow = _TAKEN.get(command.name) if command is not None and fact.state == "done" else None
    if command is not None and follow is not None:
        for each in follow(state, command, fact.at):
            if isinstance(each, f.ReservationMade):  # who else may use it was told to the station, and is in the result
                yield replace(each, group=(fact.result or {}).get("group"))
            else:
                yield each


def _reserved(state: State, command: CommandState, at: datetime) -> Iterator[f.Fact]:
    args = all_args(command)
    until = moment(args["until"])
    assert until is not None, "a reservation without an end is not dispatched"
    yield f.ReservationMade(
        at=at, station=args["station"], reservation=command.id, number=command.remote_start_id or 0,
        evse=args.get("evse") or None, id_token=command.id_token, until=until, by=command.by,
        connector_type=args.get("connector_type"),
    )  # fmt: skip


def _cancelled(state: State, command: CommandState, at: datetime) -> Iterator[f.Fact]:
    held = state.reservations.get(command.args["reservation"])
    if held is not None:
        yield f.ReservationEnded(at=at, station=held.station, reservation=held.id, reason="cancelled")


def _signed(state: State, command: CommandState, at: datetime) -> Iterator[f.Fact]:
    station = target_station(state, command.args)
    if station is not None and "chain" in command.args:
        use = command.args.get("use") or "station"
        print_ = fingerprint(command.args["chain"])
        yield f.CertificateIssued(at=at, station=station, use=use, by=command.by, fingerprint=print_)


def _rotated(state: State, command: CommandState, at: datetime) -> Iterator[f.Fact]:
    yield f.PasswordRotated(at=at, station=command.args["station"])


def _displayed(state: State, command: CommandState, fact: f.CommandEnded) -> Iterator[f.Fact]:
    """A message that a station took: it stands there as a report would tell it."""
    args, message = all_args(command), (fact.result or {}).get("message")
    station = target_station(state, args)
    if fact.state != "done" or station is None or message is None:
        return
    named = state.transactions.get(str(args.get("transaction")))
    text = {"text": args["text"], "format": args.get("format") or "utf8", "language": args.get("language")}
    entry = {
        "message": message, "priority": args.get("priority") or "normal_cycle", "state": args.get("shown_while"),
        "reference": named.reference if named is not None else None,
        **{name: at.isoformat() for name in ("starts_at", "ends_at") if (at := moment(args.get(name))) is not None},
        "texts": [{name: each for name, each in text.items() if each is not None}],
    }  # fmt: skip
    whole = {name: each for name, each in entry.items() if each is not None}
    if f"{station}/{message}" in state.displays:  # its entry is made anew, with nothing of the one before
        yield f.DisplaysChanged(station=station, at=fact.at, removed=(message,))
    yield f.DisplaysChanged(station=station, at=fact.at, displays=(whole,))


def _undisplayed(state: State, command: CommandState, at: datetime) -> Iterator[f.Fact]:
    station, message = target_station(state, command.args), command.args["message"]
    if station is not None and f"{station}/{message}" in state.displays:
        yield f.DisplaysChanged(at=at, station=station, removed=(message,))


def _read(state: State, command: CommandState, fact: f.CommandEnded) -> Iterator[f.Fact]:
    assert fact.result is not None, "only what has a result is told"
    yield from variables.read(state, command.args["station"], fact.at, fact.result.get("variables", ()))


def _written(state: State, command: CommandState, fact: f.CommandEnded) -> Iterator[f.Fact]:
    assert fact.result is not None, "only what has a result is told"
    wanted, told = all_args(command).get("variables", ()), fact.result.get("variables", ())
    yield from variables.written(state, command.args["station"], fact.at, wanted, told)


_WATCHED = ("component", "component_instance", "evse", "connector", "variable", "variable_instance", "kind", "severity")


def _watched(state: State, command: CommandState, fact: f.CommandEnded) -> Iterator[f.Fact]:
    """Monitors that were set: the answer says where and under which number, the command what was asked for."""
    assert fact.result is not None, "only what has a result is told"
    asked = {tuple(each.get(name) for name in _WATCHED): each for each in all_args(command)["monitors"]}
    found = []
    for each in fact.result.get("monitors", ()):
        wanted = asked.get(tuple(each.get(name) for name in _WATCHED))
        if each["status"] == "accepted" and "monitor" in each and wanted is not None:
            about = {name: each[name] for name in ("monitor", *_WATCHED) if each.get(name) is not None}
            transaction = bool(wanted.get("transaction"))
            found.append({**about, "value": float(wanted["value"]), "transaction": transaction})
    if found:
        told = f.MonitorsChanged(station=command.args["station"], at=fact.at, monitors=tuple(found))
        yield from news(state, [told])


def _unwatched(state: State, command: CommandState, fact: f.CommandEnded) -> Iterator[f.Fact]:
    """`not_found`: it has no such monitor either."""
    assert fact.result is not None, "only what has a result is told"
    station, told = command.args["station"], fact.result.get("monitors", ())
    gone = [each["monitor"] for each in told if each["status"] in ("accepted", "not_found")]
    if removed := tuple(number for number in gone if f"{station}/{number}" in state.monitors):
        yield f.MonitorsChanged(station=station, at=fact.at, removed=removed)


_TOLD: Mapping[str, Callable[[State, CommandState, f.CommandEnded], Iterator[f.Fact]]] = {
    "get_variables": _read,
    "set_variables": _written,
    "set_monitors": _watched,
    "clear_monitors": _unwatched,
    "set_display_message": _displayed,
}
"""Commands whose result tells something, however they ended: a part of it may have gone well."""


def _rebased(state: State, command: CommandState, at: datetime) -> Iterator[f.Fact]:
    """Other than `all` takes away the monitors that were set (OCPP 2.0.1 part 2, N05)."""
    station = command.args["station"]
    rows = [row for row in state.monitors.values() if row.station == station]
    removed = tuple(row.monitor for row in rows if row.origin in (None, "custom_monitor"))
    if command.args["base"] != "all" and removed:
        yield f.MonitorsChanged(at=at, station=station, removed=removed)


def _availability(state: State, command: CommandState, at: datetime) -> Iterator[f.Fact]:
    """Also of what the station has put off until its transaction has ended."""
    args = command.args
    evse, connector = args.get("evse") or 0, (args.get("connector") or 0) if args.get("evse") else 0
    known = state.availability.get(f"{args['station']}/{evse}/{connector}")
    if known is None or known.operative != args["operative"] or evse == 0:
        yield f.AvailabilityWanted(
            at=at, station=args["station"], evse=evse, connector=connector, operative=args["operative"], by=command.by
        )


_TAKEN: Mapping[str, Callable[[State, CommandState, datetime], Iterator[f.Fact]]] = {
    "reserve": _reserved,
    "cancel_reservation": _cancelled,
    "change_availability": _availability,
    "clear_display_message": _undisplayed,
    "set_monitoring_base": _rebased,
    "rotate_password": _rotated,
    "sign_certificate": _signed,
}


def _done(command: CommandState, fact: f.TransactionFact | f.TokenDecided) -> f.CommandEnded:
    return f.CommandEnded(at=fact.at, command=command.id, state="done", result={"transaction": fact.transaction})


def _stops(command: CommandState, fact: f.TransactionEnded) -> bool:
    if command.state != "dispatched" or command.name != "stop_transaction":
        return False
    args = command.args
    if args.get("transaction") is not None:
        return bool(args["transaction"] == fact.transaction)
    return (args.get("station"), args.get("evse")) == (fact.station, fact.evse)


def _starts(command: CommandState, running: Transaction, id_token: str | None) -> bool:
    if command.name != "start_transaction" or not same(command.id_token, id_token):
        return False
    if command.state not in ("dispatched", "done"):
        return False
    return (command.args.get("station"), command.args.get("evse")) == (running.station, running.evse)


def _plan(command: CommandState, at: datetime, station: str, evse: int, transaction: str) -> Iterator[f.Fact]:
    wanted = {name: command.args.get(name) for name in ("departure_at", "energy_wh", "max_cost")}
    if any(value is not None for value in wanted.values()):
        yield f.TransactionPlanned(
            at=at, station=station, evse=evse, transaction=transaction, departure_at=moment(wanted["departure_at"]),
            energy_wh=wanted["energy_wh"], max_cost=wanted["max_cost"], by=command.by,
        )  # fmt: skip


def _is_planned(transaction: Transaction | None) -> bool:
    return transaction is not None and (
        transaction.departure_at is not None or transaction.wanted_wh is not None or transaction.max_cost is not None
    )


def _used(
    state: State, station: str, evse: int, id_token: str | None, group: str | None, at: datetime, *,
    named: str | None = None,
) -> Iterator[f.Fact]:  # fmt: skip
    """Reservations that a charge uses: the one that its station names, else those of its token or of its group."""
    for held in state.reservations.values():
        if held.station != station:
            continue
        fits = held.evse in (None, evse) and (
            same(held.id_token, id_token) or (held.group is not None and same(held.group, group))
        )
        if held.id == named or (named is None and fits):
            yield f.ReservationEnded(at=at, station=station, reservation=held.id, reason="used")


_FOLLOWED: Mapping[type[f.Fact], Callable[[State, Any], Iterator[f.Fact]]] = {
    f.StationStatusChanged: _status,
    f.TransactionStarted: _started,
    f.TransactionEnded: _ended,
    f.TokenDecided: _token,
    f.CommandEnded: _command_ended,
}
