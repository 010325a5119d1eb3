"""Limits as charging profiles: levels, ids, rounding, and what never leaves the gateway."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.model.commands import Setpoint
from edgegw.stations.codec import Allowed
from edgegw.stations.needs import Needs, of_needs
from edgegw.stations.profiles import (
    MIN_CURRENT_A,
    command_id,
    is_own,
    of_default,
    of_setpoint,
    phases_of,
    whole_steps,
)
from tests.stations.peers import evse, peer, transaction


@pytest.mark.parametrize(
    ("limit_a", "sent"),
    [
        (16, 16.0),
        (16.19, 16.1),
        (16.1, 16.1),
        (7.3, 7.3),
        (6.0, 6.0),
        (5.99, 0.0),
        (0, 0.0),
        (-4, 0.0),
        (32.0001, 32.0),
    ],
)
def test_a_limit_is_rounded_down_to_a_tenth_and_below_6_a_is_a_pause(limit_a: float, sent: float) -> None:
    assert whole_steps(limit_a) == sent


@given(st.floats(0, 1000))
def test_a_limit_is_never_above_what_was_allowed(limit_a: float) -> None:
    sent = whole_steps(limit_a)
    assert sent <= limit_a + 1e-6
    assert sent == 0.0 or (sent >= MIN_CURRENT_A and limit_a - sent < 0.1 + 1e-6)
    assert len(repr(sent).partition(".")[2]) == 1


def test_every_tenth_stays_what_it_is() -> None:
    for tenths in range(60, 10_000):
        assert whole_steps(tenths / 10) == whole_steps(tenths * 0.1) == tenths / 10


def test_a_set_point_is_for_the_transaction_that_runs_else_for_the_next() -> None:
    running = transaction()
    idle = of_setpoint(Setpoint("CP01", 1, 16.0), peer())
    busy = of_setpoint(Setpoint("CP01", 1, 16.0), peer(active={1: running}))
    assert (idle.purpose, idle.transaction) == ("tx_default_profile", None)
    assert (busy.purpose, busy.transaction) == ("tx_profile", running)
    assert idle.schedules[0].spelled() == busy.schedules[0].spelled() == {
        "startSchedule": "2026-11-24T12:00:00Z",
        "duration": 120,
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0, "numberPhases": 3}],
    }  # fmt: skip


def test_a_set_point_stands_above_the_default_which_has_no_end() -> None:
    default, setpoint = of_default(1, 6.0, peer()), of_setpoint(Setpoint("CP01", 1, 32.0), peer())
    assert setpoint.level > default.level
    assert (default.kind, default.schedules[0].duration_s, setpoint.kind) == ("relative", None, "absolute")


def test_each_kind_of_profile_has_an_id_of_its_own_at_each_evse_and_keeps_it() -> None:
    ids = []
    for place in (1, 2, 999):
        active = {place: transaction(evse=place)}
        ids += [
            of_default(place, 6.0, peer()).id,
            of_setpoint(Setpoint("CP01", place, 16.0), peer()).id,
            of_setpoint(Setpoint("CP01", place, 16.0), peer(active=active)).id,
            of_needs(transaction(evse=place), Allowed(6.0, 0, 6.0), Needs(), peer()).id,
            command_id(place),
        ]
    assert len(set(ids)) == 15
    assert [is_own(id) for id in ids[:5]] == [True, True, True, True, False]
    assert of_default(1, 8.0, peer()).id == of_default(1, 6.0, peer()).id


@pytest.mark.parametrize(
    ("place", "phases"),
    [
        (evse(), 3),
        (evse("L2"), 1),
        (evse("L1", "L3"), 2),
        (evse("L1", "L2", wiring="line"), 1),
        (evse(connector="cCCS2"), None),
        (evse(id=7), None),
    ],
)
def test_the_number_of_phases_is_what_the_station_sees(place: Any, phases: int | None) -> None:
    assert phases_of(peer(place), 1) == phases
