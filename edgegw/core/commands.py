"""The decision on commands: the same for the cloud, the page, the command line and EVA."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeGuard

from edgegw.core.context import Context
from edgegw.model import facts as f
from edgegw.model.commands import CATALOGUE, ENDED, Command
from edgegw.model.state import CommandState, State, Transaction

CLOCK_PATIENCE = timedelta(seconds=60)
"""How long a command that needs the time waits for an unsynced clock (DESIGN, rule 5)."""

RESOLUTION = timedelta(seconds=60)
"""How long after a lost answer the station's next move may still tell what became of a command (DESIGN, rule 5)."""

BUSY: frozenset[str] = frozenset({"unavailable", "faulted"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with a command now: `dispatch` it, `hold` it, or `end` it as `state` for `reason`."""

    action: Literal["dispatch", "hold", "end"]
    state: Literal["done", "expired", "rejected"] = "rejected"
    reason: str | None = None
    result: Mapping[str, Any] | None = None
    facts: tuple[f.Fact, ...] = ()
    """What the command itself changed, when the hub carries it out by writing it down."""


def received(command: Command, now: datetime) -> f.CommandReceived:
    """The fact that a command arrived; its id token goes to the personal field, not into the arguments."""
    args = {key: value for key, value in command.args.items() if key != "id_token"}
    id_token = command.args.get("id_token")
    return f.CommandReceived(
        at=now, command=command.id, name=command.name, args=args,
        id_token=id_token if isinstance(id_token, str) else None,
        by=command.by.kind if command.by.name is None else f"{command.by.kind}:{command.by.name}",
        proof=command.by.proof, expires_at=command.expires_at, wait=command.wait,
    )  # fmt: skip


def target_station(state: State, args: Mapping[str, Any]) -> str | None:
    """The station that must act: named, or the one where the named transaction runs."""
    station = args.get("station")
    if isinstance(station, str):
        return station
    transaction = state.transactions.get(str(args.get("transaction")))
    return transaction.station if transaction is not None else None


def decide_command(state: State, command: CommandState, ctx: Context, *, connected: bool, able: bool) -> Verdict:
    """What becomes of a received command now: `connected`, its station can be reached; `able`, it has an executor."""
    entry = CATALOGUE.get(command.name)
    if entry is None:
        return _no(f"there is no command {command.name!r}; known: {', '.join(sorted(CATALOGUE))}")
    given = set(command.args) | ({"id_token"} if command.id_token is not None else set())
    if missing := sorted(entry.required - given):
        return _no(f"{command.name} needs {', '.join(missing)}")
    if unknown := sorted(given - entry.required - entry.optional):
        allowed = ", ".join(sorted(entry.required | entry.optional)) or "no arguments"
        return _no(f"{command.name} does not take {', '.join(unknown)}; it takes {allowed}")
    if (evse := command.args.get("evse")) is not None and (type(evse) is not int or evse < 0):
        return _no("evse is a whole number")
    if command.expires_at is not None and ctx.clock != "unsynced" and ctx.now >= command.expires_at:
        late = command.at >= command.expires_at
        return Verdict("end", "expired", "it arrived after its time" if late else "its time passed while it waited")
    if ctx.clock == "unsynced" and not _only_restricts(state, command):
        if ctx.now - command.at < CLOCK_PATIENCE:
            return Verdict("hold")
        return _no("the gateway's clock is not set, so the command's time can't be judged")
    if command.name in _OWN:
        return _OWN[command.name](state, command, ctx)
    if entry.at_station:
        verdict = _at_station(state, command, ctx, connected=connected)
        if verdict is not None:
            return verdict
    if not able:
        return _no(f"nothing here carries out {command.name}")
    return Verdict("dispatch")


def _no(reason: str) -> Verdict:
    return Verdict("end", "rejected", reason)


def _only_restricts(state: State, command: CommandState) -> bool:
    if command.name == "set_limit":
        old = state.limits.get(str(command.args.get("target")))
        return old is None or all(
            was is None or (_is_limit(new) and new <= was)
            for was, new in ((old.limit_a, command.args.get("limit_a")), (old.limit_w, command.args.get("limit_w")))
        )
    return CATALOGUE[command.name].restricts


def _at_station(state: State, command: CommandState, ctx: Context, *, connected: bool) -> Verdict | None:
    station = target_station(state, command.args)
    if station is None:
        return _no("there is no such transaction, or it has ended")
    if station not in ctx.site.stations and station not in state.stations:
        return _no(f"there is no station {station!r}")
    evse = command.args.get("evse")
    if command.name == "start_transaction":
        refusal = _start_refused(state, command, ctx, station, evse)
        if refusal is not None:
            return _no(refusal)
    if command.name == "stop_transaction" and not _runs(state, command, station):
        return _no("no such transaction is running")
    if not connected:
        return Verdict("hold") if command.wait and command.expires_at is not None else _no("the station is offline")
    return None


def _runs(state: State, command: CommandState, station: str) -> bool:
    named = command.args.get("transaction")
    if named is not None:
        transaction = state.transactions.get(str(named))
        return transaction is not None and transaction.state == "active"
    return (station, command.args.get("evse")) in state.at_evse


def _start_refused(state: State, command: CommandState, ctx: Context, station: str, evse: Any) -> str | None:
    """Why a start can't be sent, None when it can. Of two starts at one EVSE the second finds the first."""
    known = ctx.site.stations.get(station)
    if known is not None and evse not in {place.id for place in known.evses}:
        return f"station {station} has no EVSE {evse}"
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


def _awaits_token(transaction: Transaction) -> bool:
    """Whether a transaction has begun with the cable alone, as 2.x stations may (TxStartPoint EVConnected)."""
    return transaction.id_token is None and transaction.ocpp != "1.6"


def _used(state: State, command: CommandState) -> bool:
    """Whether the start that a command asked for has been seen (and, as the EVSE is free, has ended)."""
    return any(transaction.remote_start == command.id for transaction in state.transactions.values())


def _set_limit(state: State, command: CommandState, ctx: Context) -> Verdict:
    target, limit_a, limit_w = (command.args.get(key) for key in ("target", "limit_a", "limit_w"))
    circuits = {circuit.id for circuit in ctx.site.supply.circuits} if ctx.site.supply is not None else set()
    known = {"site", "circuit:main"} | {f"circuit:{name}" for name in circuits}
    known |= {f"station:{name}" for name in ctx.site.stations}
    if not isinstance(target, str) or target not in known:
        return _no(f"there is no target {target!r}; allowed: site, circuit:ID, station:ID")
    if not all(limit is None or _is_limit(limit) for limit in (limit_a, limit_w)):
        return _no("limit_a and limit_w are numbers of 0 or more")
    until = command.args.get("until")
    try:
        ends = datetime.fromisoformat(until) if until is not None else None
    except (TypeError, ValueError):
        return _no("until is a time such as 2026-11-24T18:00:00Z")
    if ends is not None and ends.tzinfo is None:
        return _no("until needs its zone, such as 2026-11-24T18:00:00Z")
    fact = f.PolicyLimitChanged(at=ctx.now, target=target, limit_a=limit_a, limit_w=limit_w, until=ends, by=command.by)
    return Verdict("end", "done", result={"target": target}, facts=(fact,))


def _is_limit(limit: Any) -> TypeGuard[float]:
    return type(limit) in (int, float) and 0 <= limit < math.inf


def _admit_station(state: State, command: CommandState, ctx: Context) -> Verdict:
    station = str(command.args["station"])
    if station not in state.stations:
        return _no(f"no station {station!r} has knocked")
    said = f.StationAccepted if command.name == "accept_station" else f.StationRejected
    return Verdict("end", "done", facts=(said(at=ctx.now, station=station, by=command.by),))


_OWN = {"set_limit": _set_limit, "accept_station": _admit_station, "reject_station": _admit_station}
"""Commands that the hub carries out itself, by writing down what they change."""
