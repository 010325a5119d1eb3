"""What the loop sees of the hub."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from edgegw.load.view import SeenEvse, look
from edgegw.model.samples import Latest, MeterSample
from edgegw.model.site import PHASES, ChargingStation, Evse
from edgegw.model.state import CommandState, ConnectorState, State, Transaction
from tests.load.world import site, station
from tests.support.clock import FakeClock

NOON = FakeClock().now()


def seen(
    row: dict[str, Any],
    values: dict[str, float] | None = None,
    place: ChargingStation | None = None,
    taken_at: datetime = NOON,
    quality: Any = "good",
) -> SeenEvse:
    """An EVSE with a transaction and a reading that is 3 s old; the monotonic clock stands at 100."""
    state = State()
    transaction = Transaction(
        id="T", station="A", evse=1, connector=1, number=1, reference="1", ocpp="1.6", started_at=NOON,
        tariff="default", tariff_digest="", **row,
    )  # fmt: skip
    state.transactions["T"], state.at_evse["A", 1] = transaction, "T"
    state.commands["c1"] = CommandState("c1", "start_transaction", {"limit_a": 9.5}, "cloud", "done", NOON)
    state.commands["c2"] = CommandState("c2", "start_transaction", {"limit_a": True}, "cloud", "done", NOON)
    latest = Latest(MeterSample("stations/A/1", taken_at, values, quality), 3.0) if values is not None else None
    sources = {"stations/A/1": latest}
    return look(site(place or station("A")), state, sources.get, 100.0, NOON).evses["A", 1]


@pytest.mark.parametrize(
    ("charging_state", "told"),
    [("charging", "charging"), ("suspended_ev", "full"), ("suspended_evse", "waiting"), (None, "waiting")],
)
def test_a_transaction_tells_what_its_car_does(charging_state: Any, told: str) -> None:
    running = seen({"charging_state": charging_state}).running
    assert running is not None
    assert running.state == told


@pytest.mark.parametrize(("command", "wish_a"), [("c1", 9.5), ("c2", None), ("forgotten", None), (None, None)])
def test_the_limit_of_the_command_that_started_it_is_its_wish(command: str | None, wish_a: float | None) -> None:
    running = seen({"remote_start": command}).running
    assert running is not None
    assert running.wish_a == wish_a


def test_a_reading_has_each_phase_of_the_evse() -> None:
    evse = seen({}, {"current_l1_a": 15.0, "power_w": 3450.0})
    assert (evse.reading, evse.read_at) == ({"L1": 15.0, "L2": 0.0, "L3": 0.0}, 97.0)


def test_power_alone_tells_the_current_too() -> None:
    assert seen({}, {"power_w": 6900.0}).reading == pytest.approx({"L1": 10.0, "L2": 10.0, "L3": 10.0})
    line = ChargingStation("A", "A", (Evse("A", 1, 32.0, ("L1", "L2"), "line"),))
    assert seen({}, {"power_w": 3984.0}, line).reading == pytest.approx({"L1": 10.0, "L2": 10.0}, rel=1e-3)


def test_between_two_phases_the_current_of_one_is_the_others_too() -> None:
    line = ChargingStation("A", "A", (Evse("A", 1, 32.0, ("L1", "L2"), "line"),))
    evse = seen({}, {"current_l1_a": 20.0, "current_l2_a": 0.0}, line)
    assert (evse.reading, evse.told) == ({"L1": 20.0, "L2": 20.0}, {"L1", "L2"})


@pytest.mark.parametrize(("power_w", "told"), [(3700.0, {"L1", "L2", "L3"}), (11_000.0, {"L1"}), (None, set(PHASES))])
def test_a_phase_at_zero_is_not_read_where_the_power_needs_it(power_w: float | None, told: set[str]) -> None:
    values = {"current_l1_a": 16.0, "current_l2_a": 0.0, "current_l3_a": 0.0}
    assert seen({}, values if power_w is None else values | {"power_w": power_w}).told == told


def test_a_reading_that_is_old_or_not_good_or_without_currents_says_nothing() -> None:
    assert seen({}, {"import_wh": 5}).reading is None
    assert seen({}, {"current_l1_a": 5.0}, taken_at=NOON - timedelta(seconds=1)).reading is None
    assert seen({}, {"current_l1_a": 5.0}, quality="suspect").reading is None
    state = State()
    assert look(site(station("A")), state, {}.get, 0.0, NOON).evses["A", 1].running is None


@pytest.mark.parametrize(
    ("statuses", "empty"),
    [
        ([], False),
        (["available"], True),
        (["available", "preparing"], False),
        (["faulted"], False),
        (["reserved"], True),
    ],
)
def test_a_place_is_empty_when_each_of_its_connectors_says_so(statuses: list[Any], empty: bool) -> None:
    state = State()
    for number, status in enumerate(statuses, 1):
        state.connectors[f"A/1/{number}"] = ConnectorState("A", 1, number, status, NOON)
    state.connectors["A/0/0"] = ConnectorState("A", 0, 0, "unavailable", NOON)
    assert look(site(station("A", *PHASES)), state, {}.get, 0.0, NOON).evses["A", 1].empty is empty
