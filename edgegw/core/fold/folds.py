"""What a module of this package offers: the kinds of fact that it folds, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from edgegw.model.facts import Fact
from edgegw.model.state import Changes, State

Folds = Mapping[type[Fact], Callable[[State, Any], Changes]]
"""By class of fact, what one changes in the tables. It looks at the state and does not touch it."""


def merged(every: Iterable[Folds]) -> Folds:
    """All of them in one. Raises ValueError when two fold the same kind of fact: one of them would never be asked."""
    found: dict[type[Fact], Callable[[State, Any], Changes]] = {}
    for folds in every:
        if double := found.keys() & folds.keys():
            raise ValueError(f"folded twice: {', '.join(sorted(cls.type for cls in double))}")
        found |= folds
    return found
