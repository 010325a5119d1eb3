"""Certificates: the station's own by the security whitepaper (edition 3), those for cars by Plug & Charge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.stations.codec import Outgoing, Peer, Unsupported
from edgegw.stations.commanding import CERTIFICATE_USES, certificate_hashes, hash_data
from edgegw.stations.v16 import contracts
from edgegw.stations.words import ending

_USES: Final = {
    "csms_root": "CentralSystemRootCertificate",
    "manufacturer_root": CERTIFICATE_USES["manufacturer_root"],
}


def _use(use: str) -> str:
    if use not in _USES:
        raise Unsupported(f"OCPP 1.6 has certificates for {', '.join((*_USES, *sorted(contracts.USES)))}")
    return _USES[use]


def _install_certificate(command: Command, peer: Peer, number: int) -> Outgoing:
    if command.args["use"] in contracts.USES:
        return contracts.told(command, peer, number)
    payload = {"certificateType": _use(command.args["use"]), "certificate": command.args["certificate"]}
    return Outgoing("InstallCertificate", payload, ending)


def _get_certificates(command: Command, peer: Peer, number: int) -> Outgoing:
    uses: list[str] = command.args.get("uses") or []
    if uses and contracts.USES.issuperset(uses):
        return contracts.told(command, peer, number)
    if len(uses) != 1:
        both = ", ".join(sorted(contracts.USES))
        raise Unsupported(f"OCPP 1.6 tells of one use at a time: name one of {', '.join(_USES)}, or those of {both}")

    def ended(answer: Mapping[str, Any]) -> Ending:
        found = [certificate_hashes(each, uses[0]) for each in answer.get("certificateHashData", ())]
        return Ending("done", None, {"certificates": found})

    return Outgoing("GetInstalledCertificateIds", {"certificateType": _use(uses[0])}, ended)


def _delete_certificate(command: Command, peer: Peer, number: int) -> Outgoing:
    if command.args.get("use") in {*contracts.USES, "v2g_chain"}:
        return contracts.told(command, peer, number)
    return Outgoing("DeleteCertificate", {"certificateHashData": hash_data(command.args)}, ending)


def _sign_certificate(command: Command, peer: Peer, number: int) -> Outgoing:
    use = command.args.get("use")
    if use == "v2g":
        return contracts.told(command, peer, number)
    if use not in (None, "station"):
        raise Unsupported("OCPP 1.6 has certificates of station and v2g")
    chain = command.args.get("chain")
    if chain is None:
        return Outgoing("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"}, ending)
    return Outgoing("CertificateSigned", {"certificateChain": chain}, ending)


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int], Outgoing]]] = {
    "install_certificate": _install_certificate,
    "get_certificates": _get_certificates,
    "delete_certificate": _delete_certificate,
    "sign_certificate": _sign_certificate,
}
