"""Control of distributed energy resources, which 2.1 brought (OCPP 2.1 part 2, block R)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.model.commands.der import CONTROLS
from edgegw.stations.codec import Outgoing, Payload, Peer, Report
from edgegw.stations.commanding import with_result, within_a_fact
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.v2.resources import SETTINGS
from edgegw.stations.words import ending

_MOST_ID: Final = 36


def _set_control(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    args = command.args
    kind, control = CONTROLS[args["kind"]], args.get("control") or command.id[:_MOST_ID]
    payload = {
        "isDefault": bool(args.get("default")),
        "controlId": control,
        "controlType": kind,
        SETTINGS.get(kind, "curve"): dict(args["settings"]),
    }

    def ended(answer: Mapping[str, Any]) -> Ending:
        return with_result(control=control, superseded=list(answer.get("supersededIds", ())))(answer)

    return Outgoing("SetDERControl", payload, ended)


def _get_controls(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    """They come in ReportDERControl, in parts."""
    report = Report("ReportDERControl", number, _controls)
    return Outgoing("GetDERControl", {"requestId": number, **_named(command)}, _no_controls, report=report)


def _no_controls(answer: Mapping[str, Any]) -> Ending:
    return Ending("done", None, {"controls": []}) if answer["status"] == "NotFound" else ending(answer)


def _controls(entries: Sequence[Mapping[str, Any]]) -> Ending:
    return Ending("done", None, within_a_fact("controls", entries))


def _clear_control(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    return Outgoing("ClearDERControl", {"isDefault": False, **_named(command)}, ending)


def _named(command: Command) -> Payload:
    args, named = command.args, Payload()
    if args.get("control") is not None:
        named["controlId"] = args["control"]
    if args.get("kind") is not None:
        named["controlType"] = CONTROLS[args["kind"]]
    if args.get("default") is not None:
        named["isDefault"] = args["default"]
    return named


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]]] = {
    "set_der_control": _set_control,
    "get_der_controls": _get_controls,
    "clear_der_control": _clear_control,
}
