"""Short signs that need no words: she listens, she thinks, it is done, it went wrong. Made, not read."""

from __future__ import annotations

import math
from array import array
from functools import cache
from typing import Literal

from edgegw.voice.audio.frame import SAID_HZ

Earcon = Literal["listening", "thinking", "confirmed", "error"]

_NOTES: dict[Earcon, tuple[tuple[float, float, float], ...]] = {
    # Hz at the beginning, Hz at the end, seconds. Rising asks, falling ends; 400 Hz and up, so that small speakers and
    # the hum of chargers leave them audible.
    "listening": ((660.0, 990.0, 0.12),),
    "thinking": ((740.0, 740.0, 0.06), (0.0, 0.0, 0.06), (740.0, 740.0, 0.06)),
    "confirmed": ((784.0, 784.0, 0.09), (1175.0, 1175.0, 0.14)),
    "error": ((440.0, 415.0, 0.14), (0.0, 0.0, 0.04), (415.0, 392.0, 0.20)),
}
_LOUD = 0.25 * 32767
_EDGE_S = 0.008


@cache
def earcon(name: Earcon) -> bytes:
    """The sign as 24 kHz mono, 0.12 to 0.4 s long, at a quarter of full loudness."""
    return b"".join(_note(*note) for note in _NOTES[name])


def _note(begin_hz: float, end_hz: float, length_s: float) -> bytes:
    count = round(length_s * SAID_HZ)
    if not begin_hz:
        return bytes(2 * count)
    edge = round(_EDGE_S * SAID_HZ)
    samples = array("h")
    for at in range(count):
        # The phase is the integral of a frequency that moves along a straight line.
        turns = (begin_hz + (end_hz - begin_hz) * at / (2 * count)) * at / SAID_HZ
        loud = min(1.0, at / edge, (count - 1 - at) / edge)
        samples.append(round(_LOUD * loud * math.sin(2 * math.pi * turns)))
    return samples.tobytes()
