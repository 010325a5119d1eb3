"""The connection to the model goes in the middle of what the driver says: when is he heard again, and all of it?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, Literal

from edgegw.simulate.live import Connection
from tests.bench.eva.stand import SAYS, Stand
from tests.bench.eva.talk import ANSWERED
from tests.bench.eva.track import Track

Way = Literal["go_away", "closed_1011", "reset"]
WAYS: Final[Mapping[Way, list[Mapping[str, Any]]]] = {
    "go_away": [{"go_away": "1.2s"}],
    "closed_1011": [{"usage": {"prompt": 1}}, {"close": 1011}],  # the figure counts from the message before the close
    "reset": [{"abort": True}],
}
A_DIALOGUE: Final = 10


@dataclass
class Losses:
    gaps: list[float] = field(default_factory=list)
    """Milliseconds from the end of the old connection to the first frame on the new one."""
    lost: int = 0
    """Utterances of which a sample is missing."""
    samples: int = 0
    """Samples that were compared."""


def script(way: Way, count: int, prefix: str) -> list[Mapping[str, Any]]:
    """Connections, each of which hears the rest of what was said when the one before ended, and ends in the next."""
    connections: list[Mapping[str, Any]] = []
    answered = [{"wait": {"activity": "start"}}, {"wait": {"activity": "end"}}, *ANSWERED]
    for n in range(count):
        ending = [{"handle": f"{prefix}{n}"}, {"wait": {"activity": "start"}}, {"pause": "0.6s"}, *WAYS[way]]
        connections.append({"steps": [*(answered if n else []), *ending]})
    bye = {"heard": "tchau, obrigado"}
    connections.append({"steps": [*answered[:2], bye, *ANSWERED]})
    return connections


async def lose(stand: Stand, way: Way, count: int) -> Losses:
    """Lose it so often in one way."""
    found = Losses()
    while len(found.gaps) < count:
        number = min(A_DIALOGUE, count - len(found.gaps))
        first = len(stand.server.record.connections)
        stand.script(*script(way, number, f"{way}-{first}-"))
        with stand.heard() as heard:
            await stand.begin()
            await asyncio.sleep(0.6)
            for n in range(number):
                await stand.say(SAYS[n % len(SAYS)])
                await _answered(stand, first + n + 1)
                await stand.shown("listening", "idle")
                await asyncio.sleep(0.35)
            await stand.shown("idle", within_s=40)
        lines = stand.server.record.connections[first:]
        if len(lines) != number + 1:
            raise RuntimeError(f"{number} losses made {len(lines)} connections: {stand.voice.text[-1500:]}")
        for old, new in pairwise(lines):
            _measure(way, old, new, heard.microphone, found)
    return found


async def _answered(stand: Stand, number: int) -> None:
    def so() -> bool:
        lines = stand.server.record.connections
        return len(lines) > number and any(
            "turnComplete" in message.get("serverContent", {}) for _, message in lines[number].sent
        )

    await stand.server.until(so, 20)


def _measure(way: Way, old: Connection, new: Connection, microphone: Track, found: Losses) -> None:
    ended_at = old.sent[-1][0] if way == "closed_1011" else old.closed_at
    assert ended_at is not None
    found.gaps.append(1000 * (new.frames[0][0] - ended_at))
    before, after = old.utterances[-1], new.utterances[0]
    found.samples += len(after) // 2
    place = microphone.begins(after)
    if place is None or not after.startswith(before):
        found.lost += 1
        return
    _, last = microphone.spoken(microphone.at(place), microphone.at(place + len(after) // 2 - 1))
    # What follows the last voiced sample is the hang-over's silence, without which the end was cut off.
    found.lost += microphone.at(place + len(after) // 2) - last < 0.3
