"""What the hub asks the cloud, over a real mosquitto, with a scripted cloud at the other end."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import orjson
import pytest

from edgegw.hub import Hub
from edgegw.model.requests import AuthorizeAnswer, AuthorizeRequest
from edgegw.mqtt import MQTT_5, MQTT_311, ConnectionLost, Link, Message, Properties
from edgegw.uplink import metrics
from edgegw.uplink.service import Uplink
from edgegw.uplink.topics import Topics
from tests.support.mosquitto import Mosquitto
from tests.uplink.parts import SITE, brokers, nothing, open_hub, running, until, uplink

TOPICS = Topics(SITE)

Script = Callable[[dict[str, Any]], bytes | dict[str, Any] | None]


class Cloud:
    """Answers questions by a script: a dict gets the question's id, bytes go out as they are, None is silence."""

    def __init__(self, link: Link, script: Script) -> None:
        self.link = link
        self.script = script
        self.heard: list[Message] = []

    @property
    def asked(self) -> list[dict[str, Any]]:
        return [orjson.loads(message.payload) for message in self.heard]

    async def run(self) -> None:
        with suppress(ConnectionLost):
            async for message in self.link.messages():
                self.heard.append(message)
                self.link.acknowledge(message)
                question = orjson.loads(message.payload)
                said = self.script(question)
                if said is not None:
                    await self.say(message.topic.rpartition("/")[2], said, question["id"])

    async def say(self, name: str, said: bytes | dict[str, Any], id: str) -> None:
        body = said if isinstance(said, bytes) else orjson.dumps({"id": id, **said})
        await self.link.publish(TOPICS.response(name), body, properties=Properties(correlation=id.encode()))


@asynccontextmanager
async def answering(url: str, script: Script, protocol: int | None = None) -> AsyncIterator[Cloud]:
    link = await brokers(url, "cloud", protocol=protocol, session_expiry_s=0).connect()
    await link.subscribe(f"{TOPICS.root}/{SITE}/up/req/+")
    cloud = Cloud(link, script)
    try:
        async with running(cloud):
            yield cloud
    finally:
        await link.close()


@asynccontextmanager
async def connected(hub: Hub, url: str, **options: Any) -> AsyncIterator[Uplink]:
    service = uplink(hub, brokers(url, "hub", **options))
    async with running(service, nothing):
        await until(lambda: service.status().connected)
        yield service


@contextmanager
def frozen(broker: Mosquitto) -> Iterator[None]:
    """A broker whose connections stay open and on which nothing moves."""
    assert broker.pid is not None
    os.kill(broker.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(broker.pid, signal.SIGCONT)


async def may(hub: Hub, id_token: str = "X") -> AuthorizeAnswer:
    answer = await hub.request(AuthorizeRequest(station="CP01", at=hub.now(), id_token=id_token))
    assert isinstance(answer, AuthorizeAnswer)
    return answer


def counted(outcome: str, name: str = "authorize") -> float:
    return metrics.REQUESTS.labels(name, outcome)._value.get()


@pytest.mark.parametrize("protocol", [MQTT_5, MQTT_311])
async def test_a_card_that_only_the_cloud_knows_may_charge(tmp_path: Path, broker: Mosquitto, protocol: int) -> None:
    def script(question: dict[str, Any]) -> dict[str, Any]:
        return {"status": "accepted", "group": "fleet", "language": "es", "note": "unknown keys are ignored"}

    async with open_hub(tmp_path / "hub") as hub, answering(broker.url, script, protocol) as cloud:
        async with connected(hub, broker.url, protocol=protocol):
            assert await may(hub) == AuthorizeAnswer("accepted", "fleet", "es")
            assert await may(hub) == AuthorizeAnswer("accepted", "fleet", "es")
        (question,) = cloud.asked
        assert question.keys() == {"id", "at", "id_token", "kind", "station"}
        assert (question["id_token"], question["kind"], question["station"]) == ("X", "ISO14443", "CP01")
        if protocol == MQTT_5:
            properties = cloud.heard[0].properties
            assert properties.response_topic == TOPICS.response("authorize")
            assert properties.correlation == question["id"].encode()
            assert properties.expiry_s


async def test_many_cards_are_asked_for_at_once(tmp_path: Path, broker: Mosquitto) -> None:
    held: list[str] = []

    def script(question: dict[str, Any]) -> None:
        held.append(question["id"])

    async with open_hub(tmp_path / "hub") as hub, answering(broker.url, script) as cloud, connected(hub, broker.url):
        asked = [asyncio.ensure_future(may(hub, f"T{number}")) for number in range(50)]
        await until(lambda: len(held) == 50)
        for id in reversed(held):
            await cloud.say("authorize", {"status": "accepted"}, id)
        assert {answer.status for answer in await asyncio.gather(*asked)} == {"accepted"}


async def test_with_nobody_at_the_other_end_policy_decides_at_once(tmp_path: Path, broker: Mosquitto) -> None:
    async with open_hub(tmp_path / "hub") as hub, connected(hub, broker.url) as service:
        before = time.monotonic()
        assert await may(hub) == AuthorizeAnswer("invalid")
        assert time.monotonic() - before < 1.0
        assert await service.ask("voice_token", {}) is None


async def test_without_a_connection_policy_decides_at_once(tmp_path: Path, broker: Mosquitto) -> None:
    async with open_hub(tmp_path / "hub") as hub, connected(hub, broker.url) as service:
        broker.kill()
        await until(lambda: not service.status().connected)
        before = time.monotonic()
        assert await may(hub) == AuthorizeAnswer("invalid")
        assert time.monotonic() - before < 0.5


async def test_a_broker_that_stands_still_holds_no_station_up(tmp_path: Path, broker: Mosquitto) -> None:
    async with open_hub(tmp_path / "hub") as hub, answering(broker.url, lambda _: None), connected(hub, broker.url):
        with frozen(broker):
            before = time.monotonic()
            answers = await asyncio.gather(*(may(hub, f"T{number}") for number in range(20)))
            assert time.monotonic() - before < 4.0
        assert {answer.status for answer in answers} == {"invalid"}


@pytest.mark.parametrize(
    "said",
    [
        b"", b"{", b"[]", b'{"status": "accepted"}', b'{"id": 5, "status": "accepted"}',
        b'{"id": "made-up", "status": "accepted"}', b"{" + b'"a":{' * 200 + b"}" * 201, b'"' + b"x" * 70_000 + b'"',
    ],
    ids=range(8),
)  # fmt: skip
async def test_an_answer_that_is_none_is_dropped_and_counted(tmp_path: Path, broker: Mosquitto, said: bytes) -> None:
    before = counted("dropped")
    answers = [said, {"status": "accepted"}]
    async with (
        open_hub(tmp_path / "hub") as hub,
        answering(broker.url, lambda _: None) as cloud,
        connected(hub, broker.url),
    ):
        asked = asyncio.ensure_future(may(hub))
        await until(lambda: len(cloud.heard) == 1)
        for answer in answers:
            await cloud.say("authorize", answer, cloud.asked[0]["id"])
        assert (await asked).status == "accepted", "a bad answer does not end the waiting for a good one"
        assert counted("dropped") == before + 1


@pytest.mark.parametrize(
    "said",
    [
        {}, {"status": "yes"}, {"status": None}, {"status": "accepted", "group": 5},
        {"status": "accepted", "expires_at": "soon"}, {"status": "accepted", "expires_at": "2030-01-01T00:00:00"},
        {"error": "no such card"},
    ],
)  # fmt: skip
async def test_an_answer_that_says_nothing_is_decided_by_policy(
    tmp_path: Path, broker: Mosquitto, said: dict[str, Any]
) -> None:
    async with open_hub(tmp_path / "hub") as hub, answering(broker.url, lambda _: said), connected(hub, broker.url):
        assert (await may(hub)).status == "invalid"


async def test_an_answer_under_another_name_or_a_second_time_is_dropped(tmp_path: Path, broker: Mosquitto) -> None:
    before = counted("dropped"), counted("dropped", "voice_token"), counted("dropped", "other")
    async with (
        open_hub(tmp_path / "hub") as hub,
        answering(broker.url, lambda _: None) as cloud,
        connected(hub, broker.url),
    ):
        asked = asyncio.ensure_future(may(hub))
        await until(lambda: len(cloud.heard) == 1)
        for name in ("voice_token", "something", "authorize", "authorize"):
            await cloud.say(name, {"status": "blocked"}, cloud.asked[0]["id"])
        assert (await asked).status == "blocked"
        await until(
            lambda: (
                (counted("dropped"), counted("dropped", "voice_token"), counted("dropped", "other"))
                == (before[0] + 1, before[1] + 1, before[2] + 1)
            )
        )


async def test_an_answer_that_comes_twice_at_once_is_taken_once(tmp_path: Path, broker: Mosquitto) -> None:
    async with (
        open_hub(tmp_path / "hub") as hub,
        answering(broker.url, lambda _: None) as cloud,
        connected(hub, broker.url) as service,
    ):
        asked = asyncio.ensure_future(service.ask("voice_token", {}))
        await until(lambda: len(cloud.heard) == 1)
        before = counted("dropped", "voice_token")
        for token in ("first", "second"):
            body = orjson.dumps({"id": cloud.asked[0]["id"], "token": token})
            message = Message(TOPICS.response("voice_token"), body, False, Properties(), 1, 1)
            service._requests.take("voice_token", message)
        assert await asked == {"token": "first"}
        assert counted("dropped", "voice_token") == before + 1


async def test_anything_can_be_asked_and_its_answer_comes_as_it_is(tmp_path: Path, broker: Mosquitto) -> None:
    def script(question: dict[str, Any]) -> dict[str, Any]:
        return {"token": f"secret for {question['dialogue']}", "expires_s": 600}

    async with open_hub(tmp_path / "hub") as hub, answering(broker.url, script), connected(hub, broker.url) as service:
        assert await service.ask("voice_token", {"dialogue": "d1"}) == {"token": "secret for d1", "expires_s": 600}


@pytest.mark.parametrize(
    ("said", "token"),
    [
        (
            {"token": "auth_tokens/x", "expires_at": "2026-11-25T15:32:10-03:00", "more": 1},
            {"token": "auth_tokens/x", "expires_at": "2026-11-25T18:32:10Z"},
        ),
        ({}, None),
        ({"token": "", "expires_at": "2026-11-25T18:32:10Z"}, None),
        ({"token": "auth_tokens/x"}, None),
        ({"token": "auth_tokens/x", "expires_at": "2026-11-25T18:32:10"}, None),
        ({"token": 5, "expires_at": "2026-11-25T18:32:10Z"}, None),
    ],
)
async def test_a_token_for_the_voice_is_asked_for_by_model_and_taken_whole_or_not_at_all(
    tmp_path: Path, broker: Mosquitto, said: dict[str, Any], token: dict[str, str] | None
) -> None:
    async with (
        open_hub(tmp_path / "hub") as hub,
        answering(broker.url, lambda _: said) as cloud,
        connected(hub, broker.url) as service,
    ):
        assert await service.voice_token("gemini-3.8-live") == token
        assert cloud.asked[0]["model"] == "gemini-3.8-live"


async def test_a_question_without_an_answer_is_given_up_after_two_seconds(tmp_path: Path, broker: Mosquitto) -> None:
    silent = counted("silent", "voice_token")
    async with (
        open_hub(tmp_path / "hub") as hub,
        answering(broker.url, lambda _: None),
        connected(hub, broker.url) as service,
    ):
        before = time.monotonic()
        assert await service.ask("voice_token", {}) is None
        assert 1.5 < time.monotonic() - before < 4.0
    assert counted("silent", "voice_token") == silent + 1
