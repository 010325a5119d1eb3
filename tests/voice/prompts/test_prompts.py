"""Sentences that need no cloud."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from edgegw.voice.audio.wav import pcm_of
from edgegw.voice.languages import LANGUAGES
from edgegw.voice.prompts import espeak
from edgegw.voice.prompts.shelf import Shelf, render
from edgegw.voice.prompts.texts import texts

MANY = 15


def test_every_sentence_is_there_in_every_language_and_short_enough_to_be_listened_to() -> None:
    assert len(texts()["pt-BR"]) >= MANY
    for language in LANGUAGES:
        assert texts()[language].keys() == texts()["pt-BR"].keys()
        assert [name for name, text in texts()[language].items() if not 10 < len(text) < 130] == []


def test_rendering_writes_whole_wav_files_of_every_sentence(tmp_path: Path) -> None:
    count = render(tmp_path, pcm_of)
    files = sorted(tmp_path.rglob("*.wav"))
    assert count == len(files) == len(LANGUAGES) * len(texts()["en"])
    assert {path.parent.name for path in files} == set(LANGUAGES)
    for path in files:
        with wave.open(str(path)) as file:
            assert (file.getframerate(), file.getnchannels()) == (24000, 1)
            assert file.getnframes() * 2 + 44 == path.stat().st_size
            assert 0.8 < file.getnframes() / file.getframerate() < 10.0, path


def test_a_recording_goes_before_the_rendering_and_that_before_the_local_voice(tmp_path: Path) -> None:
    recordings, rendered = tmp_path / "recordings", tmp_path / "rendered"
    (recordings / "pt-BR").mkdir(parents=True)
    (rendered / "pt-BR").mkdir(parents=True)
    for folder, name, text in (
        (recordings, "goodbye", "gravado"),
        (rendered, "goodbye", "feito"),
        (rendered, "failed", "x"),
    ):
        (folder / "pt-BR" / f"{name}.wav").write_bytes(espeak.speech(text, "pt-BR"))
    shelf = Shelf([recordings, rendered], pcm_of)
    assert shelf.prompt("goodbye", "pt-BR") == pcm_of(espeak.speech("gravado", "pt-BR"))
    assert shelf.prompt("failed", "pt-BR") == pcm_of(espeak.speech("x", "pt-BR"))
    assert len(shelf.prompt("one_moment", "pt-BR")) > 22050  # made now
    (recordings / "pt-BR" / "goodbye.wav").unlink()  # another one is heard without a restart
    assert shelf.prompt("goodbye", "pt-BR") == pcm_of(espeak.speech("feito", "pt-BR"))


def test_a_recording_that_is_none_is_passed_over_and_told_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "failed.wav").write_bytes(b"not a sound")
    assert len(Shelf([tmp_path], pcm_of).prompt("failed", "en")) > 22050
    assert "failed.wav is passed over" in caplog.text


def test_text_cannot_be_taken_for_an_option_of_the_program() -> None:
    assert len(espeak.speech("--version", "en")) > 10_000


def test_without_the_program_it_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(espeak.NoLocalVoice, match="apt-get install espeak-ng"):
        espeak.speech("oi", "pt-BR")
    assert Shelf([], pcm_of).spoken("oi", "pt-BR") == b""
    assert "can't be said" in caplog.text
