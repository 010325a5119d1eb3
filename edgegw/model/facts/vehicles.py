"""Facts of what vehicles and stations settle between them about charging: needs, schedules, priority."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from edgegw.model.facts.fact import StationFact
from edgegw.model.value import value


@value(kw_only=True)
class VehicleNeedsReported(StationFact):
    """A car told what it needs, by ISO 15118 (NotifyEVChargingNeeds, use case K15). `needs` is all of it as the station
    sent it, without what names the car. `planned`: it was offered a schedule."""

    type: ClassVar[str] = "vehicle_needs_reported"
    shown: ClassVar[tuple[str, ...] | None] = ("departure_at", "energy_wh", "planned")

    evse: int
    transaction: str | None = None
    departure_at: datetime | None = None
    energy_wh: int | None = None
    planned: bool = False
    needs: Mapping[str, Any]


@value(kw_only=True)
class VehicleScheduleReported(StationFact):
    """How a car is going to charge within what it was offered (NotifyEVChargingSchedule, use case K17). `schedule` is
    in OCPP's own words, its times count from `base_at`."""

    type: ClassVar[str] = "vehicle_schedule_reported"
    shown: ClassVar[tuple[str, ...] | None] = ()

    evse: int
    transaction: str | None = None
    base_at: datetime
    selected: int | None = None
    """Which of the schedules that it was offered, by its id."""
    schedule: Mapping[str, Any]


@value(kw_only=True)
class PriorityChargingChanged(StationFact):
    """A driver at the station had a transaction charge with priority, or gave that up (NotifyPriorityCharging of 2.1).
    `reference` is the station's id of the transaction."""

    type: ClassVar[str] = "priority_charging_changed"
    shown: ClassVar[tuple[str, ...] | None] = ("active",)

    reference: str
    transaction: str | None = None
    active: bool


@value(kw_only=True)
class BatterySwapped(StationFact):
    """Batteries were put in, taken out, or not taken in time (BatterySwap of 2.1). `batteries` are as the station told
    them; `request` is of the request_battery_swap, or the station's own number that joins in and out."""

    type: ClassVar[str] = "battery_swapped"
    personal: ClassVar[tuple[str, ...]] = ("id_token",)
    shown: ClassVar[tuple[str, ...] | None] = ("event",)

    event: str
    request: int
    id_token: str | None = None
    batteries: tuple[Mapping[str, Any], ...]
