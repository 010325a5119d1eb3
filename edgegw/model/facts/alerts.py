"""Facts of what a station notices to be wrong with itself (OCPP 2.0.1 part 2, block N: NotifyEvent)."""

from __future__ import annotations

from typing import ClassVar

from edgegw.model.facts.fact import StationFact
from edgegw.model.value import value


@value(kw_only=True)
class AlertFact(StationFact):
    """Of an event that a monitor of `monitor`'s number, or the station itself, has told of. `event` is the station's
    number of it, `value` what the variable has come to; neither secrets nor who charges stand there."""

    event: int
    component: str
    variable: str
    component_instance: str | None = None
    evse: int | None = None
    connector: int | None = None
    variable_instance: str | None = None
    monitor: int | None = None
    value: str | None = None


@value(kw_only=True)
class AlertRaised(AlertFact):
    """Something is wrong until alert_ended. `severity` is 0 (danger) to 9 (for the curious), None where neither the
    event nor what is known of its monitor says. `cause` is the number of the event that led to it, `code` and `info`
    are the vendor's own."""

    type: ClassVar[str] = "alert_raised"
    shown: ClassVar[tuple[str, ...] | None] = ("evse", "severity")

    severity: int | None = None
    cause: int | None = None
    code: str | None = None
    info: str | None = None
    transaction: str | None = None


@value(kw_only=True)
class AlertEnded(AlertFact):
    """What was raised of this variable, by this monitor, is over."""

    type: ClassVar[str] = "alert_ended"
    shown: ClassVar[tuple[str, ...] | None] = ("evse",)
