"""The adapter to Vosk: the package is no dependency, so a module of its shape stands in for it."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path

import pytest

from edgegw.voice.recognize.recognizer import RecognizerMissing
from edgegw.voice.recognize.vosk import VoskRecognizer


def stand_in(text: str, heard: list[object]) -> types.ModuleType:
    """vosk 0.3.45's `Model`, `KaldiRecognizer` and `SetLogLevel`, as far as they are used."""

    class KaldiRecognizer:
        def __init__(self, model: object, rate: int, grammar: str) -> None:
            heard.extend((rate, json.loads(grammar)))

        def AcceptWaveform(self, pcm: bytes) -> bool:  # noqa: N802
            heard.append(pcm)
            return True

        def FinalResult(self) -> str:  # noqa: N802
            return json.dumps({"text": text})

    def model(folder: str) -> object:
        if not (Path(folder) / "am").exists():
            raise Exception("Failed to create a model")
        return object()

    module = types.ModuleType("vosk")
    module.KaldiRecognizer = KaldiRecognizer  # type: ignore[attr-defined]
    module.Model = model  # type: ignore[attr-defined]
    module.SetLogLevel = lambda level: None  # type: ignore[attr-defined]
    return module


def test_it_is_told_what_it_may_hear_and_what_it_is_unsure_of_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[object] = []
    monkeypatch.setitem(sys.modules, "vosk", stand_in("quanto custa [unk] aqui", heard))
    (tmp_path / "am").mkdir()
    assert VoskRecognizer(tmp_path).hear(b"pcm", ["quanto custa"]) == "quanto custa aqui"
    assert heard == [16000, ["quanto custa", "[unk]"], b"pcm"]


def test_a_missing_folder_a_missing_package_and_a_wrong_folder_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RecognizerMissing, match="there is no folder"):
        VoskRecognizer(tmp_path / "nowhere")
    monkeypatch.setitem(sys.modules, "vosk", None)
    with pytest.raises(RecognizerMissing, match="pip install vosk"):
        VoskRecognizer(tmp_path)
    monkeypatch.setitem(sys.modules, "vosk", stand_in("", []))
    with pytest.raises(RecognizerMissing, match="is no Vosk model"):
        VoskRecognizer(tmp_path)
