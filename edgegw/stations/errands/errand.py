"""An errand and a visit: what is to be done at a station, and the station with what is around it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edgegw.stations.link import Link
from edgegw.stations.triggers import Triggers

if TYPE_CHECKING:
    from edgegw.hub import Hub
    from edgegw.stations.local_lists import LocalLists
    from edgegw.stations.settings import Provision
    from edgegw.stations.tariffs import Tariffs


@dataclass(frozen=True, slots=True)
class Visit:
    """One connection of a station that may be called now.

    `triggers` has the station send a message, sparingly. `defaults` gives its low lasting limits, EVSE to ampere.
    `record` writes facts down and raises nothing when the disk has no room: a connection is worth more than a line
    about it.
    """

    link: Link
    hub: Hub
    triggers: Triggers
    defaults: Callable[[str], Mapping[int, float]]
    record: Callable[..., Awaitable[None]]
    calm_s: float = 0.0
    """How long the station is left alone, about, before errands that can wait: it has much to tell when it comes."""
    wishes: Callable[[str], Provision | None] = lambda station: None
    """What the site wishes a station to be set to; None: nothing is touched."""
    untaken: set[tuple[str, int]] = field(default_factory=set)
    """(station, EVSE) of those that have not taken their low lasting limit when they were last given it."""
    lists: LocalLists | None = None
    """Keeps the stations' lists of id tokens in step with the site's; None: nobody does."""
    tariffs: Tariffs | None = None
    """The same of the lists of prices."""

    @property
    def station(self) -> str:
        return self.link.station


@dataclass(frozen=True, slots=True)
class Errand:
    """`order` says when: 0 to 9 what keeps the site safe, 10 to 49 what keeps records whole, from 50 on what is good
    to know. `run` may raise anything: it is told in the log, and costs no other errand."""

    name: str
    order: int
    run: Callable[[Visit], Awaitable[None]]
    patient: bool = False
    """It is done after those that are not, and after the visit's `calm_s`."""
