"""The local voice: espeak-ng, which Debian has, reads a sentence aloud into memory."""

from __future__ import annotations

import subprocess

from edgegw.voice.languages import Language

VOICES: dict[Language, str] = {"pt-BR": "pt-br", "en": "en-us", "es": "es-419"}
WORDS_A_MINUTE = 160
PATIENCE_S = 10.0


class NoLocalVoice(Exception):
    """espeak-ng can't speak; the text says why, and what to do."""


def speech(text: str, language: Language) -> bytes:
    """The sentence as a WAV file in memory. Blocks for some 70 ms: call it in a thread. Raises NoLocalVoice."""
    # The text goes in by stdin, so that one that begins with a dash is no option.
    command = ["espeak-ng", "-v", VOICES[language], "-s", str(WORDS_A_MINUTE), "--stdin", "--stdout"]
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=PATIENCE_S, check=True)  # noqa: S603
    except FileNotFoundError as error:
        raise NoLocalVoice("espeak-ng is not installed (sudo apt-get install espeak-ng)") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()
        raise NoLocalVoice(f"espeak-ng failed: {said or error.returncode}") from error
    except subprocess.TimeoutExpired as error:
        raise NoLocalVoice(f"espeak-ng did not end within {PATIENCE_S:.0f} s") from error
    return done.stdout
