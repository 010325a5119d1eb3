"""How the blocks' tables come together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


def merged(*tables: Mapping[str, T]) -> Mapping[str, T]:
    """One table of all. Raises ValueError when an action is in two of them."""
    whole: dict[str, T] = {}
    for table in tables:
        if twice := sorted(whole.keys() & table.keys()):
            raise ValueError(f"in two blocks: {', '.join(twice)}")
        whole.update(table)
    return whole
