"""The AsyncAPI 3.0 document (https://www.asyncapi.com/docs/reference/specification/v3.0.0).

Operations are the gateway's: what it sends, you receive. Tests hold its addresses against `topics`.
"""

from __future__ import annotations

from typing import Any

from edgegw import __version__
from edgegw.core.commands import schemas as commands
from edgegw.model.commands import CATALOGUE
from edgegw.uplink.codec.events import CONTENT_TYPE
from edgegw.uplink.contract import channels, desired, events, messages, states
from edgegw.uplink.contract.words import Schema, named

JSON = "application/json"

_ABOUT = """The gateway of an EV charging hub and its cloud. Operations are written from the view of the gateway: what \
it sends, the cloud receives.

`edgegw/v1` is `uplink.root` in the site's file. Everything goes with QoS 1. On MQTT 3.1.1 there are no properties: \
then the payload alone tells.

Objects grow within v1: ignore keys that you do not know, and keep events of types that you do not know. Where a \
schema says `additionalProperties: false` the gateway refuses what it does not name.

docs/cloud.md says in what order things are done."""


def asyncapi() -> Schema:
    """The document, made of the models and codecs of this version."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "edgegw",
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": JSON,
        "servers": {"broker": _server()},
        "channels": {name: channel.described(name) for name, channel in channels.CHANNELS.items()},
        "operations": {name: operation.described() for name, operation in channels.OPERATIONS.items()},
        "components": {
            "messages": {name: _message(name) for name in channels.MESSAGES},
            "schemas": _schemas(),
            "securitySchemes": {
                "certificate": {"type": "X509", "description": "A client certificate a site: uplink.tls"},
                "password": {"type": "userPassword", "description": "uplink.username and uplink.password"},
            },
        },
    }


def _server() -> dict[str, Any]:
    return {
        "host": "mqtt.example.com:8883",
        "protocol": "secure-mqtt",
        "protocolVersion": "5.0",
        "description": "Any broker of MQTT 5 or 3.1.1. The values are those that the gateway asks for; it obeys the "
        "broker's Receive Maximum, Maximum Packet Size and Server Keep Alive.",
        "security": [{"$ref": f"#/components/securitySchemes/{name}"} for name in ("certificate", "password")],
        "bindings": {"mqtt": {**channels.CONNECTION, "bindingVersion": "0.2.0"}},
    }


def _schemas() -> dict[str, Schema]:
    return {
        **events.schemas(),
        **messages.schemas(),
        **{f"command_{name}": schema for name, schema in commands.commands().items()},
        "answer": commands.answer(),
        **desired.schemas(),
        **states.schemas(),
    }


def _message(name: str) -> dict[str, Any]:
    message: dict[str, Any] = {"name": name, "contentType": JSON, "payload": named(name)}
    if name in ("facts_batch", "samples_batch"):
        message["contentType"] = CONTENT_TYPE
        message["summary"] = "A JSON array, compressed with gzip as a whole; its first bytes 1f 8b tell, too"
        message["headers"] = {
            "type": "object",
            "properties": {"content-encoding": {"const": "gzip", "description": "A user property of MQTT 5"}},
        }
    if name.startswith("command_"):
        message["summary"] = CATALOGUE[name.removeprefix("command_")].about
    if name in channels.CORRELATED:
        message["correlationId"] = {
            "location": "$message.payload#/id",
            "description": "The same as the correlation data of MQTT 5, where it was sent",
        }
    return message
