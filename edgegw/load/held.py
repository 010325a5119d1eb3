"""What one EVSE may be drawing at most, by all that its station was told. No I/O; times are monotonic seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from edgegw.core.allocate import MIN_CURRENT_A

LIFE_S: Final = 120
"""How long a setpoint holds, where its station takes one so short; it is sent again at half of its life (DESIGN, rule
7)."""

LOWER_LIVES: Final = 2
"""One below the default holds so many times the longest life of the site. What it leaves was given to others, so it has
to outlive their limits also when nobody is there to send it again: it is never more than half a life older than one."""

OBEY_S: Final = 5.0
"""How long a car may take to follow a lower limit (IEC 61851-1)."""

LEAD_S: Final = 15.0
"""Around the end of a limit, so long before and after, the higher of it and the default counts: the others have to be
lowered in time, the car has to follow, and a station's clock may be off."""

SLOW_S: Final = 4.0
"""A lower limit that has not been answered after this long is not counted on: others are lowered instead."""

ANSWER_S: Final = 10.0
"""A station that has not answered a setpoint after this long does not obey."""

RETRY_S: Final = 5.0
"""A setpoint that was not accepted is sent again after this long."""


@dataclass(slots=True)
class Held:
    """One EVSE: its last accepted limit, and all that may rule beside it.

    `default_a` is the lasting limit in the station, which is `max_a`, what it can draw at all, when the station has
    refused to take `safe_a`.
    """

    safe_a: float
    max_a: float
    transaction: str | None = None
    session: datetime | None = None
    """The connection that the limits were given over."""
    heard_at: float = float("-inf")
    """Since when that stands; a reading from before may be of a car that has stopped while nobody heard of it."""
    changed_at: float = float("-inf")
    """Since when its limit may be another one: a reading from before says little about what it draws now."""
    accepted_a: float | None = None
    accepted_at: float = float("-inf")
    """When the accepted setpoint was sent; its life counts from there."""
    accepted_until: float = float("-inf")
    sending_a: float | None = None
    sending_at: float = 0.0
    sending_life_s: int = 0
    sent_away: bool = False
    """Its station was not connected when it was sent."""
    tried_a: float | None = None
    """The last limit that was not accepted; None after one that was."""
    retry_at: float = float("-inf")
    maybe_a: float = 0.0
    """A limit whose answer was lost, so it may rule until `maybe_until`."""
    maybe_until: float = float("-inf")
    falling: list[tuple[float, float]] = field(default_factory=list)
    """What ruled before lower limits: (ampere, until when the car may still draw it)."""
    unknown_a: float = 0.0
    unknown_until: float = float("-inf")
    """Until then an earlier run's setpoint of `unknown_a` or any other below may rule."""
    refusal: str | None = None
    """Why the station does not take its limits; None while it does."""
    suspicion: str | None = None
    """A refusal that is none if the station turns out to have gone: its connection's end may be told a moment later."""
    obedient: bool = False
    """It has taken a setpoint before."""
    over: bool = False
    """It draws more than it accepted."""
    shown_a: float | None = None
    """What its car has shown to take, with a little room, where nothing that the station holds can be counted on and a
    meter would show more; None where it may be anything (docs/decisions/0116)."""
    pauses: bool = True
    """It can be paused. A station that has refused a limit below what can be signalled to a car is not asked again."""
    doubted: bool = False
    """It reconnected or booted since it accepted, so its default may rule instead."""
    default_holds: bool = True
    begun_at: float = float("-inf")
    had_minimum: bool = False
    """Its car could charge since its transaction began."""
    paused_at: float = float("-inf")
    least_life_s: int = 0
    """Its station takes no limit that lives shorter."""
    longest_life_s: int = LIFE_S
    """The longest that a set point of any EVSE of the site lives."""

    @property
    def default_a(self) -> float:
        """What rules when no setpoint does."""
        return self.safe_a if self.default_holds else self.max_a

    def rules(self, now: float) -> bool:
        """Whether an accepted setpoint is alive."""
        return self.accepted_a is not None and now < self.accepted_until

    @property
    def usual_life_s(self) -> int:
        """How long a setpoint of it holds that is not below its default."""
        return max(LIFE_S, self.least_life_s)

    def life_s(self, limit_a: float) -> int:
        """How long a setpoint of `limit_a` is to hold."""
        return self.usual_life_s if limit_a >= self.default_a else LOWER_LIVES * self.longest_life_s

    def unknown(self, now: float) -> bool:
        """Whether an earlier run's setpoint may rule."""
        return now < self.unknown_until

    def keeps_waiting(self, now: float) -> bool:
        """Whether the answer to a lower limit is late."""
        waits = self.sending_a is not None and now - self.sending_at >= SLOW_S
        return waits and self.sending_a is not None and self.sending_a < self.limit_a(now)

    def limit_a(self, now: float) -> float:
        """What it holds, as far as is known: the accepted setpoint, after its life the default."""
        return self.accepted_a if self.accepted_a is not None and self.rules(now) else self.default_a

    def reserve_a(self, now: float) -> float:
        """The most that it may draw, so that nobody else may have it."""
        if self.over:
            return self._unbound_a
        most = self._ruling_a(now)
        most = max(most, *(a for a, until in self.falling if now < until), 0.0)
        return most if self.sending_a is None else max(most, self.sending_a)

    def _ruling_a(self, now: float) -> float:
        """The highest limit that may rule now, whatever the car still draws by an earlier one."""
        most = max(self.default_a, self.unknown_a) if self.unknown(now) else self.default_a
        if self.refusal is not None and not self.rules(now):
            most = self._unbound_a
        elif self.accepted_a is not None and now < self.accepted_until + LEAD_S:
            lasting = now < self.accepted_until - LEAD_S and not self.doubted
            most = self.accepted_a if lasting else max(self.accepted_a, self.default_a)
        return max(most, self.maybe_a) if now < self.maybe_until else most

    @property
    def unbound(self) -> bool:
        """Whether its car draws what it likes, as far as is known."""
        return self.over or self.refusal is not None

    @property
    def _unbound_a(self) -> float:
        if self.shown_a is None:
            return self.max_a
        return min(self.max_a, max(self.shown_a, self.safe_a))

    def due(self, limit_a: float, now: float) -> bool:
        """Whether a setpoint of `limit_a` has to go out now."""
        if self.sending_a is not None or now < self.retry_at:
            return False
        if self.doubted or limit_a != self.accepted_a or now >= self.accepted_at + self.usual_life_s / 2:
            return True
        return self.accepted_until - self.accepted_at < self.life_s(limit_a)  # another station lives longer since

    # What happens to it

    def moved_on(self, transaction: str | None, now: float) -> None:
        """Another transaction runs, or none does: a setpoint of the one before has ended with it.

        One that was given while no transaction ran goes on holding the next one.
        """
        if self.transaction is not None:
            self.accepted_a, self.accepted_at, self.accepted_until = None, float("-inf"), float("-inf")
            self.maybe_until = float("-inf")
            self.falling.clear()
            self.unknown_a = self.default_a
            self.over = False
            if self.obedient:
                self.refusal = None
        self.had_minimum = self.limit_a(now) >= MIN_CURRENT_A
        self.transaction, self.changed_at, self.begun_at, self.paused_at = transaction, now, now, float("-inf")
        self.tried_a, self.retry_at, self.suspicion = None, float("-inf"), None

    def reconnected(self, session: datetime | None, now: float) -> None:
        """The station came, went or booted: it is tried anew, and it may have forgotten its setpoint."""
        self.heard_at = self.changed_at = now
        self.session, self.doubted = session, self.accepted_a is not None
        self.tried_a, self.retry_at, self.suspicion = None, float("-inf"), None

    def sent(self, limit_a: float, now: float, *, connected: bool) -> None:
        """A setpoint is on its way."""
        self.sending_a, self.sending_at, self.sent_away = limit_a, now, not connected
        self.sending_life_s = self.life_s(limit_a)
        if limit_a != self.accepted_a:
            self.changed_at = now

    def accepted(self, limit_a: float, transaction: str | None, now: float) -> None:
        """The station took a setpoint that was sent when `transaction` ran."""
        sent_at = self.sending_at
        if transaction != self.transaction:
            # It may have come when the other one ran, and rule there.
            self.sending_a = None
            self._may_rule(limit_a, now)
            return
        before_a, ruling_a, self.sending_a = self.limit_a(now), self._ruling_a(now), None
        if limit_a < ruling_a:
            self.falling = [each for each in self.falling if now < each[1]] + [(ruling_a, now + OBEY_S)]
        if limit_a != self.accepted_a:
            self.changed_at = now
        self.had_minimum |= limit_a >= MIN_CURRENT_A
        if limit_a < MIN_CURRENT_A <= before_a:
            self.paused_at = now
        elif before_a < MIN_CURRENT_A <= limit_a:
            self.begun_at = now
        self.accepted_a, self.accepted_at, self.accepted_until = limit_a, sent_at, sent_at + self.sending_life_s
        self.maybe_until = self.unknown_until = self.retry_at = float("-inf")
        self.tried_a, self.refusal, self.suspicion, self.doubted, self.obedient = None, None, None, False, True

    def failed(self, transaction: str | None, refusal: str | None, now: float) -> None:
        """A setpoint was not accepted: refused for `refusal`, or None when the station is offline.

        Unless there was no connection to send it over, its answer may have been lost and it rules all the same.
        """
        limit_a, self.sending_a = self.sending_a, None
        if limit_a is None:
            return
        if not self.sent_away or now - self.sending_at >= ANSWER_S:
            self._may_rule(limit_a, now)
        if transaction == self.transaction:
            self.tried_a, self.retry_at, self.suspicion = limit_a, now + RETRY_S, refusal
            if refusal is not None and limit_a < MIN_CURRENT_A <= self.limit_a(now) and self.pauses:
                self.pauses, self.retry_at = False, now

    def _may_rule(self, limit_a: float, now: float) -> None:
        self.maybe_a = max(limit_a, self.maybe_a if now < self.maybe_until else 0.0)
        self.maybe_until = self.sending_at + self.usual_life_s
