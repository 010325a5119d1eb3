"""What stands against a command that a station would carry out, as far as the hub knows: a table of checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from edgegw.core.authorize import authorize, is_master_pass
from edgegw.core.commands.arguments import moment
from edgegw.core.context import Context
from edgegw.model.commands import ENDED
from edgegw.model.state import CommandState, State, Transaction

RESOLUTION = timedelta(seconds=60)
"""How long after a lost answer the station's next move may still tell what became of a command (DESIGN, rule 5)."""

BUSY: frozenset[str] = frozenset({"unavailable", "faulted"})

GUARDED: frozenset[str] = frozenset({
    "SetChargingProfile", "ClearChargingProfile", "UpdateDynamicSchedule", "UsePriorityCharging",
    "RemoteStartTransaction", "RequestStartTransaction", "SetDefaultTariff", "ChangeTransactionTariff", "ClearTariffs",
})  # fmt: skip
"""CALLs that would work against the load loop or around a bill: only with `force`."""

PASSWORDS: frozenset[str] = frozenset({"AuthorizationKey", "BasicAuthPassword"})
"""Variables that hold what a station proves itself with: changed at one end alone they lock it out."""

Check = Callable[[State, CommandState, Mapping[str, Any], Context, str], str | None]


def refusal(
    state: State, command: CommandState, args: Mapping[str, Any], ctx: Context, station: str | None
) -> str | None:
    """Why a command of well-formed `args` can't be sent to `station`, None when it can."""
    if station is None:
        return _nowhere(args)
    if station not in ctx.site.stations and station not in state.stations:
        return f"there is no station {station!r}"
    check = _CHECKS.get(command.name)
    return check(state, command, args, ctx, station) if check is not None else None


def _nowhere(args: Mapping[str, Any]) -> str:
    if "reservation" in args:
        return "there is no such reservation, or it has ended"
    return "there is no such transaction, or it has ended"


def _start(state: State, command: CommandState, args: Mapping[str, Any], ctx: Context, station: str) -> str | None:
    """Of two starts at one EVSE the second finds the first."""
    evse = args["evse"]
    if (unknown := _no_evse(ctx, station, evse)) is not None:
        return unknown
    if ctx.storage_full:
        return "the gateway's disk is full: no new transaction is taken until there is room to write it down"
    if args.get("profile") is not None and ctx.site.supply is not None and args.get("force") is not True:
        return "a profile of the start's own outlives the gateway's limits; say \"force\": true if that is meant"
    if (leaves := moment(args.get("departure_at"))) is not None and leaves <= ctx.now:
        return "departure_at has passed"
    if is_master_pass(authorize(state, str(args["id_token"]), ctx), ctx):
        return "this id token is a master pass: it ends transactions and begins none"
    running = state.at_evse.get((station, evse))
    if running is not None and not _awaits_token(state.transactions[running]):
        return f"EVSE {evse} of {station} is in use"
    for other in state.commands.values():
        if other.id == command.id or other.name != "start_transaction" or other.state in ENDED - {"done"}:
            continue
        if other.args.get("station") != station or other.args.get("evse") != evse:
            continue
        if other.dispatched_at is not None and ctx.now - other.dispatched_at < RESOLUTION and not _used(state, other):
            return f"another start is under way at EVSE {evse} of {station}"
    for connector in state.connectors.values():
        if connector.station == station and connector.evse == evse and connector.status in BUSY:
            return f"EVSE {evse} of {station} is {connector.status}"
    return None


def _no_evse(ctx: Context, station: str, evse: int) -> str | None:
    known = ctx.site.stations.get(station)
    there = known is None or evse in {place.id for place in known.evses}
    return None if there else f"station {station} has no EVSE {evse}"


def _awaits_token(transaction: Transaction) -> bool:
    """Whether a transaction has begun with the cable alone, as 2.x stations may (TxStartPoint EVConnected)."""
    return transaction.id_token is None and transaction.ocpp != "1.6"


def _used(state: State, command: CommandState) -> bool:
    """Whether the start that a command asked for has been seen (and, as the EVSE is free, has ended)."""
    return any(transaction.remote_start == command.id for transaction in state.transactions.values())


def _stop(state: State, command: CommandState, args: Mapping[str, Any], ctx: Context, station: str) -> str | None:
    named = args.get("transaction")
    if named is not None:
        transaction = state.transactions.get(named)
        runs = transaction is not None and transaction.state == "active"
    else:
        runs = (station, args.get("evse")) in state.at_evse
    return None if runs else "no such transaction is running"


def _reserve(state: State, command: CommandState, args: Mapping[str, Any], ctx: Context, station: str) -> str | None:
    evse, until = args.get("evse") or None, moment(args["until"])
    if evse is not None and (unknown := _no_evse(ctx, station, evse)) is not None:
        return unknown
    if until is not None and until <= ctx.now:
        return "until has passed"
    if evse is not None and (station, evse) in state.at_evse:
        return f"EVSE {evse} of {station} is in use"
    held = {row.evse for row in state.reservations.values() if row.station == station}
    if evse is not None and evse in held:
        return f"EVSE {evse} of {station} is reserved already"
    return None


def _profile(state: State, command: CommandState, args: Mapping[str, Any], ctx: Context, station: str) -> str | None:
    """Set points are TxProfiles of stack level 1 (docs/decisions/0033): what rules over them, or adds to them, takes
    current that others have been given."""
    asked = args["profile"]
    purpose, level = asked.get("purpose"), asked.get("stack_level") or 0
    above = purpose in ("priority_charging", "local_generation") or (purpose == "tx_profile" and level > 0)
    if not above or ctx.site.supply is None or args.get("force") is True:
        return None
    return f'such a {purpose} works against load management; say "force": true if that is meant'


def _variables(state: State, command: CommandState, args: Mapping[str, Any], ctx: Context, station: str) -> str | None:
    named = sorted({each["variable"] for each in args["variables"]} & PASSWORDS)
    return f"{named[0]} changes together with the gateway's own copy, not by set_variables" if named else None


def _call(state: State, command: CommandState, args: Mapping[str, Any], ctx: Context, station: str) -> str | None:
    if args["action"] in GUARDED and args.get("force") is not True:
        return f'{args["action"]} works against load management or billing; say "force": true if that is meant'
    return None


_CHECKS: Mapping[str, Check] = {
    "start_transaction": _start,
    "stop_transaction": _stop,
    "reserve": _reserve,
    "set_charging_profile": _profile,
    "set_variables": _variables,
    "call_station": _call,
}
