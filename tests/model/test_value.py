"""Values as they are at a site, where nothing checks them: the tests' own values are frozen."""

from __future__ import annotations

import importlib.util

import pytest

from edgegw.model import value as checked


@pytest.mark.parametrize("slots", [True, False])
def test_a_copy_can_be_made_of_any_value_where_nothing_checks(slots: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEGW_CHECKED", "")
    spec = importlib.util.spec_from_file_location("unchecked_value", checked.__file__)
    assert spec is not None
    assert spec.loader is not None
    unchecked = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(unchecked)

    @unchecked.value(slots=slots)
    class Row:
        number: int
        text: str = "same"

    row = Row(1)
    new = unchecked.changed(row, number=2)
    assert (new.number, new.text, row.number) == (2, "same", 1)
