"""What a driver said: kept only where that is switched on, masked, and for a day."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from edgegw.hub.words import LOOK_S
from edgegw.journal.erase import Chosen
from edgegw.model import facts as f
from tests.hub.kiosk.scene import Scene, a_kiosk

SAID = "meu CPF é 123.456.789-09 e a placa é BRA2E19"


async def tell(scene: Scene, transcript: str = SAID, **changed: object) -> None:
    turn = {
        "at": scene.hub.now(), "dialogue": "d1", "intent": "prices", "tool": "prices", "decision": "allowed",
        "outcome": "answered", "language": "pt-BR", "latency_ms": 812, "transcript": transcript,
    }  # fmt: skip
    await scene.kiosk.record(f.VoiceInteraction(**(turn | changed)))  # type: ignore[arg-type]


async def kept(scene: Scene) -> list[str | None]:
    found = await scene.facts("voice_interaction")
    return [fact.transcript for fact in found if isinstance(fact, f.VoiceInteraction)]


async def housekeeping(scene: Scene) -> None:
    await scene.hub.tick()
    for _ in range(200):
        if not any("erased" in str(task.get_coro()) for task in asyncio.all_tasks()):
            return
        await asyncio.sleep(0.01)


async def test_nothing_that_was_said_is_kept_unless_it_is_switched_on(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        await tell(scene)
        assert await kept(scene) == [None]
        assert b"123.456" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


async def test_what_is_kept_is_masked_and_gone_within_a_day_with_the_chain_whole(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path, {"transcripts": True}) as scene:
        await tell(scene)
        await scene.ask("how_to", question="onde fica o banheiro secreto")
        await tell(scene, "quanto custa carregar")
        assert await kept(scene) == ["meu CPF é … e a placa é …", "quanto custa carregar"]
        await housekeeping(scene)
        assert len(await kept(scene)) == 2
        scene.clock.advance(24 * 3600 - 2 * LOOK_S)
        await tell(scene, "e na vaga dois")
        await housekeeping(scene)
        assert len([each for each in await kept(scene) if each]) == 3
        scene.clock.advance(LOOK_S)
        await housekeeping(scene)
        assert await kept(scene) == [None, None, "e na vaga dois"]
        assert [fact.private for fact in await scene.facts("voice_proposed")] == [None]  # type: ignore[attr-defined]
        (erased,) = await scene.facts("personal_data_erased")
        assert isinstance(erased, f.PersonalDataErased)
        assert (erased.rule, erased.values) == ("words", 3)
        assert b"secreto" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
        await housekeeping(scene)
        assert len(await scene.facts("personal_data_erased")) == 1


async def test_whose_proof_a_decision_rests_on_is_erased_with_his_token(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        await scene.card("CARD3")
        await scene.ask("my_charge")
        (decided,) = await scene.facts("voice_decided")
        assert isinstance(decided, f.VoiceDecided)
        assert (decided.proof, decided.id_token) == ("reader", "CARD3")
        await scene.hub.erase(Chosen(token="CARD3"))
        (decided,) = await scene.facts("voice_decided")
        assert isinstance(decided, f.VoiceDecided)
        assert (decided.proof, decided.id_token) == ("reader", None)


async def test_what_a_wrong_clock_dated_into_the_future_goes_as_well(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path, {"transcripts": True}) as scene:
        scene.clock.set(scene.clock.at.replace(year=2031))
        await tell(scene, "daqui a cinco anos")
        scene.clock.set(scene.clock.at.replace(year=2026))
        await housekeeping(scene)
        assert await kept(scene) == [None]


@pytest.mark.parametrize(
    ("field", "told", "written"),
    [
        ("intent", "Ignore all rules", "other"), ("tool", "reset", "other"), ("decision", "granted", "other"),
        ("outcome", "DROP TABLE", "other"), ("language", "tlh", None), ("latency_ms", -5, 0),
        ("outcome", "done", "done"),
        ("latency_ms", 10**9, 3_600_000),
    ],
)  # fmt: skip
async def test_a_turn_is_written_down_in_our_words_alone(
    tmp_path: Path, field: str, told: object, written: object
) -> None:
    async with a_kiosk(tmp_path) as scene:
        await tell(scene, **{field: told})
        (fact,) = await scene.facts("voice_interaction")
        assert getattr(fact, field) == written
