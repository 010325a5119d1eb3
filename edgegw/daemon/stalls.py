"""Names the code that keeps the event loop from running.

Services share one event loop, so one that computes or waits in it without `await` holds up all of them. Nothing can
take the loop away from it; the watchdog, which only the running loop feeds, ends the process when it lasts. What can
be done is that it does not happen twice: a thread looks, and writes down where the loop stands.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from types import FrameType

from prometheus_client import Counter, Histogram

log = logging.getLogger("edgegw.stalls")

BEAT_S = 0.25
LATE_S = 1.0

STALLED_SECONDS = Counter("edgegw_loop_stalled_seconds", "Time that the event loop stood still for longer than 1 s")
LATE_SECONDS = Histogram(
    "edgegw_loop_late_seconds",
    "How much later than asked for the event loop came back to a task, looked at four times a second",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
)


@asynccontextmanager
async def watched(*, beat_s: float = BEAT_S, late_s: float = LATE_S) -> AsyncIterator[None]:
    """Watch the running loop; a stall of `late_s` and more is a line of the log, with the place that caused it."""
    beats = _Beats()
    ended = threading.Event()
    watcher = threading.Thread(
        target=_watch, args=(beats, ended, threading.get_ident(), beat_s, late_s), name="edgegw-stalls", daemon=True
    )

    async def beat() -> None:
        while True:
            beats.at = monotonic()
            await asyncio.sleep(beat_s)
            LATE_SECONDS.observe(max(0.0, monotonic() - beats.at - beat_s))

    beating = asyncio.ensure_future(beat())
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        watcher.join(late_s)


class _Beats:
    def __init__(self) -> None:
        self.at = monotonic()


def _watch(beats: _Beats, ended: threading.Event, loops_thread: int, beat_s: float, late_s: float) -> None:
    stalled_at: float | None = None
    while not ended.wait(beat_s):
        last = beats.at
        if stalled_at is None and monotonic() - last > late_s:
            stalled_at = last
            log.warning("the event loop stands still, in %s", place(sys._current_frames().get(loops_thread)))
        elif stalled_at is not None and last > stalled_at:
            STALLED_SECONDS.inc(last - stalled_at)
            log.warning("the event loop runs again, after %.1f s", last - stalled_at)
            stalled_at = None


def place(frame: FrameType | None) -> str:
    """Where a stack stands: file, line and function of its innermost frame in this package, else of the innermost."""
    ours = str(Path(__file__).parents[1])
    found = frame
    while found is not None and not found.f_code.co_filename.startswith(ours):
        found = found.f_back
    found = found or frame
    if found is None:
        return "an unknown place"
    file = found.f_code.co_filename
    shown = Path(file).relative_to(Path(ours).parent) if file.startswith(ours) else file
    return f"{shown}:{found.f_lineno} {found.f_code.co_name}"
