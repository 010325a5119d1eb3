"""docs/guarantees.md names tests and faults that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.faults import cuts
from tests.faults.__main__ import names

PAGE = Path(__file__).parents[2] / "docs" / "guarantees.md"
TEXT = PAGE.read_text(encoding="utf-8")
TESTS = re.findall(r"\]\(\.\./(tests/\S+\.py)\) `(test_\w+)`", TEXT)
FAULTS = set(re.findall(r"fault `(\w+)`", TEXT))
CLAUSES = re.split(r"^\*\*G\d+\.", TEXT, flags=re.MULTILINE)[1:]


@pytest.mark.parametrize(("file", "name"), TESTS)
def test_a_test_that_a_clause_names_is_there(file: str, name: str) -> None:
    source = (PAGE.parents[1] / file).read_text(encoding="utf-8")
    assert re.search(rf"def {name}\(", source)


def test_a_fault_that_a_clause_names_is_there() -> None:
    assert set(names()) | set(cuts.KINDS) >= FAULTS


def test_every_fault_is_named_by_a_clause() -> None:
    assert set(names()) | set(cuts.KINDS) <= FAULTS | {"links_cut"}


def test_every_clause_is_held_by_a_test_and_counted_from_one() -> None:
    assert [int(number) for number in re.findall(r"^\*\*G(\d+)\.", TEXT, flags=re.MULTILINE)] == list(
        range(1, len(CLAUSES) + 1)
    )
    assert all("`test_" in clause for clause in CLAUSES)
