"""Whether firmware is signed by the certificate that comes with it (OCPP 2.0.1 part 2 L01, 1.6 security whitepaper).

The signature is over the SHA-256 of the file, RSA-PSS or ECDSA (part 2 A00.FR.5xx); PKCS #1 v1.5, which some makers
use, is taken too. `cryptography` is imported here alone, when there is something to check.
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


class NotSigned(ValueError):
    """The firmware is not what its certificate signed; the text says why."""


def prove(digest: bytes, certificate: str, signature: str, *, now: datetime, issuers: str | None = None) -> None:
    """Check `signature` (base64) over a file of SHA-256 `digest` by the first certificate of the PEM `certificate`.

    `issuers` are the certificates, as PEM, one of which has to have issued it; None lets any sign. Raises NotSigned.
    """
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        chain = x509.load_pem_x509_certificates(certificate.encode())
        shown = base64.b64decode("".join(signature.split()), validate=True)
    except (ValueError, binascii.Error) as error:
        raise NotSigned("the certificate is no PEM, or the signature no base64") from error
    signer = chain[0]
    _check_valid(signer, now)
    key, hashed = signer.public_key(), Prehashed(SHA256())
    fits = False
    if isinstance(key, rsa.RSAPublicKey):
        for pad in (padding.PSS(padding.MGF1(SHA256()), padding.PSS.AUTO), padding.PKCS1v15()):
            try:
                key.verify(shown, digest, pad, hashed)
                fits = True
                break
            except InvalidSignature:
                continue
    elif isinstance(key, ec.EllipticCurvePublicKey):
        try:
            key.verify(shown, digest, ec.ECDSA(hashed))
            fits = True
        except InvalidSignature:
            pass
    else:
        raise NotSigned("the certificate's key is neither RSA nor ECDSA")
    if not fits:
        raise NotSigned("the signature is not this certificate's over this file")
    if issuers is not None:
        _check_issued(chain, issuers, now)


def vouch(certificate: str, *, now: datetime, issuers: str) -> None:
    """Check that a signer's certificate, PEM with those above it, is valid and was issued by one of `issuers`. Raises
    NotSigned."""
    from cryptography import x509

    try:
        chain = x509.load_pem_x509_certificates(certificate.encode())
    except ValueError as error:
        raise NotSigned("the certificate is no PEM") from error
    _check_valid(chain[0], now)
    _check_issued(chain, issuers, now)


def _check_valid(signer: Certificate, now: datetime) -> None:
    if not signer.not_valid_before_utc <= now <= signer.not_valid_after_utc:
        raise NotSigned("the certificate that signed the firmware is not valid today")


def _check_issued(chain: list[Certificate], issuers: str, now: datetime) -> None:
    if not _issued(chain, issuers, now):
        raise NotSigned("the certificate that signed the firmware was not issued by one of ocpp.files.firmware_ca")


def _issued(chain: list[Certificate], issuers: str, now: datetime) -> bool:
    """Whether the first certificate, by way of those behind it, was issued by one of `issuers`, or is one of them."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    try:
        trusted = x509.load_pem_x509_certificates(issuers.encode())
    except ValueError as error:
        raise NotSigned("ocpp.files.firmware_ca holds no certificate") from error
    current, between = chain[0], list(chain[1:])
    while True:
        if current in trusted:
            return True
        for each in trusted:
            try:
                current.verify_directly_issued_by(each)
                return bool(each.not_valid_before_utc <= now <= each.not_valid_after_utc)
            except (ValueError, TypeError, InvalidSignature):
                continue
        if not between:
            return False
        above = between.pop(0)
        try:
            current.verify_directly_issued_by(above)
        except (ValueError, TypeError, InvalidSignature):
            return False
        constraints = above.extensions
        try:
            is_ca = constraints.get_extension_for_class(x509.BasicConstraints).value.ca
        except x509.ExtensionNotFound:
            is_ca = False
        if not is_ca or not above.not_valid_before_utc <= now <= above.not_valid_after_utc:
            return False
        current = above
