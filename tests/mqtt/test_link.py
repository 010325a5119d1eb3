"""The MQTT face against a real mosquitto, and against brokers that no package brings: ones that refuse, hang up or are
silent."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from edgegw.mqtt import (
    MQTT_5,
    MQTT_311,
    NO_SUBSCRIBERS,
    PACKET_TOO_LARGE,
    Account,
    Backoff,
    Brokers,
    ConnectFailed,
    ConnectionLost,
    Link,
    Message,
    Properties,
    Will,
    endpoint,
)
from edgegw.mqtt.link import DEAD_PEER_S
from tests.support.mosquitto import EXECUTABLE, Mosquitto
from tests.support.netns import Namespace, Unavailable
from tests.support.scripted import ScriptedBroker, disconnect

pytestmark = pytest.mark.skipif(EXECUTABLE is None, reason="mosquitto is not installed: apt install mosquitto")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path) as running:
        yield running


def dialler(*urls: str, client_id: str = "one", protocol: int | None = None, **account: Any) -> Brokers:
    who = Account(client_id=client_id, **account)
    return Brokers(
        [endpoint(url) for url in urls], lambda: who, random=lambda: 0.01, monotonic=time.monotonic, protocol=protocol
    )


@asynccontextmanager
async def connected(*urls: str, will: Will | None = None, **options: Any) -> AsyncIterator[Link]:
    link = await dialler(*urls, **options).connect(will)
    try:
        yield link
    finally:
        await link.close()


async def first(link: Link) -> Message:
    async with asyncio.timeout(5):
        async for message in link.messages():
            return message
    raise AssertionError


@pytest.mark.parametrize("protocol", [MQTT_5, MQTT_311])
async def test_a_message_goes_there_and_back(broker: Mosquitto, protocol: int) -> None:
    properties = Properties(content_type="text/plain", response_topic="r", correlation=b"\x01", user=(("a", "b"),))
    async with connected(broker.url, protocol=protocol) as link:
        await link.subscribe("t/#")
        assert await link.publish("t/x", b"hello", properties=properties) == 0
        message = await first(link)
        link.acknowledge(message)
        assert (message.topic, message.payload, message.retain) == ("t/x", b"hello", False)
        assert message.properties == (properties if protocol == MQTT_5 else Properties())


async def test_the_reason_code_tells_that_nobody_is_subscribed(broker: Mosquitto) -> None:
    async with connected(broker.url) as link:
        assert await link.publish("nobody", b"") == NO_SUBSCRIBERS


async def test_the_brokers_receive_maximum_is_never_exceeded(tmp_path: Path) -> None:
    with Mosquitto(tmp_path, "max_inflight_messages 3") as broker:
        async with connected(broker.url) as link:
            assert link.receive_maximum == 3
            in_flight: list[int] = []
            client = link._client
            assert client is not None
            send = client.publish

            def counted(*args: Any, **options: Any) -> Any:
                in_flight.append(len(link._unacknowledged) + 1)
                return send(*args, **options)

            client.publish = counted  # type: ignore[method-assign]
            codes = await asyncio.gather(*(link.publish("t", bytes(100)) for _ in range(60)))
            assert codes == [NO_SUBSCRIBERS] * 60
            assert max(in_flight) == 3


async def test_a_packet_above_the_brokers_limit_is_not_sent(tmp_path: Path) -> None:
    with Mosquitto(tmp_path, "max_packet_size 2000") as broker:
        async with connected(broker.url) as link:
            assert link.maximum_packet == 2000
            assert await link.publish("t", bytes(2500)) == PACKET_TOO_LARGE
            assert await link.publish("t", bytes(1000)) == NO_SUBSCRIBERS


async def test_what_was_not_acknowledged_comes_again_and_what_was_does_not(broker: Mosquitto) -> None:
    async with connected(broker.url) as link, connected(broker.url, client_id="two") as other:
        await link.subscribe("t")
        await other.publish("t", b"kept back")
        assert (await first(link)).payload == b"kept back"
    async with connected(broker.url) as link:
        message = await first(link)
        assert message.payload == b"kept back"
        link.acknowledge(message)
    async with connected(broker.url) as link:
        await link.publish("t", b"next")
        assert (await first(link)).payload == b"next"


async def test_a_dead_broker_fails_what_waits_and_nothing_is_sent_later_by_itself(broker: Mosquitto) -> None:
    dial = dialler(broker.url)
    link = await dial.connect()
    waiting = [asyncio.ensure_future(link.publish("t", bytes(60_000))) for _ in range(50)]
    await asyncio.sleep(0)
    broker.kill()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert any(isinstance(result, ConnectionLost) for result in results)
    with pytest.raises(ConnectionLost):
        await link.publish("t", b"offline")
    with pytest.raises(ConnectionLost):
        await first(link)
    await link.close()
    broker.start()
    async with connected(broker.url, client_id="two") as watcher:
        await watcher.subscribe("#")
        again = await dial.connect()
        await again.publish("t", b"marker")
        assert (await first(watcher)).payload == b"marker"
        await again.close()


async def test_the_will_comes_after_a_dead_connection_and_not_after_a_close(broker: Mosquitto) -> None:
    async with connected(broker.url, client_id="watcher") as watcher:
        await watcher.subscribe("will/#")
        async with connected(broker.url, will=Will("will/closed", b"gone")):
            pass
        link = await dialler(broker.url).connect(Will("will/dead", b"gone"))
        await link.abort()
        assert (await first(watcher)).topic == "will/dead"


async def test_a_wrong_password_is_told_and_tried_again(tmp_path: Path) -> None:
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(passwords), "hub", "right"], check=True, capture_output=True)
    with Mosquitto(tmp_path, f"password_file {passwords}", "allow_anonymous false") as broker:
        secret = "wrong"
        dial = Brokers(
            [endpoint(broker.url)],
            lambda: Account(client_id="one", username="hub", password=secret),
            random=lambda: 0.01,
            monotonic=time.monotonic,
        )
        connecting = asyncio.ensure_future(dial.connect())
        while dial.trouble is None:
            await asyncio.sleep(0.01)
        assert "not authorised" in dial.trouble
        assert secret not in repr(dial._account())
        secret = "right"
        link = await connecting
        assert dial.trouble is None
        await link.close()


# Brokers that no package brings

Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def odd_broker(converse: Conversation) -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await converse(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def protocol_of(reader: asyncio.StreamReader) -> int:
    """The protocol level in a CONNECT (MQTT 3.1.1 section 3.1.2.2)."""
    head = await reader.readexactly(2)
    body = await reader.readexactly(head[1])
    assert body[2:6] == b"MQTT"
    return body[6]


@pytest.mark.parametrize(
    "says", [b"\x20\x02\x00\x01", b"\x20\x03\x00\x84\x00", b""], ids=["refuses", "0x84", "hangs up"]
)
async def test_a_broker_that_knows_no_mqtt_5_is_spoken_to_in_3_1_1(says: bytes) -> None:
    levels = []

    async def older(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        levels.append(await protocol_of(reader))
        if levels[-1] == MQTT_5:
            writer.write(says)
            return
        writer.write(b"\x20\x02\x00\x00")
        await reader.read(100)

    async with odd_broker(older) as url:
        dial = dialler(url)
        link = await dial.connect()
        assert (link.protocol, levels) == (MQTT_311, [MQTT_5, MQTT_311])
        await link.close()
        again = await dial.connect()
        assert levels[2:] == [MQTT_311]
        await again.close()


async def test_a_broker_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgegw.mqtt.link.CONNECT_TIMEOUT_S", 0.1)

    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with odd_broker(silent) as url:
        link = Link(endpoint(url), Account(client_id="one"), None, MQTT_5)
        with pytest.raises(ConnectFailed, match="no answer"):
            await link.open()


async def test_a_broker_that_acknowledges_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgegw.mqtt.link.ANSWER_S", 0.2)
    async with ScriptedBroker().listening() as broker:
        broker.publishing = lambda message: "silent" if message.topic == "lost" else 0
        async with connected(broker.url) as link:
            assert await link.publish("t", b"") == 0
            with pytest.raises(ConnectionLost, match="acknowledged nothing for 0 s"):
                await link.publish("lost", b"")
            assert link.served
            assert link.unanswered == 1


async def test_a_slow_line_has_as_long_as_what_is_under_way_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgegw.mqtt.link.ANSWER_S", 0.05)
    monkeypatch.setattr("edgegw.mqtt.link.SLOWEST_BYTES_S", 10_000.0)
    async with ScriptedBroker().listening() as broker:
        broker.publishing = lambda _: "silent"
        async with connected(broker.url) as link:
            began = time.monotonic()
            with pytest.raises(ConnectionLost):
                await link.publish("t", bytes(5000))
            assert 0.5 <= time.monotonic() - began < 2.0


@pytest.mark.parametrize(
    ("says", "told"),
    [
        (disconnect(0x95), "larger than it takes (0x95)"),
        (disconnect(0x8E), "another connected under our client id"),
        (b"\xe0\x0f\x9d\x0d\x1c\x00\x0ab.example.", "it has moved: change uplink.brokers (0x9d), b.example."),
    ],
)
async def test_a_broker_that_says_why_it_hangs_up_is_quoted_in_words(says: bytes, told: str) -> None:
    async with ScriptedBroker().listening() as broker:
        broker.publishing = lambda _: says
        async with connected(broker.url) as link:
            with pytest.raises(ConnectionLost) as lost:
                await link.publish("t", b"")
            assert told in str(lost.value)
            assert lost.value.code == link.reason == says[2]


@pytest.mark.parametrize("code", [0x86, 0x87, 0x89, 0x9C])
async def test_a_refused_connection_is_told_in_words(code: int) -> None:
    async with ScriptedBroker().listening() as broker:
        broker.connecting = lambda _: code
        link = Link(endpoint(broker.url), Account(client_id="one"), None, MQTT_5)
        with pytest.raises(ConnectFailed, match=r"refused: [a-z].* \(0x") as refused:
            await link.open()
        assert refused.value.code == code


async def test_a_frozen_broker_is_noticed_after_two_keepalives(broker: Mosquitto) -> None:
    # Its kernel still takes what we send, so only the missing answer to the ping tells.
    async with connected(broker.url, keepalive_s=1) as link:
        assert broker.pid is not None
        os.kill(broker.pid, signal.SIGSTOP)
        try:
            async with asyncio.timeout(5):
                with pytest.raises(ConnectionLost, match="not answered our ping"):
                    await link.lost()
        finally:
            os.kill(broker.pid, signal.SIGCONT)
    assert 2 * Account(client_id="one").keepalive_s + 1 <= 20


@pytest.mark.parametrize("idle", [True, False], ids=["idle", "with a publish under way"])
async def test_a_network_that_swallows_everything_is_noticed_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, idle: bool
) -> None:
    monkeypatch.setattr("edgegw.mqtt.link.DEAD_PEER_S", 2)
    try:
        with Namespace() as there, Mosquitto(tmp_path, prefix=there.prefix, address=there.inside) as broker:
            async with connected(broker.url, keepalive_s=1 if idle else 30) as link:
                assert await link.publish("t", b"") == NO_SUBSCRIBERS
                there.cut()
                began = time.monotonic()
                async with asyncio.timeout(10):
                    with pytest.raises(ConnectionLost):
                        await (link.lost() if idle else link.publish("t", b""))
                assert time.monotonic() - began < 4.0  # twice the keepalive, or DEAD_PEER_S; a second to look
    except Unavailable as missing:
        pytest.skip(str(missing))
    assert DEAD_PEER_S <= 20


# Values


def test_an_endpoint_is_read_with_its_default_port() -> None:
    assert (endpoint("mqtt://b").port, endpoint("mqtts://b").port, endpoint("mqtts://b:443").port) == (1883, 8883, 443)
    assert not endpoint("mqtt://b").tls
    assert endpoint("mqtts://b").tls


@pytest.mark.parametrize("url", ["b", "http://b", "mqtt://", "mqtt://user:secret@b", "mqtt://b:port"])
def test_what_is_no_endpoint_is_refused_without_showing_a_password(url: str) -> None:
    with pytest.raises(ValueError) as refused:
        endpoint(url)
    assert "secret" not in str(refused.value)


def test_the_back_off_doubles_its_ceiling_to_a_minute_and_takes_a_random_share() -> None:
    backoff = Backoff(lambda: 0.5)
    assert [backoff.next() for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    backoff.reset()
    assert backoff.next() == 0.5
