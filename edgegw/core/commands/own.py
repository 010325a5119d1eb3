"""Commands that the hub carries out itself, by writing down what they change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from edgegw.core.commands.arguments import amount, moment
from edgegw.core.commands.lists import set_tariffs, set_tokens
from edgegw.core.commands.security import revoke_certificate
from edgegw.core.context import Context
from edgegw.core.stations import boot_facts, said_of
from edgegw.model import facts as f
from edgegw.model.state import CommandState, State, Transaction

Done = tuple[tuple[f.Fact, ...], Mapping[str, Any] | None]
"""The facts that a command makes, and its result."""


class Refused(Exception):
    """The command can't be carried out; the text says why."""


def _set_limit(state: State, command: CommandState, args: Mapping[str, Any], ctx: Context) -> Done:
    target, until = args["target"], moment(args.get("until"))
    circuits = {circuit.id for circuit in ctx.site.supply.circuits} if ctx.site.supply is not None else set()
    known = {"site", "circuit:main"} | {f"circuit:{name}" for name in circuits}
    known |= {f"station:{name}" for name in ctx.site.stations}
    if target not in known:
        raise Refused(f"there is no target {target!r}; allowed: site, circuit:ID, station:ID")
    if until is not None and until <= ctx.now and ctx.clock != "unsynced":
        raise Refused("until has passed")
    fact = f.PolicyLimitChanged(
        at=ctx.now, target=target, limit_a=args.get("limit_a"), limit_w=args.get("limit_w"), until=until, by=command.by
    )
    return (fact,), {"target": target}


def _admit(state: State, command: CommandState, args: Mapping[str, Any], ctx: Context) -> Done:
    station = args["station"]
    lets_in = command.name == "accept_station" or args.get("boot") == "accepted"
    seen = state.stations.get(station)
    if command.name == "accept_station" and seen is not None and seen.foreign_serial is not None:
        return (f.StationAccepted(at=ctx.now, station=station, by=command.by),), None
    # Where unknown ones are turned away at the door, none can knock: then its name is all that there is.
    by_name = lets_in and ctx.site.unknown_stations == "reject"
    if station not in state.stations and station not in ctx.site.stations and not by_name:
        raise Refused(f"no station {station!r} has knocked")
    if command.name == "set_station":
        return tuple(said_of(state, station, args, command.by, ctx)), None
    return tuple(boot_facts(state, station, "accepted" if lets_in else "rejected", command.by, ctx)), None


def _transaction(state: State, args: Mapping[str, Any]) -> Transaction:
    transaction = state.transactions.get(args["transaction"])
    if transaction is None:
        raise Refused("there is no such transaction")
    return transaction


def _where(transaction: Transaction) -> dict[str, Any]:
    return {"station": transaction.station, "evse": transaction.evse, "transaction": transaction.id}


def _set_departure(state: State, command: CommandState, args: Mapping[str, Any], ctx: Context) -> Done:
    transaction, departure_at = _transaction(state, args), moment(args.get("departure_at"))
    if transaction.state != "active":
        raise Refused("the transaction has ended")
    if departure_at is not None and departure_at <= ctx.now:
        raise Refused("departure_at has passed")
    energy_wh, max_cost = args.get("energy_wh", transaction.wanted_wh), transaction.max_cost
    fact = f.TransactionPlanned(
        at=ctx.now, **_where(transaction), departure_at=departure_at, energy_wh=energy_wh,
        max_cost=None if max_cost is None else str(max_cost), by=command.by,
    )  # fmt: skip
    return (fact,), None


def _confirm_payment(state: State, command: CommandState, args: Mapping[str, Any], ctx: Context) -> Done:
    transaction = _money_of(state, args, ctx, "confirmed")
    fact = f.PaymentConfirmed(
        at=ctx.now, **_where(transaction), amount=args["amount"], currency=args["currency"],
        reference=args["reference"], method=args.get("method"), by=command.by,
    )  # fmt: skip
    return (fact,), None


def _refund(state: State, command: CommandState, args: Mapping[str, Any], ctx: Context) -> Done:
    transaction = _money_of(state, args, ctx, "refunded")
    wanted = amount(args["amount"])
    if wanted is not None and wanted > transaction.paid:
        raise Refused(f"{transaction.paid} {args['currency']} has been paid, so no more can be given back")
    fact = f.PaymentRefunded(
        at=ctx.now, **_where(transaction), amount=args["amount"], currency=args["currency"],
        reference=args["reference"], reason=args.get("reason"), by=command.by,
    )  # fmt: skip
    return (fact,), None


def _money_of(state: State, args: Mapping[str, Any], ctx: Context, kind: str) -> Transaction:
    transaction = _transaction(state, args)
    currency = transaction.currency or ctx.site.currency
    if args["currency"] != currency:
        raise Refused(f"the transaction is billed in {currency}, not in {args['currency']}")
    if any((each.kind, each.reference) == (kind, args["reference"]) for each in transaction.payments):
        raise Refused(f"reference {args['reference']!r} is {kind} already")
    return transaction


def _report_problem(state: State, command: CommandState, args: Mapping[str, Any], ctx: Context) -> Done:
    station = args.get("station")
    if station is not None and station not in ctx.site.stations and station not in state.stations:
        raise Refused(f"there is no station {station!r}")
    fact = f.ProblemReported(
        at=ctx.now, problem=command.id, text=args["text"], station=station, evse=args.get("evse"),
        category=args.get("category"), by=command.by,
    )  # fmt: skip
    return (fact,), {"problem": command.id}


OWN: Mapping[str, Callable[[State, CommandState, Mapping[str, Any], Context], Done]] = {
    "set_limit": _set_limit,
    "set_departure": _set_departure,
    "accept_station": _admit,
    "reject_station": _admit,
    "set_station": _admit,
    "confirm_payment": _confirm_payment,
    "refund": _refund,
    "report_problem": _report_problem,
    "revoke_certificate": revoke_certificate,
    "set_tokens": set_tokens,
    "set_tariffs": set_tariffs,
}
"""By command: what it makes. Raises Refused or Unfit."""
