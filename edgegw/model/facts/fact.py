"""What every fact is."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from edgegw.model.value import value

Clock = Literal["synced", "unsynced", "corrected"]


@value(kw_only=True)
class Fact:
    """Anything that happened at the site at `at`."""

    type: ClassVar[str] = ""
    personal: ClassVar[tuple[str, ...]] = ()
    subject: ClassVar[tuple[str, str] | None] = None
    """Collection and field that name what the fact is about: `("stations", "station")`; None: the site itself."""
    shown: ClassVar[tuple[str, ...] | None] = None
    """Fields that a reader without rights may see, beside the place that it is about; None: nothing, nor the place.

    Each class says it for itself, it is not inherited. Free text from stations, drivers and askers is never in it:
    nobody knows what it holds."""

    kept_here: ClassVar[tuple[str, ...]] = ()
    """Personal fields that stay at the site: the cloud gets null in their place."""

    at: datetime


@value(kw_only=True)
class StationFact(Fact):
    subject: ClassVar[tuple[str, str] | None] = ("stations", "station")

    station: str


@value(kw_only=True)
class TransactionFact(StationFact):
    """`transaction` is the hub's own id, a UUIDv7; `evse` is 1 or more."""

    transaction: str
    evse: int
