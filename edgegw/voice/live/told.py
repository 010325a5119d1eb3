"""What a line tells beside a session's events."""

from __future__ import annotations

from edgegw.model.value import value
from edgegw.voice.live.budget import Reason
from edgegw.voice.live.findings import Finding
from edgegw.voice.live.session import Event


@value()
class Stalled:
    """The model keeps the driver waiting: an earcon is due."""


@value()
class Unanswered:
    """It will not answer what was said last: the driver should hear so, and may say it again."""


@value()
class HangUp:
    """The dialogue has to end; after `farewell_s` the line is cut."""

    reason: Reason


@value()
class Degraded:
    """There is no session to be had; Closed follows."""

    finding: Finding


LineEvent = Event | Stalled | Unanswered | HangUp | Degraded
