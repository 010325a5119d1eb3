"""Plug & Charge of 1.6: messages of 2.0.1 as JSON in the data of a DataTransfer.

The OCA's application note "Using ISO 15118 Plug & Charge with OCPP 1.6" takes the messages and their schemas from OCPP
2.0.1; the message id is the action. So they are read and built by the codec of 2.0.1, and what is behind the codec sees
no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import orjson

from edgegw.core.nesting import too_deep
from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.stations import metrics
from edgegw.stations.codec import Ask, Enquiry, Incoming, Outgoing, Payload, Peer, Tell, Unprocessable, Unsupported
from edgegw.stations.intake import intakes
from edgegw.stations.schemas import Kind, Violation, for_version
from edgegw.stations.transfers import CONTRACTS
from edgegw.stations.v2 import incoming, outgoing
from edgegw.stations.v2.dialect import V201
from edgegw.stations.words import snake

FROM_STATIONS: Final = frozenset({"Authorize", "Get15118EVCertificate", "GetCertificateStatus", "SignCertificate"})

USES: Final = frozenset({"mo_root", "v2g_root"})
"""Certificates that a station has for cars; others go by the messages of the security whitepaper."""


def heard(payload: Payload, peer: Peer) -> Incoming | None:
    """What a DataTransfer of this vendor means; None for a message that stations don't send."""
    action = payload.get("messageId")
    if action not in FROM_STATIONS:
        return None
    content = _taken(action, "request", _authorizing(action, _read(payload.get("data"))))
    try:
        if not isinstance(content, Violation):
            return _wrapped(incoming.ACTIONS[action](content, peer, V201))
    except Unprocessable:
        pass
    metrics.TRANSFERS.labels("rejected").inc()
    return Tell({"status": "Rejected"})


def told(command: Command, peer: Peer, number: int) -> Outgoing:
    """The DataTransfer that carries a command out. Raises Unsupported."""
    inner = outgoing.COMMANDS[command.name](command, peer, number, V201)
    schema = for_version("2.0.1").get(inner.action, "request", strict=True)
    assert schema is not None
    if (violation := schema.violation(inner.payload)) is not None:
        raise Unsupported(f"{inner.action}: {violation.text}")
    data = orjson.dumps(inner.payload).decode()
    payload = {"vendorId": CONTRACTS, "messageId": inner.action, "data": data}
    return Outgoing("DataTransfer", payload, _ending(inner.action, inner.ending))


def _ending(action: str, inner: Callable[[Mapping[str, Any]], Ending]) -> Callable[[Mapping[str, Any]], Ending]:
    def ended(answer: Mapping[str, Any]) -> Ending:
        status = str(answer["status"])
        if status != "Accepted":
            return Ending("rejected", f"the station does not take {action} of Plug & Charge: {snake(status)}")
        content = _taken(action, "response", _read(answer.get("data")))
        if isinstance(content, Violation):
            return Ending("failed", f"its answer to {action} is not valid: {content.text}")
        return inner(content)

    return ended


def _wrapped(heard: Incoming) -> Incoming:
    """The same, answered by a DataTransfer."""
    if isinstance(heard, Enquiry):
        then = heard.then
        return Enquiry(heard.question, lambda word: _answered(then(word)))
    return _answered(heard)


def _answered(heard: Ask | Tell) -> Ask | Tell:
    metrics.TRANSFERS.labels("accepted").inc()
    if isinstance(heard, Tell):
        return replace(heard, reply=_reply(heard.reply))
    reply = heard.reply
    return replace(heard, reply=lambda answer: _reply(reply(answer)))


def _reply(payload: Payload) -> Payload:
    return {"status": "Accepted", "data": orjson.dumps(payload).decode()}


def _read(data: Any) -> Any:
    """The content of data: text of JSON, or an object, as some stations send it against the schema. None for others."""
    try:
        content = orjson.loads(data) if isinstance(data, str) else data
    except orjson.JSONDecodeError:
        return None
    return content if isinstance(content, dict) and not too_deep(content) else None


def _authorizing(action: str, content: Any) -> Any:
    """An eMAID alone, as 1.6 writes tokens, is one."""
    if action == "Authorize" and isinstance(content, dict) and isinstance(content.get("idToken"), str):
        return {**content, "idToken": {"idToken": content["idToken"], "type": "eMAID"}}
    return content


def _taken(action: str, kind: Kind, content: Any) -> Any:
    """As the frame layer takes the message in: mended, or a Violation."""
    intake = intakes("2.0.1").get(action, kind)
    assert intake is not None
    taken = intake.take(content)
    return content if taken is None else taken if isinstance(taken, Violation) else taken.payload
