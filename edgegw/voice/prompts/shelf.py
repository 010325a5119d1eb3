"""Where the sound of a sentence comes from: the installer's recording, the package's rendering, or espeak-ng now."""

from __future__ import annotations

import logging
import wave
from collections.abc import Callable
from pathlib import Path

from edgegw.voice.languages import LANGUAGES, Language
from edgegw.voice.prompts.espeak import NoLocalVoice, speech
from edgegw.voice.prompts.texts import texts

log = logging.getLogger("edgegw.voice")

RATE = 24000
"""Samples a second of what is said."""


class Shelf:
    """The sound of sentences. Blocks on disk and espeak-ng: call it in a thread.

    `folders`: where files LANGUAGE/NAME.wav are looked for, in order. `pcm` makes 24 kHz mono s16le of a WAV file; what
    it raises as ValueError is a file to be passed over.
    """

    def __init__(self, folders: list[Path], pcm: Callable[[bytes], bytes]) -> None:
        self._folders = folders
        self._pcm = pcm
        self._kept: dict[tuple[str, Language], bytes] = {}

    def text(self, name: str, language: Language) -> str:
        """The words of a prepared sentence."""
        return texts()[language][name]

    def prompt(self, name: str, language: Language) -> bytes:
        """The sound of a prepared sentence; empty when there is no way to make it. One that had to be made is kept."""
        found = self._recorded(name, language) or self._kept.get((name, language))
        if found is None:
            found = self._kept[name, language] = self.spoken(self.text(name, language), language)
        return found

    def spoken(self, text: str, language: Language) -> bytes:
        """The sound of any sentence, by espeak-ng; empty when that can't speak, which the log tells."""
        try:
            return self._pcm(speech(text, language))
        except (NoLocalVoice, ValueError) as error:
            log.error("a sentence can't be said: %s", error)
            return b""

    def warm(self, language: Language) -> None:
        """Make all sentences of a language ready, so that none is waited for."""
        for name in texts()[language]:
            self.prompt(name, language)

    def _recorded(self, name: str, language: Language) -> bytes | None:
        for folder in self._folders:
            path = folder / language / f"{name}.wav"
            try:
                return self._pcm(path.read_bytes())
            except FileNotFoundError:
                continue
            except (OSError, ValueError) as error:
                log.warning("the recording %s is passed over: %s", path, error)
        return None


def render(folder: Path, pcm: Callable[[bytes], bytes]) -> int:
    """Write every sentence in every language to FOLDER/LANGUAGE/NAME.wav; how many. Raises NoLocalVoice, OSError.

    The files have the speaker's rate, so that nothing is left to be reckoned when one is to be heard.
    """
    count = 0
    for language in LANGUAGES:
        (folder / language).mkdir(parents=True, exist_ok=True)
        for name, text in texts()[language].items():
            with wave.open(str(folder / language / f"{name}.wav"), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(RATE)
                file.writeframes(pcm(speech(text, language)))
            count += 1
    return count
