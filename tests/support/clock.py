"""Clocks that stand still until a test moves them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from edgegw.hub import SiteClock


class FakeClock:
    """Wall clock and monotonic clock in one; `now` and `monotonic` are what the code under test is given."""

    def __init__(self, at: datetime = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)) -> None:
        self.at = at
        self.elapsed_s = 1000.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.elapsed_s

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.elapsed_s += seconds

    def set(self, at: datetime) -> None:
        """Step the wall clock alone, as a time server does."""
        self.at = at


class Machine(FakeClock):
    """The clocks of a machine that was started at `at` by its system clock, 40 s ago. `vouched`: the kernel follows a
    time source. `kept`: what its hardware clock shows."""

    BUILT = datetime(2026, 1, 1, tzinfo=UTC)

    def __init__(self, at: datetime = datetime(1970, 1, 1, 0, 0, 40, tzinfo=UTC)) -> None:
        super().__init__(at)
        self.elapsed_s = 40.0
        self.vouched = False
        self.kept: datetime | None = None

    def site_clock(self) -> SiteClock:
        """What a gateway that is started on the machine tells the time by."""
        return SiteClock(
            wall=self.now,
            elapsed_s=self.monotonic,
            vouched=lambda: self.vouched,
            kept=lambda: self.kept,
            built=self.BUILT,
        )
