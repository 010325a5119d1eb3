"""Which of the limits that were set rule: of several for one target, by whomever, the lowest (DESIGN, rule 7). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from edgegw.model.state import PolicyLimit
from edgegw.model.value import changed

DESIRED = "cloud:desired"
"""Who set a limit that the cloud's desired state names; it goes when the desired state does not name it any more."""


def key_of(target: str, by: str) -> str:
    """Where a limit is kept: what commands set and what the desired state sets stand beside each other."""
    return f"desired {target}" if by == DESIRED else target


def in_force(limits: Iterable[PolicyLimit], now: datetime) -> dict[str, PolicyLimit]:
    """The limits that hold at `now`, by target; of two for one target the lower current and the lower power."""
    found: dict[str, PolicyLimit] = {}
    for limit in limits:
        if limit.until is None or now < limit.until:
            other = found.get(limit.target)
            found[limit.target] = limit if other is None else _lower(other, limit)
    return found


def _lower(one: PolicyLimit, other: PolicyLimit) -> PolicyLimit:
    amps = [each for each in (one.limit_a, other.limit_a) if each is not None]
    watts = [each for each in (one.limit_w, other.limit_w) if each is not None]
    return changed(one, limit_a=min(amps, default=None), limit_w=min(watts, default=None))
