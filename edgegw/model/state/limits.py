"""Rows about limits: those that somebody set here, and those that somebody else set at a station."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from edgegw.model.value import value


@value(slots=False)
class PolicyLimit:
    """Key: the target. A limit that someone set, in force until `until`."""

    target: str
    limit_a: float | None
    limit_w: float | None
    until: datetime | None
    by: str
    at: datetime


@value()
class OutsideLimit:
    """Key `{station}/{evse}/{source}`. A limit that somebody else has set at a station: see OutsideLimitSet."""

    station: str
    evse: int
    source: str
    at: datetime
    grid_critical: bool | None = None
    local_generation: bool | None = None
    schedules: tuple[Mapping[str, Any], ...] = ()
