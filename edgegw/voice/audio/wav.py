"""Prompts from WAV files, at the speaker's rate."""

from __future__ import annotations

import io
import wave
from array import array
from pathlib import Path

from edgegw.voice.audio.frame import SAID_HZ
from edgegw.voice.audio.resample import Resampler


class NoSound(ValueError):
    """A file that cannot be played; the text says which and why, for people."""


def read_wav(path: Path) -> bytes:
    """The file's sound as 24 kHz mono; channels are mixed, 8, 16, 24 and 32 bit integers are read.

    Raises NoSound for what is no such file, and for one that cannot be read.
    """
    try:
        return pcm_of(path.read_bytes(), str(path))
    except OSError as error:
        raise _no_sound(str(path), error.strerror or str(error)) from None


def pcm_of(wav: bytes, name: str = "the sound") -> bytes:
    """The same for a file in memory; `name` is what a complaint calls it."""
    try:
        with wave.open(io.BytesIO(wav), "rb") as file:
            channels, width, hz = file.getnchannels(), file.getsampwidth(), file.getframerate()
            raw = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise _no_sound(name, str(error) or "it ends too early") from None
    if not 4000 <= hz <= 192_000:
        raise NoSound(f"{name} cannot be played: {hz} samples a second")
    pcm = _mono(_sixteen_bits(raw[: len(raw) // (width * channels) * width * channels], width), channels)
    if hz == SAID_HZ:
        return pcm
    resampler = Resampler(hz, SAID_HZ)
    late = bytes(2 * (resampler.crossings * max(1, hz // SAID_HZ) + 1))
    return resampler.feed(pcm + late)


def _no_sound(name: str, why: str) -> NoSound:
    return NoSound(
        f"{name} cannot be played ({why}): a WAV file with PCM samples is needed, for example from "
        f"`sox {Path(name).name} -b 16 -r {SAID_HZ} -c 1 new.wav`"
    )


def _sixteen_bits(raw: bytes, width: int) -> bytes:
    if width == 1:  # unsigned, as the only width of WAV
        wide = bytearray(2 * len(raw))
        wide[1::2] = raw.translate(bytes(value ^ 0x80 for value in range(256)))
        return bytes(wide)
    wide = bytearray(2 * (len(raw) // width))
    wide[0::2], wide[1::2] = raw[width - 2 :: width], raw[width - 1 :: width]
    return bytes(wide)


def _mono(pcm: bytes, channels: int) -> bytes:
    if channels == 1:
        return pcm
    samples = array("h", pcm)
    apart = (samples[at::channels] for at in range(channels))
    return array("h", (sum(one) // channels for one in zip(*apart, strict=True))).tobytes()
