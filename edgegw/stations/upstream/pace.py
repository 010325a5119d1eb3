"""How fast another CSMS is spoken to, and for how long it is waited for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UpstreamPace:
    """Seconds: how long that CSMS may take to answer a CALL, how long a station that has gone is still presented, the
    time between tries of a message, until the first heartbeat and the next boot where that CSMS does not say, and
    between connections at first and at most."""

    answer_s: float = 30.0
    linger_s: float = 10.0
    retry_s: float = 10.0
    heartbeat_s: float = 300.0
    first_pause_s: float = 5.0
    longest_pause_s: float = 300.0
