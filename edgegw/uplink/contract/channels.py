"""Channels, the messages on them, and what the gateway does there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from edgegw.model.commands import CATALOGUE
from edgegw.mqtt import Account
from edgegw.uplink.contract import desired, states
from edgegw.uplink.requests import LATE_S, NAMES
from edgegw.uplink.service import WILL_DELAY_S
from edgegw.uplink.topics import DEFAULT_ROOT, STREAMS

_ACCOUNT = Account(client_id="edgegw-{site}")

CONNECTION: Mapping[str, Any] = {
    "clientId": _ACCOUNT.client_id,
    "cleanSession": False,
    "sessionExpiryInterval": _ACCOUNT.session_expiry_s,
    "keepAlive": _ACCOUNT.keepalive_s,
    "lastWill": {
        "topic": f"{DEFAULT_ROOT}/{{site}}/up/presence",
        "qos": 1,
        "retain": True,
        "message": f"An absence; {WILL_DELAY_S} s after the connection is lost, on MQTT 3.1.1 at once",
    },
}

_SITE = {"description": "site.id of the site's file: a-z, 0-9 and -"}
_COMMANDS = [f"command_{name}" for name in CATALOGUE]
_QUESTIONS = sorted(NAMES)


@dataclass(frozen=True, slots=True)
class Channel:
    """A topic, or several that differ in their parameters. `{site}` is one of all."""

    topic: str
    about: str
    messages: list[str]
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def described(self, name: str) -> dict[str, Any]:
        return {
            "address": f"{DEFAULT_ROOT}/{{site}}/{self.topic}",
            "title": name,
            "description": self.about,
            "parameters": {"site": _SITE, **self.parameters},
            "messages": {each: {"$ref": f"#/components/messages/{each}"} for each in self.messages},
        }


@dataclass(frozen=True, slots=True)
class Operation:
    """What the gateway does on a channel. `reply` is where the answers go."""

    action: Literal["send", "receive"]
    channel: str
    about: str
    retain: bool = False
    expiry: Any = None
    reply: str | None = None

    def described(self) -> dict[str, Any]:
        bindings: dict[str, Any] = {"qos": 1, "retain": self.retain, "bindingVersion": "0.2.0"}
        if self.expiry is not None:
            bindings["messageExpiryInterval"] = self.expiry
        found: dict[str, Any] = {
            "action": self.action,
            **_on(self.channel),
            "summary": self.about,
            "bindings": {"mqtt": bindings},
        }
        return found if self.reply is None else {**found, "reply": _on(self.reply)}


def _on(channel: str) -> dict[str, Any]:
    place = f"#/channels/{channel}"
    return {
        "channel": {"$ref": place},
        "messages": [{"$ref": f"{place}/messages/{each}"} for each in CHANNELS[channel].messages],
    }


CHANNELS: Mapping[str, Channel] = {
    "facts": Channel("up/evt/A", "Stream A: what happened, in batches, in order.", ["facts_batch"]),
    "samples": Channel("up/evt/B", "Stream B: readings in blocks, in batches, in order.", ["samples_batch"]),
    "acknowledgements": Channel(
        "dn/ack/{stream}", "How far you hold a stream, and what you lack of it.", ["watermark", "nack"],
        {"stream": {"enum": list(STREAMS), "description": "A: facts. B: samples."}},
    ),
    "presence": Channel("up/presence", "Whether the site is connected. Retained.", ["birth", "absence"]),
    "states": Channel(
        "up/state/{kind}/{id}", "What is so now, beside the streams: newest only, at most one a second. Retained.",
        [f"state_{kind}" for kind in states.KINDS],
        {
            "kind": {"enum": list(states.KINDS), "description": "config is what of the desired state is in force"},
            "id": {"description": "Of the station, meter or circuit, percent-encoded; of site and config the site's"},
        },
    ),
    "commands": Channel(
        "dn/cmd/{name}", "Orders. Each acts once, by its id.", _COMMANDS,
        {"name": {"enum": list(CATALOGUE), "description": "Of the command"}},
    ),
    "answers": Channel(
        "up/cmd/{name}/res",
        "What became of commands so far. On MQTT 5 a command's Response Topic, where it has one, takes its place.",
        ["answer"], {"name": {"description": "Of the command, percent-encoded"}},
    ),
    "questions": Channel(
        "up/req/{name}", "What the gateway asks.", _QUESTIONS, {"name": {"enum": _QUESTIONS}}
    ),
    "responses": Channel(
        "dn/res/{name}", "Your answers.", [f"{name}_answer" for name in _QUESTIONS], {"name": {"enum": _QUESTIONS}}
    ),
    "token_shards": Channel(
        "dn/cfg/tokens/{shard}", "Desired state: the local list of id tokens, in parts. Retained.", ["tokens"],
        {"shard": {"description": desired.SHARDS, "examples": ["0"]}},
    ),
    "desired": Channel(
        "dn/cfg/{name}", "Desired state: whole documents with a rising rev. Retained.",
        [name for name in desired.schemas() if name != "tokens"],
        {"name": {"enum": [name for name in desired.schemas() if name != "tokens"]}},
    ),
}  # fmt: skip

_LIFE = {"type": "integer", "minimum": 1, "description": "Seconds until expires_at of the command"}

OPERATIONS: Mapping[str, Operation] = {
    "send_facts": Operation("send", "facts", "Deliver facts until a watermark says that they are durable"),
    "send_samples": Operation("send", "samples", "Deliver samples until a watermark says that they are durable"),
    "receive_acknowledgement": Operation("receive", "acknowledgements", "Let go of what is durable; send again"),
    "send_presence": Operation("send", "presence", "Say what is held, once a connection", retain=True),
    "send_state": Operation("send", "states", "Show what is so", retain=True),
    "receive_command": Operation(
        "receive", "commands", "Write it down, acknowledge it, carry it out", expiry=_LIFE, reply="answers"
    ),
    "ask": Operation("send", "questions", "Ask; 2 s later decide alone", expiry=int(LATE_S), reply="responses"),
    "receive_tokens": Operation("receive", "token_shards", "Bring a shard into force", retain=True),
    "receive_desired": Operation("receive", "desired", "Bring a document into force", retain=True),
}

CORRELATED = frozenset({*_COMMANDS, "answer", *_QUESTIONS, *(f"{name}_answer" for name in _QUESTIONS)})
"""Messages that name by `id` what they belong to."""

MESSAGES: tuple[str, ...] = tuple(dict.fromkeys(name for each in CHANNELS.values() for name in each.messages))
"""Every message by name; its payload's schema has the same."""
