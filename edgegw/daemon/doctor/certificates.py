"""Files of certificates: when they expire, whether their key is theirs, whether their chain is in order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edgegw.daemon.doctor.values import Certificate
from edgegw.settings import Settings


def certificates(settings: Settings) -> list[Certificate]:
    """Each that the file names, with what can be said of it without a network."""
    return [looked_at(key, certificate, private) for key, certificate, private in _named(settings)]


def _named(settings: Settings) -> Iterator[tuple[str, Path, Path | None]]:
    for index, listen in enumerate(settings.ocpp.listen):
        if (tls := listen.tls) is not None:
            at = f"ocpp.listen[{index}].tls"
            yield f"{at}.certificate", tls.certificate, tls.key
            if tls.second is not None:
                yield f"{at}.second.certificate", tls.second.certificate, tls.second.key
            if tls.client_ca is not None:
                yield f"{at}.client_ca", tls.client_ca, None
    if settings.ocpp.files is not None and settings.ocpp.files.tls is not None:
        yield "ocpp.files.tls.certificate", settings.ocpp.files.tls.certificate, settings.ocpp.files.tls.key
    ca = settings.ocpp.ca
    if ca.certificate is not None:
        yield "ocpp.ca.certificate", ca.certificate, ca.key
    if ca.v2g_certificate is not None:
        yield "ocpp.ca.v2g_certificate", ca.v2g_certificate, ca.v2g_key
    upstream = settings.ocpp.upstream.tls if settings.ocpp.upstream is not None else None
    for key, ours in (("uplink.tls", settings.uplink.tls), ("ocpp.upstream.tls", upstream)):
        if ours is not None and ours.ca is not None:
            yield f"{key}.ca", ours.ca, None
        if ours is not None and ours.certificate is not None:
            yield f"{key}.certificate", ours.certificate, ours.key


def looked_at(key: str, path: Path, private: Path | None) -> Certificate:
    """What can be said of one file, whose certificate comes first, and of its private key. Of a file of authorities
    (without a key) the order is no matter, and the last to expire counts."""
    try:
        held = x509.load_pem_x509_certificates(path.read_bytes())
    except PermissionError:  # it may be for the gateway's eyes alone; whether it can read it, its services tell
        return Certificate(key, str(path))
    except OSError as error:
        return Certificate(key, str(path), fault=error.strerror or str(error))
    except ValueError:
        return Certificate(key, str(path), fault="there is no certificate in PEM in it")
    if private is None:
        return Certificate(key, str(path), max(each.not_valid_after_utc for each in held))
    return Certificate(
        key, str(path), min(each.not_valid_after_utc for each in held),
        key_fault=_key_fault(held[0], private), disordered=not _in_order(held),
    )  # fmt: skip


def _key_fault(certificate: x509.Certificate, private: Path) -> str | None:
    try:
        key = serialization.load_pem_private_key(private.read_bytes(), None)
    except PermissionError:
        return None
    except OSError as error:
        return f"its key {private} can't be read: {error.strerror or error}"
    except (ValueError, TypeError):
        return f"its key {private} is no private key in PEM without a passphrase"
    form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    if key.public_key().public_bytes(*form) != certificate.public_key().public_bytes(*form):
        return f"the key {private} belongs to another certificate"
    return None


def _in_order(held: list[x509.Certificate]) -> bool:
    try:
        for signed, signer in pairwise(held):
            signed.verify_directly_issued_by(signer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
