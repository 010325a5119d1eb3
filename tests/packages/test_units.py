"""The systemd units, judged by systemd itself. `./run packages` has them judged, and run, by Debian 12's and 13's."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "systemd"
UNITS = sorted(path.name for path in FOLDER.glob("edgegw*") if path.suffix in (".service", ".socket", ".timer"))

pytestmark = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, timeout=50)


def test_every_key_of_the_units_is_known_and_right(tmp_path: Path) -> None:
    for name in UNITS:  # the program is not installed here
        (tmp_path / name).write_text((FOLDER / name).read_text().replace("/usr/bin/edgegw", "/bin/true"))
    done = analyze("verify", "--man=no", *(str(tmp_path / name) for name in UNITS))
    ours = [line for line in done.stderr.splitlines() if "edgegw" in line]
    assert (done.returncode, ours) == (0, [])


@pytest.mark.parametrize(("unit", "most"), [("edgegw", 1.5), ("edgegw-voice", 1.7), ("edgegw-backup", 1.5)])
def test_a_unit_is_no_more_exposed_than_promised(unit: str, most: float) -> None:
    done = analyze(
        "security", "--offline=true", f"--threshold={most * 10:.0f}", "--no-pager", f"{FOLDER}/{unit}.service"
    )
    assert done.returncode == 0, done.stdout[-300:]


def test_only_the_voice_may_write_and_run_memory_and_none_shares_credentials() -> None:
    texts = {name: (FOLDER / f"{name}.service").read_text() for name in ("edgegw", "edgegw-voice", "edgegw-backup")}
    assert {name for name, text in texts.items() if "MemoryDenyWriteExecute=no" in text} == {"edgegw-voice"}
    given = [line for text in texts.values() for line in re.findall(r"^LoadCredential=.*", text, re.MULTILINE)]
    assert given == [
        "LoadCredential=edgegw:/etc/edgegw/credentials",
        "LoadCredential=edgegw:/etc/edgegw/credentials-voice",
    ]
