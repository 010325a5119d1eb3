"""Facts of what a station was seen to do otherwise than OCPP says, and of its clock."""

from __future__ import annotations

from typing import ClassVar, Literal

from edgegw.model.facts.fact import StationFact
from edgegw.model.site import Phase
from edgegw.model.value import value

ClockFault = Literal["off", "local_time", "unset"]
"""`off`: it goes wrong; `local_time`: off by whole quarters of an hour, as one that tells local time as UTC; `unset`:
it has not been set since its start."""


@value(kw_only=True)
class StationQuirkLearned(StationFact):
    """A behaviour was seen, and is reckoned with until the station's model or firmware changes or somebody forgets it.

    `quirk` is one of those that can be learned, such as `no_zero_limit`; `evidence` what was seen, for people.
    """

    type: ClassVar[str] = "station_quirk_learned"
    shown: ClassVar[tuple[str, ...] | None] = ("quirk", "evidence")

    quirk: str
    evidence: str
    model: str | None = None
    firmware: str | None = None


@value(kw_only=True)
class StationQuirkForgotten(StationFact):
    """Somebody took back what was learned of a station."""

    type: ClassVar[str] = "station_quirk_forgotten"
    shown: ClassVar[tuple[str, ...] | None] = ("quirk",)

    quirk: str
    by: str


@value(kw_only=True)
class PhasesLearned(StationFact):
    """The site's meters have shown which of its phases are on an EVSE's terminals, or that they are other ones than the
    file says (`contradicts`), until when load management counts the EVSE on both.

    `phases` are those of the terminals in their order, None for one that is not known; `told` what the file says of
    them, or only their names with `auto`, which leaves them to be learned; `reports` the station's `reports_phases`.
    `odds`: so many times likelier than the next best, by `steps` of the EVSE's current. `text` says it for people.
    """

    type: ClassVar[str] = "phases_learned"
    shown: ClassVar[tuple[str, ...] | None] = ("evse", "phases", "told", "auto", "contradicts", "odds", "steps")

    evse: int
    phases: tuple[Phase | None, ...]
    told: tuple[Phase, ...]
    auto: bool = False
    reports: tuple[Phase, ...] | None = None
    contradicts: bool = False
    odds: float
    steps: int
    text: str


@value(kw_only=True)
class StationClockOff(StationFact):
    """A station's clock is `skew_s` seconds ahead of the gateway's (behind when negative), which is more than is let
    pass, or has changed by as much since it was last told of. What the station dates is put right by it from now on."""

    type: ClassVar[str] = "station_clock_off"
    shown: ClassVar[tuple[str, ...] | None] = ("skew_s", "fault")

    skew_s: float
    fault: ClockFault


@value(kw_only=True)
class StationClockRight(StationFact):
    """The clock of a station that was off goes right again; `skew_s` is what is left."""

    type: ClassVar[str] = "station_clock_right"
    shown: ClassVar[tuple[str, ...] | None] = ("skew_s",)

    skew_s: float
