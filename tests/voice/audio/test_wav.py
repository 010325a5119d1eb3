"""Prompts: WAV files as sox and espeak-ng write them, and the signs that are made in code."""

from __future__ import annotations

import math
import subprocess
import sys
from array import array
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest

from edgegw.voice.audio.earcons import Earcon, earcon
from edgegw.voice.audio.wav import NoSound, read_wav
from tests.support.sound import rms, tone


def sox(folder: Path, *options: str) -> Path:
    """A tone of 440 Hz, a second long, at half loudness."""
    path = folder / "made.wav"
    subprocess.run(
        ["sox", "-R", "-n", *options, str(path), "synth", "1", "sine", "440", "vol", "0.5"],
        check=True,
        capture_output=True,
    )
    return path


@pytest.mark.parametrize(
    "options",
    [
        ("-r", "24000", "-b", "16", "-c", "1"),
        ("-r", "22050", "-b", "16", "-c", "1"),
        ("-r", "44100", "-b", "24", "-c", "2"),
        ("-r", "48000", "-b", "32", "-e", "signed-integer", "-c", "2"),
        ("-r", "8000", "-b", "8", "-c", "1"),
    ],
    ids=" ".join,
)
def test_a_file_of_any_rate_width_and_channels_is_the_same_tone_at_24_khz(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    path = sox(tmp_path, *options)
    if sys.version_info < (3, 12) and ("24" in options or "32" in options):
        # sox writes such files as WAVE_FORMAT_EXTENSIBLE, which `wave` has read since Python 3.12.
        with pytest.raises(NoSound, match=r"65534.*`sox"):
            read_wav(path)
        return
    pcm = read_wav(path)
    assert 1.0 <= len(pcm) / 48_000 < 1.02
    # Least squares against a sine and a cosine of 440 Hz: what is left over is noise and distortion.
    samples = array("h", pcm)[4800:19_200]
    turn = 2 * math.pi * 440 / 24_000
    sine = sum(value * math.sin(turn * at) for at, value in enumerate(samples)) * 2 / len(samples)
    cosine = sum(value * math.cos(turn * at) for at, value in enumerate(samples)) * 2 / len(samples)
    assert math.hypot(sine, cosine) == pytest.approx(16_384, rel=0.01)
    rest = [value - sine * math.sin(turn * at) - cosine * math.cos(turn * at) for at, value in enumerate(samples)]
    limit = 150 if "8" in options else 6
    assert math.sqrt(sum(value * value for value in rest) / len(rest)) < limit


def test_what_espeak_says_stays_as_long_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "said.wav"
    subprocess.run(["espeak-ng", "-v", "pt-br", "-w", path, "Sem conexão. Use a tela ou o cartão."], check=True)
    length_s = float(subprocess.run(["soxi", "-D", path], check=True, capture_output=True, text=True).stdout)
    pcm = read_wav(path)
    assert len(pcm) / 48_000 == pytest.approx(length_s, abs=0.01)
    assert rms(pcm) > 500


@pytest.mark.parametrize("content", [b"", b"RIFF", b"ID3 no wave at all" * 100, None])
def test_what_is_no_sound_is_refused_with_the_way_out(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "broken.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NoSound, match=r"broken\.wav cannot be played .*sox broken\.wav"):
        read_wav(path)


@pytest.mark.parametrize("name", get_args(Earcon))
def test_a_sign_is_short_and_heard_and_does_not_click(name: Earcon) -> None:
    samples = array("h", earcon(name))
    assert 0.1 < len(samples) / 24_000 <= 0.4
    assert 2000 < rms(samples.tobytes()) < 8000
    assert abs(samples[0]) < 100 > abs(samples[-1])
    steepest = max(abs(after - before) for before, after in pairwise(samples))
    assert steepest <= 2 * math.pi * 1175 / 24_000 * max(samples) + 100


def test_the_signs_are_told_apart_by_their_length_or_pitch() -> None:
    def crossings(pcm: bytes) -> float:
        samples = [value for value in array("h", pcm) if value]
        turns = sum((before < 0) != (after < 0) for before, after in pairwise(samples))
        return turns / len(samples) * 12_000

    pitches = sorted(crossings(earcon(name)) for name in get_args(Earcon))
    assert all(higher - lower > 40 for lower, higher in pairwise(pitches)), pitches
    assert abs(crossings(tone(997, 0.3)) - 997) < 20  # the measure itself
