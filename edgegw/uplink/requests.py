"""What the hub asks the cloud: out on `up/req/{name}`, back on `dn/res/{name}`, within seconds or not at all."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Mapping
from typing import Any

from edgegw.hub import Hub
from edgegw.journal.ids import uuid7
from edgegw.model.contracts import Question, Word
from edgegw.model.requests import TokenQuestion, TokenWord
from edgegw.mqtt import NO_SUBSCRIBERS, Message, MqttError, Properties
from edgegw.uplink import metrics
from edgegw.uplink.broker import Link
from edgegw.uplink.codec import contracts
from edgegw.uplink.codec.asking import decode_response, encode_request, question_body, short_lived, word
from edgegw.uplink.codec.messages import BadMessage
from edgegw.uplink.sync import Pace
from edgegw.uplink.topics import Topics

log = logging.getLogger("edgegw.uplink")

ASK_S = 2.0
LATE_S = 30.0
"""So long an answer about a token is of use: the station has got its own by then, the cache has not."""

CONTRACT_S = 4.0
"""A car gives a certificate five seconds (ISO 15118-2 table 109); the station and the car need the rest."""

MAX_WAITING = 256
FAILURE = 0x80
"""Reason codes from here on are failures (MQTT 5.0 section 2.4)."""

NAMES = frozenset({"authorize", "voice_token", *contracts.NAMES.values()})


class Requests:
    """Questions under way, by id. `link` is the connection that they go out on, None while there is none."""

    def __init__(self, hub: Hub, topics: Topics, pace: Pace) -> None:
        self.link: Link | None = None
        self._hub = hub
        self._topics = topics
        self._pace = pace
        self._waiting: dict[str, tuple[str, asyncio.Future[dict[str, Any] | None]]] = {}
        self._publishing: set[asyncio.Task[None]] = set()

    async def ask(self, name: str, payload: Mapping[str, Any], within_s: float = ASK_S) -> dict[str, Any] | None:
        """The answer to a question, None when none came within the time, or none can come."""
        link = self.link
        if link is None or len(self._waiting) >= MAX_WAITING:
            _count(name, "not_asked")
            return None
        id = uuid7()
        answered: asyncio.Future[dict[str, Any] | None] = asyncio.get_running_loop().create_future()
        self._waiting[id] = name, answered
        # A task of its own: the answer may be here before the broker has acknowledged the question.
        task = asyncio.get_running_loop().create_task(self._publish(link, name, id, payload, within_s, answered))
        self._publishing.add(task)
        task.add_done_callback(self._publishing.discard)
        try:
            async with asyncio.timeout(within_s):
                answer = await answered
        except TimeoutError:
            _count(name, "silent")
            return None
        finally:
            del self._waiting[id]
        _count(name, "not_asked" if answer is None else "answered")
        return answer

    async def authorize(self, question: TokenQuestion) -> TokenWord | None:
        """What the cloud says of a token; it may come after its time."""
        body = await self.ask("authorize", question_body(question), LATE_S)
        try:
            return None if body is None else word(question.id_token, body)
        except BadMessage as error:
            _count("authorize", "dropped")
            log.warning("the cloud's answer about a token is not understood: %s", error)
            return None

    async def enquire(self, question: Question) -> Word | None:
        """What the cloud says of the certificates of a car."""
        name = contracts.NAMES[type(question)]
        body = await self.ask(name, contracts.body(question), CONTRACT_S)
        try:
            return None if body is None else contracts.answer(question, body)
        except BadMessage as error:
            _count(name, "dropped")
            log.warning("the cloud's answer to %s is not understood: %s", name, error)
            return None

    async def voice_token(self, model: str) -> dict[str, str] | None:
        """A short-lived token for the live model, with its `expires_at`; None when the cloud gives none in time."""
        body = await self.ask("voice_token", {"model": model})
        try:
            return None if body is None or "token" not in body else short_lived(body)
        except BadMessage as error:
            _count("voice_token", "dropped")
            log.warning("the cloud's answer to voice_token is not understood: %s", error)
            return None

    def take(self, name: str, message: Message) -> None:
        """Take an answer in. One that nobody waits for is dropped: it is late, came twice, or is made up."""
        try:
            id, body = decode_response(message.payload)
            asked, answered = self._waiting.get(id, (None, None))
            if answered is None or asked != name or answered.done():
                raise BadMessage("nobody waits for it")
        except BadMessage as error:
            _count(name, "dropped")
            log.warning("a message on dn/res/%.64s is dropped: %s", name, error)
            return
        answered.set_result(body)

    async def _publish(
        self, link: Link, name: str, id: str, payload: Mapping[str, Any], within_s: float,
        answered: asyncio.Future[dict[str, Any] | None],
    ) -> None:  # fmt: skip
        properties = Properties(
            content_type="application/json", response_topic=self._topics.response(name), correlation=id.encode(),
            expiry_s=math.ceil(within_s),
        )  # fmt: skip
        body = encode_request(id, self._hub.now(), payload)
        self._pace.take(self._hub.monotonic())
        try:
            code = await link.publish(self._topics.request(name), body, properties=properties)
        except MqttError:
            code = FAILURE
        metrics.count_publish("request", code, body)
        if (code == NO_SUBSCRIBERS or code >= FAILURE) and not answered.done():
            answered.set_result(None)  # nobody has got it


def _count(name: str, outcome: str) -> None:
    metrics.REQUESTS.labels(name if name in NAMES else "other", outcome).inc()
