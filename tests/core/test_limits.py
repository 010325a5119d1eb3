"""Of several limits for one target the lowest rules, whoever set it and for however long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from edgegw.core.desired import decide_desired
from edgegw.core.limits import in_force
from edgegw.model import facts as f
from tests.support.world import World


def lowest(world: World) -> Any:
    found = in_force(world.state.limits.values(), world.clock.now()).get("site")
    return None if found is None else (found.limit_a, found.limit_w)


def page_says(world: World, **limit: Any) -> None:
    world.tell(f.PolicyLimitChanged(at=world.clock.now(), target="site", by="page", **limit))


def cloud_wants(world: World, rev: int, **limits: Any) -> None:
    world.tell(*decide_desired(world.state, "limits", {"rev": rev, "limits": limits}, world.context))


@pytest.mark.parametrize("page_first", [True, False])
@pytest.mark.parametrize(("page_a", "cloud_a", "rules"), [(10.0, 40.0, 10.0), (40.0, 10.0, 10.0)])
def test_neither_the_page_nor_the_cloud_raises_what_the_other_has_set(
    page_a: float, cloud_a: float, rules: float, page_first: bool
) -> None:
    world = World()
    for is_page in (page_first, not page_first):
        if is_page:
            page_says(world, limit_a=page_a)
        else:
            cloud_wants(world, 1, site={"limit_a": cloud_a})
    assert lowest(world) == (rules, None)


def test_a_limit_that_goes_leaves_the_other_ones() -> None:
    world = World()
    cloud_wants(world, 1, site={"limit_a": 40})
    page_says(world, limit_a=10.0, until=world.clock.now() + timedelta(hours=1))
    assert lowest(world) == (10.0, None)
    world.clock.advance(3600)
    assert lowest(world) == (40, None)
    page_says(world, limit_w=5000.0)
    assert lowest(world) == (40, 5000.0)
    cloud_wants(world, 2)
    assert lowest(world) == (None, 5000.0)
    page_says(world)
    assert lowest(world) is None
