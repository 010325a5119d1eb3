"""What is said about brokers and messages: values and errors."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from urllib.parse import urlsplit

MQTT_5 = 5
MQTT_311 = 4
"""Protocol levels as they stand in CONNECT (MQTT 5.0 section 3.1.2.2, MQTT 3.1.1 section 3.1.2.2)."""


class MqttError(Exception):
    """Anything that went wrong between us and a broker."""


class ConnectFailed(MqttError):
    """No connection. `code` is the broker's CONNACK reason code, None when it never answered."""

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class ConnectionLost(MqttError):
    """The link has ended. `code` is the reason in the broker's DISCONNECT, None when it said nothing."""

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a broker listens."""

    url: str
    host: str
    port: int
    tls: bool


def endpoint(url: str) -> Endpoint:
    """Read `mqtt://host[:1883]` or `mqtts://host[:8883]`. Raises ValueError with what is wrong."""
    parts = urlsplit(url)
    ports = {"mqtt": 1883, "mqtts": 8883}
    if parts.scheme not in ports or not parts.hostname:
        raise ValueError(f"{url}: a broker is mqtt://host:port or mqtts://host:port")
    if parts.username or parts.password:
        raise ValueError(f"{parts.scheme}://{parts.hostname}: user name and password stand in their own settings")
    return Endpoint(url, parts.hostname, parts.port or ports[parts.scheme], parts.scheme == "mqtts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How we introduce ourselves. Times in seconds.

    `session_expiry_s` 0 starts clean; else the broker keeps our subscriptions and what arrives for us so long (on
    3.1.1: as long as it likes). `receive_maximum` bounds the messages that we have not acknowledged yet (MQTT 5).
    A silent peer is noticed after twice `keepalive_s`, when nothing is under way to it.
    """

    client_id: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None
    keepalive_s: int = 9
    session_expiry_s: int = 86_400
    receive_maximum: int = 20


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes, retained, when we vanish; `delay_s` after it (MQTT 5), at once on 3.1.1."""

    topic: str
    payload: bytes
    delay_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Properties:
    """The MQTT 5 properties that we use; on 3.1.1 they are not sent and never received."""

    content_type: str | None = None
    response_topic: str | None = None
    correlation: bytes | None = None
    expiry_s: int | None = None
    user: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """A message that arrived. It is not acknowledged to the broker before `Link.acknowledge`."""

    topic: str
    payload: bytes
    retain: bool
    properties: Properties
    mid: int
    qos: int
