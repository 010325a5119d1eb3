"""MQTT control packets as values (OASIS MQTT 3.1.1 and 5.0; section numbers are those of 5.0). No I/O."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT = (
    1, 2, 3, 4, 8, 9, 10, 11, 12, 13, 14,
)  # fmt: skip

V3, V5 = 4, 5

MAX_PACKET: Final = 1024 * 1024
NO_SUBSCRIBERS: Final = 0x10

SESSION_EXPIRY, MESSAGE_EXPIRY, RECEIVE_MAXIMUM, MAXIMUM_PACKET, WILL_DELAY = 0x11, 0x02, 0x21, 0x27, 0x18
MAXIMUM_QOS, ASSIGNED_ID, WILDCARDS, SHARED = 0x24, 0x12, 0x28, 0x2A

_BYTE, _SHORT, _LONG, _VARINT, _BINARY, _TEXT, _PAIR = range(7)
_KINDS: Final = {
    0x01: _BYTE, 0x02: _LONG, 0x03: _TEXT, 0x08: _TEXT, 0x09: _BINARY, 0x0B: _VARINT, 0x11: _LONG, 0x12: _TEXT,
    0x13: _SHORT, 0x15: _TEXT, 0x16: _BINARY, 0x17: _BYTE, 0x18: _LONG, 0x19: _BYTE, 0x1A: _TEXT, 0x1C: _TEXT,
    0x1F: _TEXT, 0x21: _SHORT, 0x22: _SHORT, 0x23: _SHORT, 0x24: _BYTE, 0x25: _BYTE, 0x26: _PAIR, 0x27: _LONG,
    0x28: _BYTE, 0x29: _BYTE, 0x2A: _BYTE,
}  # fmt: skip
"""Property identifier -> how its value is written (section 2.2.2.2)."""

Properties = Sequence[tuple[int, Any]]


class Malformed(ValueError):
    """The bytes are no packet that this broker takes; the connection ends."""


@dataclass(frozen=True, slots=True)
class Publish:
    """An application message on its way; `id` is its packet identifier when `qos` is 1."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    dup: bool = False
    id: int = 0
    properties: Properties = ()


@dataclass(frozen=True, slots=True)
class Connect:
    client: str
    version: int
    clean: bool
    keepalive_s: int
    will: Publish | None = None
    will_delay_s: int = 0
    session_expiry_s: float = 0.0
    receive_maximum: int = 65535
    maximum_packet: int = MAX_PACKET


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """A PUBACK."""

    id: int


@dataclass(frozen=True, slots=True)
class Subscribe:
    id: int
    filters: tuple[tuple[str, int], ...]
    """(filter, options): QoS in the two lowest bits, section 3.8.3.1."""


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    id: int
    filters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ping:
    pass


@dataclass(frozen=True, slots=True)
class Disconnect:
    """`with_will`: the client wants its will published all the same (reason 0x04)."""

    with_will: bool = False


Packet = Connect | Publish | Acknowledge | Subscribe | Unsubscribe | Ping | Disconnect


@dataclass(slots=True)
class _Cursor:
    data: bytes
    at: int = 0

    def take(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise Malformed("the packet is too short")
        self.at += count
        return self.data[self.at - count : self.at]

    def byte(self) -> int:
        return self.take(1)[0]

    def short(self) -> int:
        return int.from_bytes(self.take(2), "big")

    def binary(self) -> bytes:
        return self.take(self.short())

    def text(self) -> str:
        try:
            return self.binary().decode()
        except UnicodeDecodeError:
            raise Malformed("a text is not UTF-8") from None

    def varint(self) -> int:
        value = 0
        for shift in (0, 7, 14, 21):
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if not byte & 0x80:
                return value
        raise Malformed("a length is too long")

    def rest(self) -> bytes:
        return self.take(len(self.data) - self.at)

    @property
    def more(self) -> bool:
        return self.at < len(self.data)

    def properties(self) -> list[tuple[int, Any]]:
        inner = _Cursor(self.take(self.varint()))
        found: list[tuple[int, Any]] = []
        while inner.more:
            name = inner.varint()
            match _KINDS.get(name):
                case 0:
                    found.append((name, inner.byte()))
                case 1:
                    found.append((name, inner.short()))
                case 2:
                    found.append((name, int.from_bytes(inner.take(4), "big")))
                case 3:
                    found.append((name, inner.varint()))
                case 4:
                    found.append((name, inner.binary()))
                case 5:
                    found.append((name, inner.text()))
                case 6:
                    found.append((name, (inner.text(), inner.text())))
                case _:
                    raise Malformed(f"property {name} is not known")
        return found


def parse(first: int, body: bytes, version: int) -> Packet:
    """A packet from its first byte and what follows the length. Raises Malformed."""
    cursor = _Cursor(body)
    match first >> 4:
        case 1:
            return _connect(cursor)
        case 3:
            return _publish(first, cursor, version)
        case 4:
            return Acknowledge(cursor.short())
        case 8:
            number = cursor.short()
            if version == V5:
                cursor.properties()
            filters = []
            while cursor.more:
                filters.append((cursor.text(), cursor.byte()))
            return Subscribe(number, tuple(filters))
        case 10:
            number = cursor.short()
            if version == V5:
                cursor.properties()
            names = []
            while cursor.more:
                names.append(cursor.text())
            return Unsubscribe(number, tuple(names))
        case 12:
            return Ping()
        case 14:
            return Disconnect(with_will=cursor.more and cursor.byte() == 0x04)
        case other:
            raise Malformed(f"packets of type {other} are not taken")


def _connect(cursor: _Cursor) -> Connect:
    name, version, flags = cursor.text(), cursor.byte(), cursor.byte()
    if name != "MQTT" or version not in (V3, V5):
        raise Malformed(f"{name} {version} is not spoken here")
    keepalive_s = cursor.short()
    said = dict(cursor.properties()) if version == V5 else {}
    client = cursor.text()
    will, will_delay_s = None, 0
    if flags & 0x04:
        about = cursor.properties() if version == V5 else []
        will_delay_s = dict(about).get(WILL_DELAY, 0)
        kept = tuple((name, value) for name, value in about if name != WILL_DELAY)
        topic, payload = cursor.text(), cursor.binary()
        will = Publish(topic, payload, flags >> 3 & 0x03, bool(flags & 0x20), properties=kept)
    clean = bool(flags & 0x02)
    # 3.1.1 has no expiry: a session that is not clean stays.
    expiry_s = said.get(SESSION_EXPIRY, 0) if version == V5 else 0 if clean else 0xFFFFFFFF
    return Connect(
        client, version, clean, keepalive_s, will, will_delay_s,
        float("inf") if expiry_s == 0xFFFFFFFF else float(expiry_s),
        said.get(RECEIVE_MAXIMUM, 65535), said.get(MAXIMUM_PACKET, MAX_PACKET),
    )  # fmt: skip


def _publish(first: int, cursor: _Cursor, version: int) -> Publish:
    qos = first >> 1 & 0x03
    if qos > 1:
        raise Malformed("QoS 2 is not served")
    topic = cursor.text()
    if not topic or "+" in topic or "#" in topic:
        raise Malformed("a message needs a topic without wildcards")
    number = cursor.short() if qos else 0
    properties = tuple(cursor.properties()) if version == V5 else ()
    return Publish(topic, cursor.rest(), qos, bool(first & 1), bool(first & 0x08), number, properties)


# To the client


def connack(version: int, *, session_present: bool, assigned: str | None = None) -> bytes:
    """Accepted (section 3.2), with what this broker does not do."""
    if version != V5:
        return _packet(CONNACK << 4, bytes([session_present, 0]))
    about: list[tuple[int, Any]] = [(MAXIMUM_QOS, 1), (SHARED, 0), (MAXIMUM_PACKET, MAX_PACKET)]
    if assigned is not None:
        about.append((ASSIGNED_ID, assigned))
    return _packet(CONNACK << 4, bytes([session_present, 0]) + _properties(about))


def publish(message: Publish, version: int) -> bytes:
    first = PUBLISH << 4 | message.dup << 3 | message.qos << 1 | message.retain
    body = _text(message.topic) + (struct.pack(">H", message.id) if message.qos else b"")
    if version == V5:
        body += _properties(message.properties)
    return _packet(first, body + message.payload)


def puback(number: int, version: int, *, taken: bool) -> bytes:
    """`taken` False: no subscriber has it, which MQTT 5 says by reason code 0x10."""
    reason = b"" if taken or version != V5 else bytes([NO_SUBSCRIBERS])
    return _packet(PUBACK << 4, struct.pack(">H", number) + reason)


def suback(number: int, codes: Sequence[int], version: int) -> bytes:
    return _packet(SUBACK << 4, struct.pack(">H", number) + (b"\0" if version == V5 else b"") + bytes(codes))


def unsuback(number: int, count: int, version: int) -> bytes:
    codes = b"\0" + bytes(count) if version == V5 else b""
    return _packet(UNSUBACK << 4, struct.pack(">H", number) + codes)


def pingresp() -> bytes:
    return _packet(PINGRESP << 4, b"")


def disconnect(reason: int) -> bytes:
    """Only MQTT 5 brokers say goodbye (section 3.14)."""
    return _packet(DISCONNECT << 4, bytes([reason]))


def _packet(first: int, body: bytes) -> bytes:
    return bytes([first]) + _varint(len(body)) + body


def _varint(value: int) -> bytes:
    out = bytearray()
    while True:
        value, byte = divmod(value, 128)
        out.append(byte | (0x80 if value else 0))
        if not value:
            return bytes(out)


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack(">H", len(encoded)) + encoded


def _properties(properties: Properties) -> bytes:
    out = b""
    for name, value in properties:
        out += _varint(name)
        match _KINDS[name]:
            case 0:
                out += bytes([value])
            case 1:
                out += struct.pack(">H", value)
            case 2:
                out += struct.pack(">I", value)
            case 3:
                out += _varint(value)
            case 4:
                out += struct.pack(">H", len(value)) + value
            case 5:
                out += _text(value)
            case _:
                out += _text(value[0]) + _text(value[1])
    return _varint(len(out)) + out


@dataclass(slots=True)
class Splitter:
    """Cuts a stream of bytes into packets: `feed` gives (first byte, body) of each whole one. Raises Malformed."""

    _buffer: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        self._buffer += data
        found = []
        while (cut := self._cut()) is not None:
            found.append(cut)
        return found

    def _cut(self) -> tuple[int, bytes] | None:
        length = 0
        for n in range(1, 5):
            if len(self._buffer) <= n:
                return None
            length |= (self._buffer[n] & 0x7F) << 7 * (n - 1)
            if not self._buffer[n] & 0x80:
                break
        else:
            raise Malformed("a length is too long")
        if length > MAX_PACKET:
            raise Malformed(f"{length} bytes are more than {MAX_PACKET}")
        end = n + 1 + length
        if len(self._buffer) < end:
            return None
        packet = self._buffer[0], bytes(self._buffer[n + 1 : end])
        del self._buffer[:end]
        return packet
