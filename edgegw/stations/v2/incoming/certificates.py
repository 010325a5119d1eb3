"""Certificates of a station and of the cars (OCPP 2.0.1 part 2, blocks A and M)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.facts import CertificateRequested
from edgegw.stations.codec import Incoming, Payload, Peer, Tell
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.v2.incoming.reports import refused


def _sign_certificate(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    """The signed one follows by a command, sign_certificate (use case A02)."""
    use = "station" if payload.get("certificateType", "ChargingStationCertificate").startswith("Charging") else "v2g"
    fact = CertificateRequested(station=peer.station, at=peer.now, csr=payload["csr"], use=use)
    return Tell({"status": "Accepted"}, (fact,))


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = {
    "Get15118EVCertificate": refused({"status": "Failed", "exiResponse": ""}),
    "GetCertificateStatus": refused({"status": "Failed"}),
    "SignCertificate": _sign_certificate,
}
