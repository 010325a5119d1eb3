"""Manual pages, completion and bill of materials, as the packages bring them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from deb import completion, manual, papers
from deb.commands import actions, commands
from edgegw import __version__
from edgegw.settings.schemas import settings

CHECKOUT = Path(__file__).parents[2]


def rendered(page: Path) -> tuple[str, str]:
    """What man shows, and what it complains about."""
    done = subprocess.run(
        ["man", "--warnings", "-l", str(page)], capture_output=True, text=True, timeout=30,
        env={"PATH": "/usr/bin:/bin", "MANWIDTH": "200", "LC_ALL": "C.UTF-8", "MAN_KEEP_FORMATTING": ""},
    )  # fmt: skip
    return re.sub(r".\x08", "", done.stdout), done.stderr


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("man")
    manual.main(folder)
    return folder


def test_the_manual_names_every_command_and_option_of_the_program(pages: Path) -> None:
    text = (pages / "edgegw.8").read_text().replace(r"\-", "-")
    found = list(commands())
    assert {" ".join(words) for words, _ in found} >= {"run", "journal backup", "stations accept", "simulate meter"}
    for words, parser in found[1:]:
        section = text.partition(f".SS edgegw {' '.join(words)}\n")[2].partition("\n.SS ")[0]
        assert section, words
        for action in actions(parser):
            for option in action.option_strings:
                assert rf"\fB{option}\fR" in section, (words, option)


def test_the_manual_of_the_configuration_names_every_key(pages: Path) -> None:
    text = (pages / "edgegw.yaml.5").read_text().replace(r"\-", "-")
    named = set(re.findall(r"^\\fB(\S+)\\fR", text, re.MULTILINE))
    schema = settings()
    every = {key for each in [schema, *schema["$defs"].values()] for key in each.get("properties", {})}
    assert every - {name.rpartition(".")[2] for name in named} == set()
    assert {"site.id", "stations[].evses[].max_a", "tariffs.NAME.energy_kwh", "uplink.brokers"} <= named
    assert "storage.budget\\fR (string, default 2GiB)" in text
    assert "see edgegw schema" not in text


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
def test_both_manuals_are_shown_without_a_warning(pages: Path) -> None:
    for name, words in (("edgegw.8", "edgegw journal backup"), ("edgegw.yaml.5", "stations[].evses[].max_a")):
        shown, complaints = rendered(pages / name)
        assert complaints == ""
        assert words in shown


def test_the_exit_codes_are_in_the_manual(pages: Path) -> None:
    text = (pages / "edgegw.8").read_text()
    section = text.partition(".SH EXIT STATUS")[2].partition(".SH")[0]
    assert re.findall(r"\\fB(\d+)\\fR", section) == ["0", "1", "2", "78"]


COMPLETE = r"""
_init_completion() { words=("${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=${words[cword]}; prev=${words[cword-1]}; }
_filedir() { COMPREPLY=(FILES); }
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_edgegw
printf '%s\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def completes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("completion") / "edgegw"
    path.write_text(completion.script())
    return path


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (["jour"], {"journal"}),
        (["journal", "b"], {"backup"}),
        (["journal", "backup", "--f"], {"--force"}),
        (["journal", "backup", ""], {"FILES"}),
        (["run", "-c", ""], {"FILES"}),
        (["run", "--h"], {"--help"}),
        (["simulate", "stations", "--version", "2.0"], {"2.0.1"}),
        (["-c", "x", "run", "-"], {"-c", "--help"}),
    ],
)
def test_bash_completes(typed: list[str], offered: set[str], completes: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", COMPLETE, "bash", str(completes), "edgegw", *typed], capture_output=True, text=True, timeout=20
    )
    assert done.stderr == ""
    assert set(done.stdout.split()) == offered


def test_a_bill_of_materials_is_the_same_whenever_it_is_made_and_another_for_another_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1793534400")
    info = tmp_path / "tree" / "Some_Thing-1.2.dist-info"
    (info / "licenses").mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.4\nName: Some_Thing\nVersion: 1.2\nLicense-Expression: MIT\n")
    (info / "licenses" / "LICENSE").write_text("Copyright somebody")
    made = []
    for name in ("a", "b"):
        papers.write(tmp_path / "tree", tmp_path, "core", tmp_path / name / "edgegw")
        made.append((tmp_path / name / "edgegw" / "edgegw.cdx.json").read_text())
    assert made[0] == made[1]
    document = json.loads(made[0])
    assert document["components"][0]["purl"] == "pkg:pypi/some-thing@1.2"
    assert document["components"][0]["licenses"] == [{"expression": "MIT"}]
    assert document["metadata"]["component"]["version"] == __version__
    assert "Copyright somebody" in (tmp_path / "a" / "edgegw" / "third-party-licences.txt").read_text()
    other = papers.materials("edgegw", [{"bom-ref": "x"}])
    assert other["serialNumber"] != document["serialNumber"]


def test_the_package_has_the_version_of_the_program() -> None:
    assert (CHECKOUT / "debian" / "changelog").read_text().startswith(f"edgegw ({__version__}) ")
