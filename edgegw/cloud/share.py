"""Which sites an ingest takes: all, some by name, or a part of the fleet by number.

A part is `crc32(site id in UTF-8) mod parts`: anybody can compute it, in SQL or in another language, and it stays the
same as sites come and go. MQTT 5's shared subscriptions would deal single messages out instead, so that a site's
batches came to several consumers and lost their order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

from edgegw.uplink.topics import Topics


@dataclass(frozen=True, slots=True)
class Share:
    """`sites` None is every site under `root`, or those of part `part` of `parts`."""

    root: str
    sites: tuple[str, ...] | None = None
    part: int = 0
    parts: int = 1

    def takes(self, site: str) -> bool:
        if self.sites is not None:
            return site in self.sites
        return self.parts == 1 or crc32(site.encode()) % self.parts == self.part

    @property
    def discovers(self) -> bool:
        """Sites are met by their retained presence, and subscribed to one by one: the traffic of the others stays
        at the broker."""
        return self.sites is None and self.parts > 1

    def filters(self) -> Iterator[str]:
        """What to subscribe to at once."""
        for site in self.sites or ("+",):
            topics = Topics(site, self.root)
            yield topics.presence
            if not self.discovers:
                yield from (topics.events("A"), topics.events("B"))

    def filters_of(self, site: str) -> tuple[str, str]:
        topics = Topics(site, self.root)
        return topics.events("A"), topics.events("B")

    def __str__(self) -> str:
        """The same for two that take the same sites."""
        if self.sites is not None:
            return f"{self.root} sites {','.join(sorted(self.sites))}"
        return f"{self.root} part {self.part}/{self.parts}"


def share_of(root: str, sites: str | None, partition: str | None) -> Share:
    """From the words of the command line: `a,b,c` and `0/4`. Raises ValueError."""
    if sites and partition:
        raise ValueError("--sites and --partition say two things: give one")
    if partition is None:
        return Share(root, tuple(sites.split(",")) if sites else None)
    try:
        part, parts = (int(word) for word in partition.split("/"))
    except ValueError:
        raise ValueError(f"--partition {partition}: a part of the fleet is written 0/4, 1/4, 2/4 or 3/4") from None
    if not 0 <= part < parts:
        raise ValueError(f"--partition {partition}: the parts of {parts} are 0/{parts} to {parts - 1}/{parts}")
    return Share(root, None, part, parts)
