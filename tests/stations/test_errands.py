"""Errands: their order, and what the failure of one costs the others."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from edgegw.stations.errands import ERRANDS, Errand, Visit, run
from edgegw.stations.errors import StationError
from edgegw.stations.triggers import Triggers
from tests.stations.doubles import MemoryHub, site


def _visit() -> Any:
    hub: Any = MemoryHub(site("CP01"))
    link: Any = SimpleNamespace(station="CP01", closed=False)
    return Visit(link, hub, Triggers(), lambda station: {}, hub.record)


def _errand(name: str, order: int, done: list[str], error: BaseException | None = None) -> Errand:
    async def act(visit: Visit) -> None:
        done.append(name)
        if error is not None:
            raise error

    return Errand(name, order, act)


async def test_errands_are_done_in_their_order_and_not_in_that_of_the_list() -> None:
    done: list[str] = []
    await run(_visit(), [_errand("c", 50, done), _errand("b", 0, done), _errand("a", 0, done)])
    assert done == ["a", "b", "c"]


async def test_one_that_fails_is_told_and_the_next_is_done(caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []
    await run(_visit(), [_errand("list", 10, done, ValueError("no\nroom")), _errand("report", 50, done)])
    assert done == ["list", "report"]
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("CP01: errand list: no")
    assert "\n" not in line


@pytest.mark.parametrize(
    ("code", "level"), [("NotSupported", "DEBUG"), ("NotImplemented", "DEBUG"), ("InternalError", "WARNING")]
)
async def test_a_station_that_lacks_a_function_is_no_trouble(
    code: str, level: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    await run(_visit(), [_errand("cost_display", 50, [], StationError(code, ""))])
    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [
        (level, f"CP01: errand cost_display: {code}")
    ]


async def test_nothing_more_is_done_at_a_station_that_has_gone(caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []
    visit = _visit()

    async def leave(visit: Visit) -> None:
        visit.link.closed = True  # type: ignore[misc]
        raise ConnectionError("gone")

    await run(visit, [Errand("leave", 0, leave), _errand("late", 1, done)])
    assert done == []
    assert not caplog.records


async def test_a_visit_that_is_ended_ends() -> None:
    with pytest.raises(asyncio.CancelledError):
        await run(_visit(), [_errand("a", 0, [], asyncio.CancelledError())])


def test_each_errand_has_a_name_of_its_own_and_safety_comes_first() -> None:
    names = [errand.name for errand in ERRANDS]
    assert len(set(names)) == len(names)
    assert min(ERRANDS, key=lambda errand: errand.order).name == "default_limits"
