"""What a request belongs to: an answer given before, a transaction, an EVSE, a command."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from edgegw.core.matching import retry_key
from edgegw.model import facts as f
from edgegw.model.commands import Command
from edgegw.model.requests import TransactionAnswer
from edgegw.model.state import State, StationState
from tests.support.clock import FakeClock
from tests.support.hubs import start, stop
from tests.support.world import World, event

BOOTED = datetime(1970, 1, 1, 0, 0, 9, tzinfo=UTC)
"""What a station without a clock of its own takes for the time."""


# Retries


@pytest.mark.parametrize(
    "change",
    [
        {"station": "CP02"}, {"evse": 2}, {"id_token": "CARD2"}, {"import_wh": 999}, {"stage": "ended"},
        {"at": FakeClock().now() + timedelta(microseconds=1)}, {"reference": "7"},
    ],
)  # fmt: skip
def test_a_16_start_that_differs_in_anything_but_its_message_is_another_one(change: dict[str, Any]) -> None:
    clock = FakeClock()
    assert retry_key(State(), start(clock), b"s") != retry_key(State(), start(clock, **change), b"s")


@pytest.mark.parametrize("change", [{"seq_no": 2}, {"reference": "T2"}, {"stage": "ended"}, {"station": "CP01"}])
def test_a_2x_event_is_known_by_its_transaction_and_its_number(change: dict[str, Any]) -> None:
    clock = FakeClock()
    first = retry_key(State(), event(clock, "updated", 1), b"s")
    assert first == retry_key(State(), event(clock, "updated", 1, id_token="CARD1", import_wh=5), b"s")
    values: dict[str, Any] = {"stage": "updated", "seq_no": 1, **change}
    assert first != retry_key(State(), event(clock, **values), b"s")


def test_keys_sort_by_time_and_do_not_give_the_token_away() -> None:
    clock = FakeClock()
    early = retry_key(State(), start(clock), b"s")
    clock.advance(3600)
    assert early < retry_key(State(), start(clock), b"s")
    assert early != retry_key(State(), start(FakeClock()), b"another salt")
    assert "CARD1" not in early


def test_while_the_stations_clock_is_unset_the_boot_tells_one_start_from_the_next() -> None:
    keys = set()
    for booted_at in (FakeClock().now(), FakeClock().now() + timedelta(hours=1)):
        state = State(stations={"CP01": StationState("CP01", booted_at=booted_at)})
        keys.add(retry_key(state, start(FakeClock(BOOTED)), b"s"))
        keys.add(retry_key(state, start(FakeClock()), b"s"))
    assert len(keys) == 3


def test_a_station_that_boots_at_each_connection_and_has_no_clock_does_not_begin_twice() -> None:
    world = World()
    boot = {"station": "CP01", "ocpp": "1.6", "vendor": "V", "model": "M", "status": "accepted", "interval_s": 300}
    world.tell(f.StationBooted(at=world.clock.now(), **boot))  # type: ignore[arg-type]
    request = start(FakeClock(BOOTED))
    first = world.ask(request)
    world.clock.advance(60)
    world.tell(f.StationBooted(at=world.clock.now(), **boot))  # type: ignore[arg-type]
    assert world.ask(request) == first
    assert [kind for kind in world.of(first) if kind == "transaction_started"] == ["transaction_started"]
    other = world.ask(start(FakeClock(BOOTED), import_wh=1_000_500))
    assert other.transaction != first.transaction


# Senseless and late numbers


@pytest.mark.parametrize("reference", ["0", "-1", "9223372036854775807"])
def test_a_senseless_number_means_the_one_that_runs_with_the_token_shown(reference: str) -> None:
    world = World()
    first = world.ask(start(world.clock, "CP02", 1, id_token="CARD1"))
    second = world.ask(start(world.clock, "CP02", 2, id_token="CARD3"))
    world.clock.advance(60)
    ended = world.ask(stop(world.clock, second, "CP02", reference=reference, id_token="CARD3"))
    assert ended.transaction == second.transaction
    assert world.transaction(first).state == "active"


def test_a_stop_that_could_mean_either_of_two_ends_neither_and_is_still_written_down() -> None:
    world = World()
    running = [world.ask(start(world.clock, "CP02", evse)) for evse in (1, 2)]
    world.clock.advance(60)
    ended = world.ask(stop(world.clock, running[0], "CP02", reference="-1", id_token=None))
    assert [world.transaction(each).state for each in running] == ["active", "active"]
    assert (world.transaction(ended).state, world.transaction(ended).adopted) == ("ended", True)


def test_an_old_stop_of_an_unknown_number_does_not_end_what_began_after_it() -> None:
    world = World()
    late = stop(world.clock, TransactionAnswer("?", 77))
    world.clock.advance(600)
    running = world.ask(start(world.clock))
    answer = world.ask(late)
    assert answer.transaction != running.transaction
    assert world.transaction(running).state == "active"
    assert world.state.at_evse["CP01", 1] == running.transaction
    assert world.ask(stop(FakeClock(BOOTED), running, reference="-1")).transaction == running.transaction


def test_a_reference_that_a_station_gives_again_is_another_transaction() -> None:
    world = World()
    first = world.ask(event(world.clock, "started", 0))
    world.clock.advance(60)
    world.ask(event(world.clock, "ended", 1))
    world.clock.advance(60)
    second = world.ask(event(world.clock, "started", 0))
    assert second.transaction != first.transaction
    assert world.state.by_reference["CP02", "T1"] == second.transaction


def test_at_a_station_with_one_evse_nobody_has_to_name_it() -> None:
    world = World()
    begun = world.ask(event(world.clock, "started", 0, station="CP01", evse=None, id_token="CARD1"))
    assert world.state.at_evse == {("CP01", 1): begun.transaction}


# What a command asked for


def remote(station: str = "CP01", evse: int = 1, id_token: str = "CARD1", id: str = "c1") -> Command:
    return Command(id, "start_transaction", {"station": station, "evse": evse, "id_token": id_token})


@pytest.mark.parametrize(
    ("sent_after_s", "arrives_after_s", "changed", "found"),
    [
        (20, 20, {}, True),
        (59, 59, {}, True),
        (61, 61, {}, False),
        (20, 20, {"id_token": "CARD2"}, False),
        (20, 300, {}, True),  # it waited in the station for the connection
        (7200, 20, {}, True),  # the station's clock is ahead
        (-7200, 20, {}, False),  # an old one out of the station's queue
    ],
)
def test_a_start_without_an_id_is_the_commands_by_token_place_and_time(
    sent_after_s: int, arrives_after_s: int, changed: dict[str, Any], found: bool
) -> None:
    world = World()
    world.dispatch(remote())
    at = world.clock.now() + timedelta(seconds=sent_after_s)
    world.clock.advance(arrives_after_s)
    begun = world.ask(start(world.clock, at=at, **changed))
    assert world.transaction(begun).remote_start == ("c1" if found else None)
    assert world.state.commands["c1"].state == ("done" if found else "dispatched")


def test_a_station_without_a_clock_can_still_answer_a_command() -> None:
    world = World()
    world.dispatch(remote())
    world.clock.advance(20)
    begun = world.ask(start(FakeClock(BOOTED)))
    assert world.transaction(begun).remote_start == "c1"


def test_a_remote_start_id_tells_before_anything_else() -> None:
    world = World()
    world.dispatch(remote("CP02"), remote_start_id=7)
    world.clock.advance(300)
    begun = world.ask(event(world.clock, "started", 0, id_token="ANOTHER", remote_start_id=7))
    assert world.transaction(begun).remote_start == "c1"
    other = world.ask(event(world.clock, "started", 0, reference="T2", evse=2, id_token="CARD1", remote_start_id=8))
    assert world.transaction(other).remote_start is None


def test_a_command_that_the_station_refused_or_that_was_used_up_asked_for_nothing_more() -> None:
    world = World()
    world.dispatch(remote())
    world.tell(f.CommandEnded(at=world.clock.now(), command="c1", state="rejected"))
    world.clock.advance(5)
    assert world.transaction(world.ask(start(world.clock))).remote_start is None
    world = World()
    world.dispatch(remote())
    for expected in ("c1", None):
        world.clock.advance(5)
        begun = world.ask(start(world.clock))
        assert world.transaction(begun).remote_start == expected
        world.clock.advance(5)
        world.ask(stop(world.clock, begun))
