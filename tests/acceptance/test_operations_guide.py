"""docs/operations.md is true: its commands run and say what it shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from edgegw.cli import main
from tests.acceptance.test_stations_guide import fits
from tests.support.gateway import CHECKOUT, GatewayProcess

TEXT = (CHECKOUT / "docs" / "operations.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^```console (\w+)\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE))

STEP = r"^\$ (.*)\n((?:(?!\$ ).*\n)*)"
"""A command and the output behind it."""

pytestmark = pytest.mark.timeout(120)


def shown_by(block: str, command: str) -> str:
    """What the page shows below one command of a block."""
    return dict(re.findall(STEP, BLOCKS[block], re.MULTILINE))[command]


class Page:
    """The page's blocks, run in `folder` with the configuration `file`; `run` are those that were."""

    def __init__(self, folder: Path, file: Path) -> None:
        self.folder = folder
        self.file = file
        self.run: set[str] = set()

    def check(self, block: str, **environment: str) -> None:
        for command, shown in re.findall(STEP, BLOCKS[block], re.MULTILINE):
            said = self._said(command, environment)
            assert fits(shown, said), f"$ {command}\n{said}\ninstead of\n{shown}"
        self.run.add(block)

    def _said(self, command: str, environment: dict[str, str]) -> str:
        """The command as a shell runs it, `edgegw` being this one."""
        program = f'edgegw() {{ {sys.executable} -m edgegw "$@"; }}; sudo() {{ "$@"; }}; {command}'
        here = {"EDGEGW_CONFIG": str(self.file), "PYTHONPATH": str(CHECKOUT), "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            ["bash", "-c", program], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False, env={**os.environ, **here, **environment},
        )  # fmt: skip
        return done.stdout


def test_its_commands_say_what_it_shows(tmp_path: Path) -> None:
    gateway = GatewayProcess(tmp_path, [{"id": "CP01", "password": {"credential": "cp01"}}])
    page = Page(tmp_path, gateway.file)
    (tmp_path / "answers.yaml").write_text(shown_by("begun", "cat answers.yaml"))
    page.check("begun")
    page.check("stored")
    with gateway:
        for block in ("ailing", "changed", "bundled", "hardened"):
            page.check(block)
    assert page.run == BLOCKS.keys()


def test_its_files_are_good_ones(tmp_path: Path) -> None:
    for number, block in enumerate(re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)):
        file = tmp_path / f"{number}.yaml"
        file.write_text(f"site: {{id: here}}\n{block}")
        assert main(["check", str(file)]) == 0
