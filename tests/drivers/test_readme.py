"""The README's table of meters is the drivers'."""

import re
from pathlib import Path

import pytest

from edgegw.meters import cli

README = Path(__file__).parents[2] / "README.md"
SHOWN = re.compile(r"<!-- meters: .* -->\n(.*)<!-- end of meters -->", re.DOTALL)


def test_the_readmes_table_of_meters_is_what_the_command_prints(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("edgegw.driverfiles.SITE_DRIVERS", tmp_path)
    assert cli.main(["list", "--markdown"]) == 0
    shown = SHOWN.search(README.read_text())
    assert shown is not None
    told = "print it with `./run edgegw drivers list --markdown`, and put it between the two comments of README.md"
    assert shown[1] == capsys.readouterr().out, told


def test_unverified_maps_stand_out_in_the_table_and_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["list"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("phoenix-eem-mb370"))
    assert "unverified" in line
    row = next(row for row in README.read_text().splitlines() if "`phoenix-eem-mb370`" in row)
    assert "**unverified**" in row
