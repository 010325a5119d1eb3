"""Periodic event streams, which 2.1 brought (OCPP 2.1 part 2, block N)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from edgegw.model.facts import EventStreamClosed, EventStreamOpened, VariablesChanged
from edgegw.stations.codec import Incoming, Payload, Peer, Tell
from edgegw.stations.known import place_of
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.v2.reports import is_unkept

PACE: Final = timedelta(seconds=60)
"""A stream may bring a value each second: no more than one in this time is taken down, as memory cards wear out."""


def _open(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    """A station whose stream is refused tells of the monitor by NotifyEvent, which names the variable: so it is where
    nobody here knows what the monitor watches."""
    about = payload["constantStreamData"]
    if peer.known.monitor(int(about["variableMonitoringId"])) is None:
        return Tell({"status": "Rejected"})
    params = about.get("params", {})
    fact = EventStreamOpened(
        station=peer.station,
        at=peer.now,
        stream=int(about["id"]),
        monitor=int(about["variableMonitoringId"]),
        interval_s=params.get("interval"),
        values=params.get("values"),
    )
    return Tell({"status": "Accepted"}, (fact,))


def _close(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    return Tell({}, (EventStreamClosed(station=peer.station, at=peer.now, stream=int(payload["id"])),))


def _values(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    """The newest of the values. Of a stream whose monitor is not known nobody could say what they are."""
    monitor = peer.known.streamed(payload["id"])
    if monitor is None or is_unkept(monitor.variable):
        return Tell({})
    before = peer.known.taken_at(monitor)
    if before is not None and timedelta(0) <= peer.now - before < PACE:
        return Tell({})
    newest = max(payload["data"], key=lambda each: each["t"])
    entry = {**place_of(monitor), "attribute": "actual", "value": str(newest["v"])}
    fact = VariablesChanged(station=peer.station, at=peer.now, action="NotifyPeriodicEventStream", variables=(entry,))
    return Tell({}, (fact,))


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = {
    "ClosePeriodicEventStream": _close,
    "NotifyPeriodicEventStream": _values,
    "OpenPeriodicEventStream": _open,
}
