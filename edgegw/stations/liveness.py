"""Is the other end still there? One decision on values, made once a minute for each link.

Some stations answer no ping at all and some send nothing but heartbeats, so silence in one of the two is no reason to
hang up; the first are not pinged at all once that is known (`quirks.Quirk.pings`). A station is gone when nothing came
for three heartbeats, or when one that used to answer pings has left a ping unanswered and sent no frame since.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PING_EVERY_S = 60.0
MIN_SILENCE_S = 180.0
"""A heartbeat of a few seconds is a setting for tests; a station that misses three of those is not gone."""


@dataclass(slots=True)
class Signs:
    """When what was seen, in seconds of the monotonic clock; None: never on this connection."""

    heard_at: float
    pinged_at: float | None = None
    ponged_at: float | None = None


def verdict(signs: Signs, now: float, heartbeat_s: float) -> Literal["ping", "gone"]:
    """What to do with a link at `now`: ping it again, or hang up."""
    newest = signs.heard_at if signs.ponged_at is None else max(signs.heard_at, signs.ponged_at)
    if now - newest > max(3 * heartbeat_s, MIN_SILENCE_S):
        return "gone"
    unanswered = signs.pinged_at is not None and newest < signs.pinged_at
    return "gone" if unanswered and signs.ponged_at is not None else "ping"
