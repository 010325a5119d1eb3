"""DataTransfer from stations: who understands the messages of a vendor (OCPP 1.6 section 4.3; 2.0.1 part 2, block P).

A vendor's messages are registered in `VENDORS`: a function each, by message id; None stands for a message without one.
It is as pure as a codec: it reads the message and the peer, and says what is answered and which facts follow. A vendor
that nobody registered is answered UnknownVendorId, a message of a known one UnknownMessageId. Whatever comes is a fact.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson

from edgegw.core.nesting import too_deep
from edgegw.core.secrets import without_secrets
from edgegw.model.facts import DataTransferred, Fact
from edgegw.stations import costs, metrics
from edgegw.stations.codec import Payload, Peer, Tell, Version

log = logging.getLogger("edgegw.stations")

MAX_KEPT: Final = 4096
"""Characters of a message's content that its fact keeps."""

Status = Literal["Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId"]


@dataclass(frozen=True, slots=True)
class Transfer:
    """A vendor's message. `content` is its data: of 1.6 what the text is as JSON, else the text."""

    vendor: str
    message: str | None
    content: Any
    version: Version


@dataclass(frozen=True, slots=True)
class TransferAnswer:
    """What a station is answered. `content` goes back as data: for 1.6 as a text of JSON, unless it is one."""

    status: Status
    content: Any = None
    facts: tuple[Fact, ...] = ()


Understand = Callable[[Transfer, Peer], TransferAnswer]


def _noted(transfer: Transfer, peer: Peer) -> TransferAnswer:
    """ConnectorUnplugged ends idle time that goes on after the stop; here idle time ends with the transaction."""
    return TransferAnswer("Accepted")


CONTRACTS: Final = "org.openchargealliance.iso15118pnc"
"""Plug & Charge of 1.6, whose messages are more than told (`edgegw.stations.v16.contracts`)."""

VENDORS: Final[dict[str, Mapping[str | None, Understand]]] = {
    costs.VENDOR: {costs.UNPLUGGED: _noted}, CONTRACTS: {},
}  # fmt: skip
"""What is understood, by vendor id and message id. A module that understands a vendor is named here in one line."""


def answer(payload: Payload, peer: Peer, version: Version) -> Tell:
    """What a DataTransfer means, and its answer."""
    vendor, message, data = payload["vendorId"], payload.get("messageId"), payload.get("data")
    known = VENDORS.get(vendor)
    understand = known.get(message) if known is not None else None
    content = _parsed(data) if version == "1.6" else data
    if known is None:
        found = TransferAnswer("UnknownVendorId")
    elif understand is None:
        found = TransferAnswer("UnknownMessageId")
    else:
        found = _understood(understand, Transfer(vendor, message, content, version), peer)
    metrics.TRANSFERS.labels(_OUTCOMES[found.status]).inc()
    reply: Payload = {"status": found.status}
    if found.content is not None:
        is_text = isinstance(found.content, str)
        reply["data"] = found.content if is_text or version != "1.6" else orjson.dumps(found.content).decode()
    text = _kept(content)
    fact = DataTransferred(
        station=peer.station, at=peer.now, vendor=vendor, message=message, status=_OUTCOMES[found.status],
        data=text[:MAX_KEPT] if text is not None else None, cut=text is not None and len(text) > MAX_KEPT,
    )  # fmt: skip
    return Tell(reply, (fact, *found.facts))


def _understood(understand: Understand, transfer: Transfer, peer: Peer) -> TransferAnswer:
    """What cannot be understood of a message that is known is refused, and never an error of ours to the station."""
    try:
        return understand(transfer, peer)
    except Exception:
        log.exception("%s: a message of %s could not be understood", peer.station, transfer.vendor[:50])
        return TransferAnswer("Rejected")


def _parsed(data: Any) -> Any:
    if not isinstance(data, str):
        return data
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError:
        return data
    return data if not isinstance(found, dict | list) or too_deep(found) else found


def _kept(content: Any) -> str | None:
    """The content as text, values of secrets left out."""
    if content is None:
        return None
    told = without_secrets(content)
    if isinstance(told, str):
        return told
    return json.dumps(told, separators=(",", ":"))  # orjson refuses numbers of more than 64 bits


_OUTCOMES: Final[Mapping[str, Literal["accepted", "rejected", "unknown_message", "unknown_vendor"]]] = {
    "Accepted": "accepted",
    "Rejected": "rejected",
    "UnknownMessageId": "unknown_message",
    "UnknownVendorId": "unknown_vendor",
}
