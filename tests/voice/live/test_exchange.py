"""Whether there is a line at all: self-test, breaker and probes, and budgets that outlive the process."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from edgegw.simulate.live import LiveServer
from edgegw.voice.live import Degraded, Exchange, Gemini, GeminiOptions, HangUp, Limits, Unavailable
from edgegw.voice.live.recovery import Recovery
from edgegw.voice.live.session import Closed
from tests.support.ports import free_port
from tests.voice.live.conftest import Serve
from tests.voice.live.talk import LONG_S, SETUP, Driver, gemini

TODAY = date(2026, 11, 30)

ONE_TURN = {
    "connections": [
        {},  # the self-test's
        {
            "steps": [
                {"wait": {"activity": "end"}},
                {"say": {"audio": {"tone_ms": 100}}},
                {"usage": {"prompt": 900, "response": 100}},
                {"turn_complete": True},
            ],
            "repeat": True,
        },
    ]
}


def exchange(model: Gemini, file: Path, **options: Any) -> Exchange:
    options.setdefault("today", lambda: TODAY)
    return Exchange(model, file=file, name="gemini-3.8-live", **options)


@asynccontextmanager
async def running(what: Exchange) -> AsyncIterator[Exchange]:
    task = asyncio.create_task(what.run())
    try:
        await until(lambda: what.tested)
        yield what
    finally:
        task.cancel()
        await asyncio.wait([task])


async def until(true: Callable[[], Any], timeout_s: float = LONG_S) -> None:
    async with asyncio.timeout(timeout_s):
        while not true():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def talking(what: Exchange) -> AsyncIterator[Driver]:
    async with what.line(SETUP, recovery=Recovery(delays_s=(0.0, 0.01), give_up_s=LONG_S)) as line:
        driver = Driver(line, lambda call: None)
        listening = asyncio.create_task(driver.listen())
        try:
            yield driver
        finally:
            await line.close()
            await asyncio.wait([listening])


async def test_the_self_test_opens_a_session_and_hangs_up(serve: Serve, tmp_path: Path) -> None:
    async with serve(ONE_TURN) as server, running(exchange(gemini(server), tmp_path / "b.json")) as ready:
        assert ready.finding is None
        await server.until(lambda: server.record.last.closed_at)
        assert len(server.record.connections) == 1
        assert server.record.last.code == 1000
        assert server.record.last.frames == []


@pytest.mark.parametrize(
    ("play", "state", "said"),
    [
        ({"setup": {"close": {"code": 1007, "reason": "API key not valid. Please pass a valid API key."}}},
         "key_missing", "voice.gemini.api_key"),
        ({"setup": {"close": {"code": 1008, "reason": "models/gemini-3.8-live is not found for API version v1beta"}}},
         "cloud_down", "does not offer the model gemini-3.8-live"),
    ],
)  # fmt: skip
async def test_what_the_self_test_finds_is_told_before_a_driver_asks(
    serve: Serve, tmp_path: Path, play: dict[str, Any], state: str, said: str
) -> None:
    async with serve({"connections": [play]}) as server:
        async with running(exchange(gemini(server), tmp_path / "b.json")) as ready:
            began = time.monotonic()
            with pytest.raises(Unavailable, match=said) as wrong:
                ready.line(SETUP)
            assert time.monotonic() - began < 0.05
            assert wrong.value.finding.state == state
        assert len(server.record.connections) == 1


async def test_without_a_key_nothing_is_asked(serve: Serve, tmp_path: Path) -> None:
    async def nothing() -> None:
        return None

    async with serve(ONE_TURN) as server:
        model = Gemini(GeminiOptions(base_url=server.url), nothing)
        async with running(exchange(model, tmp_path / "b.json")) as ready:
            assert ready.finding is not None
            assert ready.finding.state == "key_missing"
        assert server.record.connections == []


async def test_probes_find_out_that_the_cloud_is_back(
    serve: Serve, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    port = free_port()
    changes: list[str | None] = []
    async with serve(ONE_TURN) as unused:
        model = Gemini(GeminiOptions(base_url=f"https://127.0.0.1:{port}"), lambda: _key())
        ready = exchange(model, tmp_path / "b.json", probe_s=0.2,
                         on_change=lambda: changes.append(ready.finding and ready.finding.kind))  # fmt: skip
        async with running(ready):
            assert ready.finding is not None
            assert ready.finding.kind == "no_network"
            with pytest.raises(Unavailable, match="is there a way to the internet"):
                ready.line(SETUP)
            async with LiveServer(unused.scenario, *certificate, port=port) as server:
                await until(lambda: ready.finding is None)
                await asyncio.sleep(0.5)
                assert len(server.record.connections) == 1  # and then it is left alone
                async with talking(ready) as driver:
                    await driver.say(100)
                    await driver.answered()
    assert changes[0] == "no_network"
    assert changes[-1] is None


async def _key() -> str:
    return "k"


async def test_a_dialogue_that_lost_the_cloud_spares_the_next_driver_the_wait(serve: Serve, tmp_path: Path) -> None:
    plays = [{}, {"steps": [{"wait": {"activity": "end"}}, {"abort": True}]}, {"refuse": {"status": 503}}]
    async with serve({"connections": plays}) as server, running(exchange(gemini(server), tmp_path / "b")) as ready:
        async with talking(ready) as driver:
            await driver.say(100)
            await driver.until(Degraded)
            await driver.until(Closed)
        with pytest.raises(Unavailable, match="503"):
            ready.line(SETUP)
        assert ready.counters["sessions"] == ready.counters["lines"] == ready.counters["lines_lost"] == 1


async def test_what_a_day_has_used_outlives_the_process(serve: Serve, tmp_path: Path) -> None:
    file = tmp_path / "budget.json"
    limits = Limits(minutes_a_day=None, tokens_a_day=2500)
    async with serve(ONE_TURN) as server:
        async with running(exchange(gemini(server), file, limits=limits)) as ready, talking(ready) as driver:
            await driver.say(100)
            await driver.answered(1)
            await driver.say(100)
            await driver.answered(2)
            assert ready.spent.tokens == 2000
        kept = json.loads(file.read_text())
        assert kept["tokens"] == 2000
        assert kept["seconds"] > 0
        async with running(exchange(gemini(server), file, limits=limits)) as again:
            async with talking(again) as driver:
                await driver.say(100)
                assert await driver.until(HangUp) == HangUp("tokens")
            with pytest.raises(Unavailable, match="2500 tokens") as wrong:
                again.line(SETUP)
            assert wrong.value.finding.state == "budget_spent"
        tomorrow = exchange(gemini(server), file, limits=limits, today=lambda: date(2026, 12, 1))
        assert tomorrow.finding is None
        assert tomorrow.spent.tokens == 0


async def test_minutes_are_counted_while_a_line_is_open(serve: Serve, tmp_path: Path) -> None:
    file = tmp_path / "budget.json"
    file.write_text(json.dumps({"day": TODAY.isoformat(), "seconds": 118.5, "tokens": 0}))
    async with serve(ONE_TURN) as server:
        limits = Limits(minutes_a_day=2)
        async with running(exchange(gemini(server), file, limits=limits)) as ready, talking(ready) as driver:
            began = time.monotonic()
            assert await driver.until(HangUp) == HangUp("minutes")
            assert 1.4 < time.monotonic() - began < 3.5  # counted each second
            assert ready.finding is not None
            assert ready.finding.state == "budget_spent"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"day": "2026-11-30"}', '{"day": 1, "seconds": 2, "tokens": 3}'])
def test_a_file_that_is_no_budget_counts_as_nothing(tmp_path: Path, content: str) -> None:
    file = tmp_path / "budget.json"
    file.write_text(content)
    assert exchange(Gemini(GeminiOptions(), _key), file).spent.seconds == 0


async def test_a_disk_that_takes_nothing_stops_no_dialogue(serve: Serve, tmp_path: Path) -> None:
    async with serve(ONE_TURN) as server:
        gone = tmp_path / "gone" / "budget.json"
        async with running(exchange(gemini(server), gone)) as ready, talking(ready) as driver:
            await driver.say(100)
            await driver.answered()
        assert ready.spent.tokens == 1000
