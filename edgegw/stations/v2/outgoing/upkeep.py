"""Firmware, logs, certificates and displays (OCPP 2.0.1 part 2, blocks A, L, M, N and O)."""

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
    named_transaction,
    signature_of,
    with_result,
)
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.words import ending, stamp

_LOGS: Final = {"diagnostics": "DiagnosticsLog", "security": "SecurityLog", "data_collector": "DataCollectorLog"}
_CHAINS: Final = {"station": "ChargingStationCertificate", "v2g": "V2GCertificate"}
_REQUESTS: Final = {"station": "SignChargingStationCertificate", "v2g": "SignV2GCertificate"}
_PRIORITIES: Final = {"always_front": "AlwaysFront", "in_front": "InFront", "normal_cycle": "NormalCycle"}


def _update_firmware(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    firmware: Payload = {
        "location": command.args["location"],
        "retrieveDateTime": moment(command, "retrieve_at") or stamp(peer.now),
        **signature_of(command),
    }
    if (install_at := moment(command, "install_at")) is not None:
        firmware["installDateTime"] = install_at
    retries = carried(command, retries="retries", retry_interval_s="retryInterval")
    payload = {"requestId": number, "firmware": firmware, **retries}
    return Outgoing("UpdateFirmware", payload, with_result(request=number))


def _get_log(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    kind = command.args["kind"]
    if kind == "data_collector" and dialect.version == "2.0.1":
        raise Unsupported("OCPP 2.0.1 has diagnostics and security logs")
    log: Payload = {"remoteLocation": command.args["location"]}
    for name, key in (("since", "oldestTimestamp"), ("until", "latestTimestamp")):
        if (at := moment(command, name)) is not None:
            log[key] = at
    retries = carried(command, retries="retries", retry_interval_s="retryInterval")
    payload = {"logType": _LOGS[kind], "requestId": number, "log": log, **retries}
    return Outgoing("GetLog", payload, lambda answer: with_result(request=number, file=answer.get("filename"))(answer))


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
    return Outgoing("DeleteCertificate", hash_data(command), ending)


def _sign_certificate(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    use, chain = command.args.get("use") or "station", command.args.get("chain")
    if chain is None:
        return Outgoing("TriggerMessage", {"requestedMessage": _REQUESTS[use]}, ending)
    return Outgoing("CertificateSigned", {"certificateChain": chain, "certificateType": _CHAINS[use]}, ending)


def _set_display_message(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    args = command.args
    content: Payload = {"format": str(args.get("format") or "utf8").upper(), "content": args["text"]}
    if args.get("language") is not None:
        content["language"] = args["language"]
    message: Payload = {
        "id": number,
        "priority": _PRIORITIES[args.get("priority") or "normal_cycle"],
        "message": content,
    }
    if args.get("shown_while") is not None:
        message["state"] = str(args["shown_while"]).capitalize()
    for name, key in (("starts_at", "startDateTime"), ("ends_at", "endDateTime")):
        if (at := moment(command, name)) is not None:
            message[key] = at
    if args.get("transaction") is not None:
        message["transactionId"] = named_transaction(command, peer).reference
    return Outgoing("SetDisplayMessage", {"message": message}, with_result(message=number))


def _clear_display_message(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    return Outgoing("ClearDisplayMessage", {"id": command.args["message"]}, ending)


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]]] = {
    "update_firmware": _update_firmware,
    "get_log": _get_log,
    "install_certificate": _install_certificate,
    "get_certificates": _get_certificates,
    "delete_certificate": _delete_certificate,
    "sign_certificate": _sign_certificate,
    "set_display_message": _set_display_message,
    "clear_display_message": _clear_display_message,
}
