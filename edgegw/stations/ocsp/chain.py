"""What a car's certificate hangs on: its chain, up to a root that the site trusts (RFC 5280 section 6)."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import verification
from cryptography.x509.oid import AuthorityInformationAccessOID

from edgegw.model.contracts import ContractStatus
from edgegw.stations.ocsp.certid import CertId

MAX_CHAIN: Final = 8
"""Certificates in what a station shows; a contract's chain has four with its root (ISO 15118-2 annex F)."""

MAX_LEARNED: Final = 200
"""Authorities below the roots that are remembered from chains that held."""

_EMAID: Final = 14
"""Characters of an eMAID without its hyphens and its check digit, which may be missing (ISO 15118-2 annex H)."""


class NotTrusted(ValueError):
    """A chain does not hold: `status` in the words of OCPP, the text for a log."""

    def __init__(self, status: ContractStatus, text: str) -> None:
        super().__init__(text)
        self.status: ContractStatus = status


class Trust:
    """`roots` are trusted; `authorities` are known ones below them, which no car has to bring along."""

    def __init__(self, roots: Sequence[x509.Certificate], authorities: Iterable[x509.Certificate] = ()) -> None:
        self._roots = list(roots)
        self._authorities = list(authorities)
        self._learned: OrderedDict[bytes, x509.Certificate] = OrderedDict()

    @classmethod
    def read(cls, roots: Iterable[Path], authorities: Iterable[Path]) -> Trust:
        """Of PEM files. Raises ValueError that names the file at fault."""
        return cls([*_read(roots)], [*_read(authorities)])

    def chain(self, pem: str, id_token: str, now: datetime) -> list[x509.Certificate]:
        """The contract certificate in `pem`, those above it, the root last. Raises NotTrusted."""
        try:
            shown = x509.load_pem_x509_certificates(pem.encode())
            # Their parts are only read when they are asked for, and may be as broken as the whole.
            names = [(each.subject, each.issuer) for each in shown]
            spans = [(each.not_valid_before_utc, each.not_valid_after_utc) for each in shown]
        except ValueError as error:
            raise NotTrusted("cert_chain_error", "what was shown is no certificate") from error
        if len(shown) > MAX_CHAIN:
            raise NotTrusted("cert_chain_error", f"the chain has more than {MAX_CHAIN} certificates")
        leaf, *above = shown
        if not any(_same_emaid(str(each.value), id_token) for each in names[0][0]):
            raise NotTrusted("cert_chain_error", "the certificate is of another contract than the token")
        if any(not since <= now <= until for since, until in spans):
            raise NotTrusted("certificate_expired", "a certificate of the chain is not valid today")
        if not self._roots:
            raise NotTrusted("no_certificate_available", "ocpp.contracts.roots names no root")
        try:
            policy = (
                verification.PolicyBuilder()
                .store(verification.Store(self._roots))
                .time(now)
                .extension_policies(ca_policy=_ABOVE, ee_policy=verification.ExtensionPolicy.permit_all())
                .build_client_verifier()
            )
            found = policy.verify(leaf, [*above, *self._authorities, *self._learned.values()]).chain
        except (verification.VerificationError, ValueError) as error:
            status: ContractStatus = "signature_error" if _forged(shown, self._roots) else "cert_chain_error"
            raise NotTrusted(status, f"the chain does not end at a root of the site: {error}") from error
        for each in found[1:-1]:
            self._learn(each)
        return list(found)

    def issuers(self, certificate: CertId) -> Iterator[x509.Certificate]:
        """Who is known of that may have issued a certificate that is named by digests."""
        for each in (*self._roots, *self._authorities, *self._learned.values()):
            if certificate.is_by(each):
                yield each

    def _learn(self, authority: x509.Certificate) -> None:
        self._learned[authority.fingerprint(SHA256())] = authority
        if len(self._learned) > MAX_LEARNED:
            self._learned.popitem(last=False)


def responders(certificate: x509.Certificate) -> tuple[str, ...]:
    """Where a certificate says that its status can be had (RFC 5280 section 4.2.2.1)."""
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return tuple(
        each.access_location.value
        for each in access
        if each.access_method == AuthorityInformationAccessOID.OCSP
        and isinstance(each.access_location, x509.UniformResourceIdentifier)
    )


def _read(paths: Iterable[Path]) -> Iterator[x509.Certificate]:
    for path in paths:
        try:
            yield from x509.load_pem_x509_certificates(path.read_bytes())
        except OSError as error:
            raise ValueError(f"{path} can't be read: {error.strerror}") from error
        except ValueError as error:
            raise ValueError(f"{path} holds no certificate in PEM") from error


def _signs(policy: verification.Policy, certificate: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("its key is not for signing certificates")


_ABOVE: Final = (
    verification.ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, verification.Criticality.AGNOSTIC, None)
    .may_be_present(x509.KeyUsage, verification.Criticality.AGNOSTIC, _signs)
)
"""Of those above a contract; that they are authorities, and how many more may stand below, the library looks at itself
where the constraints are there. Contracts have no names of hosts, which the library's usual policy would ask for."""


def _forged(shown: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]) -> bool:
    """Whether a certificate names an issuer that is at hand, and was not signed by it."""
    for each in shown:
        named = [other for other in (*shown, *roots) if other.subject == each.issuer and other is not each]
        if named and not any(_issued(each, other) for other in named):
            return True
    return False


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _same_emaid(name: str, id_token: str) -> bool:
    ours, theirs = (re.sub("[^A-Z0-9]", "", each.upper())[:_EMAID] for each in (name, id_token))
    return ours == theirs
