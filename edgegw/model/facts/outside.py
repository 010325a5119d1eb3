"""Facts of limits that neither the gateway nor its cloud has set: a grid operator's, or an energy manager's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from edgegw.model.facts.fact import StationFact
from edgegw.model.value import value


@value(kw_only=True)
class OutsideLimitSet(StationFact):
    """A station charges under a limit from outside that was not known like this (NotifyChargingLimit, use case K12).

    `evse` 0 is the station. `source` is who set it, in snake_case, such as `ems` or `so`. `schedules` are the limits as
    the station told them, in OCPP's own words, so that no key of a later version is lost; none when it told no more.
    """

    type: ClassVar[str] = "outside_limit_set"
    shown: ClassVar[tuple[str, ...] | None] = ("source",)

    evse: int
    source: str
    grid_critical: bool | None = None
    local_generation: bool | None = None
    schedules: tuple[Mapping[str, Any], ...] = ()


@value(kw_only=True)
class OutsideLimitCleared(StationFact):
    """A limit from outside is gone (ClearedChargingLimit, use case K13); `evse` None: everywhere at the station."""

    type: ClassVar[str] = "outside_limit_cleared"
    shown: ClassVar[tuple[str, ...] | None] = ("source",)

    source: str
    evse: int | None = None
