"""EVA as a process, with the real parts around her: a sound card, Google's SDK, a gateway."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.support.gateway import until
from tests.voice.kiosk import a_kiosk

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
        assert max(end - begin for begin, end in heard.sounding()) > 0.6
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
