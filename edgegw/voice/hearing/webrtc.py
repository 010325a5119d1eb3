"""WebRTC's voice activity detector. The only importer of webrtcvad."""

from __future__ import annotations

import webrtcvad  # type: ignore[import-untyped]

_RATE = 16_000


class WebrtcVad:
    """Says of each frame whether it is like a voice, at 0.01 % of a core. Mode 0 says so easily, 3 with reluctance.

    It takes a steady hum for speech and never changes its mind, so it needs the gate beside it.
    """

    def __init__(self, mode: int = 3) -> None:
        self._vad = webrtcvad.Vad(mode)

    def is_speech(self, frame: bytes) -> bool:
        """The next 20 ms at 16 kHz."""
        return bool(self._vad.is_speech(frame, _RATE))
