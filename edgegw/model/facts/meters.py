"""Facts of the site's energy meters."""

from __future__ import annotations

from typing import ClassVar

from edgegw.model.facts.fact import Fact
from edgegw.model.value import value


@value(kw_only=True)
class MeterFact(Fact):
    subject: ClassVar[tuple[str, str] | None] = ("meters", "meter")

    meter: str


@value(kw_only=True)
class MeterStale(MeterFact):
    type: ClassVar[str] = "meter_stale"
    shown: ClassVar[tuple[str, ...] | None] = ("meter",)

    reason: str


@value(kw_only=True)
class MeterRecovered(MeterFact):
    type: ClassVar[str] = "meter_recovered"
    shown: ClassVar[tuple[str, ...] | None] = ("meter",)


@value(kw_only=True)
class MeterIdentified(MeterFact):
    type: ClassVar[str] = "meter_identified"
    shown: ClassVar[tuple[str, ...] | None] = ("meter", "driver")

    driver: str
    identity: str
