"""What a register can show: whether a new reading of a transaction can be true beside those that are facts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from edgegw.model.state import Metering

MOST_W: Final = 1_000_000
"""No EVSE gives more. With the hour that AT_ONCE grants it is far from every real charge; what is beyond is a register
that was not read yet at the beginning, or the -1 or 0xFFFFFFFF of one that was not there at the end."""

AT_ONCE: Final = timedelta(hours=1)
"""Granted beside the time between two readings, which a station without a clock tells wrong: a lorry's whole charge."""


def quality(meterings: Sequence[Metering], at: datetime, import_wh: int) -> Literal["good", "suspect"]:
    """`suspect` for a register that has fallen since the last reading, or risen by what no EVSE gives."""
    if not meterings:
        return "good"
    last = meterings[-1]
    known = next((each for each in reversed(meterings) if each.quality == "good"), meterings[0])
    if last.quality == "suspect" and last.import_wh > known.import_wh:
        last = known  # what comes back from a wild value has not fallen
    if import_wh < last.import_wh:
        return "suspect"
    hours = (max(at - known.at, timedelta()) + AT_ONCE) / timedelta(hours=1)
    return "suspect" if import_wh - known.import_wh > MOST_W * hours else "good"
