"""Cars that wait for cheap hours, in the loop: who does, what is said of it, and what speaks against it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from edgegw.core.forecast import Error, Expected
from edgegw.core.quarters import DAY, begin, number
from edgegw.load.beside import Beside
from edgegw.load.cheap import free
from edgegw.load.prospect import Power, Prospect
from edgegw.model.site import PHASES, Circuit, Supply, Tariff, TariffPeriod
from tests.load.world import World, site, station

GOOD = Error(900.0, 0.1, 672)
NIGHT = TariffPeriod(tuple(range(7)), time(0), time(6), Decimal("0.50"))
TARIFF = Tariff("default", Decimal("1.90"), periods=(NIGHT,))
SITE: dict[str, Any] = {
    "cheap_hours": True, "timezone": "America/Sao_Paulo", "tariffs": {"default": TARIFF},
}  # fmt: skip


def power(quarter: int, high_w: float, error: Error | None = GOOD, days: float = 28.0) -> Power:
    expected = tuple(Expected(begin(quarter + n), high_w / 2, 0.0, high_w) for n in range(DAY))
    return Power(expected, error, days)


def foreseen(building_w: float = 14_000.0, others_w: float = 2000.0, **of: Any) -> Callable[[datetime], Prospect]:
    def prospect(at: datetime) -> Prospect:
        quarter = number(at)
        return Prospect(quarter, power(quarter, building_w, **of), power(quarter, others_w, **of))

    return prospect


def evening(*names: str, prospect: Any = None, of_site: dict[str, Any] = SITE, **supply: Any) -> World:
    """A site at nine in the morning in São Paulo, whose building draws 20 A a phase."""
    made = World(site(*(station(name) for name in names), of_site=of_site, **supply), dict.fromkeys(PHASES, 20.0))
    made.prospect = prospect or foreseen()
    made.turn(2)
    return made


def wish(made: World, hours: float = 23.0, wh: int = 30_000) -> dict[str, Any]:
    return {"departure_at": made.later(3600 * hours), "wanted_wh": wh}


def reason(made: World, name: str) -> str | None:
    return made.balance.picture.allocation.paused.get((name, 1))


def test_a_car_charges_for_a_minute_to_show_what_it_takes_then_waits_and_says_what_for() -> None:
    made = evening("A")
    made.arrive("A", car_a=16.0, **wish(made))
    made.turn(40)
    assert made.holds("A") == 32.0
    made.turn(90)
    assert made.holds("A") == 0.0
    assert made.flows() == 20.0
    assert reason(made, "A") == "waits for 00:00, when energy costs less"


def test_it_charges_when_the_cheap_hours_have_begun() -> None:
    made = evening("A")
    made.arrive("A", car_a=16.0, **wish(made))
    made.turn(130)
    assert made.holds("A") == 0.0
    made.clock.advance(15 * 3600)  # past midnight
    made.turn(60)
    assert made.holds("A") > 16.0


def test_a_driver_who_takes_the_departure_back_charges_at_once() -> None:
    made = evening("A")
    made.arrive("A", car_a=16.0, **wish(made))
    made.turn(130)
    assert made.holds("A") == 0.0
    row = made.state.transactions["T1"]
    made.state.transactions["T1"] = replace(row, departure_at=None)
    made.turn(75)
    assert made.holds("A") > 16.0
    assert reason(made, "A") is None


@pytest.mark.parametrize(
    ("told", "of_site", "prospect", "why"),
    [
        ({"hours": 10.0}, {}, None, "it leaves before"),
        ({"wh": 300_000}, {}, None, "it needs more than the cheap hours have"),
        ({}, {"cheap_hours": False}, None, "nobody asked for it"),
        ({}, {"tariffs": {"default": Tariff("default", Decimal(1))}}, None, "one price"),
        ({}, {"solar_only": True}, None, "the sun decides"),
        ({}, {}, foreseen(days=3.0), "three days are no ground"),
        ({}, {}, foreseen(error=None), "nor a forecast that was not tried"),
        ({}, {}, foreseen(error=Error(12_000.0, 0.8, 672)), "nor one that is far off"),
        ({}, {}, foreseen(building_w=40_000.0), "the building needs the night"),
        ({}, {}, foreseen(others_w=26_000.0), "the other cars do"),
        ({}, {}, lambda at: None, "nothing is foreseen"),
    ],
)
def test_a_car_charges_at_once_where(told: Any, of_site: Any, prospect: Any, why: str) -> None:
    made = evening("A", prospect=prospect, of_site=SITE | of_site)
    made.solar_w = 40_000.0 if "solar_only" in of_site else 0.0
    made.arrive("A", car_a=16.0, **wish(made, **told))
    made.turn(300)
    assert made.flows() > 30.0, why
    assert 0.0 not in made.told("A")[1:], why


def test_without_an_energy_or_a_departure_nobody_waits() -> None:
    made = evening("A", "B")
    made.arrive("A", car_a=16.0, departure_at=made.later(80_000))
    made.arrive("B", car_a=16.0, wanted_wh=20_000)
    made.turn(300)
    assert made.flows() == 52.0


def test_a_meter_that_is_lost_ends_the_waiting() -> None:
    made = evening("A")
    made.arrive("A", car_a=16.0, **wish(made))
    made.turn(130)
    assert made.holds("A") == 0.0
    made.meter_works = False
    made.turn(200)
    assert made.balance.lost is not None
    assert made.holds("A") >= 6.0


def test_of_a_car_on_one_phase_the_room_on_that_phase_counts() -> None:
    made = evening("A", prospect=foreseen(building_w=30_000.0))  # 43.5 A a phase, 16 A left, which is 3.7 kW on one
    made.arrive("A", car_a=16.0, car_phases=1, **wish(made, wh=20_000))
    made.turn(300)
    assert made.holds("A") > 16.0, "6 h of cheap energy are 20.6 kWh of the 28 that would be safe"
    other = evening("A", prospect=foreseen(building_w=30_000.0))
    other.arrive("A", car_a=16.0, car_phases=1, **wish(made, wh=12_000))
    other.turn(300)
    assert other.holds("A") == 0.0


def test_on_a_feeder_no_more_counts_than_all_its_places_could_have_at_once() -> None:
    feeder = {"circuits": (Circuit("row", 40.0),)}
    made = World(
        site(*(station(name, circuit="row") for name in "ABCDEFG"), of_site=SITE, **feeder), dict.fromkeys(PHASES, 5.0)
    )
    made.prospect = foreseen()
    made.turn(2)
    made.arrive("A", car_a=16.0, **wish(made, wh=5000))
    made.turn(300)
    assert made.holds("A") > 6.0, "40 A for seven are less than 6 A each"


def test_what_is_free_leaves_the_contract_and_a_leaning_building_their_part() -> None:
    quarter = number(World(site(station("A"))).clock.now())
    prospect = Prospect(quarter, power(quarter, 9000.0), power(quarter, 1000.0))
    supply, beside = Supply(limit_a=63.0, voltage_v=230.0), Beside({})
    assert free(prospect, supply, 43_470.0, None, beside)[0] == pytest.approx(33_470.0)
    contract = replace(supply, demand_limit_w=20_000.0)
    assert free(prospect, contract, 43_470.0, None, beside)[5] == pytest.approx(19_800.0 - 10_000.0)
    assert free(prospect, contract, 43_470.0, 12_000.0, beside)[-1] == pytest.approx(2000.0)
    beside.currents = {("main", phase): a for phase, a in zip(PHASES, (20.0, 5.0, 5.0), strict=True)}
    assert free(prospect, supply, 43_470.0, None, beside)[0] == pytest.approx(43_470.0 - 18_000.0 - 1000.0)
    unread = Prospect(quarter, None, power(quarter, 1000.0))
    most = replace(supply, building_max_a=30.0)
    assert free(unread, most, 43_470.0, None, Beside({}))[0] == pytest.approx(43_470.0 - 20_700.0 - 1000.0)


def test_a_car_that_waits_is_told_of_nothing_else_and_no_breaker_is_asked_too_much() -> None:
    made = evening("A", "B")
    made.arrive("A", car_a=32.0, **wish(made))
    made.turn(200)
    made.arrive("B", car_a=32.0)
    for _ in range(120):
        made.turn()
        assert made.most(("main", "L1")) <= 63.0
    assert made.holds("B") == 32.0
    assert made.holds("A") == 0.0
    assert made.later(0) - made.state.transactions["T1"].started_at < timedelta(minutes=6)
