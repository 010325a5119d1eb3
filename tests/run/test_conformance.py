"""docs/conformance.md names tests that there are, and says `pass` of nothing without one."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
CASES = re.findall(r"^\| (.+?) \| ?(.*?) ?\| (pass|not yet) \|$", TEXT, flags=re.MULTILINE)
NAMED = sorted(set(re.findall(r"`(tests/[^`]+)`", "\n".join(tests for _, tests, _ in CASES))))


@cache
def collected(file: str) -> frozenset[str]:
    """The tests of a file that pytest collects: functions of the module's own whose names say so."""
    path = ROOT / file
    assert path.name.startswith("test_"), file
    body = ast.parse(path.read_text(encoding="utf-8")).body
    functions = (each for each in body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(each.name for each in functions if each.name.startswith("test_"))


@pytest.mark.parametrize("named", NAMED)
def test_a_test_that_a_case_names_is_there(named: str) -> None:
    file, _, name = named.partition("::")
    assert (ROOT / file).is_file()
    assert name in collected(file)


def test_no_case_passes_without_a_test() -> None:
    assert [case for case, tests, state in CASES if state == "pass" and "::" not in tests] == []


def test_every_row_of_the_tables_says_how_it_stands() -> None:
    """So that a row with a slip in it is not passed over, above."""
    sections = TEXT.partition("## OCPP 1.6")[2]
    rows = [line for line in sections.splitlines() if line.startswith("| ") and not line.startswith("| case |")]
    assert len(rows) == len(CASES) > 100


def test_every_case_has_one_row() -> None:
    blocks = re.split(r"^### ", TEXT, flags=re.MULTILINE)[1:]
    for block in blocks:
        cases = Counter(re.findall(r"^\| (?!case )(.+?) \|", block, flags=re.MULTILINE))
        assert [case for case, count in cases.items() if count > 1] == []


def test_every_conformance_test_is_named_by_a_case() -> None:
    folder = ROOT / "tests" / "acceptance" / "conformance"
    files = [f"{path.relative_to(ROOT)}" for path in sorted(folder.glob("test_*.py"))]
    lacking = {f"{file}::{name}" for file in files for name in collected(file)} - set(NAMED)
    assert lacking == set()
