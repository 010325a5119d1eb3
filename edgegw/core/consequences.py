"""What follows from a fact that a neighbour recorded: facts that nobody says aloud but that are so."""

from __future__ import annotations

from edgegw.core.transactions import charging_facts
from edgegw.model import facts as f
from edgegw.model.requests import ChargingState
from edgegw.model.state import CommandState, State, Transaction

_STATES: dict[str, ChargingState] = {
    "charging": "charging",
    "suspended_ev": "suspended_ev",
    "suspended_evse": "suspended_evse",
}
_FOLLOWED: frozenset[type[f.Fact]] = frozenset(
    {f.StationStatusChanged, f.TransactionStarted, f.TransactionEnded, f.TokenDecided}
)


def consequences(state: State, fact: f.Fact) -> tuple[f.Fact, ...]:
    """Facts that follow from `fact`, which is not folded into `state` yet.

    OCPP 1.6 tells the charging state by StatusNotification alone (section 4.9); 2.x says it in TransactionEvent. A
    start or stop that a command asked for ends the command, whose answer may be lost.
    """
    if type(fact) not in _FOLLOWED:
        return ()
    if isinstance(fact, f.StationStatusChanged):
        running = state.at_evse.get((fact.station, fact.evse))
        new = _STATES.get(fact.status)
        if running is None or new is None:
            return ()
        return charging_facts(state.transactions[running], new, fact.at)
    if isinstance(fact, f.TransactionStarted) and fact.remote_start is not None:
        command = state.commands.get(fact.remote_start)
        return (_done(command, fact),) if command is not None and command.state == "dispatched" else ()
    if isinstance(fact, f.TransactionEnded):
        return tuple(_done(command, fact) for command in state.commands.values() if _stops(command, fact))
    if isinstance(fact, f.TokenDecided) and fact.transaction in state.transactions:
        # A transaction of 2.x that began with the cable, and that the command's token was shown for.
        shown_for = state.transactions[fact.transaction]
        return tuple(
            _done(command, fact) for command in state.commands.values() if _starts(command, shown_for, fact.id_token)
        )
    return ()


def _done(command: CommandState, fact: f.TransactionFact | f.TokenDecided) -> f.CommandEnded:
    return f.CommandEnded(at=fact.at, command=command.id, state="done", result={"transaction": fact.transaction})


def _stops(command: CommandState, fact: f.TransactionEnded) -> bool:
    if command.state != "dispatched" or command.name != "stop_transaction":
        return False
    args = command.args
    if "transaction" in args:
        return bool(args["transaction"] == fact.transaction)
    return (args.get("station"), args.get("evse")) == (fact.station, fact.evse)


def _starts(command: CommandState, running: Transaction, id_token: str | None) -> bool:
    if command.state != "dispatched" or command.name != "start_transaction" or command.id_token != id_token:
        return False
    return (command.args.get("station"), command.args.get("evse")) == (running.station, running.evse)
