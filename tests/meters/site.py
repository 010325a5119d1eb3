"""What the meters' service meets at a site: settings, and a hub that remembers."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from edgegw.journal.errors import StorageFull
from edgegw.meters.service import Meters
from edgegw.meters.settings import MeterSettings
from edgegw.model.facts import Fact, MeterIdentified, MeterRecovered, MeterStale
from edgegw.model.samples import MeterSample
from edgegw.model.state import MeterState, State


def tcp(port: int) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": port}


def serial(path: Path, baud: int = 115200) -> dict[str, Any]:
    return {"serial": str(path), "baud": baud, "parity": "N", "stop_bits": 1}


def meter(id_: str, connection: dict[str, Any], **more: Any) -> MeterSettings:
    """A meter of the configuration; a Carlo Gavazzi EM340 that measures the supply, unless told."""
    told = {"driver": "carlo-gavazzi-em340", "measures": "supply", "every": "0.1s", **more}
    return MeterSettings(id=id_, connection=cast(Any, connection), **told)


class Hub:
    """Keeps what it is told. `ahead_s` moves its monotonic clock; `full` is a disk without room."""

    def __init__(self) -> None:
        self.state = State()
        self.facts: list[Fact] = []
        self.samples: list[MeterSample] = []
        self.ahead_s = 0.0
        self.full = False
        self._news = asyncio.Event()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead_s

    def observe(self, samples: Sequence[MeterSample]) -> None:
        self.samples += samples
        self._news.set()

    async def record(self, *facts: Fact) -> None:
        await asyncio.sleep(0)
        if self.full:
            raise StorageFull("no space left")
        for fact in facts:
            assert isinstance(fact, MeterStale | MeterRecovered | MeterIdentified)
            old = self.state.meters.get(fact.meter) or MeterState(fact.meter, stale=False, at=fact.at)
            if isinstance(fact, MeterStale):
                old = replace(old, stale=True, reason=fact.reason)
            elif isinstance(fact, MeterRecovered):
                old = replace(old, stale=False, reason=None)
            else:
                old = replace(old, identity=fact.identity)
            self.state.meters[fact.meter] = old
            self.facts.append(fact)
        self._news.set()

    async def until(self, true: Callable[[], bool]) -> None:
        """Until `true` after some news."""
        async with asyncio.timeout(10):
            while not true():
                self._news.clear()
                await self._news.wait()

    def of(self, meter: str) -> list[MeterSample]:
        return [sample for sample in self.samples if sample.source == f"meters/{meter}"]

    def told(self, meter: str) -> list[Fact]:
        return [fact for fact in self.facts if getattr(fact, "meter", None) == meter]


def meters(hub: Hub, *settings: MeterSettings) -> Meters:
    return Meters(cast(Any, hub), settings, look_every_s=0.01)


@contextlib.asynccontextmanager
async def running(service: Meters) -> AsyncIterator[None]:
    started = asyncio.Event()
    task = asyncio.create_task(service.run(started.set))
    await started.wait()
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)
