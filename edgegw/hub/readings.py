"""The readings: the newest of each source to look at, and the blocks in which all of them go to disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from edgegw.core.present import Presence
from edgegw.hub.keeping import Keeping
from edgegw.hub.ledger import Ledger
from edgegw.hub.metering import Metering
from edgegw.journal.blocks import Filling, OpenBlock
from edgegw.model.samples import Latest, MeterSample
from edgegw.model.site import Site

RIDE_S = 2.0
"""Readings older than this go to disk with the next fact; younger ones wait for company."""


class Readings:
    """`filling` are the blocks being filled, `site` tells the site as decisions see it. `look` at each round of
    housekeeping."""

    def __init__(
        self, ledger: Ledger, keeping: Keeping, filling: Filling, site: Callable[[], Site], linger_s: float
    ) -> None:
        self._ledger = ledger
        self._keeping = keeping
        self._filling = filling
        self._site = site
        self._linger_s = linger_s
        self._monotonic = ledger.clock.monotonic
        self._metering = Metering()
        self._latest: dict[str, tuple[MeterSample, float]] = {}
        self._presence = Presence()

    @property
    def delivered_wh(self) -> int:
        return self._metering.delivered_wh

    def observe(self, samples: Sequence[MeterSample]) -> None:
        """Take readings into the blocks being filled; one that a bill needs becomes a fact as well."""
        monotonic, now = self._monotonic(), self._ledger.clock.now()
        ledger = self._ledger
        for sample in samples:
            self._take(sample, now, monotonic)
            if self._filling.add(sample, monotonic):
                if self._keeping.takes_samples:
                    ledger.write((), (self._filling.take_source(sample.source),))
                else:
                    self._filling.hold(sample.source)
            if ledger.is_sound:
                facts = self._metering.facts(ledger.pending, self._site(), sample, now)
                if facts:
                    ledger.write(facts, self.riding())

    def _take(self, sample: MeterSample, now: datetime, monotonic: float) -> None:
        """What has waited at its station is history: it is no reading of what flows now, however late it came. The
        gateway reads the site's meters itself."""
        source, at = sample.source, sample.at
        newest = self._latest.get(source)
        newest_at = None if newest is None else newest[0].at
        if not source.startswith("stations/") or self._presence.is_present(source, at, now, monotonic, newest_at):
            self._latest[source] = (sample, monotonic)

    def latest(self, source: str) -> Latest | None:
        """The newest reading of a source that was of the present when it came, and its age by the monotonic clock; None
        before the first."""
        found = self._latest.get(source)
        return None if found is None else Latest(found[0], self._monotonic() - found[1])

    def sources(self) -> Iterable[str]:
        return self._latest.keys()

    def register(self, station: str, evse: int) -> tuple[datetime, int] | None:
        """See `Metering.register`."""
        return self._metering.register(station, evse)

    def riding(self) -> Sequence[OpenBlock]:
        """Blocks that go to disk with a fact that is written now, taken out of those being filled."""
        return self._filling.take(self._monotonic() - RIDE_S) if self._keeping.takes_samples else ()

    async def look(self) -> None:
        """Commit readings that have waited for the linger. Raises JournalError."""
        if self._filling.waits_since(self._monotonic() - self._linger_s):
            await self._ledger.commit((), self.riding())

    async def flush(self) -> None:
        """Commit every reading that is in a block being filled. Raises JournalError."""
        await self._ledger.commit((), self._filling.take(float("inf")))
