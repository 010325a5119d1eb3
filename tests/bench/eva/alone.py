"""EVA speaks for a minute, her loudspeaker beside her microphone: does she take herself for a driver?"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.bench.eva.stand import MICROPHONE, SAYS, SPEAKER, Stand
from tests.bench.eva.talk import GOODBYE
from tests.support.sound import SoundRig
from tests.support.speech import TALK

PAGE: Final = Path(__file__).parents[3] / "docs" / "audio.md"
ECHO: Final = 0.4
"""Of the amplitude that the speaker plays the microphone hears, 40 ms later."""
SPOKEN_S: Final = 5.0
"""About the length of one text of TALK."""


def script(seconds: float) -> Mapping[str, Any]:
    texts = [TALK[n % len(TALK)] for n in range(max(1, round(seconds / SPOKEN_S)))]
    long = {"text": "Era uma vez.", "audio": {"espeak": ". ".join(texts)}, "pace": 1}
    done = [{"generation_complete": True}, {"turn_complete": True}]
    return {"steps": [{"wait": {"activity": "end"}}, {"say": long}, *done, *GOODBYE]}


def cancelling(rig: SoundRig) -> dict[str, str]:
    """Loads PulseAudio's canceller as docs/audio.md has it; the settings of EVA that go with it."""
    page = PAGE.read_text()
    (line,) = re.findall(r"^    load-module (module-echo-cancel .*)$", page, flags=re.MULTILINE)
    rig.load("cancel", line.replace("MICROPHONE", MICROPHONE).replace("SPEAKER", SPEAKER))
    rig.alsa("".join(f"{each}\n" for each in re.findall(r"^    (pcm\.eva_.*)$", page, flags=re.MULTILINE)))
    return {"microphone": "eva_mic", "speaker": "eva_speaker", "echo": "cancelled"}


async def monologue(stand: Stand, seconds: float) -> tuple[float, list[float]]:
    """How long she spoke, and when after her beginning a turn began that was nobody's, in seconds."""
    stand.script(script(seconds))
    connection = await stand.begin()
    await asyncio.sleep(0.6)
    await stand.say(SAYS[0])
    starts = 1
    await stand.server.until(lambda: any("modelTurn" in m.get("serverContent", {}) for _, m in connection.sent), 15)
    began = time.monotonic()
    deadline = began + 1.5 * seconds + 10
    while not any("turnComplete" in m.get("serverContent", {}) for _, m in connection.sent):
        if time.monotonic() > deadline or connection.closed_at is not None:
            break
        await asyncio.sleep(0.1)
    said_s = time.monotonic() - began
    await stand.shown("listening", "idle")
    await asyncio.sleep(2.0)
    found = [at - began for at, kind, _ in connection.frames if kind == "start"][starts:]
    await stand.say("tchau, obrigado")
    await stand.shown("idle", within_s=60)
    return said_s, found
