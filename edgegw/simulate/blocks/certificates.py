"""What a virtual station does with certificates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from edgegw.simulate.link import Payload, Reply
from edgegw.simulate.transactions import Message

if TYPE_CHECKING:
    from edgegw.simulate.station import Station


def _install(station: Station, payload: Payload) -> Reply:
    if not payload["certificate"].startswith("-----BEGIN CERTIFICATE-----"):
        return Reply({"status": "Rejected"})
    number = f"{len(station.cabinet.certificates) + 1:02x}"
    data = {"hashAlgorithm": "SHA256", "issuerNameHash": "aa", "issuerKeyHash": "bb", "serialNumber": number}
    station.cabinet.certificates.append((payload["certificateType"], data))
    return Reply({"status": "Accepted"})


def _certificates_16(station: Station, payload: Payload) -> Reply:
    found = [data for kind, data in station.cabinet.certificates if kind == payload["certificateType"]]
    return Reply({"status": "Accepted", "certificateHashData": found} if found else {"status": "NotFound"})


def _certificates_2(station: Station, payload: Payload) -> Reply:
    wanted = payload.get("certificateType")
    found = [
        {"certificateType": kind, "certificateHashData": data}
        for kind, data in station.cabinet.certificates
        if wanted is None or kind in wanted
    ]
    return Reply({"status": "Accepted", "certificateHashDataChain": found} if found else {"status": "NotFound"})


def _delete(station: Station, payload: Payload) -> Reply:
    kept = [each for each in station.cabinet.certificates if each[1] != payload["certificateHashData"]]
    found = len(kept) < len(station.cabinet.certificates)
    station.cabinet.certificates = kept
    return Reply({"status": "Accepted" if found else "NotFound"})


def _signed(station: Station, payload: Payload) -> Reply:
    """Kept by what it is for; without a type of its own it is for all (2.0.1 part 2, A02)."""
    whole = payload["certificateChain"].startswith("-----BEGIN CERTIFICATE-----")
    if whole:
        station.cabinet.chains[payload.get("certificateType")] = payload["certificateChain"]
    return Reply({"status": "Accepted" if whole else "Rejected"})


def request_certificate(station: Station, kind: str | None = None) -> None:
    """Ask to have a certificate of the station's own signed, for `kind` (CertificateSigningUseEnumType)."""
    csr = (
        station.cabinet.csr or f"-----BEGIN CERTIFICATE REQUEST-----\n{station.id}\n-----END CERTIFICATE REQUEST-----\n"
    )
    payload = {"csr": csr} if kind is None else {"csr": csr, "certificateType": kind}
    station.connection.say(Message("SignCertificate", payload, keep=False))


DOES_16: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "CertificateSigned": _signed,
    "DeleteCertificate": _delete,
    "GetInstalledCertificateIds": _certificates_16,
    "InstallCertificate": _install,
}

DOES_2: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "CertificateSigned": _signed,
    "DeleteCertificate": _delete,
    "GetInstalledCertificateIds": _certificates_2,
    "InstallCertificate": _install,
}
