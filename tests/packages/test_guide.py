"""docs/install.md is true: its configuration is right, its commands exist, its files are in the packages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deb.commands import below, commands
from edgegw import __version__
from edgegw.settings import load

CHECKOUT = Path(__file__).parents[2]
GUIDE = (CHECKOUT / "docs" / "install.md").read_text(encoding="utf-8")


def test_its_configuration_is_right(tmp_path: Path) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    path = tmp_path / "edgegw.yaml"
    path.write_text(block)
    (adapter,) = load(path).warnings  # which this machine lacks
    assert adapter.key == "meters[0].connection.serial"


@pytest.mark.parametrize("words", sorted(set(re.findall(r"(?<!-u )\bedgegw ([a-z]+(?: [a-z]+)?)", GUIDE))))
def test_its_commands_exist(words: str) -> None:
    known = {" ".join(each): parser for each, parser in commands()}
    if words not in known:
        words = words.partition(" ")[0]
        assert words in known
        assert not below(known[words])


def test_its_units_and_folders_are_in_the_packages() -> None:
    units = set(re.findall(r"\bedgegw-[a-z]+\.(?:socket|service|timer)\b", GUIDE))
    assert units
    assert units <= {path.name for path in (CHECKOUT / "systemd").iterdir()}
    rules = (CHECKOUT / "debian" / "rules").read_text()
    for folder in re.findall(r"/etc/edgegw/credentials[a-z-]*", GUIDE):
        assert folder in rules


def test_its_package_is_this_version_and_its_score_what_the_tests_hold() -> None:
    assert set(re.findall(r"edgegw(?:-voice)?_([\d.]+)_", GUIDE)) == {__version__}
    assert "gives it 1.5 of 10" in GUIDE
