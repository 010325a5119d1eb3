"""OCSP's messages: what is asked of a responder, and what its answer is worth (RFC 6960)."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from edgegw.stations.ocsp.certid import ALGORITHMS, CertId

SKEW: Final = timedelta(minutes=5)
"""So far a responder's clock may be from ours."""

MOST_AGE: Final = timedelta(hours=1)
"""Of an answer that does not say until when it is good."""

_WORDS: Final[dict[ocsp.OCSPCertStatus, Literal["good", "revoked", "unknown"]]] = {
    ocsp.OCSPCertStatus.GOOD: "good", ocsp.OCSPCertStatus.REVOKED: "revoked", ocsp.OCSPCertStatus.UNKNOWN: "unknown",
}  # fmt: skip


class Unusable(ValueError):
    """A responder's answer says nothing that may be believed; the text says why."""


@dataclass(frozen=True, slots=True)
class Status:
    """What an answer says. `proven` is False when nobody is known whose signature could be looked at: then who gets
    `der` has to. `until` is None when the answer does not say."""

    status: Literal["good", "revoked", "unknown"]
    until: datetime | None
    der: bytes
    proven: bool

    @property
    def text(self) -> str:
        return base64.b64encode(self.der).decode()


def request(certificate: CertId) -> bytes:
    """What is asked about a certificate, DER. Without a nonce: most responders answer with what they signed before (RFC
    5019), and a station that gets the answer could not check one that it did not make."""
    builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        certificate.name_hash, certificate.key_hash, certificate.serial, ALGORITHMS[certificate.algorithm]()
    )
    return builder.build().public_bytes(Encoding.DER)


def read(der: bytes, certificate: CertId, issuers: Iterable[x509.Certificate], now: datetime) -> Status:
    """What `der` says of `certificate`, whose issuer is one of `issuers`, or comes with the answer: the digests are of
    its key. Raises Unusable."""
    try:
        found = ocsp.load_der_ocsp_response(der)
        if found.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise Unusable(f"the responder says {found.response_status.name.lower()}")
        single = next((each for each in found.responses if _is_about(each, certificate)), None)
        if single is None:
            raise Unusable("the answer is about another certificate")
        until = single.next_update_utc
        _check_time(single.this_update_utc, until, now)
        known = [*issuers, *(each for each in found.certificates if certificate.is_by(each))]
        if known and not any(_signed(found, key) for key in _signers(found, known, now)):
            raise Unusable("it is not signed by who issued the certificate, nor by a responder of theirs")
        return Status(_WORDS[single.certificate_status], until, der, bool(known))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise error if isinstance(error, Unusable) else Unusable("the answer is no OCSP response") from error


def _is_about(single: ocsp.OCSPSingleResponse, certificate: CertId) -> bool:
    return (single.serial_number, single.issuer_name_hash, single.issuer_key_hash) == (
        certificate.serial, certificate.name_hash, certificate.key_hash,
    )  # fmt: skip


def _check_time(since: datetime, until: datetime | None, now: datetime) -> None:
    if since > now + SKEW:
        raise Unusable("the answer is of a time to come")
    if (until if until is not None else since + MOST_AGE) + SKEW < now:
        raise Unusable("the answer is of a time that is over")


def _signers(
    found: ocsp.OCSPResponse, issuers: Iterable[x509.Certificate], now: datetime
) -> Iterator[x509.Certificate]:
    """Who may sign: an issuer, and whom it made a responder (RFC 6960 section 4.2.2.2). Whether such a responder was
    itself revoked is not asked: they live for days, and say so by id-pkix-ocsp-nocheck."""
    for issuer in issuers:
        yield issuer
        for each in found.certificates:
            if _is_responder(each) and each.not_valid_before_utc <= now <= each.not_valid_after_utc:
                try:
                    each.verify_directly_issued_by(issuer)
                except (ValueError, TypeError, InvalidSignature):
                    continue
                yield each


def _is_responder(certificate: x509.Certificate) -> bool:
    try:
        uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return ExtendedKeyUsageOID.OCSP_SIGNING in uses


def _signed(found: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    digest, key = found.signature_hash_algorithm, signer.public_key()
    if not isinstance(digest, SHA256 | SHA384 | SHA512):
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(found.signature, found.tbs_response_bytes, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(found.signature, found.tbs_response_bytes, ec.ECDSA(digest))
        else:
            return False
    except InvalidSignature:
        return False
    return True
