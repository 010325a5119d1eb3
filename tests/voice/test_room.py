"""Her own voice comes back from the room: EVA as a process at a sound card, with and without an echo canceller."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

from edgegw.simulate.live import Connection
from tests.support.sound import MICROPHONE, SPEAKER, SoundRig
from tests.voice.kiosk import Kiosk, a_kiosk

PAGE = (Path(__file__).parents[2] / "docs" / "audio.md").read_text()

LONG = "A energia custa um real e oitenta e nove por quilowatt hora. Conecte o cabo e aproxime o cartão do leitor."
ANSWERS = [
    {"wait": {"activity": "end"}},
    {"heard": "como funciona?"},
    {"say": {"text": LONG, "audio": {"espeak": LONG}, "pace": 4}},
    {"generation_complete": True},
    {"turn_complete": True},
]
SHORT = [
    {"wait": {"activity": "end"}},
    {"say": {"text": "Certo.", "audio": {"tone_ms": 300}}},
    {"generation_complete": True},
    {"turn_complete": True},
]


async def asked(kiosk: Kiosk, text: str = "como funciona?") -> Connection:
    """A driver asks; the line, once EVA answers."""
    lines = kiosk.server.record.connections
    await kiosk.touch()
    await kiosk.shown("listening")
    await kiosk.say(text)
    await kiosk.shown("speaking", 15)
    return lines[1]


def starts(line: Connection) -> int:
    return sum(kind == "start" for _, kind, _ in line.frames)


async def test_an_answer_that_comes_back_from_the_room_interrupts_nobody_without_any_canceller_and_the_button_does(
    tmp_path: Path,
) -> None:
    """Half duplex: the speakerphone's echo is nearly as loud as the driver."""
    async with a_kiosk(tmp_path, [{"steps": [*ANSWERS, *ANSWERS, *SHORT]}]) as kiosk:
        await asyncio.to_thread(kiosk.rig.echo, gain=0.8)
        line = await asked(kiosk)
        await kiosk.shown("listening", 30)  # all of it was said
        await asyncio.sleep(0.5)
        assert starts(line) == 1, "her own voice was taken for the driver's"
        await kiosk.say("e como eu paro a recarga?")  # the driver is heard at once
        await kiosk.server.until(lambda: len(line.utterances) == 2, 10)
        await kiosk.shown("speaking", 10)
        await kiosk.press()
        await kiosk.say("espera, quero começar na vaga dois")
        await kiosk.press(False)
        await kiosk.server.until(lambda: starts(line) == 3, 10)
        assert kiosk.server.record.violations == []


async def test_what_a_canceller_leaves_of_her_own_voice_wakes_no_turn_and_a_driver_talks_over_her(
    tmp_path: Path,
) -> None:
    (module,) = re.findall(r"^    load-module (module-echo-cancel .*)$", PAGE, flags=re.MULTILINE)
    with SoundRig() as rig:
        rig.echo(gain=0.4)
        rig.load("cancel", module.replace("MICROPHONE", MICROPHONE).replace("SPEAKER", SPEAKER))
        rig.alsa("".join(f"{each}\n" for each in re.findall(r"^    (pcm\.eva_.*)$", PAGE, flags=re.MULTILINE)))
        devices: dict[str, Any] = {"microphone": "eva_mic", "speaker": "eva_speaker", "echo": "cancelled"}
        steps = [*ANSWERS, *ANSWERS, *SHORT]
        async with a_kiosk(tmp_path, [{"steps": steps}], rig=rig, **devices) as kiosk:
            line = await asked(kiosk)
            await kiosk.shown("listening", 30)
            assert starts(line) == 1, "her own voice was taken for the driver's"
            await kiosk.say("e como eu paro a recarga?")
            await kiosk.shown("speaking", 10)
            await kiosk.say("espera, quero começar na vaga dois")
            await kiosk.server.until(lambda: starts(line) == 3, 5)
            await kiosk.server.until(lambda: len(line.utterances) == 3, 10)
