"""Contract certificates of cars in the words of OCPP 2.x (part 2, use cases C07 and C08)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from edgegw.model.contracts import CertificateHashes, ContractQuestion, ContractWord, Word
from edgegw.stations.codec import Payload


def hashes(data: Mapping[str, Any], source: str = "OCSP") -> CertificateHashes:
    """OCSPRequestData, or CertificateHashData with `urls` beside it."""
    algorithm: Any = str(data["hashAlgorithm"]).lower()
    kind: Any = source.lower()
    urls = data["urls"] if "urls" in data else [data["responderURL"]]
    return CertificateHashes(
        hash_algorithm=algorithm, issuer_name_hash=data["issuerNameHash"], issuer_key_hash=data["issuerKeyHash"],
        serial_number=data["serialNumber"], urls=tuple(urls), source=kind,
    )  # fmt: skip


def question(payload: Payload, station: str) -> ContractQuestion:
    """What an Authorize with a contract certificate asks about it."""
    return ContractQuestion(
        station=station, id_token=payload["idToken"]["idToken"], chain=payload.get("certificate"),
        hashes=tuple(hashes(each) for each in payload.get("iso15118CertificateHashData", ())),
    )  # fmt: skip


def verdict(asked: ContractQuestion, word: Word | None) -> tuple[str | None, Literal["cloud", "policy"] | None]:
    """(certificateStatus, who bars the token) by what was answered.

    Nobody answers: a chain that the station has verified itself leaves the decision to the token, as the site's list or
    policy has it, since only a revocation may have been missed. One that nobody has verified is good for nothing.
    """
    if isinstance(word, ContractWord):
        status = "".join(part.capitalize() for part in word.status.split("_"))
        return status, None if word.status == "accepted" else "cloud"
    return (None, None) if asked.chain is None else ("NoCertificateAvailable", "policy")
