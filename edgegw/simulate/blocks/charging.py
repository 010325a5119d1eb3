"""What a virtual station does with charging profiles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from edgegw.simulate.faults import refuses
from edgegw.simulate.link import Payload, Reply
from edgegw.simulate.profiles import MAXIMUM, PRIORITY, PURPOSES, TX, Refused, read_profile
from edgegw.simulate.transactions import Message
from edgegw.simulate.words import stamp

if TYPE_CHECKING:
    from edgegw.simulate.station import Station


def _set_charging_profile_16(station: Station, payload: Payload) -> Reply:
    evse = payload["connectorId"]
    try:
        profile = read_profile(evse, payload["csChargingProfiles"], ocpp="1.6")
    except Refused:
        return Reply({"status": "Rejected"})
    running = station.transactions.get(evse)
    if refuses(station.faults, profile) or (evse != 0 and evse not in station.places):
        return Reply({"status": "Rejected"})
    if profile.purpose == MAXIMUM and evse != 0:
        return Reply({"status": "Rejected"})
    if profile.purpose == TX and (running is None or profile.transaction not in (None, running.reference)):
        return Reply({"status": "Rejected"})
    station.profiles.add(profile)
    return Reply({"status": "Accepted"})


def _clear_charging_profile_16(station: Station, payload: Payload) -> Reply:
    purpose = payload.get("chargingProfilePurpose")
    cleared = station.profiles.clear(
        id=payload.get("id"),
        evse=payload.get("connectorId"),
        purpose=PURPOSES.get(purpose) if purpose is not None else None,
        level=payload.get("stackLevel"),
    )
    return Reply({"status": "Accepted" if cleared else "Unknown"})


def _set_charging_profile_2(station: Station, payload: Payload) -> Reply:
    evse = payload["evseId"]
    running = station.transactions.get(evse)
    try:
        profile = read_profile(evse, payload["chargingProfile"], ocpp="2", takes=station.cabinet.takes)
    except Refused:
        return Reply({"status": "Rejected", "statusInfo": {"reasonCode": "UnsupportedParam"}})
    if refuses(station.faults, profile):
        return Reply({"status": "Rejected"})
    if evse != 0 and evse not in station.places:
        return Reply({"status": "Rejected", "statusInfo": {"reasonCode": "UnknownEvse"}})
    if profile.purpose == MAXIMUM and evse != 0:
        return Reply({"status": "Rejected", "statusInfo": {"reasonCode": "InvalidProfile"}})
    if profile.purpose == TX and (running is None or profile.transaction != running.reference):
        return Reply({"status": "Rejected", "statusInfo": {"reasonCode": "TxNotFound"}})
    station.profiles.add(profile)
    return Reply({"status": "Accepted"})


def _clear_charging_profile_2(station: Station, payload: Payload) -> Reply:
    criteria = payload.get("chargingProfileCriteria", {})
    purpose = criteria.get("chargingProfilePurpose")
    cleared = station.profiles.clear(
        id=payload.get("chargingProfileId"),
        evse=criteria.get("evseId"),
        purpose=PURPOSES.get(purpose) if purpose is not None else None,
        level=criteria.get("stackLevel"),
    )
    return Reply({"status": "Accepted" if cleared else "Unknown"})


def _get_profiles(station: Station, payload: Payload) -> Reply:
    """Told one message a profile."""
    wanted, evse = payload["chargingProfile"], payload.get("evseId")
    found = [
        each
        for each in station.profiles
        if evse in (None, each.evse)
        and each.id in wanted.get("chargingProfileId", [each.id])
        and wanted.get("chargingProfilePurpose", each.purpose) == each.purpose
        and wanted.get("stackLevel", each.level) == each.level
        and "CSO" in wanted.get("chargingLimitSource", ["CSO"])
    ]
    if not found:
        return Reply({"status": "NoProfiles"})

    def tell() -> None:
        for number, each in enumerate(found, 1):
            told = {
                "requestId": payload["requestId"], "chargingLimitSource": "CSO", "evseId": each.evse,
                "chargingProfile": [each.wire], "tbc": number < len(found),
            }  # fmt: skip
            station.connection.say(Message("ReportChargingProfiles", told, keep=False))

    return Reply({"status": "Accepted"}, tell)


def _update_dynamic(station: Station, payload: Payload) -> Reply:
    taken = station.profiles.update(payload["chargingProfileId"], payload["scheduleUpdate"].get("limit"))
    return Reply({"status": "Accepted" if taken else "Rejected"})


def _use_priority(station: Station, payload: Payload) -> Reply:
    running = station.running(payload["transactionId"])
    if running is None:
        return Reply({"status": "Rejected"})
    if not any(each.purpose == PRIORITY and each.evse in (0, running.evse) for each in station.profiles):
        return Reply({"status": "NoProfile"})
    running.priority = payload["activate"]
    return Reply({"status": "Accepted"})


def _allow_transfer(station: Station, payload: Payload) -> Reply:
    if station.running(payload["transactionId"]) is None:
        return Reply({"status": "Rejected"})
    station.cabinet.transfers[payload["transactionId"]] = payload["allowedEnergyTransfer"]
    return Reply({"status": "Accepted"})


def _signal(station: Station, payload: Payload) -> Reply:
    station.cabinet.signals.append(payload["signal"])
    return Reply({"status": "Accepted"})


def _schedule(station: Station, evse: int, payload: Payload) -> Payload | None:
    """One period: what the profiles leave now."""
    if evse not in (0, *station.places):
        return None
    place = station.places[evse or min(station.places)]
    period = {"startPeriod": 0, "limit": round(place.offered_a, 1)}
    return {"duration": payload["duration"], "chargingRateUnit": "A", "chargingSchedulePeriod": [period]}


def _composite_16(station: Station, payload: Payload) -> Reply:
    evse = payload["connectorId"]
    schedule = _schedule(station, evse, payload)
    if schedule is None or payload.get("chargingRateUnit") == "W":
        return Reply({"status": "Rejected"})
    starts = {"connectorId": evse, "scheduleStart": stamp(station.now())}
    return Reply({"status": "Accepted", **starts, "chargingSchedule": schedule})


def _composite_2(station: Station, payload: Payload) -> Reply:
    evse = payload["evseId"]
    schedule = _schedule(station, evse, payload)
    if schedule is None or payload.get("chargingRateUnit") == "W":
        return Reply({"status": "Rejected"})
    return Reply(
        {"status": "Accepted", "schedule": {"evseId": evse, "scheduleStart": stamp(station.now()), **schedule}}
    )


DOES_16: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "ClearChargingProfile": _clear_charging_profile_16,
    "GetCompositeSchedule": _composite_16,
    "SetChargingProfile": _set_charging_profile_16,
}

DOES_2: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "AFRRSignal": _signal,
    "ClearChargingProfile": _clear_charging_profile_2,
    "GetChargingProfiles": _get_profiles,
    "GetCompositeSchedule": _composite_2,
    "NotifyAllowedEnergyTransfer": _allow_transfer,
    "SetChargingProfile": _set_charging_profile_2,
    "UpdateDynamicSchedule": _update_dynamic,
    "UsePriorityCharging": _use_priority,
}
