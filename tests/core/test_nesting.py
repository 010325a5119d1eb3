"""How deep is too deep."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.core.nesting import MAX_DEPTH, too_deep


def nested(depth: int, *, lists: bool) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value] if lists else {"k": value}
    return value


@pytest.mark.parametrize("lists", [False, True])
def test_only_what_is_nested_beyond_the_limit_is_too_deep(lists: bool) -> None:
    assert not too_deep(nested(MAX_DEPTH, lists=lists))
    assert too_deep(nested(MAX_DEPTH + 1, lists=lists))
    assert too_deep({"a": [1, nested(2000, lists=lists)], "b": 2})


@pytest.mark.parametrize("value", [None, 1, "[[[", [], {}, [[]] * 10_000])
def test_what_is_wide_is_not_deep(value: Any) -> None:
    assert not too_deep(value)
