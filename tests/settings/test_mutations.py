"""Whatever happens to a file in an editor, `load` takes it or says where it is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from edgegw.settings import Invalid, load
from edgegw.settings.findings import Finding
from tests.settings.files import SITE

LINES = SITE.read_text(encoding="utf-8").split("\n")
SCRAPS = [
    *"{}[],:-?|>#&*!%@`'\"~\té\x00\ufeff", "null", "true", "5", "-1", "1e400", ".nan", ".inf", "0x10", "2026-01-01",
    "99999999999999999999", "!!int ", "<<: ", "&a ", "*a", "---", "...", "{a: {b: c}}", "[[", "3: ", "? ",
    "127.0.0.1:1", "15s", "2GiB", "L1", "main", "auto",
]  # fmt: skip

Edit = Callable[[list[str], int, int, str], None]


def drop(lines: list[str], at: int, column: int, scrap: str) -> None:
    del lines[at]


def double(lines: list[str], at: int, column: int, scrap: str) -> None:
    lines.insert(column % (len(lines) + 1), lines[at])


def insert(lines: list[str], at: int, column: int, scrap: str) -> None:
    lines[at] = lines[at][:column] + scrap + lines[at][column:]


def replace_value(lines: list[str], at: int, column: int, scrap: str) -> None:
    lines[at] = f"{lines[at].partition(':')[0]}: {scrap}"


def cut(lines: list[str], at: int, column: int, scrap: str) -> None:
    lines[at] = lines[at][:column]


def indent(lines: list[str], at: int, column: int, scrap: str) -> None:
    lines[at] = " " * (column % 5) + lines[at]


def outdent(lines: list[str], at: int, column: int, scrap: str) -> None:
    lines[at] = lines[at][column % 5 :]


EDITS = st.tuples(
    st.sampled_from([drop, double, insert, replace_value, cut, indent, outdent]),
    st.integers(0, len(LINES) - 1),
    st.integers(0, 90),
    st.sampled_from(SCRAPS),
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mutations") / "e.yaml"


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@example(edits=[(replace_value, 4, 0, "!!int ")])
@given(edits=st.lists(EDITS, min_size=1, max_size=4))
def test_an_edited_file_is_taken_or_every_finding_points_into_it(
    edits: list[tuple[Edit, int, int, str]], path: Path
) -> None:
    lines = list(LINES)
    for edit, at, column, scrap in edits:
        edit(lines, min(at, len(lines) - 1), column, scrap)
    text = "\n".join(lines)
    path.write_text(text, encoding="utf-8")
    for finding in refused(path):
        assert finding.file == str(path)
        assert 1 <= finding.line <= len(text.splitlines()) + 1
        assert finding.column >= 1
        assert finding.message
        assert "\n" not in str(finding)
        assert not finding.warning


def refused(path: Path) -> list[Finding]:
    """Why the file is refused, at least one reason; nothing when it is taken."""
    try:
        load(path)
    except Invalid as error:
        return error.findings or pytest.fail("refused without a reason")
    return []
