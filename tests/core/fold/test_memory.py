"""What memory keeps of history, and its indexes."""

from __future__ import annotations

from itertools import count

import pytest

from edgegw.core.fold import apply, fold, memory
from edgegw.model import facts as f
from edgegw.model.commands import Command
from edgegw.model.state import Change, State
from tests.support.clock import FakeClock
from tests.support.hubs import start
from tests.support.world import World, event

NOW = FakeClock().now()


def test_memory_keeps_the_newest_of_history_and_all_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "KEPT", {"transactions": 3, "commands": 3, "answers": 3, "tokens": 2})
    world = World()
    running = world.ask(start(world.clock, "CP01"))
    ended = []
    for number in range(5):
        world.clock.advance(60)
        begun = world.ask(event(world.clock, "started", 0, reference=f"T{number}"))
        world.clock.advance(60)
        world.ask(event(world.clock, "ended", 1, reference=f"T{number}"))
        ended.append(begun.transaction)
    assert list(world.state.transactions) == [running.transaction, *ended[-2:]]
    assert set(world.state.by_reference) == {("CP01", "1"), ("CP02", "T3"), ("CP02", "T4")}
    assert [row.transaction for row in world.state.answers.values()] == [ended[3]] + [ended[4]] * 2
    for number in range(6):
        held = Command(f"held{number}", "reset", {"station": "CP01", "kind": "soft"})
        world.judge(held)
        world.judge(Command(f"{number}", "reload"))
        world.tell(f.CommandEnded(at=world.clock.now(), command=f"{number}", state="done"))
    assert [id for id in world.state.commands if id.startswith("held")] == [f"held{number}" for number in range(6)]
    for token in ("A", "B", "A", "C"):
        fact = f.TokenDecided(at=NOW, station="S", id_token=token, kind="x", status="accepted", source="list")
        world.tell(fact)
    assert list(world.state.tokens) == ["A", "C"]


def test_history_leaves_memory_a_quarter_of_what_is_kept_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "KEPT", {"transactions": 8, "commands": 8, "answers": 8, "tokens": 8})
    world = World()

    def decided(token: str) -> None:
        world.tell(f.TokenDecided(at=NOW, station="S", id_token=token, kind="x", status="accepted", source="list"))

    for token in "ABCDEFGHIJ":
        decided(token)
    assert "".join(world.state.tokens) == "ABCDEFGHIJ"
    decided("K")
    assert "".join(world.state.tokens) == "DEFGHIJK"


def test_a_row_that_is_taken_away_leaves_its_table() -> None:
    state = State()
    apply(state, fold(state, f.PolicyLimitChanged(at=NOW, target="site", limit_a=5, by="cli")))
    apply(state, [Change("limits", "site", None), Change("limits", "never", None)])
    assert state.limits == {}


def test_a_reference_that_was_given_again_means_the_one_that_runs_in_whatever_order_they_are_read() -> None:
    world = World()
    world.ask(event(world.clock, "started", 0))
    world.clock.advance(60)
    world.ask(event(world.clock, "ended", 1))
    world.clock.advance(60)
    running = world.ask(event(world.clock, "started", 0))
    rows = list(world.state.transactions.values())
    for order in (rows, rows[::-1]):
        state = State()
        apply(state, [Change("transactions", row.id, row) for row in order])
        assert state.by_reference == {("CP02", "T1"): running.transaction}


def test_the_indexes_say_what_the_transactions_say() -> None:
    world, numbers = World(), count(1)
    for station, evse in (("CP01", 1), ("CP02", 1), ("CP02", 2), ("CP02", 1)):
        world.clock.advance(60)
        world.ask(start(world.clock, station, evse, import_wh=next(numbers)))
    active = {row.id: (row.station, row.evse) for row in world.state.transactions.values() if row.state == "active"}
    assert {id: place for place, id in world.state.at_evse.items()} == active
    assert len(active) == 3
    for (station, reference), id in world.state.by_reference.items():
        assert (world.state.transactions[id].station, world.state.transactions[id].reference) == (station, reference)


def test_what_each_station_has_told_is_counted_as_it_comes_and_goes() -> None:
    world = World()

    def told(station: str, *names: str) -> f.VariablesChanged:
        variables = tuple(
            {"component": "Evse", "variable": name, "attribute": "actual", "value": "1"} for name in names
        )
        return f.VariablesChanged(at=NOW, station=station, action="NotifyReport", variables=variables)

    monitor = {"monitor": 1, "component": "Evse", "variable": "A", "kind": "delta", "value": 1.0, "severity": 5}
    world.tell(told("CP01", "A", "B"), told("CP01", "B", "C"), told("CP02", "A"))
    world.tell(f.MonitorsChanged(at=NOW, station="CP01", monitors=(monitor,)))
    world.tell(f.MonitorsChanged(at=NOW, station="CP01", monitors=(), removed=(1, 2)))
    assert world.state.told_by == {("variables", "CP01"): 3, ("variables", "CP02"): 1}
