"""`edgegw voice` on the command line, without a kiosk around it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from edgegw.cli import main
from edgegw.voice.cli import missing
from tests.settings.files import written

SITE = "site: {id: a}\nstations: [{id: A}]\n"


def test_a_wrong_file_is_78_with_every_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, SITE + "voice: {vad: ten, echo: loud}\n")
    assert main(["voice", "-c", str(path)]) == 78
    err = capsys.readouterr().err
    assert "voice.vad: 'ten' is not allowed" in err
    assert "voice.echo: 'loud' is not allowed" in err


def test_a_site_without_eva_is_78_and_says_which_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["voice", "-c", str(written(tmp_path, SITE))]) == 78
    assert "voice.enabled is false; set it to true" in capsys.readouterr().err


def test_packages_that_are_missing_are_named_with_what_brings_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing(ears=True) is None
    for name in ("google", "google.genai", "sounddevice", "webrtcvad"):
        monkeypatch.setitem(sys.modules, name, None)
    assert missing(ears=True) == (
        "google-genai, sounddevice, webrtcvad-wheels not installed: install the extra, pip install 'edgegw[voice]'"
    )
    assert missing(ears=False) == "google-genai not installed: install the extra, pip install 'edgegw[voice]'"


@pytest.mark.parametrize("words", [["--text", "--check"], ["--devices", "--text"], ["--render-prompts"], ["x"]])
def test_what_does_not_go_together_is_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["voice", *words]) == 2
    assert "usage: edgegw voice" in capsys.readouterr().err


def test_a_folder_that_can_not_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["voice", "--render-prompts", str(tmp_path / "file" / "x")]) == 1
    assert "Not a directory" in capsys.readouterr().err
