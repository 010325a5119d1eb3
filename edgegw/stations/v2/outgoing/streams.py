"""Periodic event streams, which 2.1 brought (OCPP 2.1 part 2, block N)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.stations.codec import Outgoing, Peer
from edgegw.stations.commanding import carried
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.words import ending


def _get_streams(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    return Outgoing("GetPeriodicEventStream", {}, _streams)


def _streams(answer: Mapping[str, Any]) -> Ending:
    found = [
        {
            "stream": each["id"],
            "monitor": each["variableMonitoringId"],
            "interval_s": each.get("params", {}).get("interval"),
            "values": each.get("params", {}).get("values"),
        }
        for each in answer.get("constantStreamData", ())
    ]
    return Ending("done", None, {"streams": found})


def _adjust_stream(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    params = carried(command, interval_s="interval", values="values")
    return Outgoing("AdjustPeriodicEventStream", {"id": command.args["stream"], "params": params}, ending)


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]]] = {
    "get_event_streams": _get_streams,
    "adjust_event_stream": _adjust_stream,
}
