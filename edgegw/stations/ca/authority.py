"""The authority: its key and certificate, what it signs, the list of what it took back. Blocking; no protocol.

In its folder: `ca.key` (for the gateway alone), `ca.pem` (for whoever checks a station), `crl.pem` (RFC 5280).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edgegw.journal import durable
from edgegw.model.value import value
from edgegw.stations.ca.request import Unsigned, checked

if TYPE_CHECKING:
    from cryptography import x509

KEY_FILE, CERTIFICATE_FILE, LIST_FILE = "ca.key", "ca.pem", "crl.pem"

YEARS: Final = 20
EARLIER: Final = timedelta(hours=1)
"""Certificates count from so long before they are signed: the clocks of stations run apart."""

LIST_DAYS: Final = 7


@value()
class Signed:
    """A station's certificate. `chain` is it as PEM with the authorities between it and the root."""

    chain: str
    leaf: str
    fingerprint: str
    serial_number: str
    expires_at: datetime

    def within(self, most: int | None, *, whole: bool = False) -> str:
        """What of the chain a station takes that takes `most` characters; `whole`: who it is shown to knows the root
        alone. Raises Unsigned when that is too little."""
        if most is None or len(self.chain) <= most:
            return self.chain
        if len(self.leaf) <= most and not whole:
            return self.leaf
        least = len(self.chain if whole else self.leaf)
        raise Unsigned(f"the station takes {most} characters of certificates, and this one has {least}")


class Authority:
    """Signs stations' certificates. `root` is its own certificate as PEM."""

    def __init__(self, key: Any, chain: list[x509.Certificate]) -> None:
        from cryptography.hazmat.primitives.serialization import Encoding

        self._key = key
        self._own = chain[0]
        # The root is what stations and gateways have: it is not sent along.
        between = [each for each in chain if each.subject != each.issuer]
        self._between = "".join(each.public_bytes(Encoding.PEM).decode() for each in between)
        self.root = self._own.public_bytes(Encoding.PEM).decode()

    @classmethod
    def open(cls, folder: Path, name: str, now: datetime) -> Authority:
        """The authority in `folder`, made at the first time as `name`. Raises ValueError that says what is wrong."""
        certificate, key = folder / CERTIFICATE_FILE, folder / KEY_FILE
        try:
            if not (certificate.exists() and key.exists()):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                _make(key, certificate, name, now)
        except OSError as error:
            raise ValueError(f"the stations' authority can't be kept in {folder}: {error.strerror}") from error
        return cls.read(certificate, key)

    @classmethod
    def read(cls, certificate: Path, key: Path) -> Authority:
        """The authority of these files. Raises ValueError that names the file at fault."""
        from cryptography import x509
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            private = load_pem_private_key(key.read_bytes(), None)
            chain = x509.load_pem_x509_certificates(certificate.read_bytes())
        except OSError as error:
            raise ValueError(f"{error.filename}: {error.strerror}") from error
        except (ValueError, TypeError) as error:
            raise ValueError(f"{certificate} with {key} is no authority in PEM: {error}") from error
        if private.public_key() != chain[0].public_key():
            raise ValueError(f"{key} belongs to another certificate than {certificate}")
        try:
            is_one = chain[0].extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        except x509.ExtensionNotFound:
            is_one = False
        if not is_one:
            raise ValueError(f"{certificate} is no certificate of an authority (basicConstraints CA:TRUE)")
        return cls(private, chain)

    def sign(
        self,
        csr: str,
        station: str,
        names: Collection[str],
        now: datetime,
        *,
        organisation: str | None,
        days: int,
        use: str = "station",
    ) -> Signed:
        """A certificate for `station` by its request. Raises Unsigned.

        For `use` station it is a client's, for v2g a server's towards cars, for combined both.
        The subject is the request's; the identity stands in it as a DNS name as well, since the common name may be the
        serial number. Of what else the request wants nothing is granted.
        """
        from cryptography import x509
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.serialization import Encoding
        from cryptography.x509.oid import ExtendedKeyUsageOID

        roles = [ExtendedKeyUsageOID.CLIENT_AUTH] * (use != "v2g") + [ExtendedKeyUsageOID.SERVER_AUTH] * (
            use != "station"
        )
        agrees = ("key_agreement",) if use != "station" else ()
        request = checked(csr, names, organisation)
        until = min(now + timedelta(days=days), self._own.not_valid_after_utc).replace(microsecond=0)
        if until <= now:
            raise Unsigned("the authority's own certificate has run out")
        number = x509.random_serial_number()
        try:
            identity = x509.SubjectAlternativeName([x509.DNSName(station)])
        except ValueError as error:
            raise Unsigned("the station's identity has letters that a certificate can't name") from error
        made = (
            x509.CertificateBuilder()
            .subject_name(request.subject)
            .issuer_name(self._own.subject)
            .public_key(request.public_key())
            .serial_number(number)
            .not_valid_before((now - EARLIER).replace(microsecond=0))
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage("digital_signature", *agrees), critical=True)
            .add_extension(x509.ExtendedKeyUsage(roles), critical=False)
            .add_extension(identity, critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(request.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._own.public_key()), critical=False)  # type: ignore[arg-type]
            .sign(self._key, SHA256())
        )
        leaf = made.public_bytes(Encoding.PEM).decode()
        return Signed(leaf + self._between, leaf, made.fingerprint(SHA256()).hex(), f"{number:x}", until)

    def revoked(self, numbers: Iterable[tuple[str, datetime]], now: datetime) -> bytes:
        """The list of what was taken back, by serial number (hex) and time, as PEM; good for LIST_DAYS."""
        from cryptography import x509
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.serialization import Encoding

        now = now.replace(microsecond=0)
        made = x509.CertificateRevocationListBuilder(
            issuer_name=self._own.subject, last_update=now, next_update=now + timedelta(days=LIST_DAYS)
        )
        for number, at in numbers:
            entry = x509.RevokedCertificateBuilder(int(number, 16), at.replace(microsecond=0))
            made = made.add_revoked_certificate(entry.build())
        return made.sign(self._key, SHA256()).public_bytes(Encoding.PEM)


def _make(key: Path, certificate: Path, name: str, now: datetime) -> None:
    """A root of an authority's own, on P-256: what is there of an attempt that was cut off is made anew."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import NameOID

    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} stations"[:64])])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before((now - EARLIER).replace(microsecond=0))
        .not_valid_after((now + timedelta(days=365 * YEARS)).replace(microsecond=0))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .sign(private, SHA256())
    )
    durable.replace(key, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
    durable.replace(certificate, made.public_bytes(Encoding.PEM), 0o644)


def _usage(*names: str) -> x509.KeyUsage:
    from cryptography import x509

    every = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{each: each in names for each in every})


def root_in(path: Path) -> str | None:
    """The root certificate in a PEM file, None when it holds none or can't be read."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        chain = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        return None
    root = next((each for each in reversed(chain) if each.subject == each.issuer), None)
    return root.public_bytes(Encoding.PEM).decode() if root is not None else None
