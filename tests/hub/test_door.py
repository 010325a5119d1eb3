"""The hub's promises, on a real ledger in a temporary folder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from edgegw.hub import AnswerLost, Ending, Hub
from edgegw.model import facts as f
from edgegw.model.commands import Asker, Command
from edgegw.model.requests import TransactionAnswer
from edgegw.model.samples import MeterSample
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub, minutes, start, stop
from tests.support.ledgers import check, types_in


async def connect(hub: Hub, station: str = "CP01") -> None:
    await hub.record(f.StationConnected(at=hub.now(), station=station, ocpp="1.6"))


def register(clock: FakeClock, import_wh: int, source: str = "stations/CP01/1", **values: float) -> MeterSample:
    return MeterSample(source, clock.now(), {"import_wh": import_wh, **values})


async def test_a_charge_is_told_in_facts_and_billed(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        begun = await hub.request(start(clock))
        assert isinstance(begun, TransactionAnswer)
        assert begun.authorization == "accepted"
        clock.advance(60)
        hub.observe([register(clock, 1_000_100)])
        clock.advance(3600)
        ended = await hub.request(stop(clock, begun))
        assert isinstance(ended, TransactionAnswer)
        assert ended.cost == "20.00"
        transaction = hub.state.transactions[begun.transaction]
        assert (transaction.state, transaction.energy_wh, str(transaction.total)) == ("ended", 10_000, "20.00")
    assert [fact.type for fact in check(tmp_path)] == [
        "epoch_started", "site_configured", "transaction_started", "transaction_metered", "energy_transfer_started",
        "transaction_metered", "transaction_ended", "cdr_closed",
    ]  # fmt: skip


async def test_the_register_becomes_a_fact_every_15_minutes(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        begun = await hub.request(start(clock))
        for minute in range(46):
            hub.observe([register(clock, 1_000_000 + 100 * minute)])
            clock.advance(60)
        assert isinstance(begun, TransactionAnswer)
        await hub.flush()
        times = [metering.at for metering in hub.state.transactions[begun.transaction].meterings]
    assert [b - a for a, b in pairwise(times)] == [minutes(15)] * 3


async def test_readings_are_on_disk_after_the_linger(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock, linger_s=15.0) as hub:
        hub.observe([register(clock, 5, power_w=11.5)])
        clock.advance(14.9)
        await hub.tick()
        assert hub.journal.position("B").head == 0
        clock.advance(0.2)
        await hub.tick()
        assert hub.journal.position("B").head == 1
        assert await hub.journal.reader.samples("stations/CP01/1") == [
            MeterSample("stations/CP01/1", FakeClock().now(), {"import_wh": 5, "power_w": 11.5})
        ]
        latest = hub.latest("stations/CP01/1")
        assert latest is not None
        assert latest.age_s == pytest.approx(15.1)


async def test_an_hour_of_readings_from_a_queue_is_on_the_bill_and_is_no_reading_of_what_flows_now(
    tmp_path: Path,
) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        answer = await hub.request(start(clock, at=clock.now() - minutes(60)))
        hub.observe(
            [
                MeterSample(
                    "stations/CP01/1", clock.now() - minutes(60 - each), {"import_wh": 1_000_000 + each, "power_w": 9.0}
                )
                for each in range(1, 50)
            ]
        )
        assert hub.latest("stations/CP01/1") is None
        assert isinstance(answer, TransactionAnswer)
        await hub.request(stop(clock, answer, at=clock.now() - minutes(5), import_wh=None))
        await hub.flush()
        assert hub.state.transactions[answer.transaction].energy_wh == 49
        assert len(await hub.journal.reader.samples("stations/CP01/1")) == 49


async def test_a_charging_status_of_16_starts_suspends_and_resumes_the_transfer(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        begun = await hub.request(start(clock))
        assert isinstance(begun, TransactionAnswer)
        for status in ("charging", "suspended_ev", "charging", "suspended_evse"):
            clock.advance(60)
            await hub.record(
                f.StationStatusChanged(at=clock.now(), station="CP01", evse=1, connector=1, status=status)  # type: ignore[arg-type]
            )
        transaction = hub.state.transactions[begun.transaction]
        assert (transaction.charging_state, transaction.idle_s) == ("suspended_evse", 60)
    kinds = [kind for kind in types_in(tmp_path / "journal.db") if "trans" in kind and kind != "transaction_metered"]
    assert kinds == [
        "transaction_started", "energy_transfer_started", "transaction_suspended", "transaction_resumed",
        "transaction_suspended",
    ]  # fmt: skip


async def test_a_command_is_carried_out_once_however_often_it_is_sent(tmp_path: Path) -> None:
    clock = FakeClock()
    done: list[str] = []

    async def executor(command: Command, remote_start_id: int) -> Ending:
        done.append(command.args["kind"])
        return Ending("done", result={"status": "Accepted"})

    async with a_hub(tmp_path, clock) as hub:
        hub.carry_out(["reset"], executor)
        await connect(hub)
        command = Command("c1", "reset", {"station": "CP01", "kind": "soft"}, by=Asker("cloud"))
        outcomes = await asyncio.gather(*(hub.submit(command, wait_s=30) for _ in range(4)))
        assert {outcome.state for outcome in outcomes} == {"done"}
        assert (await hub.submit(command, wait_s=30)).result == {"status": "Accepted"}
    async with a_hub(tmp_path, clock) as hub:
        hub.carry_out(["reset"], executor)
        assert (await hub.submit(command)).state == "done"
    assert done == ["soft"]


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (Command("c", "fly", {}), "there is no command 'fly'"),
        (Command("c", "reset", {"station": "CP01"}), "reset needs kind"),
        (Command("c", "reset", {"station": "CP01", "kind": "soft", "how": 1}), "does not take how"),
        (Command("c", "reset", {"station": "CP02", "kind": "soft"}), "the station is offline"),
        (Command("c", "reset", {"station": "CP77", "kind": "soft"}), "there is no station 'CP77'"),
        (Command("c", "start_transaction", {"station": "CP01", "evse": 9, "id_token": "X"}), "has no EVSE 9"),
        (Command("c", "stop_transaction", {"station": "CP01", "evse": 1}), "no such transaction"),
        (Command("c", "set_limit", {"target": "moon", "limit_a": 3}), "there is no target 'moon'"),
        (Command("c", "set_limit", {"target": "site", "limit_a": -3}), "limit_a is a number of 0 or more"),
    ],
)
async def test_a_senseless_command_is_rejected_with_a_reason(tmp_path: Path, command: Command, reason: str) -> None:
    async def executor(command: Command, remote_start_id: int) -> Ending:
        raise AssertionError("it must not get here")

    async with a_hub(tmp_path) as hub:
        hub.carry_out(["reset", "start_transaction", "stop_transaction"], executor)
        await connect(hub)
        outcome = await hub.submit(command)
        assert outcome.state == "rejected"
        assert reason in str(outcome.reason)


async def test_a_command_that_comes_too_late_expires(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        command = Command("c", "reset", {"station": "CP01", "kind": "soft"}, expires_at=clock.now() - minutes(1))
        assert (await hub.submit(command)).state == "expired"


async def test_a_command_that_waits_goes_out_when_the_station_comes(tmp_path: Path) -> None:
    clock = FakeClock()
    gone_out = asyncio.Event()

    async def executor(command: Command, remote_start_id: int) -> Ending:
        gone_out.set()
        return Ending("done")

    async with a_hub(tmp_path, clock) as hub:
        hub.carry_out(["reset"], executor)
        args = {"station": "CP01", "kind": "soft"}
        held = Command("c1", "reset", args, expires_at=clock.now() + minutes(5), wait=True)
        late = Command("c2", "reset", {**args, "station": "CP02"}, expires_at=clock.now() + minutes(5), wait=True)
        assert (await hub.submit(held)).state == "received"
        assert (await hub.submit(late)).state == "received"
        await connect(hub)
        await asyncio.wait_for(gone_out.wait(), 1)
        clock.advance(301)
        await hub.tick()
        assert (await hub.submit(held)).state == "done"
        assert (await hub.submit(late)).state == "expired"


async def test_of_two_starts_at_one_evse_the_second_is_rejected(tmp_path: Path) -> None:
    async def executor(command: Command, remote_start_id: int) -> Ending:
        return Ending("done")

    async with a_hub(tmp_path) as hub:
        hub.carry_out(["start_transaction"], executor)
        await connect(hub)
        args = {"station": "CP01", "evse": 1, "id_token": "CARD1"}
        outcomes = await asyncio.gather(
            *(hub.submit(Command(f"c{n}", "start_transaction", args), wait_s=30) for n in range(3))
        )
        assert sorted(outcome.state for outcome in outcomes) == ["done", "rejected", "rejected"]


def lost_start() -> tuple[Command, Callable[..., object]]:
    async def executor(command: Command, remote_start_id: int) -> Ending:
        raise AnswerLost

    return Command("c1", "start_transaction", {"station": "CP01", "evse": 1, "id_token": "CARD1"}), executor


async def test_a_start_whose_answer_was_lost_is_done_when_the_station_starts(tmp_path: Path) -> None:
    clock = FakeClock()
    command, executor = lost_start()
    async with a_hub(tmp_path, clock) as hub:
        hub.carry_out(["start_transaction"], executor)  # type: ignore[arg-type]
        await connect(hub)
        assert (await hub.submit(command)).state == "dispatched"
        clock.advance(20)
        begun = await hub.request(start(clock))
        outcome = await hub.submit(command)
        assert isinstance(begun, TransactionAnswer)
        assert (outcome.state, outcome.result) == ("done", {"transaction": begun.transaction})
    check(tmp_path)


async def test_a_start_whose_answer_was_lost_is_unknown_after_a_minute_and_is_not_sent_again(tmp_path: Path) -> None:
    clock = FakeClock()
    command, executor = lost_start()
    async with a_hub(tmp_path, clock) as hub:
        hub.carry_out(["start_transaction"], executor)  # type: ignore[arg-type]
        await connect(hub)
        await hub.submit(command)
        clock.advance(30)
        await hub.tick()
        assert (await hub.submit(command)).state == "dispatched"
    clock.advance(31)
    async with a_hub(tmp_path, clock) as hub:
        await hub.tick()
        assert (await hub.submit(command)).state == "unknown"


async def test_an_unset_clock_holds_a_start_but_not_a_stop(tmp_path: Path) -> None:
    clock = FakeClock(datetime(1970, 1, 1, 0, 5, tzinfo=UTC))

    async def executor(command: Command, remote_start_id: int) -> Ending:
        return Ending("done")

    async with a_hub(tmp_path, clock) as hub:
        hub.carry_out(["start_transaction", "stop_transaction"], executor)
        await connect(hub)
        await connect(hub, "CP02")
        await hub.request(start(clock, "CP02"))
        args = {"station": "CP01", "evse": 1, "id_token": "CARD1"}
        assert (await hub.submit(Command("c1", "start_transaction", args))).state == "received"
        assert (
            await hub.submit(Command("c2", "stop_transaction", {"station": "CP02", "evse": 1}), wait_s=30)
        ).state == "done"
        clock.advance(61)
        await hub.tick()
        outcome = await hub.submit(Command("c1", "start_transaction", args))
        assert outcome.state == "rejected"
        assert "clock" in str(outcome.reason)


async def test_a_limit_is_set_and_shown(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub:
        outcome = await hub.submit(Command("c1", "set_limit", {"target": "site", "limit_a": 40}, by=Asker("cloud")))
        assert outcome.state == "done"
        assert hub.state.limits["site"].limit_a == 40


async def test_changes_stream_what_is_durable_in_order(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub:
        stream = hub.changes()
        first = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        await connect(hub)
        batch = await first
        assert [(each.sequence, each.fact.type) for each in batch] == [(3, "station_connected")]
        await stream.aclose()


async def test_personal_values_leave_only_a_commitment_in_the_fact(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        await hub.request(start(clock))
        stored = [fact for fact in await hub.journal.reader.facts() if fact.type == "transaction_started"]
        assert stored[0].body["id_token"] == "CARD1"
        await hub.journal.call(lambda store: store._connection.execute("DELETE FROM personal"))
        stored = [fact for fact in await hub.journal.reader.facts() if fact.type == "transaction_started"]
        assert stored[0].body["id_token"] is None
        rows = await hub.journal.reader._rows("SELECT body FROM facts")
        assert not any("CARD1" in body for (body,) in rows)


async def test_a_new_count_and_an_unclean_stop_are_facts(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock):
        pass
    clock.advance(60)
    async with a_hub(tmp_path, clock):  # stopped as it should be
        clock.advance(60)
    seen_at = clock.now()
    cut_off = tmp_path / "journal.lock"
    cut_off.write_text("4711\n")  # what a process that was killed leaves
    async with a_hub(tmp_path, clock):
        pass
    began, configured, restored = check(tmp_path)
    assert isinstance(began, f.EpochStarted)
    assert (began.reason, began.previous) == ("new ledger", None)
    assert isinstance(configured, f.SiteConfigured)
    assert isinstance(restored, f.PowerRestored)
    assert restored.last_seen_at == seen_at - minutes(2)
    assert restored.at == seen_at
