"""Limits and profiles, and what a car needs (OCPP 2.0.1 part 2, block K)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from edgegw.model.facts import (
    Fact,
    PriorityChargingChanged,
    TransactionPlanned,
    VehicleNeedsReported,
    VehicleScheduleReported,
)
from edgegw.model.state import Transaction
from edgegw.stations.codec import Incoming, Outgoing, Part, Payload, Peer, Tell, Unsupported
from edgegw.stations.fitting import abilities, fitted
from edgegw.stations.needs import Needs, of_needs
from edgegw.stations.profiles import MIN_CURRENT_A
from edgegw.stations.quirked import quirked
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.v2.incoming.reports import kept, report
from edgegw.stations.v2.spelling import set_profile, told
from edgegw.stations.words import place_number, read_time, shown_at

_NAMES_THE_CAR: Final = frozenset({
    "evInverterManufacturer", "evInverterModel", "evInverterSerialNumber", "evInverterSwVersion", "evInverterHwVersion",
})  # fmt: skip


def _charging_needs(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    """Answered by what the EVSE may draw, at once: the car waits 60 seconds at most (use case K15)."""
    evse, needs = place_number(payload["evseId"]), payload["chargingNeeds"]
    running = peer.active(evse)
    departure_at = _departure(needs)
    told = Needs(
        departure_at, _energy_wh(needs), _least_a(needs), payload.get("maxScheduleTuples"),
        chooses=needs.get("controlMode") != "DynamicControl",
    )  # fmt: skip
    plan = _plan(running, told, peer, dialect)
    facts: tuple[Fact, ...] = (
        VehicleNeedsReported(
            station=peer.station,
            at=peer.now,
            evse=evse,
            transaction=running.id if running is not None else None,
            departure_at=departure_at,
            energy_wh=told.energy_wh,
            planned=plan is not None,
            needs=_without_names(needs),
        ),
    )
    if running is not None and running.departure_at is None and departure_at is not None and departure_at > peer.now:
        facts += (_wish(running, departure_at, peer),)
    status = "Accepted" if plan is not None else dialect.no_plan
    return Tell({"status": status}, facts, follow=plan)


def _plan(running: Transaction | None, needs: Needs, peer: Peer, dialect: Dialect) -> Outgoing | None:
    """The profile that the car may plan with; None when its station can't be told one."""
    allowed = peer.known.allowed(running.evse) if running is not None else None
    if running is None or allowed is None:
        return None
    try:
        profile = fitted(of_needs(running, allowed, needs, peer), abilities(peer, dialect.version), peer)
        return quirked(set_profile(profile, dialect), peer)
    except Unsupported:
        return None


def _departure(needs: Mapping[str, Any]) -> datetime | None:
    text = needs.get("departureTime")
    return read_time(text) if text is not None else None


def _least_a(needs: Mapping[str, Any]) -> float:
    """What the car charges with at least."""
    told: float | None = needs.get("acChargingParameters", {}).get("evMinCurrent")
    return max(MIN_CURRENT_A, told or 0.0)


def _energy_wh(needs: Mapping[str, Any]) -> int | None:
    for parameters, key in (
        ("acChargingParameters", "energyAmount"),
        ("dcChargingParameters", "energyAmount"),
        ("v2xChargingParameters", "evTargetEnergyRequest"),
    ):
        energy: float | None = needs.get(parameters, {}).get(key)
        if energy is not None and energy >= 0:
            return round(energy)
    return None


def _without_names(needs: Mapping[str, Any]) -> dict[str, Any]:
    """The needs without what tells one car from another."""
    about = needs.get("derChargingParameters")
    if about is None:
        return dict(needs)
    return {**needs, "derChargingParameters": {key: about[key] for key in about if key not in _NAMES_THE_CAR}}


def _wish(running: Transaction, departure_at: datetime, peer: Peer) -> TransactionPlanned:
    """The car's departure, where its driver has named none; an energy is the car's own to stop at, not the hub's."""
    return TransactionPlanned(
        station=peer.station,
        at=peer.now,
        transaction=running.id,
        evse=running.evse,
        departure_at=departure_at,
        energy_wh=running.wanted_wh,
        max_cost=None if running.max_cost is None else str(running.max_cost),
        by="vehicle",
    )


def _charging_schedule(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    evse = place_number(payload["evseId"])
    running = peer.active(evse)
    fact = VehicleScheduleReported(
        station=peer.station,
        at=peer.now,
        evse=evse,
        transaction=running.id if running is not None else None,
        base_at=shown_at(payload["timeBase"], peer.now),
        selected=payload.get("selectedChargingScheduleId"),
        schedule=payload["chargingSchedule"],
    )
    return Tell({"status": "Accepted"}, (fact,))


def _profiles(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    """A part of what get_charging_profiles asked for (use case K09); kept as it came when nobody waits for it."""
    evse, source = place_number(payload["evseId"]), payload["chargingLimitSource"]
    entries = tuple(told(evse, source, profile) for profile in payload["chargingProfile"])
    heard = report("ReportChargingProfiles", payload, peer)
    heard.part = Part("ReportChargingProfiles", payload["requestId"], entries, last=not payload.get("tbc", False))
    return heard


def _priority(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    running = peer.by_reference(payload["transactionId"])
    fact = PriorityChargingChanged(
        station=peer.station,
        at=peer.now,
        reference=payload["transactionId"],
        transaction=running.id if running is not None else None,
        active=payload["activated"],
    )
    return Tell({}, (fact,))


def _dynamic_update(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    """The newest values that a command has given to the profile (2.1, use case K28)."""
    values = peer.known.dynamic(payload["chargingProfileId"])
    return Tell({"status": "Rejected"} if not values else {"status": "Accepted", "scheduleUpdate": dict(values)})


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = {
    "ClearedChargingLimit": kept("ClearedChargingLimit"),
    "NotifyChargingLimit": kept("NotifyChargingLimit"),
    "NotifyEVChargingNeeds": _charging_needs,
    "NotifyEVChargingSchedule": _charging_schedule,
    "ReportChargingProfiles": _profiles,
}

ACTIONS_21: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = {
    "NotifyPriorityCharging": _priority,
    "PullDynamicScheduleUpdate": _dynamic_update,
}
"""What 2.1 alone has."""
