"""Who may charge is asked of somebody else before it is decided, and nobody waits long for the answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgegw.hub import Hub, asking
from edgegw.model import facts as f
from edgegw.model.commands import Command
from edgegw.model.requests import (
    AuthorizeAnswer,
    AuthorizeRequest,
    TokenQuestion,
    TokenWord,
    TransactionAnswer,
    TransactionRequest,
)
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub, a_site, minutes, start, stop
from tests.support.ledgers import check

Say = Callable[[TokenQuestion], Any]


class Cloud:
    """Somebody who is asked; `say` gives the words, or is awaited for them."""

    def __init__(self, hub: Hub, say: Say) -> None:
        self.asked: list[TokenQuestion] = []
        self._say = say
        hub.ask_with(self)

    async def __call__(self, question: TokenQuestion) -> TokenWord | None:
        self.asked.append(question)
        said = self._say(question)
        word: TokenWord | None = await said if asyncio.iscoroutine(said) else said
        return word


def yes(question: TokenQuestion) -> TokenWord:
    return TokenWord(question.id_token, "accepted", "fleet", "pt-BR")


def never(question: TokenQuestion) -> Any:
    return asyncio.sleep(3600)


def show(clock: FakeClock, id_token: str = "X", station: str = "CP01") -> AuthorizeRequest:
    return AuthorizeRequest(station=station, at=clock.now(), id_token=id_token)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A station's answer is held up for a twentieth of a second only."""
    monkeypatch.setattr(asking, "ASK_S", 0.05)


async def test_a_token_that_nobody_here_knows_is_asked_for_and_remembered(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        cloud = Cloud(hub, yes)
        for _ in range(2):
            assert await hub.request(show(clock)) == AuthorizeAnswer("accepted", "fleet", "pt-BR")
        assert cloud.asked == [TokenQuestion(id_token="X", kind="ISO14443", station="CP01")]
    async with a_hub(tmp_path, clock) as hub:
        assert await hub.request(show(clock)) == AuthorizeAnswer("accepted", "fleet", "pt-BR")
    sources = [fact.source for fact in check(tmp_path) if isinstance(fact, f.TokenDecided)]
    assert sources == ["cloud", "cache", "cache"]


async def test_a_listed_token_is_not_asked_for(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        cloud = Cloud(hub, yes)
        for id_token in ("CARD1", "CARD2"):
            await hub.request(show(clock, id_token))
            await hub.request(start(clock, id_token=id_token))
        assert cloud.asked == []


async def test_a_no_is_asked_for_again_and_counts_while_nobody_answers(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock, a_site(offline_unknown="accept")) as hub:
        words = [TokenWord("X", "blocked"), None, TokenWord("X", "accepted")]
        cloud = Cloud(hub, lambda _: words.pop(0))
        assert [(await hub.request(show(clock))).status for _ in range(3)] == ["blocked", "blocked", "accepted"]  # type: ignore[union-attr]
        assert len(cloud.asked) == 3


async def test_a_word_is_forgotten_when_the_cloud_said_so(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        until = clock.now() + minutes(10)
        cloud = Cloud(hub, lambda _: TokenWord("X", "accepted", expires_at=until) if len(cloud.asked) == 1 else None)
        for _ in range(2):
            assert (await hub.request(show(clock))).status == "accepted"  # type: ignore[union-attr]
        clock.advance(600)
        assert (await hub.request(show(clock))).status == "invalid"  # type: ignore[union-attr]
        assert len(cloud.asked) == 2


async def test_a_start_with_an_unknown_token_is_asked_for_as_well(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        cloud = Cloud(hub, yes)
        begun = await hub.request(start(clock, id_token="X"))
        assert isinstance(begun, TransactionAnswer)
        assert (begun.authorization, begun.group) == ("accepted", "fleet")
        assert await hub.request(show(clock)) == AuthorizeAnswer("accepted", "fleet", "pt-BR")
        assert [each.evse for each in cloud.asked] == [1]
    check(tmp_path)


async def test_a_token_shown_in_the_middle_of_a_transaction_is_asked_for(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        Cloud(hub, yes)
        event = {"station": "CP02", "evse": 1, "reference": "T1", "ocpp": "2.0.1"}
        for seq_no, stage, id_token in ((0, "started", None), (1, "updated", "X")):
            answer = await hub.request(
                TransactionRequest(**event, at=clock.now(), stage=stage, seq_no=seq_no, id_token=id_token)  # type: ignore[arg-type]
            )
        assert isinstance(answer, TransactionAnswer)
        assert (answer.authorization, answer.group) == ("accepted", "fleet")
    check(tmp_path)


async def test_nobody_is_asked_about_what_is_history(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        cloud = Cloud(hub, yes)
        old = await hub.request(start(clock, id_token="X", at=clock.now() - minutes(30)))
        await hub.request(start(clock, "CP02", id_token="X", offline=True, ocpp="2.0.1", reference="T", seq_no=1))
        assert isinstance(old, TransactionAnswer)
        await hub.request(stop(clock, old, id_token="X"))
        assert cloud.asked == []


async def test_a_start_that_was_asked_for_is_accepted_by_who_asked(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:

        async def carry_out(command: Command, number: int) -> Any:
            raise asking_lost

        from edgegw.hub import AnswerLost

        asking_lost = AnswerLost()
        hub.carry_out(["start_transaction"], carry_out)
        cloud = Cloud(hub, never)
        await hub.record(f.StationConnected(at=clock.now(), station="CP01", ocpp="1.6"))
        await hub.submit(Command("c", "start_transaction", {"station": "CP01", "evse": 1, "id_token": "APP"}))
        begun = await hub.request(start(clock, id_token="APP"))
        assert isinstance(begun, TransactionAnswer)
        assert begun.authorization == "accepted"
        assert cloud.asked == []


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(("policy", "status"), [("accept", "accepted"), ("reject", "invalid")])
async def test_silence_is_decided_by_policy_in_time(tmp_path: Path, policy: Any, status: str) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock, a_site(offline_unknown=policy)) as hub:
        Cloud(hub, never)
        before = time.monotonic()
        answers = await asyncio.gather(hub.request(show(clock)), hub.request(start(clock, id_token="Y")))
        assert time.monotonic() - before < 1.0
        assert answers[0] == AuthorizeAnswer(status)  # type: ignore[arg-type]
        assert answers[1].authorization == status  # type: ignore[union-attr]
    assert [fact.source for fact in check(tmp_path) if isinstance(fact, f.TokenDecided)] == ["policy"]


async def test_a_failure_of_who_is_asked_is_decided_by_policy(tmp_path: Path) -> None:
    def fails(question: TokenQuestion) -> Any:
        raise RuntimeError("no")

    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        Cloud(hub, fails)
        assert await hub.request(show(clock)) == AuthorizeAnswer("invalid")


@pytest.mark.usefixtures("short")
async def test_an_answer_that_comes_late_is_there_for_the_next_time(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        said = asyncio.Event()

        async def late(question: TokenQuestion) -> TokenWord:
            await said.wait()
            return yes(question)

        Cloud(hub, late)
        assert (await hub.request(show(clock))).status == "invalid"  # type: ignore[union-attr]
        said.set()
        async with asyncio.timeout(5):
            while hub.state.tokens["X"].source != "cloud":
                await asyncio.sleep(0.001)
        hub.ask_with(never)
        assert await hub.request(show(clock)) == AuthorizeAnswer("accepted", "fleet", "pt-BR")
    assert [fact.source for fact in check(tmp_path) if isinstance(fact, f.TokenDecided)] == ["policy", "cloud", "cache"]


async def test_one_token_is_asked_for_once_at_a_time_and_others_beside_it(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        said = asyncio.Event()

        async def slow(question: TokenQuestion) -> TokenWord:
            await said.wait()
            return yes(question)

        cloud = Cloud(hub, slow)
        asked = [
            asyncio.ensure_future(hub.request(show(clock, id_token, station)))
            for id_token in ("X", "Y") for station in ("CP01", "CP02")
        ]  # fmt: skip
        await asyncio.sleep(0.01)
        known = await asyncio.wait_for(hub.request(show(clock, "CARD1")), 1.0)
        assert known == AuthorizeAnswer("accepted"), "who is known does not wait for who is not"
        said.set()
        assert {answer.status for answer in await asyncio.gather(*asked)} == {"accepted"}  # type: ignore[union-attr]
        assert [each.id_token for each in cloud.asked] == ["X", "Y"]


@pytest.mark.usefixtures("short")
async def test_after_a_silence_the_next_one_asks_anew(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        cloud = Cloud(hub, lambda question: never(question) if len(cloud.asked) == 1 else yes(question))
        assert (await hub.request(show(clock))).status == "invalid"  # type: ignore[union-attr]
        assert (await hub.request(show(clock))).status == "accepted"  # type: ignore[union-attr]


@pytest.mark.usefixtures("short")
async def test_no_more_questions_are_under_way_than_can_be_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MAX_ASKED", 3)
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        cloud = Cloud(hub, never)
        await asyncio.gather(*(hub.request(show(clock, f"T{number}")) for number in range(10)))
        assert len(cloud.asked) == 3


async def test_a_duplicate_of_a_start_that_is_being_asked_for_gets_the_same_answer(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        said = asyncio.Event()

        async def slow(question: TokenQuestion) -> TokenWord:
            await said.wait()
            return yes(question)

        Cloud(hub, slow)
        request = start(clock, id_token="X")
        asked = [asyncio.ensure_future(hub.request(request)) for _ in range(3)]
        await asyncio.sleep(0.01)
        said.set()
        assert len(set(await asyncio.gather(*asked))) == 1
    assert [fact.type for fact in check(tmp_path)].count("transaction_started") == 1


async def test_a_hub_that_stops_does_not_wait_for_answers(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        Cloud(hub, never)
        asked = asyncio.ensure_future(hub.request(show(clock)))
        await asyncio.sleep(0.01)
    async with asyncio.timeout(1):
        await asyncio.gather(asked, return_exceptions=True)
