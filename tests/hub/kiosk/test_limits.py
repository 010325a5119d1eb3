"""How often, how long, and what a dialogue holds."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from edgegw.hub.asking import ASK_S
from edgegw.model import facts as f
from edgegw.model.kiosk import Proof, ProofKind, Proposal
from edgegw.model.requests import TokenQuestion, TokenWord
from tests.hub.kiosk.scene import CARDS, Scene, a_kiosk
from tests.support.hubs import a_site


async def report(scene: Scene, dialogue: str | None = None) -> str | None:
    answer = await scene.ask("report_problem", dialogue, category="cable", text="o cabo está travado", station="CP01")
    return answer.reason or answer.decision


async def test_a_problem_is_written_down_in_the_drivers_words_three_an_hour(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        assert await report(scene) == "allowed"
        (told,) = await scene.facts("problem_reported")
        assert isinstance(told, f.ProblemReported)
        assert (told.text, told.station, told.category, told.by) == ("o cabo está travado", "CP01", "cable", "eva:d1")
        assert await report(scene) == "too_soon"
        for number in (2, 3):
            scene.clock.advance(200)
            scene.open(f"d{number}")
            assert await report(scene, f"d{number}") == "allowed"
        scene.clock.advance(200)
        scene.open("d4")
        assert await report(scene, "d4") == "too_many_reports"
        scene.clock.advance(3400)
        scene.open("d5")
        assert await report(scene, "d5") == "allowed"


async def test_a_dialogue_moves_three_things(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path, {"reports_an_hour": 9}) as scene:
        for _ in range(3):
            assert await report(scene) == "allowed"
            scene.clock.advance(10)
        assert await report(scene) == "too_many_effects"


async def test_a_touch_too_soon_after_something_else_may_be_repeated(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        await scene.plug()
        await scene.card()
        waits = await scene.ask("start_charge", station="CP01")
        assert await report(scene) == "allowed"
        assert (await scene.touch(waits.action)).reason == "too_soon"
        scene.clock.advance(10)
        assert (await scene.touch(waits.action)).decision == "allowed"
        assert scene.stations.names == ["start_transaction"]


async def test_ten_questions_in_half_a_minute(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        asked = [(await scene.ask("station_status")).reason for _ in range(11)]
        assert asked == [None] * 10 + ["too_many_calls"]
        assert await report(scene) == "allowed"
        scene.clock.advance(30)
        assert (await scene.ask("station_status")).decision == "allowed"


async def test_a_dialogue_lasts_three_minutes_and_does_not_begin_again(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        await scene.card()
        scene.clock.advance(180)
        over = await scene.ask("station_status")
        assert (over.decision, over.reason) == ("refused", "no_dialogue")
        assert [event.dialogue for event in scene.told("closed")] == ["d1"]
        refusal = scene.kiosk.open("d1", "en", "voice")
        assert refusal is not None
        assert (refusal.reason, refusal.say) == (
            "dialogue_over", "This conversation is over. Press the button to begin another one.",
        )  # fmt: skip


async def test_a_driver_may_go_on_in_another_language(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        await scene.plug()
        await scene.card()
        scene.open("d1", "en-GB")
        answer = await scene.ask("start_charge", station="CP01")
        assert answer.say.startswith("Start at Vaga 1 for R$ 2.00 a kWh, at most R$ 50.00.")
        assert scene.told("closed") == []


async def test_thirty_dialogues_an_hour(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        for number in range(2, 31):
            scene.open(f"d{number}")
        refusal = scene.kiosk.open("d31", "pt", "voice")
        assert refusal is not None
        assert refusal.reason == "too_many_dialogues"
        scene.clock.advance(3600)
        scene.open("d31")


async def test_a_second_dialogue_on_a_channel_ends_the_first_with_its_card(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        await scene.plug()
        await scene.card()
        waits = await scene.ask("start_charge", station="CP01")
        scene.open("d2")
        assert (await scene.ask("start_charge", station="CP01")).reason == "no_dialogue"
        assert (await scene.ask("start_charge", "d2", station="CP01")).decision == "needs_proof"
        assert (await scene.touch(waits.action)).decision == "refused"
        assert scene.stations.sent == []


async def test_a_card_before_the_dialogue_waits_for_it_twenty_seconds(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        await scene.plug()
        scene.kiosk.close("d1")
        await scene.card()
        scene.clock.advance(19)
        scene.open("d2")
        assert (await scene.ask("start_charge", "d2", station="CP01")).decision == "needs_confirmation"
        scene.kiosk.close("d2")
        await scene.card()
        scene.clock.advance(20.1)
        scene.open("d3")
        assert (await scene.ask("start_charge", "d3", station="CP01")).decision == "needs_proof"


async def test_a_card_is_the_proof_of_who_was_asked_for_one_last(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        await scene.charging()
        scene.open("s1", channel="screen")
        scene.clock.advance(1)
        await scene.ask("my_charge", scene.current)
        await scene.card()
        assert (await scene.ask("my_charge", "s1")).decision == "needs_proof"
        assert (await scene.ask("my_charge", scene.current)).decision == "allowed"
        await scene.card()
        assert (await scene.ask("my_charge", "s1")).decision == "allowed"


async def test_codes_can_be_guessed_five_times_in_five_minutes(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        for guess in ("0000", "0001", "0002", "0003"):
            assert not await scene.card(guess, "pin")
        assert await scene.card("4711", "pin")
        assert not await scene.card("0004", "qr")
        assert not await scene.card("4711", "pin")
        assert scene.told("proof")[-1].say == "Muitas tentativas. Aguarde alguns minutos ou use o cartão."
        assert await scene.card("CARD1", "reader")
        scene.clock.advance(300)
        assert await scene.card("4711", "pin")


@pytest.mark.parametrize(("kind", "token"), [("pin", "04A2B3C4"), ("pin", "123"), ("pin", "0000"), ("qr", "anything")])
async def test_what_is_typed_is_a_listed_number_also_where_unknown_cards_may_charge(
    tmp_path: Path, kind: ProofKind, token: str
) -> None:
    async with a_kiosk(tmp_path, site=a_site(tokens=CARDS, offline_unknown="accept")) as scene:
        assert not await scene.card(token, kind)
        assert await scene.card("ANYCARD", "reader")


async def test_nobody_is_asked_about_a_typed_number(tmp_path: Path) -> None:
    async def cloud(question: TokenQuestion) -> TokenWord:
        return TokenWord(question.id_token, "accepted")

    async with a_kiosk(tmp_path) as scene:
        scene.hub.ask_with(cloud)
        assert not await scene.card("123456", "pin")
        assert await scene.card("123456", "qr")


@pytest.mark.parametrize("token", ["", "x" * 256, "a\nb", "CARD1\0"])
async def test_what_is_no_token_is_not_asked_about(tmp_path: Path, token: str) -> None:
    async with a_kiosk(tmp_path, site=a_site(tokens=CARDS, offline_unknown="accept")) as scene:
        assert not await scene.card(token)


async def test_a_proof_counts_once_and_not_after_its_time(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        now = scene.hub.now()
        proof = Proof("p", "reader", "CARD1", now, now + timedelta(seconds=90))
        assert await scene.kiosk.prove(proof)
        assert not await scene.kiosk.prove(proof)
        assert not await scene.kiosk.prove(Proof("q", "reader", "CARD1", now, now))
        assert not await scene.kiosk.prove(Proof("r", "tap", "CARD1", now, now + timedelta(seconds=90), "CP01", 1))
        assert "CARD1" not in repr(proof)


async def test_a_card_that_only_the_cloud_knows_is_asked_about_and_starts(tmp_path: Path) -> None:
    asked: list[TokenQuestion] = []

    async def cloud(question: TokenQuestion) -> TokenWord:
        asked.append(question)
        return TokenWord(question.id_token, "accepted", group="ROAMING", language="en")

    async with a_kiosk(tmp_path) as scene:
        scene.hub.ask_with(cloud)
        await scene.plug()
        assert await scene.card("ROAM1")
        assert [(each.station, each.kind) for each in asked] == [("kiosk", "ISO14443")]
        assert scene.told("proof")[-1].result == {"accepted": True, "kind": "reader", "language": "en"}
        await scene.touch((await scene.ask("start_charge", station="CP01")).action)
        assert scene.stations.sent[0].args["id_token"] == "ROAM1"
        assert ASK_S < 3


async def test_a_call_that_was_taken_back_comes_to_nothing_before_and_after(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        await scene.charging()
        await scene.card()
        await scene.kiosk.cancel(scene.current, "late")
        assert (await scene.ask("stop_charge", call="late")).reason == "taken_back"
        going = asyncio.create_task(
            scene.kiosk.propose(Proposal(scene.current, "now", "stop_charge", {}, scene.hub.now()))
        )
        await asyncio.sleep(0)  # it is remembered,
        await asyncio.sleep(0)  # and allowed, and on its way to the disk
        await scene.kiosk.cancel(scene.current, "now")
        assert (await going).reason == "taken_back"
        await scene.settle()
        assert scene.stations.sent == []
        assert await scene.decisions() == ["refused", "allowed", "cancelled"]


async def test_a_caller_that_goes_away_does_not_undo_what_was_allowed(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        await scene.charging()
        await scene.card()
        proposal = Proposal(scene.current, "c", "stop_charge", {}, scene.hub.now())
        going = asyncio.create_task(scene.kiosk.propose(proposal))
        await asyncio.sleep(0)
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)
        await scene.settle()
        assert scene.stations.names == ["stop_transaction"]
        assert (await scene.kiosk.propose(proposal)).decision == "allowed"
        assert scene.stations.names == ["stop_transaction"]
