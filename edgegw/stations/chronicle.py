"""What links see of their stations, written down."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from edgegw.journal.errors import JournalError
from edgegw.model.facts import Fact, StationAnsweredAgain, StationClockOff, StationClockRight, StationQuirkLearned
from edgegw.stations.link import Link
from edgegw.stations.skew import News
from edgegw.stations.visits import Visits

if TYPE_CHECKING:
    from edgegw.hub import Hub

log = logging.getLogger("edgegw.stations")


class Chronicle:
    """The `surroundings.Witness` of all links of a server. `attend` is called with the link of a station that has
    become ready to be called."""

    def __init__(self, hub: Hub, visits: Visits, attend: Callable[[Link], None]) -> None:
        self._hub = hub
        self._visits = visits
        self._attend = attend

    async def record(self, *facts: Fact) -> None:
        """Write down what is seen of connections. Never raises."""
        try:
            await self._hub.record(*facts)
        except JournalError as error:
            # A full disk must not cost the connection: the station's own frames will be refused until there is room.
            log.error("connections can't be written down: %s", error)

    def ready(self, link: Link) -> None:
        self._attend(link)

    def answered(self, station: str) -> None:
        seen = self._hub.state.stations.get(station)
        if seen is not None and seen.silent_since is not None:
            log.info("%s: answers again", station)
            self._note(StationAnsweredAgain(station=station, at=self._hub.now()), f"{station} answers")

    def learned(self, station: str, quirk: str, evidence: str) -> None:
        seen = self._hub.state.stations.get(station)
        fact = StationQuirkLearned(
            station=station, at=self._hub.now(), quirk=quirk, evidence=evidence,
            model=seen.model if seen is not None else None, firmware=seen.firmware if seen is not None else None,
        )  # fmt: skip
        self._note(fact, f"{station} learned")

    def clock_changed(self, station: str, news: News) -> None:
        now, skew_s = self._hub.now(), news.skew_s
        fact: Fact
        if news.fault is None:
            log.info("%s: its clock is right again", station)
            fact = StationClockRight(station=station, at=now, skew_s=skew_s)
        else:
            log.warning("%s: its clock is %+.0f s off (%s); its times are put right", station, skew_s, news.fault)
            fact = StationClockOff(station=station, at=now, skew_s=skew_s, fault=news.fault)
        self._note(fact, f"{station} clock")

    def _note(self, fact: Fact, name: str) -> None:
        self._visits.begin(self.record(fact), name)
