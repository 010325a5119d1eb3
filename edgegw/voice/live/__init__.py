"""The live model: sessions (`session`, `gemini`), and a line that keeps one dialogue's session alive (`line`).

`Exchange` is what a process has one of: it knows whether the model can be reached and what may still be spent, and
gives a `Line` for each dialogue::

    exchange = Exchange(Gemini(...), limits=Limits(minutes_a_day=120), file=state / "voice-budget.json", today=today)
    running = asyncio.create_task(exchange.run())               # self-test, then a probe every 30 s while it is down
    line = exchange.line(LiveSetup(system=..., tools=...))      # raises Unavailable with a Finding for people
    async with line:                                            # at once: what is heard meanwhile is kept
        async for event in line.events(): ...
"""

from edgegw.voice.live.budget import Limits
from edgegw.voice.live.exchange import Exchange, Unavailable
from edgegw.voice.live.findings import Finding
from edgegw.voice.live.gemini import Gemini, GeminiOptions, Vertex
from edgegw.voice.live.line import Line
from edgegw.voice.live.liveness import Patience
from edgegw.voice.live.session import LiveModel, LiveSession, LiveSetup
from edgegw.voice.live.told import Degraded, HangUp, LineEvent, Stalled, Unanswered

__all__ = [
    "Degraded",
    "Exchange",
    "Finding",
    "Gemini",
    "GeminiOptions",
    "HangUp",
    "Limits",
    "Line",
    "LineEvent",
    "LiveModel",
    "LiveSession",
    "LiveSetup",
    "Patience",
    "Stalled",
    "Unanswered",
    "Unavailable",
    "Vertex",
]
