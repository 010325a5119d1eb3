"""May this idTag charge (OCPP 1.6 edition 2 section 4.1)?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.requests import Answer, AuthorizeAnswer, AuthorizeRequest
from edgegw.stations.codec import Ask, Incoming, Payload, Peer
from edgegw.stations.v16 import tokens


def _authorize(payload: Payload, peer: Peer) -> Incoming:
    return Ask(AuthorizeRequest(station=peer.station, at=peer.now, id_token=payload["idTag"]), _authorize_reply)


def _authorize_reply(answer: Answer) -> Payload:
    assert isinstance(answer, AuthorizeAnswer)
    return {"idTagInfo": tokens.info(answer.status, answer.group)}


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer], Incoming]]] = {
    "Authorize": _authorize,
}
