"""Logs, and what a station knows of a customer (OCPP 2.0.1 part 2, block N)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.commands import Command
from edgegw.stations.codec import Outgoing, Payload, Peer, Unsupported
from edgegw.stations.commanding import carried, hash_data, moment, with_result
from edgegw.stations.v2 import tokens
from edgegw.stations.v2.dialect import Dialect

_LOGS: Final = {"diagnostics": "DiagnosticsLog", "security": "SecurityLog", "data_collector": "DataCollectorLog"}


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


def _customer_information(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    """Use cases N09 and N10: what is told comes in NotifyCustomerInformation."""
    args = command.args
    report, clear = bool(args.get("report")), bool(args.get("clear"))
    if not report and not clear:
        raise Unsupported("say whether the station shall report, or clear, or both")
    payload: Payload = {"requestId": number, "report": report, "clear": clear}
    if args.get("id_token") is not None:
        payload["idToken"] = tokens.commanded(command, dialect)
    payload |= carried(command, customer="customerIdentifier")
    if args.get("certificate") is not None:
        payload["customerCertificate"] = hash_data(args["certificate"])
    if len(payload) != 4:
        raise Unsupported("name the customer by one of id_token, customer and certificate")
    return Outgoing("CustomerInformation", payload, with_result(request=number))


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]]] = {
    "customer_information": _customer_information,
    "get_log": _get_log,
}
