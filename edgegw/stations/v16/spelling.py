"""Charging profiles in 1.6's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from edgegw.stations.codec import Payload, Unsupported
from edgegw.stations.profiles import ChargingProfile, Purpose

_PURPOSES: Final[Mapping[Purpose, str]] = {
    "tx_profile": "TxProfile",
    "tx_default_profile": "TxDefaultProfile",
    "station_max_profile": "ChargePointMaxProfile",
}


def written(profile: ChargingProfile) -> Payload:
    """ChargingProfile (section 7.8) without its transaction. Raises Unsupported for what the version can't say."""
    if profile.kind == "dynamic" or profile.more:
        raise Unsupported("dynamic profiles, and offline limits of profiles, came with OCPP 2.1")
    (schedule,) = profile.schedules
    if schedule.more or any(period.more for period in schedule.periods):
        raise Unsupported("OCPP 1.6 has one limit for each period, and no set points")
    if any(period.phase is not None for period in schedule.periods):
        raise Unsupported("OCPP 1.6 can't say which phase")
    return {
        "chargingProfileId": profile.id,
        "chargingProfilePurpose": purpose_named(profile.purpose),
        "chargingSchedule": schedule.spelled(),
        **profile.spelled(),
    }


def purpose_named(purpose: Purpose) -> str:
    """A purpose as the version spells it, or Unsupported."""
    if purpose not in _PURPOSES:
        raise Unsupported(f"OCPP 1.6 has no {purpose}; it has {', '.join(_PURPOSES)}")
    return _PURPOSES[purpose]
