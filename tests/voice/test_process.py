"""EVA as a process, with the real parts around her: a sound card, Google's SDK, a gateway."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from edgegw.simulate import Car, Station
from tests.support.gateway import until
from tests.voice.kiosk import PIN, PROBE, a_kiosk, checked, typed

ASKED = [
    {"wait": {"activity": "end"}},
    {"heard": "quanto custa carregar aqui?"},
    {"call": {"id": "c1", "name": "prices", "args": {}}},
    {"wait": {"results": ["c1"]}},
    {"say": {"text": "Custa um real e oitenta e nove.", "audio": {"tone_ms": 700}, "pace": 4}},
    {"turn_complete": True},
]


async def test_a_driver_asks_at_the_microphone_the_hub_answers_and_the_reply_is_heard_at_the_speaker(
    tmp_path: Path,
) -> None:
    async with a_kiosk(tmp_path, [{"steps": ASKED}]) as kiosk:
        with kiosk.rig.recording() as heard:
            await kiosk.touch()
            await kiosk.shown("listening")
            await kiosk.say("quanto custa carregar aqui?")
            line = kiosk.server.record.connections
            await kiosk.server.until(lambda: len(line) > 1 and "c1" in line[1].results, 15)
            await kiosk.shown("speaking")
            await kiosk.shown("listening")  # what there was to say has been heard
        assert sum(end - begin for begin, end in heard.sounding()) > 0.8  # two signs, and the reply
        result = line[1].results["c1"]
        assert result["decision"] == "allowed"
        assert "1,89" in result["say"]
        assert 500 < len(line[1].utterances[0]) / 32 < 6000
        assert kiosk.server.record.violations == []

        async def recorded() -> bool:
            return bool(await kiosk.facts("voice_interaction"))

        await until(recorded, 10)
        (turn,) = await kiosk.facts("voice_interaction")
        assert (turn["data"]["tool"], turn["data"]["decision"]) == ("prices", "allowed")
        assert 0 < turn["data"]["latency_ms"] < 5000
        assert turn["data"].get("transcript") is None
        assert await asyncio.to_thread(kiosk.voice.stop) == 0


async def test_a_cloud_that_is_gone_is_told_of_within_three_seconds_and_shown_and_what_is_typed_goes_on(
    tmp_path: Path,
) -> None:
    refused = {"refuse": {"status": 503}}
    async with a_kiosk(tmp_path, [refused]) as kiosk:
        with kiosk.rig.recording() as heard:
            pressed_at = time.monotonic()
            await kiosk.touch()
            await kiosk.shown("speaking")
            await kiosk.shown("cloud_down", 12)  # what there was to say has been heard
        sentences = [(begin, end) for begin, end in heard.sounding() if end - begin > 0.25]
        assert 0 < sentences[0][0] - pressed_at < 3.0
        code, text = await asyncio.to_thread(typed, kiosk, "quanto custa carregar?", "bom dia")
        assert code == 0
        assert "simple requests are understood without it" in text
        assert "[prices: allowed: " in text
        assert text.count("EVA: ") == 3
        assert "1,89" in text


async def test_support_types_what_a_driver_would_say_sees_what_the_tools_decide_and_has_all_parts_tried(
    tmp_path: Path,
) -> None:
    steps = [
        {"wait": {"text": 1}},
        {"call": {"id": "c1", "name": "start_charge", "args": {"station": "Vaga 2"}}},
        {"wait": {"results": ["c1"]}},
        {"say": {"text": "Conecte o cabo primeiro.", "audio": {"tone_ms": 200}}},
        {"turn_complete": True},
    ]
    async with a_kiosk(tmp_path, [PROBE, {"steps": steps}]) as kiosk:
        code, text = await asyncio.to_thread(typed, kiosk, "começa na vaga dois")
        assert code == 0, text
        assert "[start_charge: refused: " in text
        assert "EVA: Conecte o cabo primeiro.\n" in text
        assert kiosk.server.record.last.texts == ["começa na vaga dois"]
        decided = await kiosk.facts("voice_decided")
        assert [each["data"]["decision"] for each in decided] == ["refused"]
        await kiosk.shown("idle")  # the screen is the kiosk's, not the console's
        code, parts = await asyncio.to_thread(checked, kiosk)
        assert code == 0, parts
        assert list(parts) == ["key", "hub", "model", "microphone", "speaker", "local voice"]
        assert parts["hub"][1] == "paulista-01: 9 tools; may speak of Vaga 1, Vaga 2"
        (kiosk.gateway.folder / "credentials" / "gemini").unlink()
        code, parts = await asyncio.to_thread(checked, kiosk)
        assert code == 1
        assert [part for part, (good, _) in parts.items() if not good] == ["key", "model"]
        assert "gemini is not stored" in parts["key"][1]


def reply(text: str) -> list[dict[str, Any]]:
    return [{"say": {"text": text, "audio": {"tone_ms": 300}, "pace": 4}}, {"turn_complete": True}]


def start(call: str) -> list[dict[str, Any]]:
    args = {"station": "Vaga 1", "energy_kwh": 5}
    return [{"call": {"id": call, "name": "start_charge", "args": args}}, {"wait": {"results": [call]}}]


async def test_a_spoken_wish_a_pin_and_a_touch_start_a_charge_and_speech_alone_does_not(tmp_path: Path) -> None:
    steps = [
        {"wait": {"activity": "end"}}, {"heard": "começa na vaga um"}, *start("c1"), *reply("Digite sua senha."),
        {"wait": {"text": 1}}, *start("c2"), *reply("Confirme na tela."),
        {"wait": {"activity": "end"}}, {"heard": "sim, confirmo"}, *reply("Toque na tela, por favor."),
        {"wait": {"text": 1}}, *reply("Começou."), {"wait": {"text": 1}}, *reply("Está carregando."),
    ]  # fmt: skip
    async with (
        a_kiosk(tmp_path, [{"steps": steps}]) as kiosk,
        Station("CP01", "1.6", url=kiosk.gateway.url) as station,
    ):
        await station.until(lambda: station.booted)
        station.plug(Car())
        await kiosk.touch()
        await kiosk.shown("listening")
        await kiosk.say("começa na vaga um")
        line = kiosk.server.record.connections
        await kiosk.server.until(lambda: len(line) > 1 and "c1" in line[1].results, 15)
        assert line[1].results["c1"]["proof"] == "missing"
        await kiosk.shown("listening")
        assert (await kiosk.asked("POST", "/pin", {"pin": PIN}))["accepted"]
        await kiosk.server.until(lambda: "c2" in line[1].results, 15)
        assert line[1].results["c2"]["decision"] == "needs_confirmation"
        await kiosk.shown("listening")
        await kiosk.say("sim, confirmo")
        await kiosk.server.until(lambda: len(line[1].utterances) == 2, 15)
        (pending,) = (await kiosk.asked("GET", ""))["state"]["pending"]
        assert not station.transactions  # a spoken yes is none
        await kiosk.asked("POST", f"/confirm/{pending['id']}", {})
        await station.until(lambda: station.places[1].power_w > 0)
        await kiosk.server.until(lambda: len(line[1].texts) >= 2, 15)
        told = " ".join(line[1].texts)
        assert '"event": "proof"' in told
        assert '"event": "outcome"' in told
        read = repr([line[1].texts, line[1].results, line[1].setup]) + kiosk.voice.text
        assert PIN not in read
        assert pending["id"] not in read
        assert kiosk.server.record.violations == []
        decisions = [each["data"]["decision"] for each in await kiosk.facts("voice_decided")]
        assert decisions[:3] == ["needs_proof", "needs_confirmation", "confirmed"]
