"""A Vosk model folder, when the installer supplies one: no model for Portuguese comes with any package.

The package vosk is no dependency: it is imported when a folder is named, and its absence is said in a sentence.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edgegw.voice.recognize.recognizer import RecognizerMissing

RATE = 16000
UNKNOWN = "[unk]"
"""What Vosk writes for speech outside of the grammar."""


class VoskRecognizer:
    """One model."""

    def __init__(self, folder: Path) -> None:
        """Load the model of `folder`; seconds on a small computer. Raises RecognizerMissing."""
        if not folder.is_dir():
            raise RecognizerMissing(f"voice.recognizer.vosk: there is no folder {folder}; unpack a Vosk model there")
        try:
            vosk: Any = importlib.import_module("vosk")
        except (ImportError, OSError) as error:
            hint = "install it beside edgegw (pip install vosk), or leave voice.recognizer out"
            text = f"voice.recognizer.vosk: the package vosk can't be loaded: {error}; {hint}"
            raise RecognizerMissing(text) from error
        vosk.SetLogLevel(-1)
        try:
            self._model = vosk.Model(str(folder))
        except Exception as error:  # its own kind is plain Exception
            raise RecognizerMissing(f"voice.recognizer.vosk: {folder} is no Vosk model: {error}") from error
        self._make = vosk.KaldiRecognizer

    def hear(self, pcm: bytes, phrases: Sequence[str]) -> str:
        recognizer = self._make(self._model, RATE, json.dumps([*phrases, UNKNOWN], ensure_ascii=False))
        recognizer.AcceptWaveform(pcm)
        text = str(json.loads(recognizer.FinalResult()).get("text", ""))
        return " ".join(word for word in text.split() if word != UNKNOWN)
