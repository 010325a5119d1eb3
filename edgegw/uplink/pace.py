"""How many publishes a second. No I/O."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Pace:
    """At most `rate` publishes a second, a second's worth at once (token bucket). What may not wait runs a debt."""

    rate: float
    credit: float = 0.0
    since: float = 0.0

    def take(self, now: float) -> None:
        self._refill(now)
        self.credit -= 1.0

    def wait(self, now: float) -> float:
        """Seconds until the next publish is due, 0 when it is now."""
        self._refill(now)
        return 0.0 if self.credit >= 1.0 else (1.0 - self.credit) / self.rate

    def _refill(self, now: float) -> None:
        self.credit = min(self.rate, self.credit + max(0.0, now - self.since) * self.rate)
        self.since = now
