"""A driver's side for the tests: says things into a line, and keeps what comes of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from edgegw.simulate.live import LiveServer
from edgegw.voice.live import Gemini, GeminiOptions, Limits, Line, LiveSetup, Patience
from edgegw.voice.live.recovery import Recovery
from edgegw.voice.live.session import Closed, Ready, ToolCall, TurnComplete

E = TypeVar("E")

TOOLS: tuple[dict[str, Any], ...] = (
    {
        "name": "prices",
        "description": "What charging costs here.",
        "parameters": {
            "type": "object",
            "properties": {"station": {"type": "string", "enum": ["Vaga 1", "Vaga 2"]}},
            "additionalProperties": False,
        },
    },
    {
        "name": "start_charge",
        "description": "Starts a charge.",
        "parameters": {
            "type": "object",
            "properties": {
                "station": {"type": "string", "enum": ["Vaga 1", "Vaga 2"]},
                "energy_kwh": {"anyOf": [{"type": "number", "minimum": 1}, {"type": "null"}], "default": None},
            },
            "required": ["station"],
            "additionalProperties": False,
        },
    },
    {
        "name": "my_charge",
        "description": "The driver's own charge.",
        "parameters": {"type": "object", "properties": {}},
    },
)

SETUP = LiveSetup(system="You are EVA.", tools=TOOLS, vocabulary=("Vaga 1", "Vaga 2"))

BRIEF = Patience(nudge_s=0.4, fresh_s=0.8, settle_s=0.1, owed_s=0.3)
"""The liveness rules in a tenth of the time, for tests whose subject they are."""

LONG_S = 30.0
"""A test waits as long as it takes, on a machine that others use too."""


async def key() -> str:
    return "test-key"


def gemini(server: LiveServer, **options: Any) -> Gemini:
    return Gemini(GeminiOptions(base_url=server.url, **options), key)


class Driver:
    """`say` speaks; `events` is all that came; `until` waits for a kind of event."""

    def __init__(self, line: Line, answers: Callable[[ToolCall], dict[str, Any] | None]) -> None:
        self.line = line
        self.events: list[tuple[float, Any]] = []
        self._answers = answers
        self._news = asyncio.Event()

    async def listen(self) -> None:
        async for event in self.line.events():
            self.events.append((time.monotonic(), event))
            if isinstance(event, ToolCall) and (result := self._answers(event)) is not None:
                await self.line.tool_result(event.id, event.name, result)
            self._news.set()

    def got(self, kind: type[E]) -> list[E]:
        return [event for _, event in self.events if isinstance(event, kind)]

    def at(self, kind: type[Any], number: int = 0) -> float:
        return [at for at, event in self.events if isinstance(event, kind)][number]

    async def until(self, kind: type[E], count: int = 1, timeout_s: float = LONG_S) -> E:
        """The `count`th event of a kind."""
        async with asyncio.timeout(timeout_s):
            while len(self.got(kind)) < count:
                self._news.clear()
                await self._news.wait()
        return self.got(kind)[count - 1]

    async def say(self, length_ms: int = 400, *, mark: int = 1, pace: float = 0.0, end: bool = True) -> bytes:
        """An utterance of which each 20 ms are recognisable: its number, from `mark`."""
        await self.line.activity_start()
        said = b""
        for n in range(length_ms // 20):
            frame = (mark + n).to_bytes(2, "little") * 320
            said += frame
            await self.line.send_audio(frame)
            await asyncio.sleep(0.02 / pace if pace else 0)
        if end:
            await self.line.activity_end()
        return said

    async def answered(self, count: int = 1, timeout_s: float = LONG_S) -> TurnComplete:
        return await self.until(TurnComplete, count, timeout_s)


@asynccontextmanager
async def dialogue(
    server: LiveServer, *, setup: LiveSetup = SETUP, patience: Patience | None = None, limits: Limits | None = None,
    answers: Callable[[ToolCall], dict[str, Any] | None] = lambda call: {"result": "ok"},
    recovery: Recovery | None = None, **options: Any,
) -> AsyncIterator[Driver]:  # fmt: skip
    """A line to the server, which is ready, and a driver who listens."""
    recovery = recovery or Recovery(give_up_s=LONG_S)
    line = Line(gemini(server, **options), setup, name="gemini", patience=patience, limits=limits, recovery=recovery)
    async with line:
        driver = Driver(line, answers)
        listening = asyncio.create_task(driver.listen())
        try:
            await driver.until(Ready)
            yield driver
        finally:
            await line.close()
            await asyncio.wait([listening])
            assert driver.got(Closed) == [driver.events[-1][1]]  # the last word, once
