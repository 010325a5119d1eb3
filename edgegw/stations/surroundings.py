"""What the links of one gateway have in common, and who is told what they see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from edgegw.stations import pnc
from edgegw.stations.discretion import Discretion
from edgegw.stations.knocks import Knocks
from edgegw.stations.liveness import PING_EVERY_S
from edgegw.stations.pnc import Contracts
from edgegw.stations.quirkfiles import Families
from edgegw.stations.skew import News
from edgegw.stations.taps import Taps
from edgegw.stations.tolerances import Tolerances

if TYPE_CHECKING:
    from edgegw.hub import Hub
    from edgegw.stations.link import Link
    from edgegw.stations.upstream.forwarding import Forwarding
    from edgegw.tracing import Tracing

SETTLE_S: Final = 10.0
"""A known station that reconnects and sends no boot counts as booted after this long."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. `call_timeout_s`: how long a CALL may wait for its turn and its answer, unless its caller says.
    `calm_s`: how long a station that has come is left alone, about, before errands that can wait are done there."""

    call_timeout_s: float = 30.0
    settle_s: float = SETTLE_S
    ping_every_s: float = PING_EVERY_S
    calm_s: float = 10.0


class Surroundings:
    """What a link finds around it.

    `hub` decides and records. `contracts` is asked about the certificates of cars. `taps` show the raw frames of all
    links to who listens. `families` are the known quirks of stations, `tolerances` counts what each is let off with,
    `knocks` who was not let in, `discretion` which secrets have passed.
    `forwarding` tells another CSMS what stations say, None where there is none; `tracing` is told what is served and
    how long it takes, None where nobody wants to know.
    """

    __slots__ = (
        "contracts", "discretion", "families", "forwarding", "hub", "knocks", "taps", "timing", "tolerances", "tracing",
    )  # fmt: skip

    def __init__(
        self,
        hub: Hub,
        *,
        timing: Timing | None = None,
        contracts: Contracts = pnc.nobody,
        taps: Taps | None = None,
        families: Families | None = None,
        tolerances: Tolerances | None = None,
        knocks: Knocks | None = None,
        forwarding: Forwarding | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        self.hub = hub
        self.timing = timing or Timing()
        self.contracts = contracts
        self.taps = taps or Taps(hub.now)
        self.families = families or Families(())
        self.tolerances = tolerances or Tolerances(hub.now)
        self.knocks = knocks or Knocks(hub.now)
        self.discretion = Discretion()
        self.forwarding = forwarding
        self.tracing = tracing


class Witness(Protocol):
    """Who is told what is seen of stations, at once and without waiting for anything: see `chronicle.Chronicle`."""

    def ready(self, link: Link) -> None:
        """The station of a link may be called from now on; told again when it says only then that it has booted."""

    def answered(self, station: str) -> None:
        """It has answered a first CALL of its connection, be it with an error."""

    def learned(self, station: str, quirk: str, evidence: str) -> None:
        """It was seen to have a quirk."""

    def clock_changed(self, station: str, news: News) -> None:
        """Its clock has gone wrong, or right."""


class Nobody:
    """The witness of a link that nobody watches."""

    def ready(self, link: Link) -> None: ...
    def answered(self, station: str) -> None: ...
    def learned(self, station: str, quirk: str, evidence: str) -> None: ...
    def clock_changed(self, station: str, news: News) -> None: ...
