"""Control of distributed energy resources, which 2.1 brought (OCPP 2.1 part 2, block R)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from edgegw.model.facts import DerAlarmChanged, DerControlChanged
from edgegw.stations.codec import Incoming, Part, Payload, Peer, Tell
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.v2.incoming.reports import report
from edgegw.stations.v2.resources import KINDS, SETTINGS
from edgegw.stations.words import shown_at, snake


def _alarm(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    fault = payload.get("gridEventFault")
    fact = DerAlarmChanged(
        station=peer.station,
        at=shown_at(payload["timestamp"], peer.now),
        control=KINDS.get(payload["controlType"], snake(payload["controlType"])),
        ended=payload.get("alarmEnded", False),
        fault=None if fault is None else snake(fault),
        info=payload.get("extraInfo"),
    )
    return Tell({}, (fact,))


def _start_stop(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    fact = DerControlChanged(
        station=peer.station,
        at=shown_at(payload["timestamp"], peer.now),
        control=payload["controlId"],
        active=payload["started"],
        superseded=tuple(payload.get("supersededIds", ())),
    )
    return Tell({}, (fact,))


def _controls(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    """A part of what get_der_controls asked for; kept as it came when nobody waits for it."""
    entries = tuple(_control(key, each) for key in ("curve", *SETTINGS.values()) for each in payload.get(key, ()))
    heard = report("ReportDERControl", payload, peer)
    heard.part = Part("ReportDERControl", payload["requestId"], entries, last=not payload.get("tbc", False))
    return heard


def _control(key: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """A control in the words of set_der_control; its settings are in OCPP's own."""
    kind = told["curveType"] if key == "curve" else next(wire for wire, name in SETTINGS.items() if name == key)
    inner = "fixedPF" if key.startswith("fixedPF") else key
    found = {
        "control": told["id"],
        "kind": KINDS.get(kind, snake(kind)),
        "default": told.get("isDefault", True),  # enter service and gradients are always defaults, so they don't say
        "settings": told[inner],
    }
    return found if "isSuperseded" not in told else {**found, "superseded": told["isSuperseded"]}


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = {
    "NotifyDERAlarm": _alarm,
    "NotifyDERStartStop": _start_stop,
    "ReportDERControl": _controls,
}
