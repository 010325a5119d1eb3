"""The hub keeps account of the events of 2.x transactions, and settles with the station's word what never came."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from edgegw.hub import Ending, Hub
from edgegw.hub import accounting as module
from edgegw.model import facts as f
from edgegw.model.commands import Asker, Command
from edgegw.model.requests import TransactionAnswer
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub
from tests.support.ledgers import types_in
from tests.support.world import event

NOTHING_WAITS = {"messages_in_queue": False, "ongoing": True}


def says(hub: Hub, result: Mapping[str, Any]) -> None:
    async def executor(command: Command, number: int) -> Ending:
        return Ending("done", result=result)

    hub.carry_out(["get_transaction_status"], executor)


async def begin(hub: Hub, clock: FakeClock) -> str:
    await hub.record(f.StationConnected(at=clock.now(), station="CP02", ocpp="2.0.1"))
    answer = await hub.request(event(clock, "started", 0, id_token="CARD1"))
    assert isinstance(answer, TransactionAnswer)
    return answer.transaction


async def ask(hub: Hub, transaction: str) -> None:
    order = Command("c1", "get_transaction_status", {"transaction": transaction}, by=Asker("cloud"))
    assert (await hub.submit(order, wait_s=5)).state == "done"
    for _ in range(50):
        await asyncio.sleep(0.01)


async def test_events_that_only_bring_readings_are_accounted_for(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        says(hub, NOTHING_WAITS)
        transaction = await begin(hub, clock)
        for number in (1, 2, 4, 7):
            hub.account("CP02", "T1", number)
        await hub.request(event(clock, "updated", 5, charging_state="charging"))
        await ask(hub, transaction)
        assert hub.state.transactions[transaction].events_missed == 2
        assert types_in(hub.journal.path).count("transaction_events_missed") == 2


async def test_a_transaction_that_runs_or_lacks_events_is_in_doubt_until_that_is_settled(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        says(hub, NOTHING_WAITS)
        transaction = await begin(hub, clock)
        assert hub.doubts("CP02") == [transaction]
        assert hub.doubts("CP01") == []
        await hub.request(event(clock, "ended", 3, reason="local"))
        assert hub.doubts("CP02") == [transaction]
        await ask(hub, transaction)
        assert hub.doubts("CP02") == []


async def test_one_that_ended_with_all_its_events_is_in_no_doubt(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        await begin(hub, clock)
        await hub.request(event(clock, "ended", 2, reason="local"))
        hub.account("CP02", "T1", 1)
        assert hub.doubts("CP02") == []


async def test_after_a_restart_only_what_is_passed_over_since_is_missing(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        transaction = await begin(hub, clock)
    async with a_hub(tmp_path, clock) as hub:
        says(hub, NOTHING_WAITS)
        await hub.record(f.StationConnected(at=clock.now(), station="CP02", ocpp="2.0.1"))
        hub.account("CP02", "T1", 40)
        hub.account("CP02", "T1", 42)
        await ask(hub, transaction)
        assert hub.state.transactions[transaction].events_missed == 1


async def test_a_transaction_that_was_met_in_the_middle_lacks_its_beginning(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        says(hub, NOTHING_WAITS)
        await hub.record(f.StationConnected(at=clock.now(), station="CP02", ocpp="2.0.1"))
        answer = await hub.request(event(clock, "updated", 3, evse=1, charging_state="charging"))
        assert isinstance(answer, TransactionAnswer)
        await ask(hub, answer.transaction)
        assert hub.state.transactions[answer.transaction].events_missed == 3


async def test_numbers_are_kept_of_a_bounded_number_of_transactions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_KEPT", 2)
    async with a_hub(tmp_path) as hub:
        for number in range(5):
            hub.account("CP02", f"T{number}", 0)
        assert len(hub._accounting._heard) == 2
