"""Guessing made slow: after a few wrong tries each further one has to wait twice as long. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

FREE = 3
"""Wrong tries that cost nothing: fingers slip."""

FIRST_S, LONGEST_S = 10.0, 3600.0

FORGET_S = 24 * 3600.0
"""After so long without a wrong try all is forgotten. Right ones forget nothing, or a guesser with a card of his own
would use it between two guesses."""


class Locked(Exception):
    """Nothing is tried now. `wait_s`: for how long."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"nothing is tried for {wait_s:.0f} s")
        self.wait_s = wait_s


@dataclass(slots=True)
class Trials:
    """The wrong tries at one door, by monotonic times in seconds."""

    wrong: int = 0
    last_s: float = field(default=float("-inf"))

    def wait_s(self, now_s: float) -> float:
        """How long the next try has to wait, 0 for not at all."""
        if now_s - self.last_s >= FORGET_S:
            self.wrong = 0
        if self.wrong < FREE:
            return 0.0
        pause_s = min(FIRST_S * 2.0 ** min(self.wrong - FREE, 20), LONGEST_S)
        return max(0.0, self.last_s + pause_s - now_s)

    def failed(self, now_s: float) -> None:
        """There was a wrong try."""
        self.wait_s(now_s)
        self.wrong += 1
        self.last_s = now_s
