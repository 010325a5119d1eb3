"""What a station watches of itself (OCPP 2.0.1 part 2, block N)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.stations import batches
from edgegw.stations.codec import Outgoing, Payload, Peer, Unsupported
from edgegw.stations.commanding import with_result
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.v2.outgoing.provisioning import components, named, place, spelled
from edgegw.stations.words import ending, snake

_KINDS: Final = {
    "delta": "Delta",
    "lower_threshold": "LowerThreshold",
    "periodic": "Periodic",
    "periodic_clock_aligned": "PeriodicClockAligned",
    "target_delta": "TargetDelta",
    "target_delta_relative": "TargetDeltaRelative",
    "upper_threshold": "UpperThreshold",
}
_LIMITS: Final = "MonitoringCtrlr"


def _set_monitors(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    wanted = [_monitor(each, dialect) for each in command.args["monitors"]]
    parts = batches.in_batches(wanted, *batches.per_message(peer, _LIMITS, "SetVariableMonitoring"))
    calls = [Outgoing("SetVariableMonitoring", {"setMonitoringData": list(part)}, _were_set) for part in parts]
    return batches.in_series(calls, _joined)


def _monitor(wanted: Mapping[str, Any], dialect: Dialect) -> Payload:
    kind = wanted["kind"]
    if kind.startswith("target") and dialect.version == "2.0.1":
        raise Unsupported(f"OCPP 2.0.1 has no monitors of the kind {kind}")
    monitor: Payload = {**place(wanted), "type": _KINDS[kind], "value": wanted["value"], "severity": wanted["severity"]}
    if wanted.get("transaction") is not None:
        monitor["transaction"] = wanted["transaction"]
    if wanted.get("monitor") is not None:
        monitor["id"] = wanted["monitor"]
    if (stream := wanted.get("stream")) is not None:
        if dialect.version == "2.0.1" or not kind.startswith("periodic"):
            raise Unsupported("a stream is of a periodic monitor, and came with OCPP 2.1")
        keys = {"interval_s": "interval", "values": "values"}
        monitor["periodicEventStream"] = {keys[name]: each for name, each in stream.items() if each is not None}
    return monitor


def _were_set(answer: Mapping[str, Any]) -> Ending:
    told = [
        {
            **{name: value for name, value in named(each).items() if name != "attribute"},
            **({} if each.get("id") is None else {"monitor": each["id"]}),
            "kind": snake(each["type"]),
            "severity": each["severity"],
            "status": snake(each["status"]),
        }
        for each in answer["setMonitoringResult"]
    ]
    return _ended(told)


def _clear_monitors(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    parts = batches.in_batches(
        command.args["monitors"], *batches.per_message(peer, _LIMITS, "ClearVariableMonitoring")
    )  # fmt: skip
    calls = [Outgoing("ClearVariableMonitoring", {"id": list(part)}, _were_cleared) for part in parts]
    return batches.in_series(calls, _joined)


def _were_cleared(answer: Mapping[str, Any]) -> Ending:
    told = answer["clearMonitoringResult"]
    return _ended([{"monitor": each["id"], "status": snake(each["status"])} for each in told])


def _ended(monitors: Sequence[Mapping[str, Any]]) -> Ending:
    refused = [each for each in monitors if each["status"] != "accepted"]
    result = {"monitors": list(monitors)}
    if not refused:
        return Ending("done", None, result)
    words = ", ".join(f"{each.get('variable') or each['monitor']} {each['status']}" for each in refused)
    return Ending("rejected" if len(refused) == len(monitors) else "failed", words, result)


def _joined(ends: Sequence[Ending]) -> Ending:
    told = [each for end in ends if end.result is not None for each in end.result.get("monitors", ())]
    last = ends[-1]
    if last.result is not None and "monitors" in last.result:
        return _ended(told)
    return Ending(last.state, last.reason, {"monitors": told, **(last.result or {})})


def _get_monitors(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    payload: Payload = {"requestId": number, **components(command)}
    if command.args.get("criteria"):
        payload["monitoringCriteria"] = [spelled(each) for each in command.args["criteria"]]
    return Outgoing("GetMonitoringReport", payload, with_result(request=number))


def _base(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    return Outgoing("SetMonitoringBase", {"monitoringBase": spelled(command.args["base"])}, ending)


def _level(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    return Outgoing("SetMonitoringLevel", {"severity": command.args["severity"]}, ending)


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]]] = {
    "set_monitors": _set_monitors,
    "clear_monitors": _clear_monitors,
    "get_monitors": _get_monitors,
    "set_monitoring_base": _base,
    "set_monitoring_level": _level,
}
