"""Firmware, logs and certificates (OCPP 1.6 sections 5.9 and 5.19, and the security whitepaper, edition 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.stations.codec import Outgoing, Payload, Peer, Unsupported
from edgegw.stations.commanding import (
    CERTIFICATE_USES,
    carried,
    certificate_hashes,
    hash_data,
    moment,
    signature_of,
    with_result,
)
from edgegw.stations.words import ending, stamp

_USES: Final = {
    "csms_root": "CentralSystemRootCertificate",
    "manufacturer_root": CERTIFICATE_USES["manufacturer_root"],
}


def _update_firmware(command: Command, peer: Peer, number: int) -> Outgoing:
    """Signed firmware by the whitepaper's message, which alone carries a request number; any other by the old one."""
    retrieve_at = moment(command, "retrieve_at") or stamp(peer.now)
    retries = carried(command, retries="retries", retry_interval_s="retryInterval")
    proof, install_at = signature_of(command), moment(command, "install_at")
    if proof:
        firmware = {"location": command.args["location"], "retrieveDateTime": retrieve_at, **proof}
        if install_at is not None:
            firmware["installDateTime"] = install_at
        payload = {"requestId": number, "firmware": firmware, **retries}
        return Outgoing("SignedUpdateFirmware", payload, with_result(request=number))
    if install_at is not None:
        raise Unsupported("OCPP 1.6 can say when to install of signed firmware alone")
    payload = {"location": command.args["location"], "retrieveDate": retrieve_at, **retries}
    return Outgoing("UpdateFirmware", payload, lambda answer: Ending("done", None, {"request": None}))


def _get_log(command: Command, peer: Peer, number: int) -> Outgoing:
    """Security logs by the whitepaper's message; diagnostics by the one that every station has."""
    kind, location = command.args["kind"], command.args["location"]
    retries = carried(command, retries="retries", retry_interval_s="retryInterval")
    since, until = moment(command, "since"), moment(command, "until")
    if kind == "diagnostics":
        payload: Payload = {"location": location, **retries}
        payload |= {"startTime": since} if since is not None else {}
        payload |= {"stopTime": until} if until is not None else {}
        return Outgoing("GetDiagnostics", payload, _diagnostics_ending)
    if kind != "security":
        raise Unsupported("OCPP 1.6 has diagnostics and security logs")
    log: Payload = {"remoteLocation": location}
    log |= {"oldestTimestamp": since} if since is not None else {}
    log |= {"latestTimestamp": until} if until is not None else {}
    payload = {"logType": "SecurityLog", "requestId": number, "log": log, **retries}
    return Outgoing("GetLog", payload, lambda answer: with_result(request=number, file=answer.get("filename"))(answer))


def _diagnostics_ending(answer: Mapping[str, Any]) -> Ending:
    """Without a file name there is nothing to upload (section 6.25)."""
    if not answer.get("fileName"):
        return Ending("rejected", "no_diagnostics", None)
    return Ending("done", None, {"request": None, "file": answer["fileName"]})


def _use(use: str) -> str:
    if use not in _USES:
        raise Unsupported(f"OCPP 1.6 has certificates for {' and '.join(_USES)}")
    return _USES[use]


def _install_certificate(command: Command, peer: Peer, number: int) -> Outgoing:
    payload = {"certificateType": _use(command.args["use"]), "certificate": command.args["certificate"]}
    return Outgoing("InstallCertificate", payload, ending)


def _get_certificates(command: Command, peer: Peer, number: int) -> Outgoing:
    uses: list[str] = command.args.get("uses") or []
    if len(uses) != 1:
        raise Unsupported(f"OCPP 1.6 tells of one use at a time: name one of {', '.join(_USES)}")

    def ended(answer: Mapping[str, Any]) -> Ending:
        found = [certificate_hashes(each, uses[0]) for each in answer.get("certificateHashData", ())]
        return Ending("done", None, {"certificates": found})

    return Outgoing("GetInstalledCertificateIds", {"certificateType": _use(uses[0])}, ended)


def _delete_certificate(command: Command, peer: Peer, number: int) -> Outgoing:
    return Outgoing("DeleteCertificate", hash_data(command), ending)


def _sign_certificate(command: Command, peer: Peer, number: int) -> Outgoing:
    if command.args.get("use") not in (None, "station"):
        raise Unsupported("OCPP 1.6 has no V2G certificates")
    chain = command.args.get("chain")
    if chain is None:
        return Outgoing("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"}, ending)
    return Outgoing("CertificateSigned", {"certificateChain": chain}, ending)


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int], Outgoing]]] = {
    "update_firmware": _update_firmware,
    "get_log": _get_log,
    "install_certificate": _install_certificate,
    "get_certificates": _get_certificates,
    "delete_certificate": _delete_certificate,
    "sign_certificate": _sign_certificate,
}
