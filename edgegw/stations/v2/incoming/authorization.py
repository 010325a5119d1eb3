"""May this token charge (OCPP 2.0.1 part 2, block C)?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.requests import Answer, AuthorizeAnswer, AuthorizeRequest
from edgegw.stations.codec import Ask, Incoming, Payload, Peer
from edgegw.stations.v2 import tokens
from edgegw.stations.v2.dialect import Dialect


def _authorize(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    def reply(answer: Answer) -> Payload:
        assert isinstance(answer, AuthorizeAnswer)
        return {"idTokenInfo": tokens.info(answer.status, answer.group, answer.language, dialect)}

    token = payload["idToken"]
    request = AuthorizeRequest(station=peer.station, at=peer.now, id_token=token["idToken"], kind=token["type"])
    return Ask(request, reply)


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = {
    "Authorize": _authorize,
}
