"""What follows from a fact that a neighbour recorded: facts that nobody says aloud but that are so."""

from __future__ import annotations

from edgegw.core.transactions import charging_facts
from edgegw.model import facts as f
from edgegw.model.requests import ChargingState
from edgegw.model.state import State

_STATES: dict[str, ChargingState] = {
    "charging": "charging",
    "suspended_ev": "suspended_ev",
    "suspended_evse": "suspended_evse",
}


def consequences(state: State, fact: f.Fact) -> tuple[f.Fact, ...]:
    """Facts that follow from `fact`, which is not folded into `state` yet.

    OCPP 1.6 tells the charging state by StatusNotification alone (section 4.9); 2.x says it in TransactionEvent. A
    start that a command asked for ends the command, if its answer was lost.
    """
    if isinstance(fact, f.StationStatusChanged):
        running = state.at_evse.get((fact.station, fact.evse))
        new = _STATES.get(fact.status)
        if running is None or new is None:
            return ()
        return charging_facts(state.transactions[running], new, fact.at)
    if isinstance(fact, f.TransactionStarted) and fact.remote_start is not None:
        command = state.commands.get(fact.remote_start)
        if command is not None and command.state == "dispatched":
            return (
                f.CommandEnded(
                    at=fact.at, command=command.id, state="done", result={"transaction": fact.transaction}
                ),
            )  # fmt: skip
    return ()
