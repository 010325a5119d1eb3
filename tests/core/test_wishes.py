"""When a charge has reached what its driver asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from edgegw.core.wishes import reached
from edgegw.model.commands import Command
from tests.support.hubs import start
from tests.support.world import World

START = {"station": "CP01", "evse": 1, "id_token": "CARD1"}


def charging(**wishes: Any) -> tuple[World, Any]:
    """A charge from 1,000,000 Wh at 2.00 BRL a kWh."""
    world = World()
    world.dispatch(Command("c1", "start_transaction", {**START, **wishes}))
    return world, world.transaction(world.ask(start(world.clock)))


@pytest.mark.parametrize(
    ("wishes", "wh", "wish"),
    [
        ({}, 99_000, None),
        ({"energy_wh": 5000}, 4999, None),
        ({"energy_wh": 5000}, 5000, "energy_wh"),
        ({"max_cost": "10.00"}, 4997, None),
        ({"max_cost": "10.00"}, 4998, "max_cost"),
        ({"energy_wh": 9000, "max_cost": "10.00"}, 5000, "max_cost"),
    ],
)
def test_it_is_reached_by_the_newest_reading(wishes: dict[str, Any], wh: int, wish: str | None) -> None:
    world, row = charging(**wishes)
    now = world.clock.now() + timedelta(seconds=1)
    assert reached(world.state, world.site, row, (now, 1_000_000 + wh), now) == wish


def test_an_older_reading_says_nothing() -> None:
    world, row = charging(energy_wh=5000)
    assert reached(world.state, world.site, row, (row.started_at, 1_009_000), world.clock.now()) is None
    assert reached(world.state, world.site, row, None, world.clock.now()) is None
