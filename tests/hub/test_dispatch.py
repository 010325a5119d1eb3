"""The life of a command, every way through it, also over a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from edgegw.core.fold import memory
from edgegw.hub import AnswerLost, Ending, Hub
from edgegw.model import facts as f
from edgegw.model.commands import Command
from edgegw.model.requests import TransactionAnswer
from tests.support.clock import FakeClock
from tests.support.disks import disk_of
from tests.support.hubs import a_hub, minutes, start, stop
from tests.support.ledgers import check
from tests.support.world import event

RESET = Command("c1", "reset", {"station": "CP01", "kind": "soft"})
START = Command("c1", "start_transaction", {"station": "CP01", "evse": 1, "id_token": "CARD1"})


async def connect(hub: Hub, *stations: str) -> None:
    await hub.record(
        *(f.StationConnected(at=hub.now(), station=station, ocpp="1.6") for station in stations or ("CP01",))
    )


class Station:
    """Carries out commands as told: `end` is called for each; `sent` are those that reached it."""

    def __init__(self, end: Callable[[], Awaitable[Ending]] | None = None) -> None:
        self.sent: list[Command] = []
        self.remote_start_ids: list[int] = []
        self._end = end

    async def __call__(self, command: Command, remote_start_id: int) -> Ending:
        self.sent.append(command)
        self.remote_start_ids.append(remote_start_id)
        return await self._end() if self._end is not None else Ending("done", None, {"status": "Accepted"})


async def lost() -> Ending:
    raise AnswerLost


async def broken() -> Ending:
    raise ZeroDivisionError


async def steps(folder: Path, command: str = "c1") -> list[str]:
    """The steps of a command's life as the journal tells them."""
    found = []
    for fact in check(folder):
        if getattr(fact, "command", None) == command:
            found.append(fact.state if isinstance(fact, f.CommandEnded) else fact.type.removeprefix("command_"))
    return found


async def refused() -> Ending:
    return Ending("rejected", "Rejected")


async def failed() -> Ending:
    return Ending("failed", "UnlockFailed")


@pytest.mark.parametrize(
    ("end", "state", "reason"),
    [
        (None, "done", None),
        (refused, "rejected", "Rejected"),
        (failed, "failed", "UnlockFailed"),
        (broken, "failed", "internal_error"),
    ],
)
async def test_the_station_says_how_a_command_ends(
    tmp_path: Path, end: Any, state: str, reason: str | None
) -> None:  # fmt: skip
    station = Station(end)
    async with a_hub(tmp_path) as hub:
        hub.carry_out(["reset"], station)
        await connect(hub)
        outcome = await hub.submit(RESET, wait_s=5)
        assert (outcome.state, outcome.reason) == (state, reason)
        while hub.busy:  # the asker is told first
            await asyncio.sleep(0)
    assert await steps(tmp_path) == ["received", "dispatched", state]


async def test_who_waits_for_an_end_and_is_cancelled_as_it_comes_is_cancelled(tmp_path: Path) -> None:
    go = asyncio.Event()

    async def waits() -> Ending:
        await go.wait()
        return Ending("done")

    async with a_hub(tmp_path) as hub:
        hub.carry_out(["reset"], Station(waits))
        await connect(hub)
        waiting = asyncio.ensure_future(hub.submit(RESET, wait_s=60))
        while not hub._dispatch._waiting:
            await asyncio.sleep(0)
        hub._dispatch._waiting[RESET.id][0].set_result(None)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        go.set()
        while hub.busy:
            await asyncio.sleep(0)


async def test_a_start_carries_its_token_and_a_number_of_its_own_to_the_station(tmp_path: Path) -> None:
    station = Station()
    async with a_hub(tmp_path) as hub:
        hub.carry_out(["start_transaction"], station)
        await connect(hub, "CP01", "CP02")
        await hub.submit(START, wait_s=5)
        other = Command("c2", "start_transaction", {**START.args, "station": "CP02", "evse": 2})
        await hub.submit(other, wait_s=5)
        assert [command.args["id_token"] for command in station.sent] == ["CARD1", "CARD1"]
        assert len({0, *station.remote_start_ids}) == 3


async def test_what_is_rejected_or_expired_never_reaches_the_station(tmp_path: Path) -> None:
    station = Station()
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        hub.carry_out(["reset", "start_transaction"], station)
        assert (await hub.submit(RESET)).reason == "the station is offline"
        await connect(hub)
        late = Command("c2", "reset", RESET.args, expires_at=clock.now())
        assert (await hub.submit(late)).state == "expired"
        assert (await hub.submit(RESET)).state == "rejected", "its id is spent"
    assert station.sent == []
    assert await steps(tmp_path) == ["received", "rejected"]
    assert await steps(tmp_path, "c2") == ["received", "expired"]


async def test_held_commands_go_out_once_though_several_things_wake_them(tmp_path: Path) -> None:
    """A connection, a boot and the housekeeping look at the same held commands, while each waits for a commit."""
    station = Station()
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        hub.carry_out(["reset"], station)
        ids = [f"c{number}" for number in range(6)]
        expires_at = clock.now() + minutes(5)
        for id in ids:
            await hub.submit(Command(id, "reset", RESET.args, expires_at=expires_at, wait=True))
        boot = f.StationBooted(
            at=clock.now(), station="CP01", ocpp="1.6", vendor="V", model="M", status="accepted", interval_s=300
        )  # fmt: skip
        await asyncio.gather(connect(hub), hub.record(boot), hub.tick(), hub.record(boot), hub.tick())
        for id in ids:
            await hub.submit(Command(id, "reset"), wait_s=5)
        assert sorted(command.id for command in station.sent) == ids
    assert await steps(tmp_path, "c3") == ["received", "dispatched", "done"]


async def test_a_command_that_waits_outlives_a_restart_and_goes_to_its_own_station_alone(tmp_path: Path) -> None:
    station = Station()
    clock = FakeClock()
    held = Command("c1", "reset", RESET.args, expires_at=clock.now() + minutes(5), wait=True)
    async with a_hub(tmp_path, clock) as hub:
        assert (await hub.submit(held)).state == "received"
    async with a_hub(tmp_path, clock) as hub:
        hub.carry_out(["reset"], station)
        await connect(hub, "CP02")
        await hub.tick()
        assert station.sent == []
        await connect(hub, "CP01")
        assert (await hub.submit(held, wait_s=5)).state == "done"


async def test_a_station_that_was_connected_when_the_gateway_was_killed_is_offline(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub:
        await connect(hub)
    station = Station()
    async with a_hub(tmp_path) as hub:
        hub.carry_out(["reset"], station)
        assert not hub.state.stations["CP01"].connected
        assert (await hub.submit(RESET)).reason == "the station is offline"
    assert [fact.reason for fact in check(tmp_path) if isinstance(fact, f.StationDisconnected)] == ["gateway ended"]


async def test_whoever_asks_may_go_away_and_the_command_is_sent_all_the_same(tmp_path: Path) -> None:
    station = Station()
    async with a_hub(tmp_path) as hub:
        hub.carry_out(["reset"], station)
        await connect(hub)
        disk = disk_of(hub)
        with disk.held():
            asking = asyncio.ensure_future(hub.submit(RESET))
            await disk.commit_waits()
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
        assert (await hub.submit(RESET, wait_s=5)).state == "done"
        assert len(station.sent) == 1


async def test_a_restart_between_dispatch_and_end_leaves_a_command_unknown_and_unsent(tmp_path: Path) -> None:
    clock = FakeClock()

    async def never() -> Ending:
        await asyncio.sleep(3600)
        raise AssertionError

    station = Station(never)
    async with a_hub(tmp_path, clock) as hub:
        hub.carry_out(["reset"], station)
        await connect(hub)
        assert (await hub.submit(RESET)).state == "dispatched"
        await asyncio.sleep(0)
        assert hub.busy == 1
        clock.advance(120)
        await hub.tick()
        assert (await hub.submit(RESET)).state == "dispatched", "its answer can still come"
    async with a_hub(tmp_path, clock) as hub:
        hub.carry_out(["reset"], station)
        await connect(hub)
        await hub.tick()
        assert (await hub.submit(RESET, wait_s=5)).state == "unknown"
    assert len(station.sent) == 1
    assert await steps(tmp_path) == ["received", "dispatched", "unknown"]


async def test_a_start_whose_answer_was_lost_is_resolved_by_its_number_also_after_a_restart(tmp_path: Path) -> None:
    clock = FakeClock()
    station = Station(lost)
    command = Command("c1", "start_transaction", {"station": "CP02", "evse": 1, "id_token": "CARD1"})
    async with a_hub(tmp_path, clock) as hub:
        hub.carry_out(["start_transaction"], station)
        await connect(hub, "CP02")
        await hub.submit(command)
        clock.advance(5)
    async with a_hub(tmp_path, clock) as hub:
        (number,) = station.remote_start_ids
        begun = await hub.request(event(clock, "started", 0, id_token="OTHER", remote_start_id=number))
        assert isinstance(begun, TransactionAnswer)
        outcome = await hub.submit(command)
        assert (outcome.state, outcome.result) == ("done", {"transaction": begun.transaction})


async def test_a_stop_whose_answer_was_lost_is_done_when_the_transaction_ends(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        hub.carry_out(["stop_transaction"], Station(lost))
        await connect(hub)
        begun = await hub.request(start(clock))
        assert isinstance(begun, TransactionAnswer)
        command = Command("c1", "stop_transaction", {"transaction": begun.transaction})
        assert (await hub.submit(command)).state == "dispatched"
        waiting = asyncio.ensure_future(hub.submit(command, wait_s=5))
        clock.advance(5)
        await hub.request(stop(clock, begun))
        assert (await waiting).state == "done"


async def test_the_stations_move_may_come_before_its_answer(tmp_path: Path) -> None:
    clock = FakeClock()
    answered = asyncio.Event()

    async def slow() -> Ending:
        await answered.wait()
        return Ending("failed", "too late to matter")

    async with a_hub(tmp_path, clock) as hub:
        hub.carry_out(["start_transaction"], Station(slow))
        await connect(hub)
        waiting = asyncio.ensure_future(hub.submit(START, wait_s=5))
        while not hub.busy:
            await asyncio.sleep(0)
        await hub.request(start(clock))
        assert (await waiting).state == "done"
        answered.set()
        while hub.busy:
            await asyncio.sleep(0)
        assert hub.state.commands["c1"].state == "done"
    assert await steps(tmp_path) == ["received", "dispatched", "done"]


async def test_a_wait_that_is_too_short_tells_how_far_the_command_has_come(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub:
        hub.carry_out(["start_transaction"], Station(lost))
        await connect(hub)
        assert (await hub.submit(START, wait_s=0.01)).state == "dispatched"


async def test_a_command_of_which_nothing_would_ever_tell_is_unknown_as_soon_as_its_answer_is_lost(
    tmp_path: Path,
) -> None:
    async with a_hub(tmp_path) as hub:
        hub.carry_out(["reset"], Station(lost))
        await connect(hub)
        assert (await hub.submit(RESET, wait_s=5)).state == "unknown"


async def test_an_old_command_is_still_known_when_memory_has_let_it_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(memory.KEPT, "commands", 2)
    station = Station()
    async with a_hub(tmp_path) as hub:
        hub.carry_out(["reset"], station)
        await connect(hub)
        for number in range(5):
            await hub.submit(Command(f"c{number}", "reset", RESET.args), wait_s=5)
        assert "c1" not in hub.state.commands
        assert (await hub.submit(RESET)).result == {"status": "Accepted"}
        assert len(station.sent) == 5


async def test_more_commands_wait_than_memory_keeps_and_each_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(memory.KEPT, "commands", 2)
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        hub.carry_out(["reset"], Station())
        for number in range(4):
            held = Command(f"held{number}", "reset", RESET.args, expires_at=clock.now() + minutes(5), wait=True)
            assert (await hub.submit(held)).state == "received"
        assert (await hub.submit(Command("c9", "reset", RESET.args))).state == "rejected"
        assert len(hub.state.commands) == 4
