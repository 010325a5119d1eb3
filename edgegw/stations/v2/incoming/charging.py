"""Limits and profiles, and what a car needs (OCPP 2.0.1 part 2, block K)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.stations.codec import Incoming, Payload, Peer
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.v2.incoming.reports import kept, refused, report


def _charging_needs(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    return report("NotifyEVChargingNeeds", payload, peer, {"status": dialect.charging_needs})


def _charging_schedule(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    return report("NotifyEVChargingSchedule", payload, peer, {"status": "Accepted"})


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = {
    "ClearedChargingLimit": kept("ClearedChargingLimit"),
    "NotifyChargingLimit": kept("NotifyChargingLimit"),
    "NotifyEVChargingNeeds": _charging_needs,
    "NotifyEVChargingSchedule": _charging_schedule,
    "ReportChargingProfiles": kept("ReportChargingProfiles"),
}

ACTIONS_21: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = {
    "NotifyPriorityCharging": kept("NotifyPriorityCharging"),
    "PullDynamicScheduleUpdate": refused({"status": "Rejected"}),
}
"""What 2.1 alone has."""
