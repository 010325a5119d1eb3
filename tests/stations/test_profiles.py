"""Limits as charging profiles: levels, ids, rounding, and what never leaves the gateway."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.model.commands import Command, Setpoint
from edgegw.stations.codec import Unsupported
from edgegw.stations.profiles import (
    MIN_CURRENT_A,
    ChargingProfile,
    of_command,
    of_default,
    of_setpoint,
    phases_of,
    whole_steps,
)
from tests.stations.peers import NOW, evse, peer, transaction


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
    assert idle.schedule() == busy.schedule() == {
        "startSchedule": "2026-11-24T12:00:00Z",
        "duration": 120,
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0, "numberPhases": 3}],
    }  # fmt: skip


def test_a_set_point_stands_above_the_default_which_has_no_end() -> None:
    default, setpoint = of_default(1, 6.0, peer()), of_setpoint(Setpoint("CP01", 1, 32.0), peer())
    assert setpoint.level > default.level
    assert (default.kind, default.duration_s, setpoint.kind) == ("Relative", None, "Absolute")


def test_each_kind_of_profile_has_an_id_of_its_own_at_each_evse_and_keeps_it() -> None:
    command = Command("1", "set_charging_profile", {"station": "CP01", "evse": 1, "profile": {"limit_a": 10}})
    ids = []
    for place in (1, 2, 999):
        active = {place: transaction(evse=place)}
        ids += [
            of_default(place, 6.0, peer()).id,
            of_setpoint(Setpoint("CP01", place, 16.0), peer()).id,
            of_setpoint(Setpoint("CP01", place, 16.0), peer(active=active)).id,
        ]
    made = of_command(command, peer())
    assert isinstance(made, ChargingProfile)
    assert len({*ids, made.id}) == 10
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


def command(profile: Any, **args: Any) -> Command:
    return Command("1", "set_charging_profile", {"station": "CP01", "evse": 1, "profile": profile, **args})


def test_a_commands_profile_is_under_the_set_point_and_never_in_the_place_of_the_safe_default() -> None:
    busy = of_command(command({"limit_a": 10.05, "duration_s": 60}), peer(active={1: transaction()}))
    idle = of_command(command({"limit_w": 4140.129}), peer())
    assert isinstance(busy, ChargingProfile)
    assert isinstance(idle, ChargingProfile)
    assert (busy.purpose, busy.level, busy.limit, busy.begins_at) == ("tx_profile", 0, 10.0, NOW)
    assert (idle.purpose, idle.level, idle.limit, idle.unit) == ("tx_default_profile", 1, 4140.1, "W")
    with pytest.raises(Unsupported, match="safe default"):
        of_command(command({"limit_a": 10, "purpose": "tx_default_profile", "stack_level": 0}), peer())


def test_a_raw_profile_is_sent_as_it_is() -> None:
    assert of_command(command({"raw": {"chargingProfileId": 1, "x": 2}}), peer()) == {"chargingProfileId": 1, "x": 2}


@pytest.mark.parametrize(
    "profile",
    [
        None, 7, {}, {"raw": 1}, {"limit_a": 1, "limit_w": 1}, {"limit_a": "10"}, {"limit_a": float("nan")},
        {"limit_a": -1}, {"limit_a": True}, {"limit_a": 10, "purpose": "x"}, {"limit_a": 10, "stack_level": "1"},
        {"limit_a": 10, "duration_s": -1}, {"limit_a": 10, "colour": 1}, {"limit_a": 10, "purpose": "tx_profile"},
    ],
)  # fmt: skip
def test_what_is_no_profile_is_refused_in_words(profile: Any) -> None:
    with pytest.raises(Unsupported) as refused:
        of_command(command(profile), peer())
    assert refused.value.reason
