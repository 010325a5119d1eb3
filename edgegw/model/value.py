"""How values are made: dataclasses that nobody changes.

The type checker refuses every assignment to a field of a value, and so does Python itself where EDGEGW_CHECKED is set,
as it is in the tests. Elsewhere they are plain objects: freezing them at run time costs three times as much for each
one made, and a transaction makes some thirty.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")

_CHECKED = bool(os.environ.get("EDGEGW_CHECKED"))


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(*, kw_only: bool = False, slots: bool = True) -> Callable[[type[T]], type[T]]:
    """A class decorator: fields from the annotations, compared and hashed by content.

    Rows, of which changed copies are made all the time, do without `slots`: see `changed`.
    """
    frozen = _CHECKED
    return dataclass(frozen=frozen, unsafe_hash=not frozen, slots=slots, kw_only=kw_only)


def changed(row: T, **fields: Any) -> T:
    """A copy of `row`, any value, with other `fields`; a quick one where it was made without slots."""
    held = getattr(row, "__dict__", None)
    if _CHECKED or held is None:
        return replace(row, **fields)  # type: ignore[type-var]  # a dataclass, which the checker can't see in a T
    new = object.__new__(type(row))
    new.__dict__.update(held)
    new.__dict__.update(fields)
    return new
