"""What a scripted server says aloud: PCM of 24 kHz, mono, 16 bits, from files, tones, or espeak-ng."""

from __future__ import annotations

import array
import io
import math
import subprocess
import sys
import wave
from pathlib import Path
from typing import Final

RATE_HZ: Final = 24_000
BYTES_PER_MS: Final = RATE_HZ * 2 // 1000


class NoSound(ValueError):
    """A sound that cannot be had. The text is for people."""


def tone(length_ms: int, frequency_hz: float = 440.0) -> bytes:
    """A sine of a quarter of full scale."""
    step = 2 * math.pi * frequency_hz / RATE_HZ
    return _bytes([round(8000 * math.sin(step * n)) for n in range(length_ms * RATE_HZ // 1000)])


def from_file(path: Path) -> bytes:
    """A WAV file of any rate and number of channels with 16 bits, or raw PCM as it is. Raises NoSound."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise NoSound(f"{path} can't be read: {error.strerror}") from None
    return from_wav(content, str(path)) if content[:4] == b"RIFF" else content[: len(content) // 2 * 2]


def spoken(text: str, voice: str) -> bytes:
    """`text` by espeak-ng. Raises NoSound when it is not installed or knows no such voice."""
    try:
        command = ["espeak-ng", "-v", voice, "--stdout", "--", text]
        made = subprocess.run(command, check=True, capture_output=True, timeout=30)  # noqa: S603  # no shell reads it
    except FileNotFoundError:
        raise NoSound("espeak-ng is not installed: apt install espeak-ng, or use `tone` or `file`") from None
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        said = (error.stderr or b"").decode(errors="replace").strip()
        raise NoSound(f"espeak-ng can't say this with the voice {voice!r}: {said}") from None
    return from_wav(made.stdout, "espeak-ng")


def from_wav(content: bytes, name: str) -> bytes:
    """The first channel of a WAV file with 16 bits, at our rate. Raises NoSound."""
    try:
        with wave.open(io.BytesIO(content)) as file:
            rate, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
            frames = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise NoSound(f"{name} is no WAV file that can be used: {error}") from None
    if width != 2:
        raise NoSound(f"{name} has {8 * width} bits a sample; 16 are needed")
    samples = array.array("h")
    # espeak-ng does not know the length when it writes the header, so the last sample may be a half.
    samples.frombytes(frames[: len(frames) // (2 * channels) * 2 * channels])
    if sys.byteorder == "big":
        samples.byteswap()
    mono = samples[::channels]
    if rate == RATE_HZ:
        return _bytes(list(mono))
    count = len(mono) * RATE_HZ // rate
    made = []
    for n in range(count):
        place = n * rate / RATE_HZ
        left = int(place)
        right = min(left + 1, len(mono) - 1)
        made.append(round(mono[left] + (mono[right] - mono[left]) * (place - left)))
    return _bytes(made)


def _bytes(samples: list[int]) -> bytes:
    packed = array.array("h", samples)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()
