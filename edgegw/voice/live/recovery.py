"""How a dialogue gets another session when its own has ended. Pure.

A handle brings the model's memory back and is the way after goAway, 1000, 1001, 1006, 1011 and a reset. After 1007 and
1008 the session itself is what the service objects to: the same again would end the same way, so a fresh one takes over
with what was said as text. A resumption that fails is followed by a fresh one too (a handle may be gone, forum 186392).
"""

from __future__ import annotations

from typing import Final

from edgegw.model.value import value

FRESH_CODES: Final = frozenset({1007, 1008})

DELAYS_S: Final = (0.0, 0.25, 1.0)
"""Before the first attempt, the second, ...; then the dialogue goes on without the cloud."""

LIVED_S: Final = 5.0
"""A session that has lived so long was a good one, whoever it has answered."""

GIVE_UP_S: Final = 3.0
"""A driver is told within this time that there is no connection."""


@value()
class Attempt:
    """Open after `delay_s`, and give up waiting for it after `patience_s` more; `handle` None: a fresh session."""

    delay_s: float
    patience_s: float
    handle: str | None


class Recovery:
    """`begin` a search for a session, ask for the `next` attempt, `tell` what has become of it."""

    def __init__(self, delays_s: tuple[float, ...] = DELAYS_S, give_up_s: float = GIVE_UP_S) -> None:
        self._delays_s = delays_s
        self._give_up_s = give_up_s
        self._attempts = 0
        self._since: float | None = None
        self._opened_at: float | None = None
        self.handle: str | None = None

    def begin(self, code: int, now: float) -> None:
        """The session has ended with this code; 0 for the first session of a dialogue, or a change of our own."""
        if code in FRESH_CODES:
            self.handle = None
        if self._opened_at is not None and now - self._opened_at >= LIVED_S:
            self._attempts = 0
        self._opened_at = None
        if self._since is None:
            self._since = now

    def fresh(self) -> None:
        """The next one shall remember nothing."""
        self.handle = None

    def failed(self) -> None:
        """The attempt came to nothing."""
        self.handle = None

    def next(self, now: float) -> Attempt | None:
        """None: there is no more to try."""
        left_s = self._give_up_s if self._since is None else self._since + self._give_up_s - now
        if self._attempts >= len(self._delays_s) or left_s <= 0:
            return None
        delay_s = self._delays_s[self._attempts]
        self._attempts += 1
        return Attempt(delay_s, max(0.1, left_s - delay_s), self.handle)

    def opened(self, now: float) -> None:
        """A session is open: the clock stops. Attempts count on until it has proved itself."""
        self._since = None
        self._opened_at = now

    def proved(self) -> None:
        """The session has answered somebody."""
        self._attempts = 0
