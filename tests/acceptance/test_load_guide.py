"""docs/load.md is true: its files are good ones, and its simulation says what it shows."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from edgegw.cli import main
from tests.acceptance.test_stations_guide import fits
from tests.support.gateway import CHECKOUT

TEXT = (CHECKOUT / "docs" / "load.md").read_text(encoding="utf-8")
FILES = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
COMMANDS = re.findall(r"^```console\n\$ edgegw (.*?)\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


def checked(folder: Path, *blocks: str) -> int:
    """The exit code of `edgegw check` on a site with these blocks, the later ones over the earlier."""
    whole: dict[str, object] = {"site": {"id": "here"}, "stations": [{"id": "CP00"}], "ocpp": {}}
    for block in blocks:
        for key, section in YAML(typ="safe").load(block).items():
            known = whole.get(key)
            whole[key] = {**known, **section} if isinstance(known, dict) else section
    path = folder / "edgegw.yaml"
    with path.open("w") as file:
        YAML().dump(whole, file)
    return main(["check", str(path)])


def test_its_files_are_good_ones(tmp_path: Path) -> None:
    least, feeders, named, learned, night = FILES
    assert checked(tmp_path, least) == 0
    assert checked(tmp_path, least, feeders) == 0
    assert checked(tmp_path, least, named) == 0
    assert checked(tmp_path, least, learned, night) == 0


def test_phases_that_are_to_be_learned_want_a_meter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(tmp_path, "supply: {limit_a: 125, building_max_a: 60}", FILES[3]) == 78
    assert "auto needs a meter" in capsys.readouterr().err


def test_what_it_says_of_a_fallback_that_does_not_fit_is_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(tmp_path, FILES[0], "supply: {limit_a: 62, building_max_a: 60, fallback_a: 8}") == 78
    assert "8 A for each EVSE" in capsys.readouterr().err


def test_its_simulation_says_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ((command, shown),) = COMMANDS
    monkeypatch.chdir(tmp_path)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert main(shlex.split(command)) == 0
    lines = said.getvalue().splitlines(keepends=True)
    assert fits(shown, "".join(line for line in lines if "times as fast" not in line)), "but for this machine's speed"
    assert (tmp_path / "out.html").stat().st_size > 100_000
