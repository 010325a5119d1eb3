"""Commands at the microphone in a loud street, through all of EVA: which come to the model?"""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Mapping
from typing import Any, Final

from edgegw.voice.hearing import SpeechBegan
from tests.bench.eva.stand import Stand
from tests.bench.hearing import Score, score
from tests.support import noise
from tests.support.speech import COMMANDS, RATE, VOICES, rms, spoken
from tests.voice.hearing.listening import Turn

KINDS: Final = ("fan", "rain", "traffic", "pink")
SNR_DB: Final = 5.0
BEFORE_S: Final = 5.0
"""Noise before the first command; the button is touched in it."""
GAP_S: Final = 3.5
"""Between two commands: her short answer and what follows it, during which she is deaf."""
CAP_MS: Final = 12_000

SHORT: Final = {"text": "Sim.", "audio": {"tone_ms": 150}}
SCRIPT: Final[Mapping[str, Any]] = {
    "steps": [
        {"wait": {"activity": "end"}}, {"say": SHORT}, {"generation_complete": True}, {"turn_complete": True},
    ],
    "repeat": True,
}  # fmt: skip


def street(kind: str, count: int) -> tuple[bytes, list[tuple[int, int]]]:
    """Commands in noise, and from when to when each is, in ms."""
    whole, spans, said = array("h", bytes(2 * round(BEFORE_S * RATE))), [], array("h")
    for n, text in enumerate(COMMANDS[:count]):
        samples = spoken(text, VOICES[n % len(VOICES)])
        spans.append((1000 * len(whole) // RATE, 1000 * (len(whole) + len(samples)) // RATE))
        whole += samples + array("h", bytes(2 * round(GAP_S * RATE)))
        said += samples
    made = noise.KINDS[kind](len(whole), 1000)
    return noise.mixed(whole, made, SNR_DB, rms(said)).tobytes(), spans


async def shout(stand: Stand, kind: str, count: int) -> Score:
    """So many commands in one noise."""
    pcm, spans = await asyncio.to_thread(street, kind, count)
    stand.script(SCRIPT)
    with stand.heard() as heard:
        began = time.monotonic()
        playing = asyncio.create_task(stand.play(pcm))
        await asyncio.sleep(BEFORE_S - 2.0)
        connection = await stand.begin()
        await playing
        await asyncio.sleep(2.0)
    await stand.shown("idle", within_s=60)
    microphone = heard.microphone
    first = microphone.first_sound(began, above=100)
    assert first is not None
    origin = microphone.sample(first)
    found = []
    for utterance in connection.utterances:
        place = microphone.begins(utterance)
        if place is None:
            raise RuntimeError("what came to the server is not what was at the microphone")
        from_ms = 1000 * (place - origin) // RATE
        until_ms = from_ms + 1000 * len(utterance) // 2 // RATE
        reason = "cap" if until_ms - from_ms >= CAP_MS else "silence"
        found.append(Turn(SpeechBegan(b""), from_ms, from_ms, until_ms, reason))
    return score(found, spans, len(pcm) / 2 / RATE / 60)
