"""What follows from a fact without anybody saying it."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.core.consequences import consequences
from edgegw.model import facts as f
from edgegw.model.commands import Command
from tests.support.hubs import start, stop
from tests.support.world import World, event

START = {"station": "CP02", "evse": 1, "id_token": "CARD1"}


def status(world: World, status: Any, station: str = "CP01", evse: int = 1) -> f.StationStatusChanged:
    return f.StationStatusChanged(at=world.clock.now(), station=station, evse=evse, connector=1, status=status)


@pytest.mark.parametrize(
    ("said", "follows"),
    [
        ("charging", ["energy_transfer_started"]),
        ("suspended_ev", ["transaction_suspended"]),
        ("suspended_evse", ["transaction_suspended"]),
        ("preparing", []),
        ("finishing", []),
        ("available", []),
    ],
)
def test_a_16_status_tells_the_charging_state_of_the_transaction_there(said: str, follows: list[str]) -> None:
    world = World()
    assert consequences(world.state, status(world, said)) == ()
    world.ask(start(world.clock))
    assert [fact.type for fact in consequences(world.state, status(world, said))] == follows
    assert consequences(world.state, status(world, said, "CP02")) == ()


@pytest.mark.parametrize("by_place", [True, False])
def test_an_end_ends_the_stop_that_was_asked_for_and_no_other(by_place: bool) -> None:
    world = World()
    begun = world.ask(start(world.clock, "CP02", 1))
    other = world.ask(start(world.clock, "CP02", 2))
    args: list[dict[str, Any]] = [{"transaction": each.transaction} for each in (begun, other)]
    if by_place:
        args = [{"station": "CP02", "evse": evse} for evse in (1, 2)]
    for id, each in zip(("c1", "c2"), args, strict=True):
        world.dispatch(Command(id, "stop_transaction", each))
    world.clock.advance(5)
    world.ask(stop(world.clock, begun, "CP02"))
    assert [world.state.commands[id].state for id in ("c1", "c2")] == ["done", "dispatched"]
    assert world.state.commands["c1"].result == {"transaction": begun.transaction}


def test_a_token_shown_for_a_transaction_that_had_begun_ends_the_start_that_brought_it() -> None:
    world = World()
    begun = world.ask(event(world.clock, "started", 0))
    world.dispatch(Command("c1", "start_transaction", START))
    for token, state in (("CARD3", "dispatched"), ("CARD1", "done"), ("CARD1", "done")):
        world.clock.advance(5)
        world.ask(event(world.clock, "updated", 1, id_token=token))
        assert world.state.commands["c1"].state == state
    assert world.state.commands["c1"].result == {"transaction": begun.transaction}
    assert [fact.type for fact in world.facts].count("command_ended") == 1


def test_a_command_that_has_ended_is_not_ended_again() -> None:
    world = World()
    world.dispatch(Command("c1", "start_transaction", START), remote_start_id=7)
    world.tell(f.CommandEnded(at=world.clock.now(), command="c1", state="unknown"))
    world.ask(event(world.clock, "started", 0, remote_start_id=7))
    assert world.state.commands["c1"].state == "unknown"
