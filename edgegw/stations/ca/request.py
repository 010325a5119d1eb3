"""What speaks against a station's request for a certificate (CSR), in words.

OCPP 2.0.1 part 2, section A00 and use case A02 (1.6 security whitepaper, the same): the subject names the station and
its operator, keys are RSA of 2048 bits or more or on a curve of 224 bits or more, signatures use SHA-256 or
better. A request proves by its own signature that who asks holds the key.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # a library of 8 MB, wanted a few times a year: it is imported where it is used
    from cryptography import x509

MIN_RSA_BITS: Final = 2048
MAX_RSA_BITS: Final = 8192
"""Larger ones are no safer and cost a gateway seconds for each handshake."""

CURVES: Final = frozenset({"secp256r1", "secp384r1", "secp521r1"})
"""Those of TLS that OpenSSL agrees upon without being told to."""

HASHES: Final = frozenset({"sha256", "sha384", "sha512"})
MAX_PEM: Final = 5500
"""Characters of a csr (OCPP 2.0.1, SignCertificateRequest)."""


class Unsigned(ValueError):
    """A request is not signed; the text says why."""


def checked(pem: str, names: Collection[str], organisation: str | None) -> x509.CertificateSigningRequest:
    """The request, which may be signed. `names` are what its common name may be: the station's identity, its serial
    number. Raises Unsigned."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    if len(pem) > 2 * MAX_PEM:  # 2.1 allows 5500 as well; some stations write longer lines
        raise Unsigned(f"the request is longer than {2 * MAX_PEM} characters")
    try:
        request = x509.load_pem_x509_csr(pem.encode())
        is_proven, hashed = request.is_signature_valid, request.signature_hash_algorithm
        _key(request)
        _extensions(request)
    except Unsigned:
        raise
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Unsigned("the request can't be read: it is no PKCS#10 in PEM") from error
    if hashed is None or hashed.name not in HASHES:
        raise Unsigned(f"the request is signed with {hashed.name if hashed else 'no known hash'}, which is too weak")
    if not is_proven:
        raise Unsigned("the request's signature is wrong: who asks may not hold the key")
    _subject(request, names, organisation)
    return request


def _key(request: x509.CertificateSigningRequest) -> None:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    key = request.public_key()
    if isinstance(key, RSAPublicKey):
        if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
            raise Unsigned(f"an RSA key has {MIN_RSA_BITS} to {MAX_RSA_BITS} bits, this one has {key.key_size}")
    elif isinstance(key, EllipticCurvePublicKey):
        if key.curve.name not in CURVES:
            raise Unsigned(f"the key is on the curve {key.curve.name}; allowed: {', '.join(sorted(CURVES))}")
    else:
        raise Unsigned("the key is neither RSA nor on an elliptic curve, so no cipher of OCPP can use it")


def _extensions(request: x509.CertificateSigningRequest) -> None:
    from cryptography import x509

    for extension in request.extensions:
        asked = extension.value
        if isinstance(asked, x509.BasicConstraints) and asked.ca:
            raise Unsigned("the request is for an authority, not for a station")
        if isinstance(asked, x509.KeyUsage) and (asked.key_cert_sign or asked.crl_sign):
            raise Unsigned("the request wants to sign certificates, which a station does not")


def _subject(request: x509.CertificateSigningRequest, names: Collection[str], organisation: str | None) -> None:
    from cryptography.x509.oid import NameOID

    common = [str(each.value) for each in request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    wanted = " or ".join(sorted(names))
    if len(common) != 1:
        raise Unsigned(f"the subject needs one common name (CN): {wanted}")
    if common[0].strip().casefold() not in {name.strip().casefold() for name in names}:
        raise Unsigned(f"the common name is {_line(common[0])}, not {wanted}")
    said = [str(each.value) for each in request.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
    if organisation is not None and said != [organisation]:
        raise Unsigned(f"the organisation (O) is {_line(', '.join(said)) or 'not said'}, not {organisation}")


def _line(text: str) -> str:
    """A text of the station's as it may stand in a log."""
    return "".join(each if each.isprintable() else "?" for each in text)[:64]
