"""What is asked about the certificates of cars and their contracts (ISO 15118, Plug & Charge), and what is answered.

The gateway holds no contracts and no roots of them: it carries these questions to who does, and the answers back.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from edgegw.model.value import value

ContractStatus = Literal[
    "accepted", "signature_error", "certificate_expired", "certificate_revoked", "no_certificate_available",
    "cert_chain_error", "contract_cancelled",
]  # fmt: skip
"""AuthorizeCertificateStatusEnumType of OCPP 2.x, in snake_case."""

CertificateStatus = Literal["good", "revoked", "unknown", "failed"]
"""CertificateStatusEnumType of OCPP 2.1; `failed`: nobody could be asked."""


@value(kw_only=True)
class CertificateHashes:
    """A certificate, named as OCSP does (RFC 6960). `urls` are where its status can be had."""

    hash_algorithm: Literal["sha256", "sha384", "sha512"]
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str
    urls: tuple[str, ...] = ()
    source: Literal["ocsp", "crl"] = "ocsp"


@value(kw_only=True)
class ContractQuestion:
    """Is the contract certificate of this eMAID good? `chain` is its PEM where the station could not verify it itself;
    otherwise the station has, and only what may have been revoked since is asked for."""

    station: str
    id_token: str
    chain: str | None = None
    hashes: tuple[CertificateHashes, ...] = ()


@value()
class ContractWord:
    """The answer to a ContractQuestion."""

    status: ContractStatus


@value(kw_only=True)
class EvCertificateQuestion:
    """A car wants its contract certificate installed or renewed: `exi` is its own message in base64, untouched."""

    station: str
    action: Literal["install", "update"]
    schema: str
    exi: str
    max_chains: int | None = None
    emaids: tuple[str, ...] = ()


@value()
class EvCertificate:
    """The answer to an EvCertificateQuestion: the message for the car in base64. `remaining` contracts are left."""

    exi: str
    remaining: int | None = None


@value(kw_only=True)
class StatusQuestion:
    """What is the status of these certificates (1 to 4)?"""

    station: str
    certificates: tuple[CertificateHashes, ...]


@value()
class CertificateWord:
    """Of one certificate. `ocsp` is the OCSP response itself, DER in base64, which the station verifies."""

    status: CertificateStatus
    ocsp: str | None = None
    next_update_at: datetime | None = None


Question = ContractQuestion | EvCertificateQuestion | StatusQuestion
Word = ContractWord | EvCertificate | tuple[CertificateWord, ...]
