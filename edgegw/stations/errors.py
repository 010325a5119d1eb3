"""Why a CALL to a station brought no result.

CallFailed
├── NothingSent          the station has not seen the CALL: asking again is harmless
│   ├── StationOffline   no connection, or no boot yet
│   ├── StationBusy      others wait already, or the turn did not come in time
│   └── InvalidCall      the payload is none of this version's
├── NoAnswer             it was sent, and what the station did is not known
│   └── InvalidAnswer    it answered with what its version does not have
└── StationError         the station answered with a CALLERROR
"""

from __future__ import annotations

from edgegw.stations.codec import Payload


class CallFailed(Exception):
    """The root of this module's errors; the text is for people."""


class NothingSent(CallFailed):
    pass


class StationOffline(NothingSent):
    pass


class StationBusy(NothingSent):
    pass


class InvalidCall(NothingSent):
    pass


class NoAnswer(CallFailed):
    """No answer in time, or a connection that ended meanwhile."""


class InvalidAnswer(NoAnswer):
    """An answer that breaks its schema: `code` is OCPP's own for how, `answer` what it said, its secrets hidden."""

    def __init__(self, text: str, code: str, answer: Payload) -> None:
        super().__init__(text)
        self.code = code
        self.answer = answer


class StationError(CallFailed):
    """The station's CALLERROR: `code` and `description` as it wrote them, cut to sane lengths."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(f"{code}: {description}" if description else code)
        self.code = code
        self.description = description
