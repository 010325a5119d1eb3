"""Facts of distributed energy resources at stations (OCPP 2.1 part 2, block R)."""

from __future__ import annotations

from typing import ClassVar

from edgegw.model.facts.fact import StationFact
from edgegw.model.value import value


@value(kw_only=True)
class DerAlarmChanged(StationFact):
    """The grid is out of what a control of a station allows, or is in it again (NotifyDERAlarm). `control` and `fault`
    are words in snake_case, such as `hv_must_trip` and `over_voltage`."""

    type: ClassVar[str] = "der_alarm_changed"
    shown: ClassVar[tuple[str, ...] | None] = ("control", "ended")

    control: str
    ended: bool
    fault: str | None = None
    info: str | None = None


@value(kw_only=True)
class DerControlChanged(StationFact):
    """A control came into force at a station, or went out of it (NotifyDERStartStop); `superseded` are those that
    wait while it holds."""

    type: ClassVar[str] = "der_control_changed"
    shown: ClassVar[tuple[str, ...] | None] = ("active",)

    control: str
    active: bool
    superseded: tuple[str, ...] = ()
