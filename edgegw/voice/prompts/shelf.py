"""Where the sound of a sentence comes from: the installer's recording, the package's rendering, or espeak-ng now."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from edgegw.voice.languages import LANGUAGES, Language
from edgegw.voice.prompts.espeak import NoLocalVoice, speech
from edgegw.voice.prompts.texts import texts

log = logging.getLogger("edgegw.voice")


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
        """The sound of a prepared sentence, kept for the next time; empty when there is no way to make it."""
        found = self._kept.get((name, language))
        if found is None:
            found = self._recorded(name, language) or self.spoken(self.text(name, language), language)
            if found:
                self._kept[name, language] = found
        return found

    def spoken(self, text: str, language: Language) -> bytes:
        """The sound of any sentence, by espeak-ng; empty when that can't speak, which the log tells."""
        try:
            return self._pcm(speech(text, language))
        except (NoLocalVoice, ValueError) as error:
            log.error("a sentence can't be said: %s", error)
            return b""

    def warm(self) -> None:
        """Make all sentences ready, so that none is waited for."""
        for language in LANGUAGES:
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


def render(folder: Path) -> int:
    """Write every sentence in every language to FOLDER/LANGUAGE/NAME.wav; how many. Raises NoLocalVoice, OSError.

    The files are those of espeak-ng (22050 Hz), with the length in their headers mended: it streams, and does not know.
    """
    count = 0
    for language in LANGUAGES:
        (folder / language).mkdir(parents=True, exist_ok=True)
        for name, text in texts()[language].items():
            (folder / language / f"{name}.wav").write_bytes(whole(speech(text, language)))
            count += 1
    return count


def whole(wav: bytes) -> bytes:
    """A streamed WAV file (a 44-byte header, then the samples) with its true lengths."""
    return wav[:4] + (len(wav) - 8).to_bytes(4, "little") + wav[8:40] + (len(wav) - 44).to_bytes(4, "little") + wav[44:]
