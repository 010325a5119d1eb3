"""A 1.6 station asks for its certificate (security whitepaper, use case A02)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.facts import CertificateRequested
from edgegw.stations.codec import Incoming, Payload, Peer, Tell


def _sign_certificate(payload: Payload, peer: Peer) -> Incoming:
    """The signed one follows by a command, sign_certificate (security whitepaper, use case A02)."""
    fact = CertificateRequested(station=peer.station, at=peer.now, csr=payload["csr"], use="station")
    return Tell({"status": "Accepted"}, (fact,))


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer], Incoming]]] = {
    "SignCertificate": _sign_certificate,
}
