"""Parts of a file, as HTTP clients ask for them."""

from __future__ import annotations

import pytest

from edgegw.files.ranges import Unsatisfiable, wanted


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-9", (0, 10)), ("bytes=90-", (90, 100)), ("bytes=-10", (90, 100)), ("bytes=-1000", (0, 100)),
        ("Bytes = 5-500", (5, 100)), (None, None), ("bytes=-", None), ("bytes=0-1,5-6", None), ("lines=1-2", None),
        ("bytes=9-3", None), ("bytes=x-", None),
    ],
)  # fmt: skip
def test_one_range_is_answered_and_what_can_not_be_read_gets_the_whole(
    header: str | None, part: tuple[int, int] | None
) -> None:
    assert wanted(header, 100) == part


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_what_begins_behind_the_end_is_none(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        wanted(header, 100)
