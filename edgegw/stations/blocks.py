"""How the functional blocks of an OCPP version come together: each module has its own table, and none has another's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


def merged(*tables: Mapping[str, T]) -> Mapping[str, T]:
    """One table of all. Raises ValueError when two of them have the same name in them."""
    whole: dict[str, T] = {}
    for table in tables:
        if twice := sorted(whole.keys() & table.keys()):
            raise ValueError(f"in two blocks: {', '.join(twice)}")
        whole.update(table)
    return whole
