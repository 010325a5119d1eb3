"""Certificates of a station and of the cars (OCPP 2.0.1 part 2, blocks A and M)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.contracts import CertificateWord, EvCertificate, EvCertificateQuestion, StatusQuestion, Word
from edgegw.model.facts import CertificateRequested
from edgegw.stations.codec import Enquiry, Incoming, Payload, Peer, Tell, Unprocessable
from edgegw.stations.rpc import Code
from edgegw.stations.v2 import contracts
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.words import stamp

_USES: Final = {
    None: "combined", "ChargingStationCertificate": "station", "V2GCertificate": "v2g", "V2G20Certificate": "v2g_20",
}  # fmt: skip

MAX_EXI: Final = {"2.0.1": 7500, "2.1": 17000}
MAX_OCSP: Final = {"2.0.1": 5500, "2.1": 18000}
"""Characters that the answers' schemas take."""

MAX_STATUSES: Final = 4
"""Certificates of a chain of which an answer tells."""

_HASH_DATA: Final = {"hashAlgorithm": 6, "issuerNameHash": 128, "issuerKeyHash": 128, "serialNumber": 40}
"""What names a certificate, and how many characters of it an answer takes; what else came with it, as the keys of
OCSPRequestData, stays out."""


def _sign_certificate(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    """The signed one follows by a command, sign_certificate (use case A02)."""
    fact = CertificateRequested(
        station=peer.station, at=peer.now, csr=payload["csr"], use=_USES.get(payload.get("certificateType"), "v2g"),
        request=payload.get("requestId"), root=payload.get("hashRootCertificate"),
    )  # fmt: skip
    return Tell({"status": "Accepted"}, (fact,))


def _ev_certificate(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    """A car wants its contract certificate (use cases M01 and M02): its message goes through whole, both ways."""

    def then(word: Word | None) -> Tell:
        most = MAX_EXI[dialect.version]
        if not isinstance(word, EvCertificate) or len(word.exi) > most:
            return Tell({"status": "Failed", "exiResponse": ""})
        left = {} if word.remaining is None or dialect.version == "2.0.1" else {"remainingContracts": word.remaining}
        return Tell({"status": "Accepted", "exiResponse": word.exi, **left})

    question = EvCertificateQuestion(
        station=peer.station, action="update" if payload["action"] == "Update" else "install",
        schema=payload["iso15118SchemaVersion"], exi=payload["exiRequest"],
        max_chains=payload.get("maximumContractCertificateChains"),
        emaids=tuple(payload.get("prioritizedEMAIDs", ())),
    )  # fmt: skip
    return Enquiry(question, then)


def _status(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    """Is a certificate revoked (use case M06)? The OCSP response goes to the station, which verifies it."""

    def then(word: Word | None) -> Tell:
        told = word[0] if isinstance(word, tuple) and len(word) == 1 else None
        if told is None or told.ocsp is None or len(told.ocsp) > MAX_OCSP[dialect.version]:
            return Tell({"status": "Failed"})
        return Tell({"status": "Accepted", "ocspResult": told.ocsp})

    certificate = contracts.hashes(payload["ocspRequestData"])
    return Enquiry(StatusQuestion(station=peer.station, certificates=(certificate,)), then)


def _chain_status(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    """The same of a chain, of 2.1: here the status itself is told, and until when it is good."""
    asked = payload["certificateStatusRequests"][:MAX_STATUSES]
    if not asked:
        raise Unprocessable(Code.OCCURRENCE, "certificateStatusRequests: names no certificate")

    def then(word: Word | None) -> Tell:
        known = (
            word if isinstance(word, tuple) and len(word) == len(asked) else [CertificateWord("failed")] * len(asked)
        )
        told = [
            {
                "certificateHashData": {
                    key: each["certificateHashData"][key][:most] for key, most in _HASH_DATA.items()
                },
                "source": each["source"],
                "status": one.status.capitalize(),
                "nextUpdate": stamp(one.next_update_at or peer.now),
            }
            for each, one in zip(asked, known, strict=True)
        ]
        return Tell({"certificateStatus": told})

    certificates = tuple(
        contracts.hashes({**each["certificateHashData"], "urls": each["urls"]}, each["source"]) for each in asked
    )
    return Enquiry(StatusQuestion(station=peer.station, certificates=certificates), then)


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = {
    "Get15118EVCertificate": _ev_certificate,
    "GetCertificateStatus": _status,
    "SignCertificate": _sign_certificate,
}

ACTIONS_21: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = {
    "GetCertificateChainStatus": _chain_status,
}
