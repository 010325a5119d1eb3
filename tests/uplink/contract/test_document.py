"""The AsyncAPI document hangs together, and its topics are the real ones."""

from __future__ import annotations

import re
from typing import Any

import pytest

from edgegw.model.commands import CATALOGUE
from edgegw.model.facts import FACTS
from edgegw.uplink.requests import NAMES
from edgegw.uplink.topics import STREAMS, Topics
from tests.support.contract import DOCUMENT, references, resolve

CHANNELS: dict[str, Any] = DOCUMENT["channels"]
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
SITE = Topics("s")


def test_every_reference_leads_somewhere() -> None:
    for reference in set(references(DOCUMENT)):
        assert resolve(reference), reference


def test_every_operation_is_about_messages_of_its_channel() -> None:
    for name, operation in DOCUMENT["operations"].items():
        for way in (operation, operation.get("reply", operation)):
            channel = way["channel"]["$ref"]
            assert way["messages"], name
            assert all(each["$ref"].startswith(f"{channel}/messages/") for each in way["messages"]), name
            assert operation["bindings"]["mqtt"]["qos"] == 1


def test_every_channel_has_an_operation_and_every_message_a_channel() -> None:
    used = {way["channel"]["$ref"] for op in DOCUMENT["operations"].values() for way in (op, op.get("reply", op))}
    assert used == {f"#/channels/{name}" for name in CHANNELS}
    carried = {each["$ref"] for channel in CHANNELS.values() for each in channel["messages"].values()}
    assert carried == {f"#/components/messages/{name}" for name in MESSAGES}


def test_every_schema_is_some_part_of_a_message() -> None:
    reached: set[str] = set()
    new = {message["payload"]["$ref"] for message in MESSAGES.values()}
    while new:
        reached |= new
        new = {below for name in new for below in references(resolve(name))} - reached
    assert reached == {f"#/components/schemas/{name}" for name in SCHEMAS}


def test_every_fact_command_and_question_is_in_it() -> None:
    facts = {each["properties"]["type"]["const"] for each in SCHEMAS["fact_event"]["oneOf"]}
    assert facts == {f"io.edgegw.{name}.v1" for name in FACTS}
    assert set(CHANNELS["commands"]["messages"]) == {f"command_{name}" for name in CATALOGUE}
    assert set(CHANNELS["questions"]["messages"]) == NAMES


ADDRESSES: dict[str, tuple[dict[str, str], str]] = {
    "facts": ({}, SITE.events(STREAMS[0])),
    "samples": ({}, SITE.events(STREAMS[1])),
    "acknowledgements": ({"stream": "A"}, SITE.acknowledgement("A")),
    "presence": ({}, SITE.presence),
    "states": ({"kind": "station", "id": "CP01"}, SITE.state("station", "CP01")),
    "commands": ({"name": "reset"}, SITE.command("reset")),
    "answers": ({"name": "reset"}, SITE.answer("reset")),
    "questions": ({"name": "authorize"}, SITE.request("authorize")),
    "responses": ({"name": "authorize"}, SITE.response("authorize")),
    "token_shards": ({"shard": "7"}, SITE.document("tokens/7")),
    "desired": ({"name": "limits"}, SITE.document("limits")),
}
"""By channel: values of its parameters, and the topic that they give."""


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_address_is_the_topic_that_is_used(channel: str) -> None:
    address = CHANNELS[channel]["address"]
    values, topic = ADDRESSES[channel]
    assert set(re.findall(r"\{(\w+)\}", address)) == CHANNELS[channel]["parameters"].keys()
    for name, value in {"site": "s", **values}.items():
        assert value in CHANNELS[channel]["parameters"][name].get("enum", [value])
        address = address.replace(f"{{{name}}}", value)
    assert address == topic
    assert topic.count("/") <= 7


def test_what_is_about_a_person_is_marked() -> None:
    marked = {
        (name, field)
        for name in FACTS
        for field, each in SCHEMAS[name]["properties"].items()
        if each.get("personal") is True
    }
    assert marked == {(name, field) for name, cls in FACTS.items() for field in cls.personal}
    assert not any("at" in SCHEMAS[name]["properties"] for name in FACTS)
