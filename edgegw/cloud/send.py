"""`edgegw cloud send`: one command to one site, and its states as they come. The example to copy.

    publish  {root}/{site}/dn/cmd/{name}      {"id", "name", "args", "expires_at", "by", "wait"}
    listen   {root}/{site}/up/cmd/{name}/res  {"id", "state", "reason", "result", "at"}

A command acts once, however often it is published: whoever does not know what became of one publishes it again with the
same id, and hears how it stands.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

from edgegw.mqtt import NO_SUBSCRIBERS, Brokers, Link, MqttError, Properties
from edgegw.uplink.topics import Topics

ENDED = frozenset({"done", "failed", "expired", "rejected", "unknown"})


class NotSent(Exception):
    """The command is not on its way. The text is for people."""


@dataclass(frozen=True, slots=True)
class Order:
    """A command for a site. It is not carried out after `expires_at`.

    `hold`: a station that is offline is waited for until then; else that is a reason to refuse at once.
    """

    name: str
    args: Mapping[str, Any]
    expires_at: datetime
    by: str | None = None
    hold: bool = False
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def encode(self) -> bytes:
        body = {
            "id": self.id, "name": self.name, "args": self.args, "expires_at": self.expires_at, "by": self.by,
            "wait": self.hold,
        }  # fmt: skip
        return orjson.dumps(body, option=orjson.OPT_UTC_Z)


async def send(brokers: Brokers, topics: Topics, order: Order, now: datetime) -> AsyncGenerator[dict[str, Any], None]:
    """Publish the order and yield each state that the site answers, until it has ended.

    When the connection breaks it is made again, and the order published again. Raises NotSent, or MqttError when the
    broker does not let us.
    """
    while True:
        link = await brokers.connect()
        try:
            await link.subscribe(topics.answer(order.name))
            await _publish(link, topics, order, now)
            async for message in link.messages():
                link.acknowledge(message)
                answer = _answer(message.payload)
                if answer.get("id") == order.id:
                    yield answer
                    if answer.get("state") in ENDED:
                        return
        except MqttError:
            if not link.ended:
                raise
        finally:
            await link.close()


async def _publish(link: Link, topics: Topics, order: Order, now: datetime) -> None:
    properties = Properties(
        content_type="application/json",
        response_topic=topics.answer(order.name),
        correlation=order.id.encode(),
        expiry_s=max(1, round((order.expires_at - now) / timedelta(seconds=1))),
    )
    code = await link.publish(topics.command(order.name), order.encode(), properties=properties)
    if code == NO_SUBSCRIBERS:
        raise NotSent(f"site {topics.site} is not connected to {link.endpoint.url}, and has left no session there")
    if code:
        raise NotSent(f"{link.endpoint.url} does not take the command, reason code 0x{code:02x}")


def _answer(payload: bytes) -> dict[str, Any]:
    try:
        answer = orjson.loads(payload)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
