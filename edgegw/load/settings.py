"""Settings of the site's connection and of sharing it: `supply`, `charging`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from edgegw.scalars import Section

Amperes = Annotated[float, Field(ge=0, le=10_000)]


class CircuitSettings(Section):
    """A feeder below the supply or another feeder."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,48}$")]
    """Its name."""
    parent: str = "main"
    """The feeder it hangs on; main is the supply itself."""
    limit_a: Amperes
    """Its breaker, per phase."""


class SupplySettings(Section):
    """The site's connection and, below it, what hangs on it."""

    phases: Literal[1, 3] = 3
    """Number of phases."""
    voltage_v: Annotated[float, Field(ge=80, le=300)] = 230.0
    """Phase to neutral."""
    limit_a: Annotated[Amperes, Field(gt=0)]
    """The main breaker, per phase."""
    building_max_a: Amperes = 0.0
    """The most that everything but the stations draws on a phase."""
    margin_a: Amperes = 0.0
    """Current that is never given out."""
    fallback_a: Amperes | Literal["auto"] = "auto"
    """Per EVSE when the supply meter is stale or the gateway gone; auto: what fits, 6 A or none."""
    demand_limit_w: Annotated[float, Field(gt=0)] | None = None
    """Contracted demand of a quarter of an hour."""
    circuits: list[CircuitSettings] = Field(default_factory=list)
    """Feeders with breakers of their own."""


class ChargingSettings(Section):
    """How current is shared."""

    strategy: Literal["fair", "first_come", "deadline"] = "fair"
    """fair: as equal as the phases allow; first_come: in order of arrival; deadline: by departure."""
    solar_only: bool = False
    """Charge from solar surplus only."""
    cheap_hours: bool = False
    """A car whose driver has told departure and energy waits for cheaper hours, if it is surely ready in time."""
    learn_phases: Literal["off", "night"] = "off"
    """night: between 1 and 5 o'clock a car may be lowered by 4 A for some 12 s to learn its EVSE's phases; off: learn
    from what happens by itself."""
