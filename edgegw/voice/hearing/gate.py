"""Is a frame louder than the room? Each pitch has a noise of its own, learned as it goes. Pure.

The noise at a pitch is the higher of two: the 15th percentile of its levels in the last four seconds, which speech has
enough gaps not to lift; and the lowest of the last 0.5 s, because speech rises and falls with every syllable, while a
vehicle that passes or a fan that starts stays. A frame stands above the noise by the mean of the three pitches in which
it does so most. So a hum that fills the low pitches hides nothing of what is said in the high ones, and hiss the other
way round. One band over all of them misses commands in rain and pink noise at 5 dB, and without the second rule a road
alone begins five turns a minute (docs/benchmarks.md).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Sequence
from typing import Final

WINDOW: Final = 200
"""Frames that the noise is learned from: 4 s."""
SYLLABLES: Final = 25
"""Frames in which speech has been quiet once: 0.5 s."""
_SHARE: Final = 0.15
_BEST: Final = 3
_KEPT: Final = 0.4
"""Of the level before, in the next: noise wavers by 4 dB from frame to frame."""


class Noise:
    """The noise at one pitch."""

    def __init__(self, faintest_db: float, syllables: int = SYLLABLES) -> None:
        self._faintest_db = faintest_db
        self._newest: deque[float] = deque()
        self._sorted: list[float] = []
        self._steady: deque[float] = deque(maxlen=syllables)

    def learn(self, level_db: float) -> float:
        """Take the next level in; the noise, dB."""
        self._newest.append(level_db)
        insort(self._sorted, level_db)
        if len(self._newest) > WINDOW:
            del self._sorted[bisect_left(self._sorted, self._newest.popleft())]
        self._steady.append(level_db)
        steady_db = min(self._steady) if len(self._steady) == self._steady.maxlen else self._faintest_db
        return max(self._faintest_db, self._sorted[int(_SHARE * len(self._sorted))], steady_db)


class Gate:
    """The room as one microphone hears it."""

    def __init__(self, pitches: int, faintest_db: float) -> None:
        self._noises = [Noise(faintest_db) for _ in range(pitches)]
        self._smooth: list[float] = []

    def above(self, levels: Sequence[float]) -> float:
        """How far the frame with these levels stands above the room's noise, dB. It is learned from too."""
        before = self._smooth or levels
        self._smooth = [_KEPT * old + (1 - _KEPT) * new for old, new in zip(before, levels, strict=True)]
        above = [level - noise.learn(level) for level, noise in zip(self._smooth, self._noises, strict=True)]
        return sum(sorted(above)[-_BEST:]) / _BEST
