"""May this token charge (OCPP 2.0.1 part 2, block C)?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal

from edgegw.model.contracts import Word
from edgegw.model.requests import Answer, AuthorizeAnswer, AuthorizeRequest
from edgegw.stations.codec import Ask, Enquiry, Incoming, Payload, Peer
from edgegw.stations.v2 import contracts, tariffs, tokens
from edgegw.stations.v2.dialect import Dialect


def _authorize(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    if payload.get("certificate") is None and not payload.get("iso15118CertificateHashData"):
        return _asked(payload, peer, dialect, None, None)
    question = contracts.question(payload, peer.station)

    def then(word: Word | None) -> Ask:
        status, barred_by = contracts.verdict(question, word)
        return _asked(payload, peer, dialect, status, barred_by)

    return Enquiry(question, then)


def _asked(
    payload: Payload,
    peer: Peer,
    dialect: Dialect,
    certificate: str | None,
    barred_by: Literal["cloud", "policy"] | None,
) -> Ask:
    """May this token charge here, with what is known of the contract certificate that came with it (use case C07)?"""

    def reply(answer: Answer) -> Payload:
        assert isinstance(answer, AuthorizeAnswer)
        info = tokens.info(answer.status, answer.group, answer.language, dialect)
        said: Payload = {"idTokenInfo": info, **({} if certificate is None else {"certificateStatus": certificate})}
        if answer.status == "accepted" and (tariff := _tariff(peer, dialect)) is not None:
            said["tariff"] = tariff
        return said

    token = payload["idToken"]
    return Ask(
        AuthorizeRequest(
            station=peer.station, at=peer.now, id_token=token["idToken"], kind=token["type"], barred_by=barred_by
        ),
        reply,
    )


def _tariff(peer: Peer, dialect: Dialect) -> Payload | None:
    """The price list that the driver would charge by, for a station that says that it reckons by one (2.1, block I)."""
    if dialect.version == "2.0.1" or (peer.variable("TariffCostCtrlr", "Enabled", "Tariff") or "").lower() != "true":
        return None
    own = peer.known.own_tariff()
    return None if own is None else tariffs.written(own, peer.known.currency())


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = {
    "Authorize": _authorize,
}
