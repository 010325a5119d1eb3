"""The command line itself: help, usage, where the configuration is taken from, and no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from edgegw import __version__, cli
from edgegw.cli import main
from tests.settings.files import CHECKOUT, MINIMAL, SITE

COMMANDS = (
    "run", "check", "schema", "reload", "version", "stations", "demo", "simulate", "ingest", "cloud", "drivers",
    "meters", "voice", "files", "kiosk", "journal", "init", "doctor", "credential", "support-bundle", "harden",
    "erase-personal-data",
)  # fmt: skip
LATER = ("upgrade", "mcp")


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edgegw", *words], cwd=CHECKOUT, capture_output=True, text=True, timeout=30, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip


def test_help_names_every_command_of_this_version_and_none_of_a_later_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    listed = [line.split()[0] for line in text.splitlines() if line.startswith("    ") and not line.startswith("     ")]
    assert [name for name in listed if name != "COMMAND"] == list(COMMANDS)
    assert "0 good" in text
    for later in LATER:
        assert f"\n    {later} " not in text


@pytest.mark.parametrize(
    "words",
    [*([name] for name in COMMANDS), ["meters", "scan"], ["stations", "list"], ["stations", "accept"],
     ["stations", "call"], ["drivers", "read"],
     *(["journal", verb] for verb in ("show", "verify", "stats", "key", "export", "backup", "restore"))],
    ids=" ".join,
)  # fmt: skip
def test_every_command_has_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--help"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"usage: edgegw {words[0]}")
    assert err == ""


@pytest.mark.parametrize(
    "words",
    [[], ["--nonsense"], ["run", "--nonsense"], ["run", "x"], ["stations"], ["stations", "explode"],
     ["stations", "accept"], ["stations", "call", "A"], ["journal"], ["journal", "burn"],
     ["journal", "backup"], ["journal", "restore"], ["journal", "show", "a", "b"], ["journal", "show", "tx", "a", "b"],
     ["journal", "verify", "--key", "abc"], ["erase-personal-data"],
     ["erase-personal-data", "--token", "a", "--transaction", "b"], ["check", "a", "b"],
     ["schema", "--json"], ["drivers"], ["drivers", "read"], ["meters"], ["meters", "scan"]],
    ids=" ".join,
)  # fmt: skip
def test_a_wrong_usage_is_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert "usage: edgegw" in capsys.readouterr().err


@pytest.mark.parametrize("name", [*LATER, "checks", "sttions"])
def test_an_unknown_command_is_2_with_the_known_ones(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"edgegw: there is no command {name!r}; ")
    assert line.endswith(f"allowed: {', '.join(sorted(COMMANDS))}")


def test_an_unknown_command_that_is_nearly_one_is_met_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    main(["checks"])
    assert "did you mean check?" in capsys.readouterr().err


def test_check_is_0_for_a_good_file_with_its_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(MINIMAL)]) == 0
    assert capsys.readouterr() == (f"{MINIMAL}: good\n", "")
    assert main(["check", str(SITE)]) == 0
    out, err = capsys.readouterr()
    *warnings, last = out.splitlines()
    assert last == f"{SITE}: good, {len(warnings)} warnings"
    assert all(": warning: " in line for line in warnings)
    assert err == ""


def test_check_is_78_for_a_wrong_file_with_every_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "e.yaml"
    path.write_text("site: {id: A}\nstations: [{id: B, x: 1}]\n")
    assert main(["check", "-c", str(path)]) == 78
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split(": ")[0] for line in err.splitlines()] == [f"{path}:1:8", f"{path}:2:20"]
    assert main(["check", "--json", str(path)]) == 78
    first, second = json.loads(capsys.readouterr().out)
    assert (first["line"], first["column"], first["key"], first["warning"]) == (1, 8, "site.id", False)
    assert second["message"].startswith("unknown key")


def test_the_file_is_the_named_one_else_that_of_the_environment_else_the_usual_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "e.yaml"
    path.write_text("site: {id: a}\nstations: []\n")
    monkeypatch.setenv("EDGEGW_CONFIG", str(path))
    assert main(["check"]) == 0
    assert capsys.readouterr().out == f"{path}: good\n"
    assert main(["check", "-c", str(MINIMAL)]) == 0
    assert capsys.readouterr().out == f"{MINIMAL}: good\n"
    monkeypatch.setenv("EDGEGW_CONFIG", "")
    main(["check", "--help"])
    assert cli.DEFAULT_FILE in capsys.readouterr().out


def test_schemas_are_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Configuration of edgegw"
    assert main(["schema", "--mqtt"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["asyncapi"] == "3.0.0"
    assert "transaction_started" in document["components"]["schemas"]


def test_the_journal_is_looked_for_where_the_file_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "e.yaml"
    path.write_text(f"storage: {{path: {tmp_path}/nowhere}}\n")  # no site: the ledger can be looked into all the same
    assert main(["journal", "stats", "-c", str(path)]) == 1
    assert f"{tmp_path}/nowhere" in capsys.readouterr().err
    assert main(["journal", "stats", "-c", str(tmp_path / "none.yaml")]) == 78
    assert "there is no such file" in capsys.readouterr().err


def test_the_version_is_printed() -> None:
    done = run("version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"edgegw {__version__}\n", "")


@pytest.mark.parametrize("command", ["schema", "version"])
def test_a_reader_that_leaves_early_is_no_error(command: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "edgegw", command],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": ""},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 0


def test_a_mistake_of_ours_is_one_line_unless_the_details_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(path: Path) -> object:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr("edgegw.settings.load", broken)
    assert main(["check"]) == 1
    assert capsys.readouterr().err == (
        "edgegw: internal error: ZeroDivisionError: ours; run again with EDGEGW_DEBUG=1 for the details\n"
    )
    monkeypatch.setenv("EDGEGW_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(["check"])


def test_an_interrupt_is_1(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(path: Path) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr("edgegw.settings.load", interrupted)
    assert main(["check"]) == 1
