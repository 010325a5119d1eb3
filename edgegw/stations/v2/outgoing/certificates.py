"""Certificates (OCPP 2.0.1 part 2, blocks A and M)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.stations.codec import Outgoing, Peer, Unsupported
from edgegw.stations.commanding import CERTIFICATE_USES, certificate_hashes, hash_data
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.words import ending

_CHAINS: Final = {
    "station": "ChargingStationCertificate", "v2g": "V2GCertificate", "v2g_20": "V2G20Certificate", "combined": None,
}  # fmt: skip
"""CertificateSigningUseEnumType; left out, a certificate is for the CSMS and for cars."""

_REQUESTS: Final = {
    "station": "SignChargingStationCertificate", "v2g": "SignV2GCertificate", "v2g_20": "SignV2G20Certificate",
    "combined": "SignCombinedCertificate",
}  # fmt: skip


def _use(use: str, dialect: Dialect) -> str:
    if use == "oem_root" and dialect.version == "2.0.1":
        raise Unsupported("OCPP 2.0.1 has no certificates for oem_root")
    return CERTIFICATE_USES[use]


def _install_certificate(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    payload = {"certificateType": _use(command.args["use"], dialect), "certificate": command.args["certificate"]}
    return Outgoing("InstallCertificate", payload, ending)


def _get_certificates(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    uses = command.args.get("uses")
    payload = {"certificateType": [_use(use, dialect) for use in uses]} if uses else {}
    return Outgoing("GetInstalledCertificateIds", payload, _got_certificates)


def _got_certificates(answer: Mapping[str, Any]) -> Ending:
    """Roots, and the station's V2G chain, whose certificates stand one after another."""
    named = {theirs: ours for ours, theirs in CERTIFICATE_USES.items()}
    found = []
    for each in answer.get("certificateHashDataChain", ()):
        use = named.get(each["certificateType"], "v2g_chain")
        chain = [each["certificateHashData"], *each.get("childCertificateHashData", ())]
        found += [certificate_hashes(data, use) for data in chain]
    return Ending("done", None, {"certificates": found})


def _delete_certificate(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    return Outgoing("DeleteCertificate", {"certificateHashData": hash_data(command.args)}, ending)


def _sign_certificate(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    """The signed one is for what the request was for (use cases A02 and A03)."""
    use, chain = command.args.get("use") or "station", command.args.get("chain")
    if use == "v2g_20" and dialect.version == "2.0.1":
        raise Unsupported("certificates for ISO 15118-20 came with OCPP 2.1, the station speaks 2.0.1")
    if chain is None:
        return Outgoing("TriggerMessage", {"requestedMessage": _REQUESTS[use]}, ending)
    payload = {"certificateChain": chain}
    if (kind := _CHAINS[use]) is not None:
        payload["certificateType"] = kind
    if command.args.get("request") is not None and dialect.version != "2.0.1":
        payload["requestId"] = command.args["request"]
    return Outgoing("CertificateSigned", payload, ending)


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]]] = {
    "install_certificate": _install_certificate,
    "get_certificates": _get_certificates,
    "delete_certificate": _delete_certificate,
    "sign_certificate": _sign_certificate,
}
