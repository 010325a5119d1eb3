"""One connection to a broker over paho's network thread. The only importer of paho."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, NoReturn

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties as PahoProperties
from paho.mqtt.subscribeoptions import SubscribeOptions

from edgegw.mqtt.reasons import KEEPALIVE_TIMEOUT, PACKET_TOO_LARGE, refusal_words, words
from edgegw.mqtt.tls import handshake_words, tls_context
from edgegw.mqtt.values import (
    MQTT_5,
    Account,
    ConnectFailed,
    ConnectionLost,
    Endpoint,
    Message,
    MqttError,
    Properties,
    Will,
)

CONNECT_TIMEOUT_S = 10.0
DEAD_PEER_S = 20
"""TCP_USER_TIMEOUT: sent data that nobody acknowledges for so long ends the connection. Without it a silent network is
noticed only after two keepalive periods."""
ANSWER_S = 20.0
SLOWEST_BYTES_S = 1000.0
"""A broker that takes what we send, answers pings and acknowledges nothing is of no use: the link ends when for
ANSWER_S, and as long as what is under way needs on the slowest line, not one acknowledgement came."""

DEFAULT_RECEIVE_MAXIMUM = 65535
MAX_PACKET_BYTES = 268_435_455
PROPERTIES_ROOM = 256
"""What a PUBLISH of ours needs at most beside its topic and payload."""


class Link:
    """One connection. Made by `Brokers.connect`; every method belongs to the event loop's thread."""

    def __init__(self, broker: Endpoint, account: Account, will: Will | None, protocol: int) -> None:
        self.endpoint = broker
        self.protocol = protocol
        self.receive_maximum = DEFAULT_RECEIVE_MAXIMUM
        self.maximum_packet = MAX_PACKET_BYTES
        self._account = account
        self._loop = asyncio.get_running_loop()
        self._connack: asyncio.Future[None] = self._loop.create_future()
        self._ended = asyncio.Event()
        self._why = ""
        self.reason: int | None = None
        """Why the broker ended the link, if it said so."""
        self._alert: ssl.SSLError | None = None
        self.served = False
        """It has acknowledged something."""
        self.unanswered = 0
        """Publishes that were under way when the link ended."""
        self._under_way_bytes = 0
        self._progress_at = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._quota = asyncio.Semaphore(self.receive_maximum)
        self._unacknowledged: dict[int, asyncio.Future[int]] = {}
        self._subscribing: dict[int, asyncio.Future[list[int]]] = {}
        self._inbox: asyncio.Queue[Message | None] = asyncio.Queue()
        self._client: paho.Client | None = self._make_client(will)

    @property
    def ended(self) -> bool:
        return self._ended.is_set()

    async def open(self) -> None:
        """Connect and wait for CONNACK, at most 10 s. Raises ConnectFailed."""
        account, client = self._account, self._live()
        options: dict[str, Any] = {}
        if self.protocol == MQTT_5:
            properties = _properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = account.session_expiry_s
            properties.ReceiveMaximum = account.receive_maximum
            options = {"clean_start": account.session_expiry_s == 0, "properties": properties}
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                # Name lookup, TCP and TLS block, so they have a thread; paho's own takes over once there is a socket.
                await asyncio.to_thread(self._dial, client, account.keepalive_s, options)
                client.loop_start()
                await self._connack
        except TimeoutError:
            await self._stop()
            raise ConnectFailed(f"{self.endpoint.url}: no answer within {CONNECT_TIMEOUT_S:.0f} s") from None
        except (OSError, ValueError) as error:
            await self._stop()
            raise ConnectFailed(f"{self.endpoint.url}: {_told(error, self.endpoint.host)}") from error
        except BaseException:
            await self._stop()
            raise

    def _dial(self, client: paho.Client, keepalive_s: int, options: dict[str, Any]) -> None:
        """On a thread of its own: name, TCP, TLS. Whoever waited may be gone when it is done, then so is the socket."""
        client.connect(self.endpoint.host, self.endpoint.port, keepalive_s, **options)
        transport: Any = client.socket()
        if self._client is None and transport is not None:
            transport.close()

    async def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, properties: Properties | None = None
    ) -> int:
        """Send and wait for the PUBACK; the broker's reason code (0 is success, 3.1.1 knows no other).

        Waits its turn while the broker's Receive Maximum is in flight, and does not send what is above its Maximum
        Packet Size: the code then is PACKET_TOO_LARGE. Raises ConnectionLost when the link ends first.
        """
        if len(payload) + len(topic) + PROPERTIES_ROOM > self.maximum_packet:
            return PACKET_TOO_LARGE
        async with self._quota:
            return await self._publish(topic, payload, qos, retain, properties)

    async def _publish(self, topic: str, payload: bytes, qos: int, retain: bool, properties: Properties | None) -> int:
        sent = self._live().publish(topic, payload, qos, retain, self._to_paho(PacketTypes.PUBLISH, properties))
        if sent.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise ConnectionLost(paho.error_string(sent.rc))
        # The callback reaches this thread through the loop, so it cannot come before the next line.
        acknowledged = self._unacknowledged[sent.mid] = self._loop.create_future()
        self._sent(len(payload))
        try:
            code: int = await acknowledged
        finally:
            self._under_way_bytes -= len(payload)
            self._unacknowledged.pop(sent.mid, None)
        if code < 0:
            raise ConnectionLost(self._why, self.reason)
        return code

    async def subscribe(self, *filters: str) -> None:
        """Subscribe with QoS 1. Raises MqttError when the broker refuses a filter."""
        client = self._live()
        if self.protocol == MQTT_5:
            rc, mid = client.subscribe([(name, SubscribeOptions(qos=1)) for name in filters])
        else:
            rc, mid = client.subscribe([(name, 1) for name in filters])
        if rc != MQTTErrorCode.MQTT_ERR_SUCCESS or mid is None:
            raise ConnectionLost(paho.error_string(rc))
        answered = self._subscribing[mid] = self._loop.create_future()
        self._sent(0)
        try:
            codes = await answered
        finally:
            self._subscribing.pop(mid, None)
        if not codes:
            raise ConnectionLost(self._why, self.reason)
        refused = [name for name, code in zip(filters, codes, strict=False) if code >= 0x80]
        if refused:
            raise MqttError(f"{self.endpoint.url}: the broker refuses to let us subscribe to {', '.join(refused)}")

    async def messages(self) -> AsyncIterator[Message]:
        """What arrives, in order. Ends with ConnectionLost; each message wants its `acknowledge`."""
        while (message := await self._inbox.get()) is not None:
            yield message
        self._inbox.put_nowait(None)
        raise ConnectionLost(self._why, self.reason)

    async def lost(self) -> NoReturn:
        """Raise ConnectionLost as soon as the link has ended."""
        await self._ended.wait()
        raise ConnectionLost(self._why, self.reason)

    def acknowledge(self, message: Message) -> None:
        """Send its PUBACK: the broker then forgets it. On an ended link it does nothing, the broker sends it again."""
        with contextlib.suppress(ConnectionLost):
            self._live().ack(message.mid, message.qos)

    async def close(self) -> None:
        """DISCONNECT, so that the will is not published, and wait for the network thread to end."""
        with contextlib.suppress(ConnectionLost, TimeoutError):
            self._live().disconnect()
            async with asyncio.timeout(1.0):
                await self._ended.wait()
        await self._stop()

    async def abort(self) -> None:
        """End without DISCONNECT: to the broker we have vanished, and it publishes the will."""
        await self._stop()

    def _live(self) -> paho.Client:
        if self._client is None or self.ended:
            raise ConnectionLost(self._why, self.reason)
        return self._client

    async def _stop(self) -> None:
        # The client is let go, and the circle through its callbacks opened, so that it closes its wake-up sockets now.
        client, self._client = self._client, None
        if client is None:
            return
        transport: Any = client.socket()
        if transport is not None:
            with contextlib.suppress(OSError):
                transport.shutdown(socket.SHUT_RDWR)
        await asyncio.to_thread(client.loop_stop)
        client.on_connect = client.on_disconnect = client.on_publish = None
        client.on_subscribe = client.on_message = client.on_socket_open = client.on_socket_close = None
        self._lost("closed")

    # Acknowledgements that do not come

    def _sent(self, size: int) -> None:
        self._under_way_bytes += size
        if self._watch is None:
            self._progress_at = self._loop.time()
            self._watch = self._loop.call_later(ANSWER_S, self._look)

    def _look(self) -> None:
        """End the link when something is under way and no answer has come for too long."""
        self._watch = None
        if not self._unacknowledged and not self._subscribing:
            return
        patience_s = ANSWER_S + self._under_way_bytes / SLOWEST_BYTES_S
        left_s = self._progress_at + patience_s - self._loop.time()
        if left_s > 0:
            self._watch = self._loop.call_later(left_s, self._look)
        else:
            self._lost(f"the broker has acknowledged nothing for {patience_s:.0f} s")

    # On paho's thread: hand over, nothing else.

    def _make_client(self, will: Will | None) -> paho.Client:
        account = self._account
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=account.client_id,
            clean_session=None if self.protocol == MQTT_5 else account.session_expiry_s == 0,
            protocol=MQTTProtocolVersion(self.protocol),
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.connect_timeout = CONNECT_TIMEOUT_S / 2
        # 0: the window is the caller's. With a limit of its own paho walks all in flight on every PUBACK.
        client.max_inflight_messages_set(0)
        if account.username is not None:
            client.username_pw_set(account.username, account.password)
        if self.endpoint.tls:
            client.tls_set_context(account.tls or tls_context())
        if will is not None:
            properties = None
            if self.protocol == MQTT_5:
                properties = _properties(PacketTypes.WILLMESSAGE)
                properties.WillDelayInterval = will.delay_s
            client.will_set(will.topic, will.payload, qos=1, retain=True, properties=properties)

        def on_connect(_c: Any, _u: Any, _flags: Any, code: Any, properties: Any) -> None:
            self._post(self._connected, int(code.value), dict(vars(properties)))

        def on_disconnect(_c: Any, _u: Any, flags: Any, code: Any, properties: Any) -> None:
            if flags.is_disconnect_packet_from_server:
                elsewhere = getattr(properties, "ServerReference", None)
                told = words(int(code.value)) + (f", {elsewhere}" if elsewhere else "")
                self._post(self._lost, f"the broker ended the connection: {told}", int(code.value))
            elif code.value == KEEPALIVE_TIMEOUT:
                self._post(self._lost, "the broker has not answered our ping")
            else:
                alert = None if self._alert is None else handshake_words(self._alert, self.endpoint.host)
                self._post(self._lost, alert or "the connection broke")

        def on_publish(_c: Any, _u: Any, mid: int, code: Any, _properties: Any) -> None:
            self._post(self._published, mid, int(code.value))

        def on_subscribe(_c: Any, _u: Any, mid: int, codes: Sequence[Any], _properties: Any) -> None:
            self._post(self._subscribed, mid, [int(code.value) for code in codes])

        def on_message(_c: Any, _u: Any, message: paho.MQTTMessage) -> None:
            self._post(self._inbox.put_nowait, _from_paho(message))

        def on_socket_open(_c: Any, _u: Any, sock: Any) -> None:
            if hasattr(socket, "TCP_USER_TIMEOUT"):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_PEER_S * 1000)

        def on_socket_close(_c: Any, _u: Any, sock: Any) -> None:
            self._alert = getattr(sock, "alert", None)

        client.on_connect, client.on_disconnect = on_connect, on_disconnect
        client.on_publish, client.on_subscribe = on_publish, on_subscribe
        client.on_message, client.on_socket_open = on_message, on_socket_open
        client.on_socket_close = on_socket_close
        return client

    def _post(self, call: Callable[..., object], *args: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has gone: nobody is left to be told
            self._loop.call_soon_threadsafe(call, *args)

    # On the event loop's thread again.

    def _connected(self, code: int, properties: dict[str, Any]) -> None:
        self.receive_maximum = properties.get("ReceiveMaximum", DEFAULT_RECEIVE_MAXIMUM)
        self.maximum_packet = properties.get("MaximumPacketSize", MAX_PACKET_BYTES)
        self._quota = asyncio.Semaphore(self.receive_maximum)
        if self._connack.done():
            return
        if code:
            self._connack.set_exception(ConnectFailed(f"{self.endpoint.url}: refused: {refusal_words(code)}", code))
        else:
            self._connack.set_result(None)

    def _published(self, mid: int, code: int) -> None:
        self._progress_at = self._loop.time()
        self.served = True
        waiting = self._unacknowledged.get(mid)
        if waiting is not None and not waiting.done():
            waiting.set_result(code)

    def _subscribed(self, mid: int, codes: list[int]) -> None:
        self._progress_at = self._loop.time()
        waiting = self._subscribing.get(mid)
        if waiting is not None and not waiting.done():
            waiting.set_result(codes)

    def _lost(self, why: str, code: int | None = None) -> None:
        if self.ended:
            return
        self._why, self.reason = f"{self.endpoint.url}: {why}", code
        self.unanswered = len(self._unacknowledged)
        self._ended.set()
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        if not self._connack.done():
            before = "closed before its answer" if self._alert is None and code is None else why
            self._connack.set_exception(ConnectFailed(f"{self.endpoint.url}: {before}", code))
            self._connack.exception()  # read here: open() may have left already
        for publish in self._unacknowledged.values():
            if not publish.done():
                publish.set_result(-1)
        for subscribe in self._subscribing.values():
            if not subscribe.done():
                subscribe.set_result([])
        self._inbox.put_nowait(None)

    def _to_paho(self, packet: int, properties: Properties | None) -> PahoProperties | None:
        if properties is None or self.protocol != MQTT_5:
            return None
        made = _properties(packet)
        if properties.content_type is not None:
            made.ContentType = properties.content_type
        if properties.response_topic is not None:
            made.ResponseTopic = properties.response_topic
        if properties.correlation is not None:
            made.CorrelationData = properties.correlation
        if properties.expiry_s is not None:
            made.MessageExpiryInterval = properties.expiry_s
        if properties.user:
            made.UserProperty = list(properties.user)
        return made


def _properties(packet: int) -> PahoProperties:
    return PahoProperties(packet)  # type: ignore[no-untyped-call]


def _from_paho(message: paho.MQTTMessage) -> Message:
    given = {} if message.properties is None else vars(message.properties)
    properties = Properties(
        content_type=given.get("ContentType"),
        response_topic=given.get("ResponseTopic"),
        correlation=given.get("CorrelationData"),
        expiry_s=given.get("MessageExpiryInterval"),
        user=tuple((name, value) for name, value in given.get("UserProperty", ())),
    )
    return Message(message.topic, bytes(message.payload), message.retain, properties, message.mid, message.qos)


def _told(error: Exception, host: str) -> str:
    """Why no connection was made, without the number of the error."""
    if (tls := handshake_words(error, host)) is not None:
        return tls
    if isinstance(error, socket.gaierror):
        return f"the name {host} is not found: {error.strerror}"
    if isinstance(error, TimeoutError):
        return f"{host} does not answer"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
