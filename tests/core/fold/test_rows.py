"""What facts change in the tables."""

from __future__ import annotations

from datetime import timedelta

from edgegw.core.fold import apply, fold
from edgegw.model import facts as f
from edgegw.model.state import State
from tests.support.clock import FakeClock
from tests.support.hubs import start
from tests.support.world import World

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


def test_a_station_is_silent_from_the_first_time_on_until_it_answers() -> None:
    state = State()
    for minutes in (0, 5):
        fell = f.StationFellSilent(station="S", at=NOW + timedelta(minutes=minutes), calls=5)
        apply(state, fold(state, fell))
    assert state.stations["S"].silent_since == NOW
    apply(state, fold(state, f.StationAnsweredAgain(station="S", at=NOW + timedelta(minutes=6))))
    assert state.stations["S"].silent_since is None
