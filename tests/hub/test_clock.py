"""A gateway that does not know the time: what it calls the time, and what becomes of it when the time arrives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edgegw.core.fold import memory
from edgegw.hub import AnswerLost, Ending, Hub, clock
from edgegw.journal.reader import StoredFact
from edgegw.model import facts as f
from edgegw.model.commands import Command
from edgegw.model.requests import BootAnswer, BootRequest, TransactionAnswer
from tests.support.clock import Machine
from tests.support.disks import disk_of
from tests.support.hubs import a_hub, minutes, start, stop
from tests.support.ledgers import check

TRUE = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""What time it is when the time arrives."""

second = timedelta(seconds=1)
Reboot = Callable[[str], None]


@pytest.fixture
def reboot(monkeypatch: pytest.MonkeyPatch) -> Reboot:
    """Give the machine's run another id."""

    def begin(id: str) -> None:
        for module in ("store", "journal"):
            monkeypatch.setattr(f"edgegw.journal.{module}.boot_id", lambda: id)

    begin("run 1")
    return begin


async def facts_of(hub: Hub) -> list[StoredFact]:
    return await hub.journal.reader.facts()


async def clocks(hub: Hub) -> list[tuple[str, str]]:
    return [(fact.type, fact.clock) for fact in await facts_of(hub)]


def boot(hub: Hub) -> BootRequest:
    return BootRequest(station="CP01", at=hub.now(), ocpp="1.6", vendor="v", model="m")


async def charge(hub: Hub, machine: Machine, station: str = "CP01") -> TransactionAnswer:
    begun = await hub.request(replace(start(machine, station), at=hub.now()))
    assert isinstance(begun, TransactionAnswer)
    return begun


# What the time is taken to be


async def test_a_station_is_never_told_1970(tmp_path: Path, reboot: Reboot) -> None:
    machine = Machine()
    async with a_hub(tmp_path, machine) as hub:
        answer = await hub.request(boot(hub))
        assert isinstance(answer, BootAnswer)
        assert answer.current_time == Machine.BUILT + 40 * second
        assert {clock for _, clock in await clocks(hub)} == {"unsynced"}
        assert {fact.boot for fact in await facts_of(hub)} == {"run 1"}
    check(tmp_path)


async def test_time_goes_on_over_restarts_and_power_cuts(tmp_path: Path, reboot: Reboot) -> None:
    told = list[datetime]()
    for run in ("run 1", "run 1", "run 2", "run 2", "run 3"):
        if not told or len(told) % 4 == 0:
            machine = Machine()
        reboot(run)
        async with a_hub(tmp_path, machine) as hub:
            assert hub.clock.state == "unsynced"
            for _ in range(2):
                machine.advance(100)
                answer = await hub.request(boot(hub))
                assert isinstance(answer, BootAnswer)
                told.append(answer.current_time)
        machine.advance(7)
    assert told == sorted(set(told))
    # Within a run no second is lost; between two runs none that could be counted.
    assert told[3] - told[0] == 307 * second
    assert told[4] - told[3] == 140 * second


async def test_a_ledger_with_a_newer_fact_than_the_system_clock_wins(tmp_path: Path, reboot: Reboot) -> None:
    machine = Machine(TRUE)
    machine.vouched = True
    async with a_hub(tmp_path, machine) as hub:
        assert (hub.clock.state, hub.now()) == ("synced", TRUE)
        await hub.record(f.StationConnected(at=hub.now(), station="CP01", ocpp="1.6"))
    machine = Machine(TRUE - timedelta(days=2))
    reboot("run 2")
    async with a_hub(tmp_path, machine) as hub:
        assert (hub.clock.state, hub.now()) == ("unsynced", TRUE + 40 * second)


# The time arrives


async def test_the_time_arrives_and_what_was_told_is_put_right(tmp_path: Path, reboot: Reboot) -> None:
    machine = Machine()
    async with a_hub(tmp_path, machine) as hub:
        ended = await charge(hub, machine)
        machine.advance(600)
        await hub.request(replace(stop(machine, ended), at=hub.now()))
        running = await charge(hub, machine)
        machine.advance(300)
        await hub.tick()
        assert hub.clock.state == "unsynced"
        machine.set(TRUE)
        machine.vouched = True
        await hub.tick()
        assert (hub.clock.state, hub.now()) == ("synced", TRUE)
        assert hub.state.transactions[running.transaction].started_at == TRUE - 300 * second
        row = hub.state.transactions[ended.transaction]
        assert (row.started_at, row.ended_at) == (TRUE - 900 * second, TRUE - 300 * second)
        await hub.tick()
        stored = await facts_of(hub)
        assert [(fact.type, fact.clock) for fact in stored[-4:]] == [
            ("clock_corrected", "corrected"), ("transaction_corrected", "corrected"), ("cdr_closed", "corrected"),
            ("transaction_corrected", "corrected"),
        ]  # fmt: skip
        told, before = stored[-4].body, stored[:-4]
        assert (told["boot"], told["was"], told["by"]) == ("run 1", "unsynced", "source")
        # The rule by which a cloud puts other facts right.
        offset = timedelta(milliseconds=told["offset_ms"])
        (connected,) = [fact for fact in before if fact.type == "transaction_ended"]
        assert (connected.clock, connected.boot) == ("unsynced", told["boot"])
        assert connected.at + offset == connected.recorded_at + offset == row.ended_at
        # After it, what happens is told in the new time.
        await hub.record(f.StationConnected(at=hub.now(), station="CP01", ocpp="1.6"))
        assert (await clocks(hub))[-1] == ("station_connected", "synced")
    check(tmp_path)


async def test_stations_are_told_the_new_time_at_once(tmp_path: Path, reboot: Reboot) -> None:
    machine, asked = Machine(), list[tuple[str, object]]()

    async def station(command: Command, number: int) -> Ending:
        asked.append((command.name, command.args))
        return Ending("done")

    async with a_hub(tmp_path, machine) as hub:
        hub.carry_out(["trigger"], station)
        await hub.record(f.StationConnected(at=hub.now(), station="CP01", ocpp="1.6"))
        machine.set(TRUE)
        machine.vouched = True
        await hub.tick()
        for _ in range(100):
            if asked:
                break
            await hub.record()
        assert asked == [("trigger", {"station": "CP01", "message": "heartbeat"})]
    check(tmp_path)


async def test_the_time_arrives_while_the_gateway_is_down(tmp_path: Path, reboot: Reboot) -> None:
    machine = Machine()
    async with a_hub(tmp_path, machine) as hub:
        running = await charge(hub, machine)
        told = hub.now()
    machine.advance(100)
    machine.set(TRUE)
    machine.vouched = True
    async with a_hub(tmp_path, machine) as hub:
        await hub.tick()
        assert hub.now() == TRUE
        assert hub.state.transactions[running.transaction].started_at == TRUE - 100 * second
        (fact,) = [fact for fact in await facts_of(hub) if fact.type == "clock_corrected"]
        assert fact.body["offset_ms"] == (TRUE - 100 * second - told) / timedelta(milliseconds=1)
    async with a_hub(tmp_path, machine) as hub:
        await hub.tick()
        assert [fact.type for fact in await facts_of(hub)].count("clock_corrected") == 1
    check(tmp_path)


async def test_a_correction_that_the_disk_does_not_take_is_made_when_it_does(
    tmp_path: Path, reboot: Reboot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgegw.hub.ledger.RELOAD_PAUSE_S", 0.01)
    machine = Machine()
    async with a_hub(tmp_path, machine) as hub:
        running = await charge(hub, machine)
        machine.set(TRUE)
        machine.vouched = True
        disk_of(hub).fates.append("full")
        await hub.tick()
        assert hub.clock.state == "unsynced"
        assert hub.now() < TRUE
        await hub.record()
        machine.advance(1)
        await hub.tick()
        assert hub.now() == TRUE + second
        assert hub.state.transactions[running.transaction].started_at == TRUE
        assert [fact.type for fact in await facts_of(hub)].count("clock_corrected") == 1
    check(tmp_path)


async def test_bills_that_have_left_memory_are_put_right_too(
    tmp_path: Path, reboot: Reboot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "KEPT", {**memory.KEPT, "transactions": 4})
    monkeypatch.setattr("edgegw.hub.timekeeping.A_READ", 3)
    machine = Machine()
    async with a_hub(tmp_path, machine) as hub:
        for _ in range(10):
            begun = await charge(hub, machine)
            machine.advance(60)
            await hub.request(replace(stop(machine, begun), at=hub.now()))
            machine.advance(60)
        assert len(hub.state.transactions) < 10
        machine.set(TRUE)
        machine.vouched = True
        await hub.tick()
        starts = sorted(row.started_at for row in await hub.journal.reader.transactions())
        assert starts == [TRUE - count * 120 * second for count in range(10, 0, -1)]
        types = [fact.type for fact in await facts_of(hub)]
        assert types.count("transaction_corrected") == 10
        assert types.count("cdr_closed") == 20
    monkeypatch.undo()
    check(tmp_path)


# The clock leaps


async def test_a_clock_that_leaps_by_years_and_back_leaves_no_trace(tmp_path: Path, reboot: Reboot) -> None:
    machine = Machine(TRUE)
    machine.kept = TRUE
    async with a_hub(tmp_path, machine) as hub:
        running = await charge(hub, machine)
        for years in (5, -56, 0):
            machine.set(TRUE + timedelta(days=365 * years) + minutes(machine.elapsed_s / 60) - minutes(40 / 60))
            await hub.tick()
            assert hub.clock.state == "synced"
            machine.advance(60)
            assert hub.now() - TRUE == (machine.elapsed_s - 40) * second
        row = hub.state.transactions[running.transaction]
        assert row.started_at == TRUE
        assert {clock for _, clock in await clocks(hub)} == {"synced"}
        assert "clock_corrected" not in [type for type, _ in await clocks(hub)]


async def test_a_step_that_a_time_source_makes_is_a_fact(tmp_path: Path, reboot: Reboot) -> None:
    machine = Machine(TRUE)
    machine.kept = TRUE
    async with a_hub(tmp_path, machine) as hub:
        machine.set(TRUE + timedelta(days=365 * 5))
        machine.vouched = True
        await hub.tick()
        assert hub.now() == TRUE + timedelta(days=365 * 5)
        body = (await facts_of(hub))[-1].body
        assert (body["was"], body["by"], body["offset_ms"]) == ("synced", "source", 5 * 365 * 86_400_000)
        machine.set(TRUE + 60 * second)
        await hub.tick()
        assert hub.now() == TRUE + 60 * second
        assert (await clocks(hub))[-1] == ("clock_corrected", "corrected")
    check(tmp_path)


async def test_what_runs_goes_with_a_step_and_comes_back_with_it(tmp_path: Path, reboot: Reboot) -> None:
    machine = Machine(TRUE)
    machine.kept = TRUE
    async with a_hub(tmp_path, machine) as hub:
        machine.advance(60)
        running = await charge(hub, machine)
        for hours in (2, -1, 0):
            machine.advance(60)
            machine.set(TRUE + timedelta(hours=hours, seconds=machine.elapsed_s - 40))
            await hub.tick()
            assert hub.state.transactions[running.transaction].started_at == TRUE + timedelta(hours=hours, minutes=1)
    check(tmp_path)


# Commands


@pytest.mark.parametrize(("good_for_s", "state"), [(30, "done"), (-30, "expired"), (10, "expired")])
async def test_a_command_that_was_held_is_judged_by_the_time_that_arrived(
    tmp_path: Path, reboot: Reboot, good_for_s: int, state: str
) -> None:
    machine = Machine()
    sent: list[str] = []

    async def station(command: Command, number: int) -> Ending:
        sent.append(command.id)
        return Ending("done")

    async with a_hub(tmp_path, machine) as hub:
        hub.carry_out(["reset"], station)
        await hub.record(f.StationConnected(at=hub.now(), station="CP01", ocpp="1.6"))
        command = Command(
            "c", "reset", {"station": "CP01", "kind": "soft"}, expires_at=TRUE + (good_for_s - 20) * second
        )
        assert (await hub.submit(command)).state == "received"
        machine.advance(20)
        await hub.tick()
        assert (await hub.submit(command)).state == "received"
        machine.set(TRUE)
        machine.vouched = True
        await hub.tick()
        assert (await hub.submit(command, wait_s=5)).state == state
        assert sent == (["c"] if state == "done" else [])
    check(tmp_path)


async def test_an_order_whose_answer_was_lost_is_not_given_up_by_a_step(tmp_path: Path, reboot: Reboot) -> None:
    machine = Machine(TRUE)
    machine.vouched = True

    async def station(command: Command, number: int) -> Ending:
        raise AnswerLost

    async with a_hub(tmp_path, machine) as hub:
        hub.carry_out(["stop_transaction"], station)
        await hub.record(f.StationConnected(at=hub.now(), station="CP01", ocpp="1.6"))
        await charge(hub, machine)
        stopping = Command("c", "stop_transaction", {"station": "CP01", "evse": 1})
        assert (await hub.submit(stopping)).state == "dispatched"
        machine.advance(10)
        machine.set(TRUE + timedelta(hours=2))
        await hub.tick()
        assert (await hub.submit(stopping)).state == "dispatched"
        machine.advance(51)
        await hub.tick()
        assert (await hub.submit(stopping)).state == "unknown"


# The machine's clocks


def test_a_hardware_clock_is_read_and_where_none_is_shown_a_pc_has_one_all_the_same(tmp_path: Path) -> None:
    assert clock.kept(tmp_path / "none", "aarch64") is None
    assert clock.kept(tmp_path / "none", "x86_64") is not None
    for number, text in enumerate(("946684800\n", "1772452800\n", "garbage")):
        (tmp_path / f"rtc{number}").mkdir()
        (tmp_path / f"rtc{number}" / "since_epoch").write_text(text)
    assert clock.kept(tmp_path, "aarch64") == TRUE


def test_this_machine_knows_the_time() -> None:
    ours = clock.SiteClock()
    assert ours.state == "synced"
    assert abs(ours.now() - clock.utc_now()) < second
    assert ours.look() is None
    assert clock.vouched() in (True, False)
