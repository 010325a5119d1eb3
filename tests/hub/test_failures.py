"""Commits that fail: who is told, what is kept, and how the hub goes on."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from edgegw.hub import Ending, Hub, ledger
from edgegw.journal import Damaged, JournalError
from edgegw.journal.store import Group
from edgegw.model import facts as f
from edgegw.model.commands import Command
from edgegw.model.requests import Reading, TransactionAnswer
from edgegw.model.samples import MeterSample
from edgegw.model.site import Tariff
from edgegw.model.state import State
from tests.journal.parts import Disk as Faults
from tests.support.clock import FakeClock
from tests.support.disks import disk_of
from tests.support.hubs import a_hub, a_site, start, stop
from tests.support.ledgers import check, rows_equal, types_in
from tests.support.world import event

pytestmark = pytest.mark.usefixtures("no_pause")


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgegw.hub.ledger.RELOAD_PAUSE_S", 0.01)
    monkeypatch.setattr("edgegw.hub.dispatch.RELOAD_PAUSE_S", 0.01)


async def settled(*work: Any) -> list[Any]:
    return await asyncio.gather(*work, return_exceptions=True)


@pytest.mark.parametrize("fate", ["full", "late"])
async def test_a_failed_commit_fails_those_in_it_and_those_decided_on_top_and_nobody_else(
    tmp_path: Path, fate: Any
) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        disk = disk_of(hub)
        before = await hub.request(start(clock, "CP01"))
        with disk.held():
            doomed = asyncio.ensure_future(hub.request(start(clock, "CP02", 1)))
            await disk.commit_waits()
            on_top = [
                asyncio.ensure_future(hub.request(start(clock, "CP02", 2))),
                asyncio.ensure_future(hub.record(f.StationConnected(at=clock.now(), station="CP02", ocpp="1.6"))),
                asyncio.ensure_future(hub.submit(Command("c1", "set_limit", {"target": "site", "limit_a": 5}))),
                asyncio.ensure_future(hub.request(start(clock, "CP01"))),
            ]
            while "site" not in hub._ledger.pending.limits:  # a command is looked up in the ledger before it is decided
                await asyncio.sleep(0.001)
            disk.fates.append(fate)
        results = await settled(doomed, *on_top)
        assert all(isinstance(result, JournalError) for result in results)
        after = await hub.request(start(clock, "CP02", 1))
        assert isinstance(after, TransactionAnswer)
        assert isinstance(before, TransactionAnswer)
        assert hub.state.at_evse == {("CP01", 1): before.transaction, ("CP02", 1): after.transaction}
        assert rows_equal(hub.state, hub._ledger.pending)
        assert hub.state.limits == {}
    facts = check(tmp_path)
    assert [fact.type for fact in facts].count("transaction_started") == 2, "also when the disk had it after all"


async def test_a_duplicate_that_waits_for_a_start_fails_with_it(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        disk = disk_of(hub)
        with disk.held():
            both = [asyncio.ensure_future(hub.request(start(clock))) for _ in range(2)]
            await disk.commit_waits()
            disk.fates.append("full")
        assert [type(result).__name__ for result in await settled(*both)] == ["StorageFull", "StorageFull"]
        assert hub.state.transactions == {}
        assert await hub.request(start(clock)) == await hub.request(start(clock))


async def test_duplicates_of_an_old_update_that_are_searched_for_at_once_are_decided_once(tmp_path: Path) -> None:
    """A station sends its queue again over a new connection while the old one's is still being served."""
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        signed = Reading(clock.now(), 500, signed="OCMF|{}|{}")
        update = event(clock, "updated", 1, evse=1, readings=(signed,))
        clock.advance(3600)
        await hub.request(start(clock))
        answers = await asyncio.gather(*(hub.request(update) for _ in range(3)))
        assert len(set(answers)) == 1
    facts = check(tmp_path)
    assert [fact.reason for fact in facts if isinstance(fact, f.TransactionMetered)] == ["begin", "signed"]


async def test_a_stored_answer_is_not_given_before_it_is_durable(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        disk = disk_of(hub)
        with disk.held():
            first = asyncio.ensure_future(hub.request(start(clock)))
            await disk.commit_waits()
            first.cancel()
            await settled(first)
            again = asyncio.ensure_future(hub.request(start(clock)))
            for _ in range(5):
                await asyncio.sleep(0)
            assert not again.done()
            disk.fates.append("full")
        assert isinstance((await settled(again))[0], JournalError)


async def test_readings_of_a_failed_commit_go_to_the_disk_later(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        disk = disk_of(hub)
        hub.observe([MeterSample("meters/grid", clock.now(), {"power_w": 1})])
        disk.fates.append("full")
        with pytest.raises(JournalError):
            await hub.flush()
        clock.advance(1)
        hub.observe([MeterSample("meters/grid", clock.now(), {"power_w": 2})])
        await hub._ledger.sound()
        await hub.flush()
        stored = await hub.journal.reader.samples("meters/grid")
        assert [sample.values["power_w"] for sample in stored] == [1, 2]


async def test_what_comes_while_the_ledger_is_read_again_waits_and_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        disk = disk_of(hub)
        reopen, tries = hub.journal._store.reopen, []

        def broken_twice() -> None:
            tries.append(1)
            if len(tries) <= 2:
                raise sqlite3.OperationalError("disk I/O error")
            reopen()

        monkeypatch.setattr(hub.journal._store, "reopen", broken_twice)
        disk.fates.append("full")
        with pytest.raises(JournalError):
            await hub.request(start(clock))
        assert not hub._ledger.is_sound
        await hub.tick()
        answer = await hub.request(start(clock))
        assert isinstance(answer, TransactionAnswer)
        assert len(tries) == 3
    check(tmp_path)


async def test_a_batch_that_fails_after_all_is_well_again_does_not_bring_the_hub_down_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was written while the ledger was read again, so it is refused behind the reload. A second reload then would
    lose what has been committed between."""
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        disk = disk_of(hub)
        reloads = []
        reload = hub.journal.reload

        async def counted() -> State:
            reloads.append(1)
            reading = asyncio.ensure_future(reload())
            await asyncio.sleep(0)
            late = hub.journal.commit(Group())
            state = await reading
            late.add_done_callback(lambda done: reloads.append(0) if done.exception() else None)
            return state

        monkeypatch.setattr(hub.journal, "reload", counted)
        disk.fates.append("full")
        with pytest.raises(JournalError):
            await hub.request(start(clock))
        answers = [await hub.request(start(clock, "CP02", evse)) for evse in (1, 2)]
        for _ in range(20):
            await asyncio.sleep(0.001)
        assert reloads == [1, 0]
        assert {each.transaction for each in answers} == set(hub.state.transactions)  # type: ignore[union-attr]
        assert rows_equal(hub.state, hub._ledger.pending)


async def test_a_command_that_has_acted_is_ended_as_soon_as_the_disk_takes_it(tmp_path: Path) -> None:
    clock = FakeClock()
    acted = []

    async def executor(command: Command, remote_start_id: int) -> Ending:
        acted.append(command.id)
        disk.fates.extend(["full"] * 5)
        return Ending("done")

    async with a_hub(tmp_path, clock) as hub:
        disk = disk_of(hub)
        hub.carry_out(["reset"], executor)
        await hub.record(f.StationConnected(at=clock.now(), station="CP01", ocpp="1.6"))
        began = asyncio.get_running_loop().time()
        outcome = await hub.submit(Command("c1", "reset", {"station": "CP01", "kind": "soft"}), wait_s=5)
        assert (outcome.state, acted) == ("done", ["c1"])
        assert asyncio.get_running_loop().time() - began >= 0.05, "a full disk is not asked without a pause"
        while hub.busy:
            await asyncio.sleep(0)
    assert types_in(tmp_path / "journal.db").count("command_ended") == 1


async def test_a_command_whose_dispatch_was_not_written_down_is_not_sent(tmp_path: Path) -> None:
    clock = FakeClock()
    acted = []

    async def executor(command: Command, remote_start_id: int) -> Ending:
        acted.append(command.id)
        return Ending("done")

    async with a_hub(tmp_path, clock) as hub:
        disk = disk_of(hub)
        hub.carry_out(["reset"], executor)
        await hub.record(f.StationConnected(at=clock.now(), station="CP01", ocpp="1.6"))
        command = Command("c1", "reset", {"station": "CP01", "kind": "soft"})
        for fate, known in (("full", False), ("late", True)):
            disk.fates.append(fate)  # type: ignore[arg-type]
            with pytest.raises(JournalError):
                await hub.submit(command)
            await hub._ledger.sound()
            assert ("c1" in hub.state.commands) is known
        assert (await hub.submit(command)).state == "dispatched"
        clock.advance(60)
        await hub.tick()
        assert (await hub.submit(command)).state == "unknown"
    assert acted == []


async def test_a_configuration_that_could_not_be_written_down_is_not_in_force(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub:
        old, new = hub.site, a_site(tariffs={"default": Tariff("default", hub.site.tariffs["default"].energy_kwh * 2)})
        disk_of(hub).fates.append("full")
        with pytest.raises(JournalError):
            await hub.configure(new)
        assert hub.site == old
        await hub.configure(new)
        assert hub.site == new


async def test_a_hub_that_cannot_read_its_ledger_can_still_be_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeClock()
    hub: Hub
    async with a_hub(tmp_path, clock) as hub:
        disk = disk_of(hub)

        def broken() -> None:
            raise sqlite3.OperationalError("disk I/O error")

        monkeypatch.setattr(hub.journal._store, "reopen", broken)
        monkeypatch.setattr(ledger, "RELOAD_PAUSE_S", 60)
        begun = await hub.request(start(clock))
        assert isinstance(begun, TransactionAnswer)
        disk.fates.append("full")
        with pytest.raises(JournalError):
            await hub.request(stop(clock, begun))
    monkeypatch.undo()
    assert [fact.type for fact in check(tmp_path)][-1] == "transaction_metered"


async def test_a_station_hears_nothing_of_an_error_of_the_disk_that_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, disk = FakeClock(), Faults(monkeypatch)
    async with a_hub(tmp_path, clock) as hub:
        disk.fail("COMMIT", "COMMIT!")
        answer = await hub.request(start(clock))
        assert isinstance(answer, TransactionAnswer)
        assert disk.is_calm
        assert hub.state.at_evse == {("CP01", 1): answer.transaction}
    assert [fact.type for fact in check(tmp_path)].count("transaction_started") == 1


async def test_a_fact_that_can_not_be_written_down_fails_alone(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        wild = f.TokenDecided(
            at=clock.now(), station="CP01", id_token="\ud800", kind="RFID", status="accepted", source="list"
        )
        told = await settled(hub.record(wild), hub.request(start(clock)), hub.flush())
        assert [type(each).__name__ for each in told] == ["Unwritable", "TransactionAnswer", "NoneType"]
        assert hub._ledger.is_sound
    check(tmp_path)


async def test_a_command_whose_result_can_not_be_written_down_ends_once_and_says_so(tmp_path: Path) -> None:
    clock = FakeClock()
    acted = []

    async def executor(command: Command, number: int) -> Ending:
        acted.append(command.id)
        return Ending("done", result={"counter": 2**70})

    async with a_hub(tmp_path, clock) as hub:
        hub.carry_out(["reset"], executor)
        await hub.record(f.StationConnected(at=clock.now(), station="CP01", ocpp="1.6"))
        outcome = await hub.submit(Command("c1", "reset", {"station": "CP01", "kind": "soft"}), wait_s=5)
        assert (outcome.state, outcome.result, acted) == ("done", None, ["c1"])
        assert "can't be written down" in str(outcome.reason)


async def test_a_ledger_that_is_damaged_while_it_runs_is_salvaged_and_charging_goes_on(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        begun = await hub.request(start(clock))
        assert isinstance(begun, TransactionAnswer)
        old = hub.journal.position("A").epoch
        damage = Damaged("the database is damaged")
        await hub.journal.call(lambda store: store.condemn(damage))
        with pytest.raises(Damaged):
            await hub.record(f.StationConnected(at=clock.now(), station="CP02", ocpp="1.6"))
        assert isinstance(await hub.request(stop(clock, begun)), TransactionAnswer)
        facts = await hub.journal.reader.facts()
        assert [(fact.sequence, fact.type) for fact in facts][:2] == [(1, "epoch_started"), (2, "transaction_metered")]
        assert (facts[0].body["reason"], facts[0].body["previous"]) == ("salvage", old)
        assert hub.state.transactions[begun.transaction].energy_wh == 10_000
        assert [path.name.split("-")[0] for path in hub.journal.set_aside] == ["journal.damaged"]
