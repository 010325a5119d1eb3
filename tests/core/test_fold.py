"""What facts change in the tables, and what memory keeps of history."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from edgegw.core import fold as folding
from edgegw.core.fold import apply, fold
from edgegw.model import facts as f
from edgegw.model.commands import Command
from edgegw.model.state import Change, State
from tests.support.clock import FakeClock
from tests.support.hubs import start, stop
from tests.support.world import World, event

NOW = FakeClock().now()


def told(*facts: f.Fact) -> State:
    state = State()
    for fact in facts:
        apply(state, fold(state, fact))
    return state


def test_a_fact_that_only_history_needs_changes_nothing() -> None:
    assert fold(State(), f.SecurityEvent(at=NOW, station="CP01", kind="tamper")) == ()


def test_folding_looks_and_does_not_touch() -> None:
    world = World()
    world.ask(start(world.clock))
    before = {name: dict(getattr(world.state, name)) for name in State.__dataclass_fields__}
    for fact in world.facts:
        fold(world.state, fact)
    assert {name: getattr(world.state, name) for name in State.__dataclass_fields__} == before


def test_a_station_keeps_what_earlier_facts_said_of_it() -> None:
    boot = f.StationBooted(
        at=NOW, station="S", ocpp="1.6", vendor="V", model="M", firmware="1", status="accepted", interval_s=300
    )  # fmt: skip
    state = told(f.StationConnected(at=NOW, station="S", ocpp="1.6", address="10.0.0.1"), boot)
    row = state.stations["S"]
    assert (row.connected, row.address, row.model, row.booted_at) == (True, "10.0.0.1", "M", NOW)
    apply(state, fold(state, f.StationDisconnected(at=NOW + timedelta(seconds=9), station="S", reason="x")))
    row = state.stations["S"]
    assert (row.connected, row.model, row.registration) == (False, "M", "accepted")
    assert row.changed_at == NOW + timedelta(seconds=9)


def test_facts_about_a_transaction_that_is_not_held_change_nothing() -> None:
    where = {"at": NOW, "station": "S", "evse": 1, "transaction": "gone"}
    metered = f.TransactionMetered(**where, import_wh=1, reason="periodic", source="s")  # type: ignore[arg-type]
    assert told(metered, f.EnergyTransferStarted(**where)).transactions == {}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("by", "resumed", "idle_s"), [("ev", True, 60), ("evse", True, 0), ("ev", False, 60), ("evse", False, 0)]
)
def test_idle_time_is_what_passed_while_the_car_took_nothing(by: Any, resumed: bool, idle_s: int) -> None:
    world = World()
    begun = world.ask(start(world.clock))
    where = {"station": "CP01", "evse": 1, "transaction": begun.transaction}
    world.tell(f.EnergyTransferStarted(at=world.clock.now(), **where))  # type: ignore[arg-type]
    world.clock.advance(100)
    world.tell(f.TransactionSuspended(at=world.clock.now(), by=by, **where))  # type: ignore[arg-type]
    world.clock.advance(60)
    if resumed:
        world.tell(f.TransactionResumed(at=world.clock.now(), **where))  # type: ignore[arg-type]
        world.clock.advance(100)
    world.ask(stop(world.clock, begun))
    row = world.transaction(begun)
    assert (row.idle_s, row.idle_since, row.charging_state) == (idle_s, None, None)


def test_a_limit_in_fallback_and_a_stale_meter_come_and_go() -> None:
    state = told(f.FallbackEntered(at=NOW, reason="stale"), f.MeterStale(at=NOW, meter="grid", reason="silent"))
    assert (state.site["site"].fallback, state.meters["grid"].reason) == ("stale", "silent")
    identified = f.MeterIdentified(at=NOW, meter="grid", driver="d", identity="SN1")
    for fact in (identified, f.FallbackLeft(at=NOW), f.MeterRecovered(at=NOW, meter="grid")):
        apply(state, fold(state, fact))
    row = state.meters["grid"]
    assert (state.site["site"].fallback, row.stale, row.reason, row.identity) == (None, False, None, "SN1")


def test_what_the_cloud_said_of_a_token_keeps_its_time_though_the_cache_is_asked() -> None:
    said = {"station": "S", "id_token": "X", "kind": "ISO14443", "status": "accepted"}
    state = told(
        f.TokenDecided(at=NOW, source="cloud", **said),  # type: ignore[arg-type]
        f.TokenDecided(at=NOW + timedelta(days=1), source="cache", **said),  # type: ignore[arg-type]
    )
    assert (state.tokens["X"].source, state.tokens["X"].at) == ("cloud", NOW)
    assert told(f.TokenDecided(at=NOW, **{**said, "id_token": None}, source="list")).tokens == {}  # type: ignore[arg-type]


def test_memory_keeps_the_newest_of_history_and_all_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "KEPT", {"transactions": 3, "commands": 3, "answers": 3, "tokens": 2})
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
    monkeypatch.setattr(folding, "KEPT", {"transactions": 8, "commands": 8, "answers": 8, "tokens": 8})
    world = World()

    def decided(token: str) -> None:
        world.tell(f.TokenDecided(at=NOW, station="S", id_token=token, kind="x", status="accepted", source="list"))

    for token in "ABCDEFGHIJ":
        decided(token)
    assert "".join(world.state.tokens) == "ABCDEFGHIJ"
    decided("K")
    assert "".join(world.state.tokens) == "DEFGHIJK"


def test_a_row_that_is_taken_away_leaves_its_table() -> None:
    state = told(f.PolicyLimitChanged(at=NOW, target="site", limit_a=5, by="cli"))
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
