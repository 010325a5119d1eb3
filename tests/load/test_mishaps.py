"""What flows when things go wrong, on the real stack: `edgegw run`, stations, a Modbus meter, the physics of one hub.

The stories run beside each other, as they mostly wait; each has a gateway of its own. `./run bench reaction` runs them
with more steps, and tells the figures.
"""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support import mishaps
from tests.support.mishaps import STARTS, WITHIN_S
from tests.support.plant import Plant, Post

SLACK_S = 3.0
"""The machine of a test may be busy with others."""

LONG = ("killed", "cut_off")


async def outcomes(folder: Path, stories: dict[str, Any]) -> dict[str, Any]:
    """What each story gave, once all have ended; their folders have short names, as a socket's path must be short."""
    running = [story(folder / str(number)) for number, story in enumerate(stories.values())]
    done = dict(zip(stories, await asyncio.gather(*running, return_exceptions=True), strict=True))
    assert {name: repr(error) for name, error in done.items() if isinstance(error, BaseException)} == {}
    return done


@pytest.mark.timeout(300)
async def test_whatever_a_station_or_a_meter_does_no_breaker_is_over_its_limit_for_long(tmp_path: Path) -> None:
    stories = {name: story for name, (story, _) in WITHIN_S.items() if name not in LONG}
    took_s = await outcomes(tmp_path, stories)
    late = {name: over_s for name, over_s in took_s.items() if over_s > WITHIN_S[name][1] + SLACK_S}
    assert late == {}


@pytest.mark.timeout(400)
async def test_own_starts_building_steps_and_a_dead_gateway_keep_every_breaker(tmp_path: Path) -> None:
    steps = partial(mishaps.building_steps, factors=[1.5, 2.0])
    found = await outcomes(tmp_path, {**STARTS, "steps": steps, **{name: WITHIN_S[name][0] for name in LONG}})
    assert {name: found[name] for name in STARTS} == dict.fromkeys(STARTS, 0.0)
    assert [round(peak, 1) for peak in found["steps"].peaks] == [1.5, 2.0]
    assert min(found["steps"].fits_s) > 0
    assert max(found["steps"].fits_s) <= 8.0 + SLACK_S
    assert 0 < max(found["steps"].told_s) <= 3.0 + SLACK_S
    for name in LONG:
        assert 60.0 < found[name] <= WITHIN_S[name][1] + SLACK_S, name


@pytest.mark.timeout(120)
async def test_a_station_that_draws_on_is_reported_and_the_page_says_so(tmp_path: Path) -> None:
    async with Plant(tmp_path, [Post("A"), Post("B", "2.0.1")], building_a=20, building_max_a=33) as plant:
        await plant.charge("A", "B")
        await plant.settled()
        plant.stations["A"].obeys = False
        fact = await plant.fact("station_disobeyed", 60.0)
        assert (fact["data"]["station"], fact["data"]["evse"]) == ("A", 1)
        shown = plant.gateway.get("/stations/A")
        assert "draws more than it accepted" in str(shown)
