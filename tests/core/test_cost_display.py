"""What a driver is shown of the cost, and when it is told anew."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest

from edgegw.core.cost_display import final_text, is_due, price_text, running_cost
from edgegw.model.site import Tariff, TariffPeriod
from tests.support.clock import FakeClock
from tests.support.hubs import a_site, start
from tests.support.world import World

NOW = FakeClock().now()


@pytest.mark.parametrize(
    ("told", "ago_s", "total", "due"),
    [
        (None, 0, "0.00", True),
        ("1.00", 5, "9.00", False),
        ("1.00", 10, "1.09", False),
        ("1.00", 10, "1.10", True),
        ("1.00", 59, "1.01", False),
        ("1.00", 60, "1.01", True),
        ("1.00", 9999, "1.00", False),
        ("1.00", 10, "0.50", True),
    ],
)
def test_a_cost_is_told_when_it_has_changed_enough_or_for_long(
    told: str | None, ago_s: int, total: str, due: bool
) -> None:
    last = None if told is None else (Decimal(told), NOW - timedelta(seconds=ago_s))
    assert is_due(last, Decimal(total), NOW) is due


def a_tariff() -> Tariff:
    evening = TariffPeriod(tuple(range(7)), time(18), time(21), Decimal("2.79"))
    return Tariff("default", Decimal("1.89"), Decimal("2.00"), Decimal("0.50"), 600, (evening,))


def test_a_running_cost_has_the_bill_so_far_and_the_prices_of_the_hour() -> None:
    world = World(a_site(tariffs={"default": a_tariff()}))
    begun = world.ask(start(world.clock))
    world.clock.advance(1800)
    now = world.clock.now()
    cost = running_cost(world.state, world.site, world.transaction(begun), (now, 1_010_000), now)
    assert (str(cost.total), cost.register_wh, cost.reference, cost.charges) == ("20.90", 1_010_000, "1", True)
    assert (str(cost.energy_kwh), str(cost.idle_hour), cost.idle_after_s) == ("1.89", "30.00", 600)
    evening = datetime(2026, 3, 2, 22, 30, tzinfo=now.tzinfo)  # 19:30 in Sao Paulo
    later = running_cost(world.state, world.site, world.transaction(begun), None, evening)
    assert str(later.energy_kwh) == "2.79"


def test_prices_and_bills_in_words_need_no_language() -> None:
    assert price_text(a_tariff(), "UTC", "BRL", NOW) == "1.89 BRL/kWh + 2.00 BRL + 0.50 BRL/min > 10 min"
    assert price_text(Tariff("t", Decimal("2")), "UTC", "EUR", NOW) == "2 EUR/kWh"
    assert final_text(8000, "15.12", "BRL") == "8.000 kWh = 15.12 BRL"
