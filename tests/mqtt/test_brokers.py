"""Which broker is used, when it is left for another, and how renewed credentials come into use."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from edgegw.mqtt import Account, Brokers, ConnectionLost, Link, endpoint
from edgegw.mqtt.brokers import LONGEST_REST_S, REST_S, STEADY_S, TRIES, TRY_EVERY_S
from tests.support.ports import free_port
from tests.support.scripted import ScriptedBroker


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgegw.mqtt.brokers.LOOK_EVERY_S", 0.005)


class Time:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def dialler(*urls: str, monotonic: Callable[[], float] = time.monotonic, **options: Any) -> Brokers:
    options.setdefault("account", lambda: Account(client_id="one"))
    return Brokers(
        [endpoint(url) for url in urls], random=lambda: 0.001, monotonic=monotonic, **options
    )  # fmt: skip


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


async def use(link: Link) -> Link:
    """Have the broker acknowledge something."""
    assert await link.publish("t", b"") == 0
    return link


async def test_the_second_broker_is_used_while_the_first_is_away() -> None:
    async with ScriptedBroker().listening() as second:
        link = await dialler(f"mqtt://127.0.0.1:{free_port()}", second.url).connect()
        assert link.endpoint.url == second.url
        await link.close()


async def test_a_broker_that_never_answers_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgegw.mqtt.link.CONNECT_TIMEOUT_S", 0.1)
    async with ScriptedBroker().listening() as first, ScriptedBroker().listening() as second:
        first.connecting = lambda _: "silent"
        link = await dialler(first.url, second.url).connect()
        assert link.endpoint.url == second.url
        await link.close()


async def test_a_broker_that_lets_us_in_and_acknowledges_nothing_stands_behind_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("edgegw.mqtt.link.ANSWER_S", 0.05)
    now = Time()
    async with ScriptedBroker().listening() as first, ScriptedBroker().listening() as second:
        first.publishing = lambda _: "silent"
        dial = dialler(first.url, second.url, monotonic=now)
        rests = []
        for _ in range(7):
            link = await dial.connect()
            assert link.endpoint.url == first.url
            with pytest.raises(ConnectionLost):
                await link.publish("t", b"")
            await link.close()
            now.now += STEADY_S  # as long as that alone, it would not do
            left, began = await dial.connect(), now.now
            assert left.endpoint.url == second.url
            await use(left)
            await left.close()
            now.now += STEADY_S
            while dial._in_turn()[0].url != first.url:
                now.now += 10.0
            rests.append(now.now - began)
        assert rests[:3] == [REST_S, 2 * REST_S, 4 * REST_S]
        assert rests[-1] == LONGEST_REST_S


async def test_a_link_that_served_well_begins_again_at_the_same_broker() -> None:
    now = Time()
    async with ScriptedBroker().listening() as first, ScriptedBroker().listening() as second:
        dial = dialler(first.url, second.url, monotonic=now)
        link = await use(await dial.connect())
        now.now += STEADY_S
        await link.close()
        again = await dial.connect()
        assert again.endpoint.url == first.url
        await again.close()


async def test_the_preferred_broker_is_returned_to_when_it_has_been_back_for_a_while() -> None:
    now = Time()
    async with AsyncExitStack() as stack:
        first = ScriptedBroker()
        first.port = free_port()
        second = await stack.enter_async_context(ScriptedBroker().listening())
        dial = dialler(first.url, second.url, monotonic=now)
        link = await use(await dial.connect())
        waiting = asyncio.ensure_future(dial.outdated(link))
        tried: list[int] = []
        reachable = dial._reachable

        async def counted(broker: Any) -> bool:
            tried.append(1)
            return await reachable(broker)

        dial._reachable = counted  # type: ignore[method-assign]
        await asyncio.sleep(0.01)  # it looks at the clock
        for _ in range(2):  # not there
            before = len(tried)
            now.now += TRY_EVERY_S
            await until(lambda before=before: len(tried) > before)  # type: ignore[misc]
        await stack.enter_async_context(first.listening())
        for _ in range(TRIES):
            assert not waiting.done()
            before = len(tried)
            now.now += TRY_EVERY_S
            await until(lambda before=before: len(tried) > before)  # type: ignore[misc]
        assert await waiting == f"{first.url} is back"
        assert first.connects == []  # it was asked whether it listens, and not logged in to
        await link.close()
        back = await dial.connect()
        assert back.endpoint.url == first.url
        await back.close()


async def test_a_broker_that_only_seems_to_be_back_is_left_alone_for_longer_and_longer() -> None:
    now = Time()
    async with ScriptedBroker().listening() as first, ScriptedBroker().listening() as second:
        first.connecting = lambda _: 0x88
        dial = dialler(first.url, second.url, monotonic=now)
        link = await use(await dial.connect())
        assert link.endpoint.url == second.url
        gone_for = []
        for _ in range(5):
            began = now.now
            waiting = asyncio.ensure_future(dial.outdated(link))
            while not waiting.done():
                now.now += TRY_EVERY_S
                await asyncio.sleep(0.04)
            gone_for.append(now.now - began)
            await link.close()
            link = await use(await dial.connect())
            assert link.endpoint.url == second.url
        await link.close()
        assert gone_for == sorted(gone_for)
        assert gone_for[-1] - gone_for[0] >= 4 * REST_S


async def test_renewed_credentials_bring_a_new_connection_and_half_a_renewal_does_not(tmp_path: Path) -> None:
    secret, whole = tmp_path / "secret", tmp_path / "whole"
    secret.write_text("old")
    whole.touch()

    def account() -> Account:
        if not whole.exists():
            raise ValueError("the key is missing")
        return Account(client_id="one", username="hub", password=secret.read_text())

    def fingerprint() -> tuple[str, bool]:
        return secret.read_text(), whole.exists()

    async with ScriptedBroker().listening() as broker:
        dial = dialler(broker.url, account=account, fingerprint=fingerprint)
        link = await use(await dial.connect())
        waiting = asyncio.ensure_future(dial.outdated(link))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        whole.unlink()
        secret.write_text("new")
        await asyncio.sleep(0.05)
        assert not waiting.done()
        assert not link.ended
        whole.touch()
        async with asyncio.timeout(5):
            assert await waiting == "the credentials were renewed"
        await link.abort()
        again = await dial.connect()
        assert again._account.password == "new"
        waiting = asyncio.ensure_future(dial.outdated(again))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        waiting.cancel()
        await again.close()
