"""Changed copies of values, also as they are made where nothing is checked."""

from __future__ import annotations

import pytest

from edgegw.model import value as values
from edgegw.model.value import changed, value


@value(slots=False)
class Row:
    name: str
    count: int = 0


@value()
class Slotted:
    name: str
    count: int = 0


@pytest.mark.parametrize("checked", [True, False])
@pytest.mark.parametrize("kind", [Row, Slotted])
def test_a_changed_copy_differs_in_the_field_that_was_named_alone(
    kind: type[Row | Slotted], checked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(values, "_CHECKED", checked)
    row = kind("a", 1)
    assert changed(row, count=2) == kind("a", 2)
    assert row == kind("a", 1)
