"""The site's clock: what the machine's clocks say, made by `core.clock` into the time that all is told by."""

from __future__ import annotations

import ctypes
import logging
import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol

from edgegw import __built__
from edgegw.core.clock import Correction, Newest, Seen, begin, look
from edgegw.core.matching import CLOCK_FLOOR

log = logging.getLogger("edgegw.clock")

BUILT = datetime.fromisoformat(__built__).replace(tzinfo=UTC)

RTC = Path("/sys/class/rtc")
TIMESYNCD = Path("/run/systemd/timesync/synchronized")
_ELAPSED = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # goes on while the machine sleeps (Linux)
_UNSYNC = 0x0040
"""STA_UNSYNC of adjtimex(2): no time source disciplines the clock. chrony clears it by `rtcsync`, Debian's default."""

State = Literal["synced", "unsynced"]


class Clock(Protocol):
    """What the hub tells the time by."""

    @property
    def state(self) -> State:
        """Whether there is a reason to believe `now`."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float:
        """Seconds that only grow, for what lasts."""

    def not_before_at(self) -> datetime | None:
        """The time, or what it is at least, to check certificates by where the system clock can't be; None where it
        can."""

    def begin(self, newest: Newest | None) -> datetime:
        """Start from the newest fact of the ledger; when the machine's present run began, as it is reckoned."""

    def look(self) -> Correction | None:
        """Look whether the machine's clock was set; how to correct ours, which `take` then does."""

    def take(self, correction: Correction) -> None: ...

    def give_back(self) -> None:
        """Undo the last `take`: the correction could not be written down."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def elapsed_s() -> float:
    """Seconds since the machine began."""
    return time.clock_gettime(_ELAPSED)


def vouched() -> bool:
    """Whether the kernel says that the system clock follows a time source (adjtimex(2))."""
    timex = ctypes.create_string_buffer(512)  # struct timex, whose size depends on the machine; `modes` 0 only reads
    long = ctypes.sizeof(ctypes.c_long)
    try:
        answer = ctypes.CDLL(None, use_errno=True).adjtimex(timex)
    except (OSError, AttributeError):
        answer = -1
    if answer < 0:  # no such call, or a sandbox that forbids it
        return TIMESYNCD.exists()
    status = ctypes.c_int.from_buffer(timex, 5 * long).value
    return not status & _UNSYNC


def kept(folder: Path = RTC, machine: str | None = None) -> datetime | None:
    """What the hardware clock shows; None without one. On a PC the kernel itself takes the time from the mainboard or
    the hypervisor, also where no clock is shown to us, as in a container."""
    shown = []
    for clock in sorted(folder.glob("rtc*/since_epoch")):
        try:
            shown.append(datetime.fromtimestamp(int(clock.read_text(encoding="ascii")), UTC))
        except (OSError, ValueError, OverflowError):
            continue
    if shown:
        return max(shown)
    return utc_now() if (machine or platform.machine()) in ("x86_64", "i686", "AMD64") else None


class SiteClock:
    """The clock of a gateway on a real machine; see `core.clock` for its rules.

    `now` never goes back and never leaps but by `take`. Until `begin` has told of the ledger it only knows the build
    date of the package.
    """

    def __init__(
        self,
        *,
        wall: Callable[[], datetime] = utc_now,
        elapsed_s: Callable[[], float] = elapsed_s,
        vouched: Callable[[], bool] = vouched,
        kept: Callable[[], datetime | None] = kept,
        built: datetime = BUILT,
    ) -> None:
        self._wall = wall
        self._elapsed_s = elapsed_s
        self._vouched = vouched
        self._kept = kept
        self._built = built
        self._leapt = False
        self._reckoning = self._before = begin(self._seen(), built, None)

    @property
    def state(self) -> State:
        return self._reckoning.state

    def now(self) -> datetime:
        return self._reckoning.zero + timedelta(seconds=self._elapsed_s())

    def monotonic(self) -> float:
        return self._elapsed_s()

    def not_before_at(self) -> datetime | None:
        return self.now() if self.state == "unsynced" or self._leapt else None

    def begin(self, newest: Newest | None) -> datetime:
        self._reckoning = self._before = begin(self._seen(), self._built, newest)
        if self.state == "unsynced":
            log.warning(
                "the system clock says %s, which is not believed: the time is taken to be %s until a time source or an "
                "installer sets it", f"{self._wall():%Y-%m-%d %H:%M}", f"{self.now():%Y-%m-%d %H:%M}",
            )  # fmt: skip
        return self._reckoning.zero

    def look(self) -> Correction | None:
        seen = self._seen()
        self._reckoning, correction = look(self._reckoning, seen, self._built)
        leapt = correction is None and self.state == "synced" and self._reckoning.zero != seen.zero
        if leapt and not self._leapt:
            log.error(
                "the system clock leapt to %s and no time source vouches for it: the site's time goes on from what it "
                "was; set the clock right, or restart edgegw if it is", f"{seen.wall:%Y-%m-%d %H:%M}",
            )  # fmt: skip
        elif self._leapt and not leapt:
            log.info("the system clock is right again")
        self._leapt = leapt
        return correction

    def take(self, correction: Correction) -> None:
        self._before, self._reckoning = self._reckoning, correction.reckoning

    def give_back(self) -> None:
        self._reckoning = self._before

    def _seen(self) -> Seen:
        elapsed = self._elapsed_s()
        return Seen(self._wall(), elapsed, self._vouched(), self._kept())


class GivenClock:
    """A clock whose time is right by definition, once it is later than a clock that was never set."""

    def __init__(self, now: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self.now = now
        self.monotonic = monotonic

    @property
    def state(self) -> State:
        return "synced" if self.now() >= CLOCK_FLOOR else "unsynced"

    def not_before_at(self) -> datetime | None:
        return self.now() if self.state == "unsynced" else None

    def begin(self, newest: Newest | None) -> datetime:
        return self.now() - timedelta(seconds=self.monotonic())

    def look(self) -> Correction | None:
        return None

    def take(self, correction: Correction) -> None:
        raise AssertionError("a clock that is right by definition is not corrected")

    def give_back(self) -> None:
        raise AssertionError("a clock that is right by definition is not corrected")
