"""The supervisor on a clock that the test moves: what follows a failure, and that a neighbour never notices."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest

from edgegw.daemon.supervisor import History, Policy, Supervisor, after_failure
from tests.support.clock import FakeClock


def pauses(count: int, ran_s: float, policy: Policy = "degraded") -> list[float | None]:
    """The pauses after `count` failures of a service that runs `ran_s` seconds each time."""
    history, at, found = History(), 0.0, list[float | None]()
    for _ in range(count):
        at += ran_s
        history, step = after_failure(history, at, ran_s, policy, ever_ready=True)
        found.append(step.pause_s)
        if step.pause_s is None:
            break
        at += step.pause_s
    return found


def test_the_pause_doubles_from_1_s_to_60_s() -> None:
    assert pauses(9, ran_s=20) == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_five_failures_in_60_s_give_a_degraded_service_a_try_a_minute() -> None:
    assert pauses(8, ran_s=0) == [1, 2, 4, 8, 60, 60, 60, 60]


def test_five_failures_in_60_s_end_the_process_of_a_fatal_one() -> None:
    assert pauses(8, ran_s=0, policy="fatal") == [1, 2, 4, 8, None]


def test_a_service_that_ran_for_a_minute_begins_again_with_1_s() -> None:
    assert pauses(3, ran_s=60) == [1, 1, 1]
    history, _ = after_failure(History((1.0, 2.0, 3.0, 4.0), gave_up=True), 90.0, 60.0, "degraded", True)
    assert history == History((90.0,))


def test_a_fatal_service_that_was_never_ready_ends_the_process_at_once() -> None:
    _, step = after_failure(History(), 0.0, 0.0, "fatal", ever_ready=False)
    assert step.pause_s is None


class Scripted:
    """Lives as its script says: an exception is raised once ready, `serve` serves, `unready` raises before."""

    name = "scripted"

    def __init__(self, *lives: object) -> None:
        self.lives = list(lives)
        self.count = 0

    def __call__(self) -> Scripted:
        return self

    async def run(self, started: Callable[[], None]) -> None:
        self.count += 1
        life = self.lives.pop(0) if self.lives else "serve"
        if life == "unready":
            raise OSError(98, "the port is in use")
        started()
        if isinstance(life, BaseException):
            raise life
        if life == "end":
            return
        if life == "stubborn":
            try:
                await asyncio.sleep(3600)
            finally:
                raise ValueError("broken while it cleaned up")
        await asyncio.sleep(3600)


class Bench:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.slept: list[float] = []
        self.supervisor = Supervisor(monotonic=self.clock.monotonic, sleep=self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.advance(seconds)
        await asyncio.sleep(0)

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(2):
            while not true():
                await asyncio.sleep(0)

    async def end(self) -> None:
        await self.supervisor.stop(self.supervisor.names, 1.0)


async def test_a_failed_service_is_built_again_and_its_neighbour_goes_on() -> None:
    bench = Bench()
    bad, good = Scripted(OSError(5, "no route"), RuntimeError("bug")), Scripted()
    bench.supervisor.start("bad", bad)
    bench.supervisor.start("good", good)
    await bench.until(lambda: bad.count == 3)
    assert await bench.supervisor.settled("bad", 1.0) is None
    assert bench.slept == [1, 2]
    assert good.count == 1
    assert bench.supervisor.status() == {
        "bad": {"state": "running", "reason": None, "restarts": 2},
        "good": {"state": "running", "reason": None, "restarts": 0},
    }
    await bench.end()


@pytest.mark.parametrize(
    ("life", "reason"),
    [
        ("end", "it ended by itself"),
        (asyncio.CancelledError(), "it was cancelled from inside"),
        (ExceptionGroup("group", [ExceptionGroup("inner", [OSError(5, "no route")])]), "no route"),
        (FileNotFoundError(2, "No such file or directory", "/x"), "No such file or directory: /x"),
        (KeyError(), "KeyError"),
    ],
)
async def test_however_it_ends_it_counts_as_a_failure_with_a_reason(life: object, reason: str) -> None:
    bench = Bench()
    reasons: list[object] = []
    bench.supervisor = Supervisor(
        monotonic=bench.clock.monotonic,
        sleep=bench._sleep,
        changed=lambda: reasons.append(bench.supervisor.status()["odd"]["reason"]),
    )
    odd = Scripted(life)
    bench.supervisor.start("odd", odd)
    await bench.until(lambda: odd.count == 2)
    await bench.supervisor.settled("odd", 1.0)
    assert reasons == [None, reason, None]
    reasons.clear()
    bench.supervisor._changed = lambda: None
    await bench.end()


async def test_a_fatal_service_hands_over_its_error() -> None:
    bench = Bench()
    bench.supervisor.start("port", Scripted("unready"), "fatal")
    assert await bench.supervisor.settled("port", 1.0) == "the port is in use"
    assert str(bench.supervisor.fatal.result()) == "[Errno 98] the port is in use"
    assert bench.slept == []
    await bench.end()


async def test_a_replaced_service_is_not_fatal_at_its_first_failure_and_says_why_it_is_not_ready() -> None:
    bench = Bench()
    bench.supervisor.start("port", Scripted(), "fatal")
    assert await bench.supervisor.settled("port", 1.0) is None
    waits = asyncio.Event()

    async def sleep(seconds: float) -> None:
        await waits.wait()

    bench.supervisor._sleep = sleep
    await bench.supervisor.replace("port", Scripted("unready"))
    assert await bench.supervisor.settled("port", 1.0) == "the port is in use"
    assert not bench.supervisor.fatal.done()
    waits.set()
    await bench.until(lambda: bench.supervisor.healthy(["port"]))
    await bench.end()


async def test_a_service_that_fails_while_it_stops_is_not_built_again(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    stubborn = Scripted("stubborn")
    bench.supervisor.start("stubborn", stubborn)
    await bench.supervisor.settled("stubborn", 1.0)
    await bench.end()
    assert stubborn.count == 1
    assert "stubborn failed while it stopped: broken while it cleaned up" in caplog.text
    assert bench.supervisor.names == []


async def test_a_service_that_does_not_stop_is_not_waited_for_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    leave = asyncio.Event()

    class Deaf(Scripted):
        async def run(self, started: Callable[[], None]) -> None:
            started()
            while not leave.is_set():
                try:
                    await leave.wait()
                except asyncio.CancelledError:
                    continue

    bench = Bench()
    bench.supervisor.start("deaf", Deaf())
    await bench.supervisor.settled("deaf", 1.0)
    await bench.supervisor.stop(["deaf"], 0.02)
    assert "service deaf did not stop" in caplog.text
    leave.set()
    await asyncio.sleep(0.01)


async def test_what_the_field_brings_about_is_one_line_and_a_mistake_of_ours_has_its_place(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.ERROR)
    bench = Bench()
    odd = Scripted(OSError(5, "no route"), ZeroDivisionError("ours"))
    bench.supervisor.start("odd", odd)
    await bench.until(lambda: odd.count == 3)
    first, second = caplog.records
    assert (first.getMessage(), first.exc_info) == ("odd failed, next try in 1 s: no route", None)
    assert second.exc_info
    await bench.end()


async def test_who_waits_for_a_service_and_is_cancelled_as_it_becomes_ready_is_cancelled() -> None:
    class Slow(Scripted):
        async def run(self, started: Callable[[], None]) -> None:
            await asyncio.sleep(3600)

    bench = Bench()
    bench.supervisor.start("slow", Slow())
    waiting = asyncio.ensure_future(bench.supervisor.settled("slow", 60.0))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    bench.supervisor._services["slow"].settled.set()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await bench.end()
