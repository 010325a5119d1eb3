"""How OCSP names a certificate: by digests of its issuer's name and key, and its serial number (RFC 6960, 4.1.1).

OCPP tells the same three: digests and number in hex (2.0.1 part 2, CertificateHashDataType). Some stations tell digests
in base64, as their OCSP library gave them.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

if TYPE_CHECKING:
    from edgegw.model.contracts import CertificateHashes

ALGORITHMS: Final[dict[str, type[hashes.SHA256] | type[hashes.SHA384] | type[hashes.SHA512]]] = {
    "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CertId:
    """A certificate. `algorithm` is one of ALGORITHMS."""

    algorithm: str
    name_hash: bytes
    key_hash: bytes
    serial: int

    @classmethod
    def told(cls, certificate: CertificateHashes) -> CertId:
        """Of what a station tells. Raises ValueError when that is no name of a certificate."""
        size = ALGORITHMS[certificate.hash_algorithm].digest_size
        serial = int(certificate.serial_number, 16)
        if serial < 0:
            raise ValueError("a serial number is not negative")
        return cls(
            certificate.hash_algorithm,
            _digest(certificate.issuer_name_hash, size),
            _digest(certificate.issuer_key_hash, size),
            serial,
        )

    @classmethod
    def of(cls, certificate: x509.Certificate, issuer: x509.Certificate, algorithm: str = "sha256") -> CertId:
        """Of a certificate whose issuer is at hand. ISO 15118-2 has SHA-256 (annex F)."""
        return cls(algorithm, *issuer_hashes(issuer, algorithm), certificate.serial_number)

    def is_by(self, issuer: x509.Certificate) -> bool:
        """Whether `issuer` is the one that the digests are of."""
        return (self.name_hash, self.key_hash) == issuer_hashes(issuer, self.algorithm)


def issuer_hashes(issuer: x509.Certificate, algorithm: str) -> tuple[bytes, bytes]:
    """Digests of an issuer's name, and of its public key without what says of which kind it is."""
    # The key's digest is over the bits alone, which `cryptography` gives for SHA-1 and no other; so it is cut out here.
    spki = issuer.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return _hash(issuer.subject.public_bytes(), algorithm), _hash(_bits(spki), algorithm)


def _bits(spki: bytes) -> bytes:
    """The bits of `SEQUENCE {SEQUENCE algorithm, BIT STRING key}` (RFC 5280 section 4.1)."""
    inside, _ = _content(spki, 0)
    _, behind_algorithm = _content(spki, inside)
    begin, end = _content(spki, behind_algorithm)
    return spki[begin + 1 : end]  # the first octet counts unused bits


def _content(der: bytes, at: int) -> tuple[int, int]:
    """(begin, end) of the content of the DER value at `at`."""
    length, begin = der[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        length, begin = int.from_bytes(der[begin : begin + count], "big"), begin + count
    return begin, begin + length


def _hash(data: bytes, algorithm: str) -> bytes:
    digest = hashes.Hash(ALGORITHMS[algorithm]())
    digest.update(data)
    return digest.finalize()


def _digest(text: str, size: int) -> bytes:
    for read in (bytes.fromhex, lambda told: base64.b64decode(told, validate=True)):
        try:
            found = read(text)
        except (ValueError, binascii.Error):
            continue
        if len(found) == size:
            return found
    raise ValueError(f"a digest has {size} octets, in hex")
