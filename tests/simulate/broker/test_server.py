"""The embedded broker and paho, as the gateway uses it: what mosquitto does, as far as the demo needs it."""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from edgegw.mqtt import (
    MQTT_5,
    MQTT_311,
    NO_SUBSCRIBERS,
    Account,
    Brokers,
    ConnectionLost,
    Link,
    Message,
    Properties,
    Will,
    endpoint,
)
from edgegw.simulate.broker.server import broker

both = pytest.mark.parametrize("protocol", [MQTT_5, MQTT_311])


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with broker() as port:
        yield f"mqtt://127.0.0.1:{port}"


@asynccontextmanager
async def connected(
    url: str, client: str = "one", protocol: int = MQTT_5, will: Will | None = None, **account: Any
) -> AsyncIterator[Link]:
    who = Account(client_id=client, **account)
    brokers = Brokers(
        [endpoint(url)], lambda: who, random=lambda: 0.01, monotonic=time.monotonic, protocol=protocol
    )  # fmt: skip
    link = await brokers.connect(will)
    try:
        yield link
    finally:
        await link.close()


async def receive(link: Link, count: int = 1, *, acknowledge: bool = True) -> list[Message]:
    found: list[Message] = []
    async with asyncio.timeout(5):
        async for message in link.messages():
            if acknowledge:
                link.acknowledge(message)
            found.append(message)
            if len(found) == count:
                break
    return found


async def nothing_comes(link: Link) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await anext(link.messages())


@both
async def test_a_message_goes_there_and_back_with_all_that_it_carries(url: str, protocol: int) -> None:
    properties = Properties(content_type="text/plain", response_topic="r", correlation=b"\x01", user=(("a", "b"),))
    async with connected(url, protocol=protocol) as link:
        await link.subscribe("t/#")
        assert await link.publish("t/x", b"hello" * 20_000, properties=properties) == 0
        (message,) = await receive(link)
        assert (message.topic, message.payload, message.retain) == ("t/x", b"hello" * 20_000, False)
        assert message.properties == (properties if protocol == MQTT_5 else Properties())


async def test_versions_understand_each_other(url: str) -> None:
    async with connected(url, "old", MQTT_311) as old, connected(url, "new") as new:
        await new.subscribe("t")
        await old.subscribe("u")
        await old.publish("t", b"from 3.1.1")
        await new.publish("u", b"from 5", properties=Properties(user=(("a", "b"),)))
        assert (await receive(new))[0].payload == b"from 3.1.1"
        assert (await receive(old))[0].payload == b"from 5"


async def test_the_reason_code_tells_that_nobody_is_subscribed(url: str) -> None:
    async with connected(url) as link:
        assert await link.publish("t", b"x") == NO_SUBSCRIBERS


@both
async def test_a_retained_message_waits_for_whoever_subscribes_and_an_empty_one_takes_it_away(
    url: str, protocol: int
) -> None:
    async with connected(url, "writer", protocol) as writer, connected(url, "reader", protocol) as reader:
        await writer.publish("s/a", b"old", retain=True)
        await writer.publish("s/a", b"new", retain=True)
        await reader.subscribe("s/+")
        (message,) = await receive(reader)
        assert (message.payload, message.retain) == (b"new", True)
        await writer.publish("s/a", b"", retain=True)
        assert not (await receive(reader))[0].payload
    async with connected(url, "late", protocol) as late:
        await late.subscribe("s/+")
        await nothing_comes(late)


async def test_a_will_is_published_for_one_that_vanishes_and_not_for_one_that_says_goodbye(url: str) -> None:
    will = Will("p", b"gone", delay_s=0)
    async with connected(url, "watcher") as watcher:
        await watcher.subscribe("p")
        async with connected(url, "polite", will=will):
            pass
        await nothing_comes(watcher)
        async with connected(url, "one", will=will) as link:
            await link.abort()
        (message,) = await receive(watcher)
        assert message.payload == b"gone"


async def test_a_will_with_a_delay_is_not_published_when_its_client_returns_in_time(url: str) -> None:
    account: dict[str, Any] = {"session_expiry_s": 60}
    async with connected(url, "watcher") as watcher:
        await watcher.subscribe("p")
        async with connected(url, "one", will=Will("p", b"gone", delay_s=1), **account) as link:
            await link.abort()
        async with connected(url, "one", **account):
            await asyncio.sleep(1.6)
            await nothing_comes(watcher)


async def test_a_session_keeps_what_comes_while_its_client_is_away(url: str) -> None:
    account: dict[str, Any] = {"session_expiry_s": 60}
    async with connected(url, "away", **account) as away:
        await away.subscribe("t")
    async with connected(url, "writer") as writer:
        for n in range(50):
            assert await writer.publish("t", str(n).encode()) == 0
    async with connected(url, "away", **account) as back:
        assert [message.payload for message in await receive(back, 50)] == [str(n).encode() for n in range(50)]
    async with connected(url, "away", session_expiry_s=0) as anew:
        await nothing_comes(anew)


async def test_what_was_not_acknowledged_comes_again(url: str) -> None:
    account: dict[str, Any] = {"session_expiry_s": 60}
    async with connected(url, "one", **account) as link, connected(url, "writer") as writer:
        await link.subscribe("t")
        await writer.publish("t", b"x")
        await receive(link, acknowledge=False)
        await link.abort()
    async with connected(url, "one", **account) as link:
        assert (await receive(link))[0].payload == b"x"


async def test_a_slow_reader_gets_no_more_at_once_than_it_asked_for(url: str) -> None:
    async with connected(url, "slow", receive_maximum=3) as slow, connected(url, "writer") as writer:
        await slow.subscribe("t")
        for n in range(10):
            await writer.publish("t", bytes([n]))
        first = await receive(slow, 3, acknowledge=False)
        await nothing_comes(slow)
        for message in first:
            slow.acknowledge(message)
        assert [message.payload for message in await receive(slow, 7)] == [bytes([n]) for n in range(3, 10)]


async def test_a_message_that_has_expired_is_not_delivered(url: str) -> None:
    account: dict[str, Any] = {"session_expiry_s": 60}
    async with connected(url, "away", **account) as away:
        await away.subscribe("t")
    async with connected(url, "writer") as writer:
        await writer.publish("t", b"short", properties=Properties(expiry_s=1))
        await writer.publish("t", b"long", properties=Properties(expiry_s=60))
    await asyncio.sleep(1.1)
    async with connected(url, "away", **account) as back:
        (message,) = await receive(back)
        assert message.payload == b"long"
        assert message.properties.expiry_s is not None
        assert message.properties.expiry_s < 60


@both
async def test_the_second_connection_of_a_client_ends_the_first(url: str, protocol: int) -> None:
    async with connected(url, "one", protocol, session_expiry_s=60) as first:
        await first.subscribe("t")
        async with connected(url, "one", protocol, session_expiry_s=60) as second, asyncio.timeout(2):
            with pytest.raises(ConnectionLost):
                await first.lost()
            await second.publish("t", b"still here")
            assert (await receive(second))[0].payload == b"still here"


async def test_the_end_of_the_broker_ends_its_connections() -> None:
    async with broker() as port:
        link = await connected(f"mqtt://127.0.0.1:{port}").__aenter__()
    async with asyncio.timeout(2):
        with pytest.raises(ConnectionLost):
            await link.lost()
    await link.close()


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: a name that is long enough\r\nAccept: text/html, */*\r\n\r\n",
        b"\xc0\x00",  # PINGREQ before CONNECT
        b"\x10\xff\xff\xff\xff\x01",  # a length of five bytes
        b"\x10\x0c\x00\x04MQTT\x09\x02\x00\x00\x00\x00",  # version 9
        b"\x10\x02\x00\x04",  # cut short
    ],
)
async def test_what_is_no_mqtt_is_hung_up_on_and_others_go_on(url: str, data: bytes) -> None:
    port = int(url.rpartition(":")[2])
    async with connected(url, "other") as other:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(data)
        async with asyncio.timeout(2):
            assert await reader.read() == b""
        writer.close()
        await other.subscribe("t")
        assert await other.publish("t", b"x") == 0


async def test_a_client_that_is_silent_beyond_its_keep_alive_is_let_go(url: str) -> None:
    body = struct.pack(">H", 4) + b"MQTT" + bytes([4, 2]) + struct.pack(">HH", 1, 1) + b"q"
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    writer.write(bytes([0x10, len(body)]) + body)
    assert await reader.readexactly(4) == b"\x20\x02\x00\x00"
    async with asyncio.timeout(3):
        assert await reader.read() == b""
    writer.close()
