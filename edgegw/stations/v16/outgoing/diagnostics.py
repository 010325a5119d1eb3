"""Logs (OCPP 1.6 section 5.9, and the security whitepaper, edition 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.stations.codec import Outgoing, Payload, Peer, Unsupported
from edgegw.stations.commanding import carried, moment, with_result


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


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int], Outgoing]]] = {
    "get_log": _get_log,
}
