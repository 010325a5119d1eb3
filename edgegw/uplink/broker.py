"""What the uplink needs of a broker; `edgegw.mqtt` is the real one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, NoReturn, Protocol

from edgegw.mqtt import Endpoint, Message, Properties, Will

JSON = Properties(content_type="application/json")


class Link(Protocol):
    """One connection to a broker, from its CONNACK to its end (`edgegw.mqtt.Link`)."""

    endpoint: Endpoint
    receive_maximum: int
    maximum_packet: int
    reason: int | None
    unanswered: int

    @property
    def ended(self) -> bool: ...
    async def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, properties: Properties | None = None
    ) -> int: ...
    async def subscribe(self, *filters: str) -> None: ...
    def messages(self) -> AsyncIterator[Message]: ...
    def acknowledge(self, message: Message) -> None: ...
    async def lost(self) -> NoReturn: ...
    async def close(self) -> None: ...
    async def abort(self) -> None: ...


class Broker(Protocol):
    """Who finds us a connection (`edgegw.mqtt.Brokers`)."""

    trouble: str | None

    async def connect(self, will: Will | None = None) -> Link: ...
    async def outdated(self, link: Any) -> str: ...
