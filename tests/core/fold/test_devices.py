"""What a station tells of itself, in the tables."""

from __future__ import annotations

from datetime import timedelta

from edgegw.core.fold import apply, fold
from edgegw.core.fold.devices import variable_key
from edgegw.model import facts as f
from edgegw.model.commands import Command
from edgegw.model.state import State
from tests.support.clock import FakeClock
from tests.support.world import World

NOW = FakeClock().now()


def test_a_variable_has_one_key_however_its_names_are_written() -> None:
    entry = {"component": "EVSE", "evse": 1, "variable": "Power", "attribute": "max_set"}
    assert variable_key("CP01", entry) == "CP01/evse//1//power//max_set"
    assert variable_key("CP01", {**entry, "component": "Evse"}) == "CP01/evse//1//power//max_set"


def test_a_slash_in_a_name_does_not_make_it_another_variable() -> None:
    one = variable_key("CP01", {"component": "A/B", "variable": "C"})
    other = variable_key("CP01", {"component": "A", "component_instance": "B", "variable": "C"})
    assert one != other
    assert one.count("/") == other.count("/") == 7


def test_a_variable_keeps_what_was_told_of_it_and_when() -> None:
    world = World()
    entry = {"component": "EVSE", "evse": 1, "connector": 2, "variable": "Power", "attribute": "actual", "value": "7"}
    world.tell(f.VariablesChanged(at=NOW, station="CP01", action="NotifyReport", variables=(entry,)))
    (row,) = world.state.variables.values()
    assert (row.station, row.evse, row.connector, row.value, row.at) == ("CP01", 1, 2, "7", NOW)


def limited(*facts: f.Fact) -> list[str]:
    state = State()
    for evse in (0, 1):
        for source in ("ems", "so"):
            fact = f.OutsideLimitSet(at=NOW, station="CP01", evse=evse, source=source)
            apply(state, fold(state, fact))
    for fact in facts:
        apply(state, fold(state, fact))
    return list(state.outside_limits)


def test_a_limit_from_outside_ends_where_the_station_says_or_everywhere() -> None:
    assert limited() == ["CP01/0/ems", "CP01/0/so", "CP01/1/ems", "CP01/1/so"]
    at_one = f.OutsideLimitCleared(at=NOW, station="CP01", source="ems", evse=1)
    assert limited(at_one) == ["CP01/0/ems", "CP01/0/so", "CP01/1/so"]
    assert limited(f.OutsideLimitCleared(at=NOW, station="CP01", source="ems")) == ["CP01/0/so", "CP01/1/so"]
    assert len(limited(f.OutsideLimitCleared(at=NOW, station="CP02", source="ems"))) == 4


def test_a_display_message_that_a_command_cleared_is_gone() -> None:
    world = World()
    display = {"message": 3, "priority": "in_front", "texts": [{"text": "Oi", "format": "utf8"}]}
    world.tell(f.DisplaysChanged(at=NOW, station="CP01", displays=(display,)))
    world.dispatch(Command("c1", "clear_display_message", {"station": "CP01", "message": 3}))
    world.tell(f.CommandEnded(at=NOW, command="c1", state="rejected"))
    assert list(world.state.displays) == ["CP01/3"]
    world.dispatch(Command("c2", "clear_display_message", {"station": "CP01", "message": 3}))
    world.tell(f.CommandEnded(at=NOW, command="c2", state="done"))
    assert world.state.displays == {}


def test_a_clock_that_is_put_right_moves_what_it_told_the_time_of() -> None:
    entry = {"component": "EVSE", "variable": "Power"}
    state = State()
    for fact in (
        f.VariablesChanged(at=NOW, station="CP01", action="NotifyReport", variables=(entry,)),
        f.OutsideLimitSet(at=NOW - timedelta(days=1), station="CP01", evse=0, source="ems"),
        f.ClockCorrected(
            at=NOW, boot=None, was="unsynced", by="source", offset_ms=60_000, since_at=NOW - timedelta(hours=1),
            before_at=NOW, after_at=NOW + timedelta(minutes=1),
        ),
    ):  # fmt: skip
        apply(state, fold(state, fact))
    assert [row.at for row in state.variables.values()] == [NOW + timedelta(minutes=1)]
    assert [row.at for row in state.outside_limits.values()] == [NOW - timedelta(days=1)]
