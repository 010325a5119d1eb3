"""When each sample of a recording was there, and what is to be read from that. Pure.

The recorder's pieces arrive late, by its own waiting and the machine's, and never early. The samples themselves come at
an even pace. So each sample's time is taken from the piece that, within a second around it, arrived soonest after
its samples: what is left is what the fastest of a hundred pieces waited, under a millisecond.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from math import ceil
from typing import Final

AROUND_S: Final = 0.5
FAINTER: Final = 50
"""Speech begins and ends where it is louder than its loudest sample divided by this, as in `tests.support.speech`."""


class Track:
    """`pieces`: when each had arrived (monotonic seconds) and its samples, mono, 16 bit, `hz` a second. `ahead_s`: they
    were handed out so long before they sound, as a monitor does with the block that is to be played next."""

    def __init__(self, pieces: Sequence[tuple[float, bytes]], hz: int, *, ahead_s: float = 0.0) -> None:
        self.hz = hz
        self.pcm = b"".join(piece for _, piece in pieces)
        self.samples = array("h", self.pcm)
        self._ends: list[int] = []
        """The number of samples up to the end of each piece."""
        latest: list[float] = []
        count = 0
        for at, piece in pieces:
            count += len(piece) // 2
            self._ends.append(count)
            latest.append(at + ahead_s - count / hz)
        self._starts_at = [
            min(latest[bisect_left(self._ends, end - AROUND_S * hz) : bisect_left(self._ends, end + AROUND_S * hz) + 1])
            for end in self._ends
        ]

    def at(self, sample: int) -> float:
        """When this sample was there."""
        piece = min(bisect_left(self._ends, sample + 1), len(self._ends) - 1)
        return self._starts_at[piece] + sample / self.hz

    def sample(self, at: float) -> int:
        """The sample of this time; the recording's first or last where it holds none."""
        low, high = 0, len(self.samples)
        while low < high:
            middle = (low + high) // 2
            if self.at(middle) < at:
                low = middle + 1
            else:
                high = middle
        return min(low, len(self.samples) - 1)

    def spoken(self, since: float, until: float) -> tuple[float, float]:
        """From when to when somebody spoke in this time, by the loudest that was said in it. ValueError: nobody did."""
        first, last = self.sample(since), self.sample(until)
        part = self.samples[first:last]
        if not part or max(map(abs, part)) < 500:
            raise ValueError("nobody spoke in this time")
        loud = max(map(abs, part)) // FAINTER
        begin = next(n for n, value in enumerate(part) if abs(value) > loud)
        end = next(n for n in range(len(part) - 1, -1, -1) if abs(part[n]) > loud)
        return self.at(first + begin), self.at(first + end)

    def first_sound(self, since: float, *, above: int = 200) -> float | None:
        """When it first sounded from then on."""
        start = self.sample(since)
        found = next((n for n in range(start, len(self.samples)) if abs(self.samples[n]) > above), None)
        return None if found is None else self.at(found)

    def silent_from(self, since: float, *, for_s: float = 0.1, above: int = 200) -> float | None:
        """When it fell silent, for so long at least, from then on."""
        quiet = round(for_s * self.hz)
        start = last = self.sample(since)
        for n in range(start, len(self.samples)):
            if abs(self.samples[n]) > above:
                last = n
            elif n - last >= quiet:
                return self.at(last)
        return None

    def begins(self, pcm: bytes) -> int | None:
        """The sample at which exactly these are recorded; None when they are not, as they stand, in one piece."""
        place = self.pcm.find(pcm)
        while place > 0 and place % 2:
            place = self.pcm.find(pcm, place + 1)
        return None if place < 0 else place // 2


def p95(values: Sequence[float]) -> float:
    """The smallest that 95 % do not pass."""
    return quantile(values, 0.95)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest that this share does not pass."""
    return sorted(values)[max(0, ceil(share * len(values)) - 1)]
