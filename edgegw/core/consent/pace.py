"""How often something happens: times on the monotonic clock, of which old ones are forgotten. Pure."""

from __future__ import annotations

from edgegw.model.value import value


@value()
class Pace:
    """Moments, in seconds of the monotonic clock, oldest first."""

    times: tuple[float, ...] = ()

    def within(self, span_s: float, now_s: float) -> int:
        """How many lie in the last `span_s` seconds."""
        return sum(now_s - each < span_s for each in self.times)

    def counted(self, span_s: float, now_s: float) -> Pace:
        """With one more now, without those that are older than `span_s`."""
        return Pace((*(each for each in self.times if now_s - each < span_s), now_s))
