"""OCPP-J frames: bytes to messages and back, with no I/O.

A frame is a JSON array whose first element is its type (OCPP-J 1.6 section 4, OCPP 2.0.1 part 4 section 4, OCPP 2.1
part 4 section 4):

    [2, id, action, payload]                         CALL
    [3, id, payload]                                 CALLRESULT
    [4, id, code, description, details]              CALLERROR
    [5, id, code, description, details]              CALLRESULTERROR, 2.1 only: "your answer was no good"
    [6, id, action, payload]                         SEND, 2.1 only: a CALL that is not answered

`parse` never raises: what cannot be read comes back as a `Fault`, which knows the CALLERROR that answers it, if one
does. Answers are never answered, so that two ends that misunderstand each other fall silent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import orjson

from edgegw.core.nesting import MAX_DEPTH, too_deep
from edgegw.stations.codec import Payload, Version

CALL: Final = 2
CALLRESULT: Final = 3
CALLERROR: Final = 4
CALLRESULTERROR: Final = 5
SEND: Final = 6

MAX_FRAME: Final = 256 * 1024
"""Bytes of the largest frame that is read of a station that has not been accepted; a larger one ends the connection
with 1009."""

MAX_ACCEPTED_FRAME: Final = 2 * 1024 * 1024
"""The same of one that has been accepted. The end of a long charge brings all its readings (1.6's transactionData):
nine values a minute come to 256 KiB in five hours, and a station whose frame is refused says it again for ever."""

UNREADABLE_ID: Final = "-1"
"""The message id of a CALLERROR when the frame's own could not be read (OCPP 2.0.1 part 4 section 4.2.3)."""

MAX_DESCRIPTION: Final = 255
"""Characters of errorDescription (OCPP 2.0.1 part 4 section 4.2.3; 1.6 names no larger one)."""


class Code(StrEnum):
    """Why a CALL is refused, by 2.x's names (OCPP 2.0.1 part 4 section 4.3); `spelled` gives each version's own."""

    FORMAT = "FormatViolation"
    GENERIC = "GenericError"
    INTERNAL = "InternalError"
    MESSAGE_TYPE = "MessageTypeNotSupported"
    NOT_IMPLEMENTED = "NotImplemented"
    NOT_SUPPORTED = "NotSupported"
    OCCURRENCE = "OccurrenceConstraintViolation"
    PROPERTY = "PropertyConstraintViolation"
    PROTOCOL = "ProtocolError"
    RPC = "RpcFrameworkError"
    SECURITY = "SecurityError"
    TYPE = "TypeConstraintViolation"


_SPELLED_16: Mapping[str, str] = {
    Code.FORMAT: "FormationViolation",
    Code.OCCURRENCE: "OccurenceConstraintViolation",
    Code.MESSAGE_TYPE: "GenericError",
    Code.RPC: "FormationViolation",
}
"""1.6's own spellings, typing error included, and its nearest words for what 2.x adds (OCPP-J 1.6 section 4.2.3)."""

_CODES = frozenset(Code)


def spelled(code: str, version: Version) -> str:
    """The error code as `version` writes it; a code that no version knows becomes GenericError."""
    if code not in _CODES:
        return Code.GENERIC.value
    return _SPELLED_16.get(code, str(code)) if version == "1.6" else str(code)


MessageId = str | int
"""Message ids are strings. Stations that count with plain numbers exist: they get their number back."""


@dataclass(slots=True)
class Call:
    id: MessageId
    action: str
    payload: Payload


@dataclass(slots=True)
class Send:
    """A CALL of 2.1 without an answer, such as NotifyPeriodicEventStream."""

    id: MessageId
    action: str
    payload: Payload


@dataclass(slots=True)
class CallResult:
    id: MessageId
    payload: Payload


@dataclass(slots=True)
class CallError:
    """CALLERROR, or with `of_result` 2.1's CALLRESULTERROR. What the peer wrote, as `one_line` of sane length."""

    id: MessageId
    code: str
    description: str
    of_result: bool = False


@dataclass(slots=True)
class Fault:
    """A frame, or a CALL in it, that cannot be served.

    `reason` is a short fixed word for the counter and the log. `id` is None when nobody is answered; otherwise `code`
    and `text` make the CALLERROR. `text` names keys of the schema at most, never values of the payload.
    """

    reason: str
    code: Code | str
    text: str
    id: MessageId | None = None


Frame = Call | Send | CallResult | CallError | Fault


def parse(data: bytes | str, version: Version) -> Frame:
    """Read one websocket message. Never raises, whatever `data` holds."""
    try:
        frame = orjson.loads(data)
    except orjson.JSONDecodeError:
        # Also what is nested deeper than orjson's limit of 1024, and bytes that are no UTF-8.
        return Fault("not_json", Code.RPC, "the frame is not valid JSON", UNREADABLE_ID)
    if type(frame) is not list or not frame:
        return Fault("not_array", Code.RPC, "the frame is not a JSON array with elements", UNREADABLE_ID)
    kind = frame[0]
    if type(kind) is not int:
        return Fault("message_type", Code.RPC, "the message type is not a number", _answerable(frame))
    if _brackets(data) > MAX_DEPTH and too_deep(frame):
        answerable = _answerable(frame) if kind == CALL else None
        return Fault("too_deep", Code.FORMAT, f"nested deeper than {MAX_DEPTH} levels", answerable)
    if kind == CALL or (kind == SEND and version == "2.1"):
        return _parse_call(frame, version)
    if kind == CALLRESULT:
        return _parse_result(frame)
    if kind == CALLERROR or (kind == CALLRESULTERROR and version == "2.1"):
        return _parse_error(frame)
    # 1.6: "it SHALL ignore the message payload" (OCPP-J 1.6 section 4.1.3); 2.x has a code to say so.
    text = "this message type does not exist in this version"
    return Fault("message_type", Code.MESSAGE_TYPE, text, None if version == "1.6" else _answerable(frame))


def _brackets(data: bytes | str) -> int:
    """No frame is nested deeper than this; counting it costs less than looking."""
    return data.count("{") + data.count("[") if isinstance(data, str) else data.count(b"{") + data.count(b"[")


def _parse_call(frame: list[Any], version: Version) -> Frame:
    answerable = None if frame[0] == SEND else _answerable(frame)
    if len(frame) != 4:
        return Fault("length", Code.RPC, f"a CALL has 4 elements, this one has {len(frame)}", answerable)
    kind, message_id, action, payload = frame
    if type(message_id) is not str and type(message_id) is not int:
        return Fault("message_id", Code.RPC, "the message id is not a string", answerable)
    if type(action) is not str:
        return Fault("action", Code.RPC, "the action is not a string", answerable)
    if type(payload) is not dict:
        # null for an empty object is common enough to be let pass (OCPP-J 1.6 section 4.2.1 discusses both).
        if payload is not None:
            return Fault("payload", Code.FORMAT, "the payload is not a JSON object", answerable)
        payload = {}
    return Call(message_id, action, payload) if kind == CALL else Send(message_id, action, payload)


def _parse_result(frame: list[Any]) -> Frame:
    if len(frame) != 3 or type(frame[1]) not in (str, int) or not (type(frame[2]) is dict or frame[2] is None):
        return Fault("answer", Code.RPC, "a CALLRESULT is an id and a JSON object")
    return CallResult(frame[1], frame[2] or {})


def _parse_error(frame: list[Any]) -> Frame:
    # Description and details are left out by some stations; the code alone is enough to end the wait.
    if len(frame) < 3 or type(frame[1]) not in (str, int):
        return Fault("answer", Code.RPC, "a CALLERROR has an id and a code")
    description = frame[3] if len(frame) > 3 and type(frame[3]) is str else ""
    code, description = one_line(str(frame[2]), 64), one_line(description, MAX_DESCRIPTION)
    return CallError(frame[1], code, description, frame[0] == CALLRESULTERROR)


def one_line(text: str, most: int) -> str:
    """A station's own words for the log and for people: at most `most` characters, and none that ends a line or steers
    a terminal, so that a station can't write a log line of its own making."""
    return "".join(letter if letter.isprintable() else " " for letter in text[:most])


def _answerable(frame: list[Any]) -> MessageId:
    if len(frame) > 1 and type(frame[1]) in (str, int):
        message_id: MessageId = frame[1]
        return message_id
    return UNREADABLE_ID


def call(message_id: str, action: str, payload: Mapping[str, Any]) -> bytes:
    return orjson.dumps((CALL, message_id, action, payload))


def result(message_id: MessageId, payload: Mapping[str, Any]) -> bytes:
    return orjson.dumps((CALLRESULT, message_id, payload))


def error(message_id: MessageId, code: str, text: str, version: Version) -> bytes:
    """A CALLERROR with `code` in the version's spelling, `text` cut to what fits and no details."""
    return orjson.dumps((CALLERROR, message_id, spelled(code, version), text[:MAX_DESCRIPTION], {}))


def result_error(message_id: MessageId, code: str, text: str) -> bytes:
    """2.1's CALLRESULTERROR: the answer to our CALL `message_id` could not be used."""
    return orjson.dumps((CALLRESULTERROR, message_id, spelled(code, "2.1"), text[:MAX_DESCRIPTION], {}))
