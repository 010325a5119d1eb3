"""Commands about distributed energy resources, which OCPP 2.1 brought (part 2, block R)."""

from __future__ import annotations

from collections.abc import Mapping

from edgegw.model.commands.argument import AnyObject, Argument, CommandName, OneOf, Text, YesNo, maybe
from edgegw.model.commands.places import STATION

CONTROLS: Mapping[str, str] = {
    "enter_service": "EnterService",
    "freq_droop": "FreqDroop",
    "freq_watt": "FreqWatt",
    "fixed_pf_absorb": "FixedPFAbsorb",
    "fixed_pf_inject": "FixedPFInject",
    "fixed_var": "FixedVar",
    "gradients": "Gradients",
    "hf_must_trip": "HFMustTrip",
    "hf_may_trip": "HFMayTrip",
    "hv_must_trip": "HVMustTrip",
    "hv_mom_cess": "HVMomCess",
    "hv_may_trip": "HVMayTrip",
    "limit_max_discharge": "LimitMaxDischarge",
    "lf_must_trip": "LFMustTrip",
    "lv_must_trip": "LVMustTrip",
    "lv_mom_cess": "LVMomCess",
    "lv_may_trip": "LVMayTrip",
    "power_monitoring_must_trip": "PowerMonitoringMustTrip",
    "volt_var": "VoltVar",
    "volt_watt": "VoltWatt",
    "watt_pf": "WattPF",
    "watt_var": "WattVar",
}
"""Kinds of control by our name (DERControlEnumType)."""

_KIND = OneOf(tuple(CONTROLS))
_CONTROL = Text(36)

COMMANDS: Mapping[str, CommandName] = {
    "set_der_control": CommandName(
        "Give a station a control of its energy resources. The result names those that it takes the place of.",
        (
            STATION,
            maybe("control", _CONTROL, "Id of the control, to replace or clear it later; the command's own when none"),
            Argument("kind", _KIND, "What it controls"),
            maybe("default", YesNo(), "Whether it holds when no other one does; false when not said"),
            Argument("settings", AnyObject(), "Its values as OCPP 2.1 spells them, such as those of a DERCurveType"),
        ),
    ),
    "get_der_controls": CommandName(
        "Which controls a station holds, of those that fit all that is named. The result holds them.",
        (
            STATION,
            maybe("control", _CONTROL, "Id of the control"),
            maybe("kind", _KIND, "What it controls"),
            maybe("default", YesNo(), "Default ones, or scheduled ones; both when not said"),
        ),
        numbered=True,
    ),
    "clear_der_control": CommandName(
        "Take controls out of a station: the one that is named, or all of a kind.",
        (
            STATION,
            maybe("control", _CONTROL, "Id of the control"),
            maybe("kind", _KIND, "What it controls"),
            maybe("default", YesNo(), "Default ones, else scheduled ones; false when not said"),
        ),
    ),
}
