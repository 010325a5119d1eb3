"""The table of complaints in docs/live.md names tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (\d+) \| (.+) \| (.+) \| `(tests/.+\.py)::(test_\w+)` \|$", flags=re.MULTILINE)
ROWS = ROW.findall((ROOT / "docs" / "live.md").read_text())


def test_there_are_nineteen() -> None:
    assert [int(number) for number, *_ in ROWS] == list(range(1, 20))


@pytest.mark.parametrize(("path", "name"), sorted({(path, name) for *_, path, name in ROWS}))
def test_each_has_its_test(path: str, name: str) -> None:
    defined = ast.walk(ast.parse((ROOT / path).read_text()))
    assert name in {each.name for each in defined if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}
