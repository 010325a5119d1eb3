"""The charging profile of a set_charging_profile, and the values of a dynamic one: arguments in our own words.

Limits and set points of a schedule are all in its one unit. What OCPP 2.1 brought is named so; a set point may be
negative, which discharges.
"""

from __future__ import annotations

from edgegw.model.commands.argument import (
    AnyObject,
    Argument,
    Kind,
    ListOf,
    Number,
    OneOf,
    Record,
    Time,
    Whole,
    YesNo,
    maybe,
)

PURPOSE = OneOf((
    "tx_profile", "tx_default_profile", "station_max_profile", "external_constraints", "priority_charging",
    "local_generation",
))  # fmt: skip

_MOST = 10_000_000
_SIGNED = Number(-_MOST, _MOST)
_DISCHARGE = Number(-_MOST, 0)

VALUES: dict[str, tuple[str, Kind]] = {
    "limit": ("limit", Number(0, _MOST)),
    "limit_l2": ("limit_L2", Number(0, _MOST)),
    "limit_l3": ("limit_L3", Number(0, _MOST)),
    "discharge_limit": ("dischargeLimit", _DISCHARGE),
    "discharge_limit_l2": ("dischargeLimit_L2", _DISCHARGE),
    "discharge_limit_l3": ("dischargeLimit_L3", _DISCHARGE),
    "setpoint": ("setpoint", _SIGNED),
    "setpoint_l2": ("setpoint_L2", _SIGNED),
    "setpoint_l3": ("setpoint_L3", _SIGNED),
    "setpoint_reactive": ("setpointReactive", _SIGNED),
    "setpoint_reactive_l2": ("setpointReactive_L2", _SIGNED),
    "setpoint_reactive_l3": ("setpointReactive_L3", _SIGNED),
}
"""What a dynamic schedule can change (ChargingScheduleUpdateType of 2.1): by our name the one on the wire, and its
kind."""

OPERATION_MODES: dict[str, str] = {
    "idle": "Idle",
    "charging_only": "ChargingOnly",
    "central_setpoint": "CentralSetpoint",
    "external_setpoint": "ExternalSetpoint",
    "external_limits": "ExternalLimits",
    "central_frequency": "CentralFrequency",
    "local_frequency": "LocalFrequency",
    "local_load_balancing": "LocalLoadBalancing",
}

_POINT = "a point of a curve"
PERIOD_EXTRAS: dict[str, tuple[str, Kind]] = {
    **{name: told for name, told in VALUES.items() if name != "limit"},
    "preconditioning": ("preconditioningRequest", YesNo()),
    "evse_sleep": ("evseSleep", YesNo()),
    "v2x_baseline": ("v2xBaseline", _SIGNED),
    "operation_mode": ("operationMode", OneOf(tuple(OPERATION_MODES))),
    "v2x_freq_watt_curve": (
        "v2xFreqWattCurve",
        ListOf(Record((Argument("frequency", Number(), _POINT), Argument("power", _SIGNED, _POINT))), 20),
    ),
    "v2x_signal_watt_curve": (
        "v2xSignalWattCurve",
        ListOf(Record((Argument("signal", Whole(-_MOST, _MOST), _POINT), Argument("power", _SIGNED, _POINT))), 20),
    ),
}
"""What 2.1 brought to a period, the same way."""

SCHEDULE_EXTRAS: dict[str, tuple[str, Kind]] = {
    "limit_at_soc": (
        "limitAtSoC",
        Record((
            Argument("soc", Whole(0, 100), "State of charge in percent from which on the limit holds"),
            Argument("limit", Number(0, _MOST), "The limit"),
        )),
    ),
    "power_tolerance": ("powerTolerance", Number(0, _MOST)),
    "randomized_delay_s": ("randomizedDelay", Whole(0, 86_400)),
    "use_local_time": ("useLocalTime", YesNo()),
}  # fmt: skip
PROFILE_EXTRAS: dict[str, tuple[str, Kind]] = {
    "max_offline_s": ("maxOfflineDuration", Whole(0)),
    "invalid_after_offline": ("invalidAfterOfflineDuration", YesNo()),
    "update_interval_s": ("dynUpdateInterval", Whole(0)),
}


def _extras(extras: dict[str, tuple[str, Kind]]) -> tuple[Argument, ...]:
    return tuple(maybe(name, kind, f"{wire} of OCPP 2.1") for name, (wire, kind) in extras.items())


_PERIOD = Record((
    Argument("starts_s", Whole(0), "Seconds from the start of the schedule; 0 for the first period"),
    maybe("limit", Number(0, _MOST), "Most current per phase in A, or power in W; 0 is a pause"),
    maybe("phases", Whole(1, 3), "How many phases may be used; those of the EVSE when not said"),
    maybe("phase", Whole(1, 3), "Which phase, where it is one (OCPP 2.x)"),
    *_extras(PERIOD_EXTRAS),
))  # fmt: skip

PROFILE = Record((
    maybe("limit_a", Number(0, _MOST), "The one limit of all the time, in A per phase"),
    maybe("limit_w", Number(0, _MOST), "The one limit of all the time, in W"),
    maybe("periods", ListOf(_PERIOD, 1024), "Limits that change, with unit"),
    maybe("unit", OneOf(("a", "w")), "Of what the periods say"),
    maybe("min_rate", Number(0, _MOST), "Least that the car charges well with, in the unit"),
    maybe("purpose", PURPOSE, "tx_profile while a transaction runs, else tx_default_profile, when not said"),
    maybe("stack_level", Whole(0), "Of profiles of a purpose the highest rules"),
    maybe("profile_id", Whole(1, 2**31 - 1), "To replace it later; the EVSE's usual one when not said"),
    maybe("kind", OneOf(("absolute", "relative", "recurring", "dynamic")), "From when the schedule counts"),
    maybe("recurrence", OneOf(("daily", "weekly")), "How often a recurring schedule begins again"),
    maybe("starts_at", Time(), "Start of an absolute or recurring schedule; now when not said"),
    maybe("duration_s", Whole(1), "How long the schedule holds; without end when not said"),
    maybe("valid_from", Time(), "From when on the profile counts"),
    maybe("valid_to", Time(), "Until when the profile counts"),
    *_extras(SCHEDULE_EXTRAS),
    *_extras(PROFILE_EXTRAS),
    maybe("raw", AnyObject(), "Instead of all else: a profile as the station's OCPP version spells it"),
))  # fmt: skip
