"""Charging profiles (OCPP 2.0.1 part 2, block K)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.model.commands.profiles import VALUES
from edgegw.stations.codec import Outgoing, Payload, Peer, Report, Unsupported
from edgegw.stations.commanded import dynamic_values, of_command
from edgegw.stations.commanding import composite, moment, named_transaction, with_result, within_a_fact
from edgegw.stations.fitting import abilities, fitted
from edgegw.stations.profiles import ChargingProfile, integer, purpose_of
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.v2.spelling import purpose, set_profile
from edgegw.stations.words import ending, snake, stamp

_TRANSFERS: Final[Mapping[str, str]] = {
    "ac_single_phase": "AC_single_phase",
    "ac_two_phase": "AC_two_phase",
    "ac_three_phase": "AC_three_phase",
}
"""EnergyTransferModeEnumType; all others are the same in capitals."""


def _set_charging_profile(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    profile = of_command(command, peer)
    if not isinstance(profile, ChargingProfile):
        evse = integer(command.args, "evse")
        return Outgoing("SetChargingProfile", {"evseId": evse, "chargingProfile": profile}, ending)
    outgoing = set_profile(fitted(profile, abilities(peer, dialect.version), peer), dialect)
    about: dict[str, Any] = {"profile_id": profile.id}
    if profile.kind == "dynamic":
        about["dynamic"] = _values(outgoing.payload["chargingProfile"]["chargingSchedule"][0])
    return Outgoing(outgoing.action, outgoing.payload, with_result(**about))


def _values(schedule: Mapping[str, Any]) -> Payload:
    """What of the one period of a dynamic profile can change, for a station that pulls it."""
    (period,) = schedule["chargingSchedulePeriod"]
    wires = {wire for wire, _ in VALUES.values()}
    return {key: value for key, value in period.items() if key in wires}


def _get_charging_profiles(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    """They come in ReportChargingProfiles, in parts (use case K09). A station takes ids or other criteria."""
    args = command.args
    criteria: Payload = {}
    if args.get("profile_ids") is not None:
        if any(args.get(name) is not None for name in ("purpose", "stack_level", "sources")):
            raise Unsupported("profile_ids go without purpose, stack_level and sources")
        criteria["chargingProfileId"] = list(args["profile_ids"])
    if args.get("purpose") is not None:
        criteria["chargingProfilePurpose"] = purpose(purpose_of(args["purpose"]), dialect)
    if args.get("stack_level") is not None:
        criteria["stackLevel"] = integer(args, "stack_level")
    if args.get("sources") is not None:
        criteria["chargingLimitSource"] = [_source(each, dialect) for each in args["sources"]]
    payload: Payload = {"requestId": number, "chargingProfile": criteria}
    if args.get("evse") is not None:
        payload["evseId"] = integer(args, "evse")
    report = Report("ReportChargingProfiles", number, _profiles)
    return Outgoing("GetChargingProfiles", payload, _no_profiles, report=report)


def _source(word: str, dialect: Dialect) -> str:
    known = {snake(each): each for each in ("EMS", "Other", "SO", "CSO")}
    if word.lower() in known:
        return known[word.lower()]
    if dialect.version == "2.0.1":
        raise Unsupported(f"sources are {', '.join(known)}")
    return word


def _no_profiles(answer: Mapping[str, Any]) -> Ending:
    return Ending("done", None, {"profiles": []}) if answer["status"] == "NoProfiles" else ending(answer)


def _profiles(entries: Sequence[Mapping[str, Any]]) -> Ending:
    return Ending("done", None, within_a_fact("profiles", entries))


def _clear_charging_profile(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    args = command.args
    if args.get("profile_id") is not None:
        return Outgoing("ClearChargingProfile", {"chargingProfileId": integer(args, "profile_id")}, ending)
    criteria: Payload = {}
    for name, key in (("evse", "evseId"), ("stack_level", "stackLevel")):
        if args.get(name) is not None:
            criteria[key] = integer(args, name)
    if args.get("purpose") is not None:
        criteria["chargingProfilePurpose"] = purpose(purpose_of(args["purpose"]), dialect)
    return Outgoing("ClearChargingProfile", {"chargingProfileCriteria": criteria} if criteria else {}, ending)


def _get_composite_schedule(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    evse = integer(command.args, "evse")
    payload: Payload = {"evseId": evse, "duration": integer(command.args, "duration_s")}
    if command.args.get("unit") is not None:
        payload["chargingRateUnit"] = str(command.args["unit"]).upper()

    def ended(answer: Mapping[str, Any]) -> Ending:
        schedule = answer.get("schedule", {})
        return with_result(**composite(evse, schedule.get("scheduleStart"), schedule))(answer)

    return Outgoing("GetCompositeSchedule", payload, ended)


def _update_dynamic_schedule(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    """New values for a dynamic profile (2.1 part 2, block K)."""
    values = dynamic_values(command.args)
    if not values:
        raise Unsupported(f"nothing is changed; give {', '.join(VALUES)}")
    profile = integer(command.args, "profile_id")
    now = {**(peer.known.dynamic(profile) or {}), **values}
    payload = {"chargingProfileId": profile, "scheduleUpdate": values}
    return Outgoing("UpdateDynamicSchedule", payload, with_result(profile_id=profile, dynamic=now))


def _use_priority_charging(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    reference = named_transaction(command, peer).reference
    return Outgoing("UsePriorityCharging", {"transactionId": reference, "activate": command.args["active"]}, ending)


def _allow_energy_transfer(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    transfers = [_TRANSFERS.get(each, each.upper()) for each in command.args["transfers"]]
    payload = {"transactionId": named_transaction(command, peer).reference, "allowedEnergyTransfer": transfers}
    return Outgoing("NotifyAllowedEnergyTransfer", payload, ending)


def _send_afrr_signal(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    at = moment(command, "signalled_at") or stamp(peer.now)
    return Outgoing("AFRRSignal", {"timestamp": at, "signal": command.args["signal"]}, ending)


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]]] = {
    "set_charging_profile": _set_charging_profile,
    "get_charging_profiles": _get_charging_profiles,
    "clear_charging_profile": _clear_charging_profile,
    "get_composite_schedule": _get_composite_schedule,
}

COMMANDS_21: Final[Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]]] = {
    "update_dynamic_schedule": _update_dynamic_schedule,
    "use_priority_charging": _use_priority_charging,
    "allow_energy_transfer": _allow_energy_transfer,
    "send_afrr_signal": _send_afrr_signal,
}
"""What 2.1 alone has."""
