"""A driver speaks into EVA's answer: when is she silent?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final

from edgegw.simulate.live import Connection
from tests.bench.eva.stand import SAYS, Stand
from tests.bench.eva.talk import GOODBYE

LONG: Final = {"text": "É assim:", "audio": {"tone_ms": 9000}, "pace": 1}
"""A tone, for it has no pauses that could pass for her silence."""
A_DIALOGUE: Final = 10


def script(interruptions: int) -> Mapping[str, Any]:
    """Each thing that is said is answered at length, and so interrupted; the last of them is a goodbye."""
    answer = [{"wait": {"activity": "end"}}, {"say": LONG}, {"generation_complete": True}, {"turn_complete": True}]
    return {"steps": [*answer * interruptions, *GOODBYE]}


async def _settle(stand: Stand) -> None:
    """Let her speak for so long that nobody holds her words for an echo any more (`EarSettings.settling_ms`)."""
    stand.script(script(1))
    connection = await stand.begin()
    await asyncio.sleep(0.6)
    await stand.say(SAYS[0])
    await stand.server.until(lambda: _answers(connection) == 1, 20)
    await stand.shown("listening", within_s=20)
    await stand.say("tchau, obrigado")
    await stand.shown("idle", within_s=30)


def _answers(connection: Connection) -> int:
    return sum("turnComplete" in message.get("serverContent", {}) for _, message in connection.sent)


async def interrupt(stand: Stand, count: int) -> tuple[list[float], list[float]]:
    """Milliseconds from the driver's first sound to silence, and from the server's `interrupted` to silence."""
    from_onset: list[float] = []
    from_told: list[float] = []
    await _settle(stand)
    while len(from_onset) < count:
        number = min(A_DIALOGUE, count - len(from_onset))
        stand.script(script(number))
        with stand.heard() as heard:
            connection = await stand.begin()
            await asyncio.sleep(0.6)
            await stand.say(SAYS[0])
            began: list[float] = []
            for n in range(number):
                await _answering(stand, connection, n)
                await asyncio.sleep(0.8 + 0.037 * n)
                began.append(time.monotonic())
                await stand.say(SAYS[n % len(SAYS)])
            await stand.shown("idle", within_s=30)
        told = [at for at, message in connection.sent if "interrupted" in message.get("serverContent", {})]
        for n, at in enumerate(began):
            onset, _ = heard.microphone.spoken(at, connection.at("end", n + 1))
            silent = heard.speaker.silent_from(onset)
            if silent is None or len(told) != number:
                raise RuntimeError(f"she spoke on: {len(told)} of {number} interruptions came to the server")
            from_onset.append(1000 * (silent - onset))
            from_told.append(1000 * (silent - told[n]))
    return from_onset, from_told


async def _answering(stand: Stand, connection: Connection, number: int) -> None:
    def so() -> bool:
        said = [m for _, m in connection.sent if m.get("serverContent", {}).get("outputTranscription")]
        return len(said) > number

    await stand.server.until(so, 15)
