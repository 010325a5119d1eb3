"""What a turn of the loop came to, for those who show it. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from edgegw.core.allocate import Allocation, EvseKey, Place
from edgegw.load.meter import Trust
from edgegw.load.outside import Ceiling
from edgegw.model.site import Phase


@dataclass(frozen=True, slots=True)
class Picture:
    """What a turn came to, for those who show it; in ampere."""

    at: datetime | None = None
    limits: Mapping[str, float] = field(default_factory=dict)
    ceilings: Mapping[str, float] = field(default_factory=dict)
    powers: Mapping[str, float] = field(default_factory=dict)
    """Ampere of one conductor that a limit of power leaves for the cars of a circuit, where one rules."""
    voltage_v: float = 0.0
    phases: tuple[Phase, ...] = ()
    measured: Mapping[Place, float] = field(default_factory=dict)
    beside: Mapping[Place, float] = field(default_factory=dict)
    given: Mapping[Place, float] = field(default_factory=dict)
    reserved: Mapping[Place, float] = field(default_factory=dict)
    trust: Mapping[str, Trust] = field(default_factory=dict)
    allocation: Allocation = field(default_factory=Allocation)
    outside: Mapping[EvseKey, Ceiling] = field(default_factory=dict)
