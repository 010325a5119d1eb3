"""What talking to the model may cost: minutes and tokens of a day, and the length of one dialogue. Pure.

Tokens are summed over the turns as they are told: the whole context is billed again with each turn, and the sum of all
turns matched real bills within 3 %. A day is the site's own.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from edgegw.model.value import value

Reason = Literal["idle", "dialogue", "minutes", "tokens"]
"""What ends a dialogue: nobody speaks; its own length; the day's minutes; the day's tokens."""


@value(kw_only=True)
class Limits:
    """None: no limit. `farewell_s`: for last words, before the line is cut."""

    minutes_a_day: float | None = 120.0
    tokens_a_day: int | None = None
    dialogue_s: float = 180.0
    idle_s: float = 20.0
    farewell_s: float = 10.0


@value()
class Spent:
    """What a day has used."""

    day: date
    seconds: float = 0.0
    tokens: int = 0


def spend(spent: Spent, today: date, *, seconds: float = 0.0, tokens: int = 0) -> Spent:
    """With more used; another day begins at nothing."""
    before = spent if spent.day == today else Spent(today)
    return Spent(today, before.seconds + seconds, before.tokens + tokens)


def exhausted(limits: Limits, spent: Spent, today: date) -> Literal["minutes", "tokens"] | None:
    """What is used up, if anything."""
    if spent.day != today:
        spent = Spent(today)
    if limits.minutes_a_day is not None and spent.seconds >= limits.minutes_a_day * 60:
        return "minutes"
    if limits.tokens_a_day is not None and spent.tokens >= limits.tokens_a_day:
        return "tokens"
    return None


class Term:
    """How long a dialogue may still last."""

    def __init__(self, limits: Limits, now: float) -> None:
        self._limits = limits
        self.began_at = now
        self._told_at: float | None = None

    def next_at(self, quiet_since: float | None) -> float:
        """When something is due; `quiet_since` None: somebody speaks, or is waited for."""
        if self._told_at is not None:
            return self._told_at + self._limits.farewell_s
        ends = self.began_at + self._limits.dialogue_s
        return ends if quiet_since is None else min(ends, quiet_since + self._limits.idle_s)

    def due(self, now: float, quiet_since: float | None) -> Reason | Literal["cut"] | None:
        """What is due: a reason to hang up, or, after it was told, the cut."""
        if now < self.next_at(quiet_since):
            return None
        if self._told_at is not None:
            return "cut"
        return "dialogue" if now - self.began_at >= self._limits.dialogue_s else "idle"

    def tell(self, now: float) -> bool:
        """A reason to hang up is told; False when one has been before."""
        first = self._told_at is None
        self._told_at = now if first else self._told_at
        return first


def written(spent: Spent) -> dict[str, Any]:
    """As plain values."""
    return {"day": spent.day.isoformat(), "seconds": round(spent.seconds, 3), "tokens": spent.tokens}


def read(content: Any) -> Spent:
    """From plain values. Raises ValueError when they are something else."""
    try:
        return Spent(date.fromisoformat(content["day"]), float(content["seconds"]), int(content["tokens"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"no budget: {error}") from None
