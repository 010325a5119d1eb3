"""A header that is damaged costs nothing: what it says is known, or read off the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgegw.journal.header import LENGTH, mend, opens
from edgegw.journal.store import FILE_NAME
from tests.journal.damage import BLOCKS, FACTS, flip, proven, reopened
from tests.journal.parts import rows


@pytest.mark.parametrize("spot", [0, 15, 16, 17, 18, 19, 20, 21, 23, 28, 31, 44, 47, 56, 59])
async def test_bytes_of_the_header_cost_no_record(folder: Path, sound: Path, spot: int) -> None:
    flip(folder, spot, 1)
    found = await reopened(folder)
    assert rows(folder, "SELECT count(*) FROM facts WHERE epoch = 1") == [(FACTS + (found["reason"] != "salvage"),)]
    assert rows(folder, "SELECT count(*) FROM blocks") == [(BLOCKS,)]
    if found["reason"] == "salvage":
        proven(folder, sound)


async def test_a_whole_header_that_is_lost_costs_no_record(folder: Path, sound: Path) -> None:
    flip(folder, 0, LENGTH)
    found = await reopened(folder)
    assert found["reason"] == "salvage"
    assert rows(folder, "SELECT count(*) FROM facts WHERE epoch = 1") == [(FACTS,)]
    assert rows(folder, "SELECT count(*) FROM blocks") == [(BLOCKS,)]
    proven(folder, sound)


async def test_a_header_that_is_lost_with_the_table_of_contents_costs_no_record(folder: Path, sound: Path) -> None:
    flip(folder, 0, 1024)
    assert (await reopened(folder))["reason"] == "salvage"
    assert rows(folder, "SELECT count(*) FROM facts WHERE epoch = 1") == [(FACTS,)]
    assert rows(folder, "SELECT count(*) FROM blocks") == [(BLOCKS,)]
    proven(folder, sound)


def test_a_header_that_serves_is_left_alone_and_so_is_a_file_without_pages(folder: Path) -> None:
    file = folder / FILE_NAME
    before = file.read_bytes()
    assert mend(file, opens) is None
    assert file.read_bytes() == before
    nothing = bytes(range(256)) * 16
    file.write_bytes(nothing)
    assert mend(file, opens) is None
    assert file.read_bytes() == nothing
