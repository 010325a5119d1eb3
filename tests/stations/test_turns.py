"""Turns at a station: what matters first, and commands always in the end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from edgegw.stations import calls
from edgegw.stations.errors import NoAnswer, StationBusy, StationOffline
from edgegw.stations.schemas import for_version
from edgegw.stations.turns import _COMFORT, _SAFETY, MAX_OVERTAKING, Priority, Turns, priority_of
from tests.stations.test_link import connected

SAFETY, COMMAND, COMFORT = Priority


async def _in_line(
    turns: Turns, *wanted: Priority, deadline_s: float = 1.0
) -> tuple[list[str], list[asyncio.Task[None]]]:
    """Have one task each wait; the list grows as they get their turns, which each gives back at its next step."""
    got: list[str] = []

    async def one(priority: Priority, number: int) -> None:
        if await turns.take(priority, asyncio.get_running_loop().time() + deadline_s):
            got.append(f"{priority.name.lower()}{number}")
            await asyncio.sleep(0)
            turns.release()

    tasks = [asyncio.create_task(one(priority, number)) for number, priority in enumerate(wanted)]
    await asyncio.sleep(0)
    return got, tasks


async def test_safety_goes_before_commands_and_these_before_comfort_first_come_within_a_class() -> None:
    turns = Turns()
    got, tasks = await _in_line(turns, COMFORT, COMMAND, SAFETY, COMFORT, COMMAND, SAFETY)
    turns.open()
    await asyncio.gather(*tasks)
    assert got == ["safety2", "safety5", "command1", "command4", "comfort0", "comfort3"]
    await turns.idle()


async def test_set_points_without_an_end_do_not_starve_a_command() -> None:
    turns = Turns()
    got, tasks = await _in_line(turns, COMMAND, COMFORT, *[SAFETY] * 12)
    turns.open()
    await asyncio.gather(*tasks)
    assert got.index("command0") == MAX_OVERTAKING
    assert got[-1] == "comfort1"


async def test_a_turn_that_came_too_late_for_its_owner_goes_to_the_next() -> None:
    turns = Turns()
    turns.open()
    assert await turns.take(COMMAND, asyncio.get_running_loop().time() + 1)
    got, tasks = await _in_line(turns, COMMAND, COMFORT)
    turns.release()
    tasks[0].cancel()  # in the moment in which the turn is already its own
    await asyncio.gather(*tasks, return_exceptions=True)
    assert got == ["comfort1"]
    await turns.idle()


async def test_who_waits_too_long_leaves_the_line_and_who_waits_at_the_end_is_told() -> None:
    turns = Turns()
    with pytest.raises(TimeoutError):
        await turns.take(COMMAND, asyncio.get_running_loop().time() + 0.01)
    assert turns.waiting(COMMAND) == 0
    got, tasks = await _in_line(turns, COMMAND, SAFETY)
    turns.end()
    await asyncio.gather(*tasks)
    assert got == []
    assert not await turns.take(SAFETY, asyncio.get_running_loop().time() + 1)


async def test_a_set_point_passes_the_reports_that_wait_but_not_the_one_in_flight() -> None:
    async with connected() as bench:
        await bench.boot()
        waiting: list[asyncio.Task[Any]] = []
        for action, payload in (
            ("GetConfiguration", {}), ("GetConfiguration", {}), ("Reset", {"type": "Soft"}),
            ("UnlockConnector", {"connectorId": 1}),
        ):  # fmt: skip
            waiting.append(asyncio.create_task(bench.link.call(action, payload)))
            await asyncio.sleep(0)
        heard = []
        for _ in waiting:
            call = await bench.station.hear()
            heard.append(call[2])
            await bench.station.say([4, call[1], "InternalError", "", {}])
        assert heard == ["GetConfiguration", "UnlockConnector", "Reset", "GetConfiguration"]
        await asyncio.gather(*waiting, return_exceptions=True)


@pytest.mark.parametrize(("action", "payload"), [("GetConfiguration", {}), ("Reset", {"type": "Soft"})])
async def test_a_call_that_a_mute_station_leaves_unanswered_keeps_a_limit_out_no_longer_than_its_grace(
    monkeypatch: pytest.MonkeyPatch, action: str, payload: dict[str, Any]
) -> None:
    monkeypatch.setattr(calls, "GRACE_S", {COMMAND: 0.1, COMFORT: 0.1})
    async with connected() as bench:
        await bench.boot()
        report = asyncio.create_task(bench.link.call(action, payload, 60))
        given_up = await bench.station.hear()
        began = asyncio.get_running_loop().time()
        stop = asyncio.create_task(bench.link.call("RemoteStopTransaction", {"transactionId": 1}, 60))
        call = await bench.station.hear()
        assert call[2] == "RemoteStopTransaction"
        assert 0.05 < asyncio.get_running_loop().time() - began < 1.0
        with pytest.raises(NoAnswer):
            await report
        await bench.station.say([3, given_up[1], {"status": "Accepted"}])  # too late, and no answer to the stop
        await bench.station.say([3, call[1], {"status": "Rejected"}])
        assert await stop == {"status": "Rejected"}


async def test_what_is_in_flight_leaves_a_call_for_safety_half_of_its_time() -> None:
    async with connected() as bench:
        await bench.boot()
        reset = asyncio.create_task(bench.link.call("Reset", {"type": "Soft"}, 60))
        await bench.station.hear()
        stop = asyncio.create_task(bench.link.call("RemoteStopTransaction", {"transactionId": 1}, 0.4))
        call = await bench.station.hear()
        await bench.station.say([3, call[1], {"status": "Accepted"}])
        assert await stop == {"status": "Accepted"}
        with pytest.raises(NoAnswer):
            await reset


async def test_a_call_for_safety_is_given_its_whole_time_whatever_waits_behind_it() -> None:
    async with connected() as bench:
        await bench.boot()
        first, second = (
            asyncio.create_task(bench.link.call("RemoteStopTransaction", {"transactionId": number}, 0.3))
            for number in (1, 2)
        )
        await bench.station.hear()
        await asyncio.sleep(0.2)
        assert not first.done()
        await asyncio.gather(first, second, return_exceptions=True)


async def test_late_answers_show_that_a_station_is_not_mute() -> None:
    async with connected() as bench:
        await bench.boot()
        for _ in range(calls.MUTE_AFTER + 1):
            with pytest.raises(NoAnswer):
                await bench.link.call("ClearCache", {}, 0.01)
            late = await bench.station.hear()
            await bench.station.say([3, late[1], {"status": "Accepted"}])
            await asyncio.sleep(0.01)
        assert not bench.link.closed


async def test_a_line_full_of_reports_keeps_no_stop_out() -> None:
    async with connected() as bench:
        reports = [asyncio.create_task(bench.link.call("GetConfiguration", {}, 0.2)) for _ in range(calls.MAX_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(StationBusy):
            await bench.link.call("GetConfiguration", {}, 0.2)
        stop = asyncio.create_task(bench.link.call("RemoteStopTransaction", {"transactionId": 1}))
        await bench.boot()
        call = await bench.station.hear()
        assert call[2] == "RemoteStopTransaction"
        await bench.station.say([3, call[1], {"status": "Accepted"}])
        assert await stop == {"status": "Accepted"}
        bench.link.close(1000, "")
        assert {type(end) for end in await asyncio.gather(*reports, return_exceptions=True)} > {StationOffline}


def test_every_action_that_has_a_class_exists_and_what_is_not_named_is_a_command() -> None:
    known = {action for version in ("1.6", "2.0.1", "2.1") for action in for_version(version).actions}  # type: ignore[arg-type]
    assert known >= _SAFETY | _COMFORT
    assert priority_of("SetChargingProfile") is SAFETY
    assert priority_of("GetLog") is COMFORT
    assert priority_of("Reset") is COMMAND
