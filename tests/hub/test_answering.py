"""What stations are answered, once, also when they ask again; on a real ledger."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from edgegw.model import facts as f
from edgegw.model.commands import Command
from edgegw.model.requests import AuthorizeRequest, BootRequest, TransactionAnswer
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub, start, stop
from tests.support.ledgers import check, types_in


async def test_a_retried_start_gets_its_first_answer_also_after_a_restart(tmp_path: Path) -> None:
    clock = FakeClock()
    request = start(clock)
    async with a_hub(tmp_path, clock) as hub:
        first = await hub.request(request)
        clock.advance(30)
        assert await hub.request(request) == first
    clock.advance(30)
    async with a_hub(tmp_path, clock) as hub:
        assert await hub.request(request) == first
    assert types_in(tmp_path / "journal.db").count("transaction_started") == 1


async def test_a_duplicate_of_a_start_in_flight_waits_for_it(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        request = start(clock)
        answers = await asyncio.gather(*(hub.request(request) for _ in range(5)))
        assert len(set(answers)) == 1
    assert types_in(tmp_path / "journal.db").count("transaction_started") == 1


async def test_transaction_numbers_never_come_twice_over_restarts(tmp_path: Path) -> None:
    clock = FakeClock()
    numbers = []
    for _ in range(3):
        async with a_hub(tmp_path, clock) as hub:
            for _ in range(3):
                clock.advance(1)
                answer = await hub.request(start(clock))
                assert isinstance(answer, TransactionAnswer)
                numbers.append(answer.number)
    assert len(set(numbers)) == 9
    assert numbers == sorted(numbers)


async def test_a_start_with_a_blocked_card_is_recorded_and_answered_no(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        answer = await hub.request(start(clock, id_token="CARD2"))
        assert isinstance(answer, TransactionAnswer)
        assert answer.authorization == "blocked"
        assert answer.transaction in hub.state.transactions


async def test_a_start_where_one_still_runs_ends_the_old_one(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        old = await hub.request(start(clock))
        clock.advance(600)
        new = await hub.request(start(clock, import_wh=1_004_000))
        assert isinstance(old, TransactionAnswer)
        assert isinstance(new, TransactionAnswer)
        assert hub.state.transactions[old.transaction].end_reason == "superseded"
        assert hub.state.at_evse["CP01", 1] == new.transaction
    check(tmp_path)


@pytest.mark.parametrize("reference", ["0", "-1", "9223372036854775807"])
async def test_a_stop_with_a_senseless_number_ends_the_one_that_runs(tmp_path: Path, reference: str) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        begun = await hub.request(start(clock))
        assert isinstance(begun, TransactionAnswer)
        clock.advance(60)
        ended = await hub.request(stop(clock, begun, reference=reference))
        assert isinstance(ended, TransactionAnswer)
        assert ended.transaction == begun.transaction


async def test_a_stop_of_a_transaction_nobody_saw_is_recorded_as_adopted(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        answer = await hub.request(stop(clock, TransactionAnswer("?", 77)))
        assert isinstance(answer, TransactionAnswer)
        assert hub.state.transactions[answer.transaction].state == "ended"
    facts = check(tmp_path)
    assert [fact.adopted for fact in facts if isinstance(fact, f.TransactionStarted)] == [True]


async def test_boots_are_answered_by_configuration_policy_and_installer(tmp_path: Path) -> None:
    clock = FakeClock()

    async def boot(station: str) -> str:
        request = BootRequest(station=station, at=clock.now(), ocpp="1.6", vendor="V", model="M")
        return (await hub.request(request)).status  # type: ignore[union-attr]

    async with a_hub(tmp_path, clock) as hub:
        assert await boot("CP01") == "accepted"
        assert await boot("STRANGER") == "pending"
        outcome = await hub.submit(Command("c1", "accept_station", {"station": "STRANGER"}))
        assert outcome.state == "done"
        assert await boot("STRANGER") == "accepted"


async def test_a_token_is_decided_by_the_list_then_by_policy(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        for token, status in (("CARD1", "accepted"), ("CARD2", "blocked"), ("NOBODY", "invalid")):
            answer = await hub.request(AuthorizeRequest(station="CP01", at=clock.now(), id_token=token))
            assert answer.status == status  # type: ignore[union-attr]
