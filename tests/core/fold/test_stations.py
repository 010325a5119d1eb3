"""What stations tell of their connectors, in the tables."""

from __future__ import annotations

from datetime import datetime

import pytest

from edgegw.model import facts as f
from tests.support.clock import FakeClock
from tests.support.hubs import minutes, start
from tests.support.world import World

NOW = FakeClock().now()


def said(status: f.ConnectorStatus, at: datetime) -> f.StationStatusChanged:
    return f.StationStatusChanged(at=at, station="CP01", evse=1, connector=1, status=status)


def test_a_status_that_waited_in_the_stations_queue_does_not_take_the_place_of_a_newer_one() -> None:
    world = World()
    world.tell(said("available", NOW), said("charging", NOW - minutes(70)))
    row = world.state.connectors["CP01/1/1"]
    assert (row.status, row.at) == ("available", NOW)
    world.tell(said("preparing", NOW + minutes(1)))
    assert world.state.connectors["CP01/1/1"].status == "preparing"


@pytest.mark.parametrize("back_s", [0.0, 1.0, 60.0])
def test_a_status_counts_although_the_stations_clock_was_set_back_a_little(back_s: float) -> None:
    world = World()
    world.tell(said("available", NOW), said("faulted", NOW - minutes(back_s / 60)))
    assert world.state.connectors["CP01/1/1"].status == "faulted"


def test_a_status_that_waited_says_nothing_about_what_runs_now() -> None:
    world = World()
    answer = world.ask(start(world.clock))
    world.tell(said("charging", NOW), said("suspended_ev", NOW - minutes(5)))
    assert world.transaction(answer).charging_state == "charging"
    assert "transaction_suspended" not in world.of(answer)
