"""Lines of the log that are worth saying once in a while: who fails comes back every few seconds for ever."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

LINE_EVERY_S: Final = 60.0
MAX_LINES: Final = 1000
"""Pairs of address and reason whose last line is remembered."""


class Seldom:
    """What is worth a line once in LINE_EVERY_S by its key. `monotonic` tells the seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._last: OrderedDict[tuple[str, str], float] = OrderedDict()

    def is_due(self, address: str, word: str) -> bool:
        """Whether a line of this address and reason may be said now; then it counts as said."""
        now, key = self._monotonic(), (address, word)
        if now - self._last.get(key, -LINE_EVERY_S) < LINE_EVERY_S:
            return False
        self._last[key] = now
        self._last.move_to_end(key)
        if len(self._last) > MAX_LINES:
            self._last.popitem(last=False)
        return True
