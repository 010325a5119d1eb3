"""What the hub asks the cloud and what comes back, and the documents of desired state. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast, get_args

import orjson

from edgegw.core.nesting import too_deep
from edgegw.model.requests import AuthorizationStatus, TokenQuestion, TokenWord
from edgegw.uplink.codec.messages import MAX_ID_LENGTH, BadMessage

MAX_RESPONSE_BYTES = 64 * 1024
MAX_DOCUMENT_BYTES = 256 * 1024
MAX_WORD_LENGTH = 255
MAX_TOKEN_LENGTH = 4096

_STATUSES = frozenset(get_args(AuthorizationStatus))


def encode_request(id: str, at: datetime, payload: Mapping[str, Any]) -> bytes:
    """A question on `up/req/{name}`: its own `id` and when it was asked, beside what is asked."""
    return orjson.dumps({**payload, "id": id, "at": at}, option=orjson.OPT_UTC_Z)


def decode_response(payload: bytes) -> tuple[str, dict[str, Any]]:
    """(id of the question, answer) of a message on `dn/res/{name}`. Raises BadMessage."""
    body = _object(payload, MAX_RESPONSE_BYTES)
    id = body.pop("id", None)
    if not isinstance(id, str) or not 0 < len(id) <= MAX_ID_LENGTH:
        raise BadMessage("an answer repeats the id of the question")
    return id, body


def question_body(asked: TokenQuestion) -> dict[str, Any]:
    """What `authorize` asks."""
    body = {"id_token": asked.id_token, "kind": asked.kind, "station": asked.station}
    return body if asked.evse is None else {**body, "evse": asked.evse}


def word(id_token: str, body: Mapping[str, Any]) -> TokenWord:
    """What was answered to `authorize`: `status`, with `group`, `language`, `expires_at`. Raises BadMessage."""
    status, group, language = body.get("status"), body.get("group"), body.get("language")
    if not isinstance(status, str) or status not in _STATUSES:
        raise BadMessage(f"status is one of {', '.join(sorted(_STATUSES))}")
    for text in (group, language):
        if text is not None and not (isinstance(text, str) and 0 < len(text) <= MAX_WORD_LENGTH):
            raise BadMessage(f"group and language are texts of 1 to {MAX_WORD_LENGTH} characters")
    until = body.get("expires_at")
    expires_at = None if until is None else _instant(until)
    return TokenWord(id_token, cast("AuthorizationStatus", status), group, language, expires_at)


def short_lived(body: Mapping[str, Any]) -> dict[str, str]:
    """What was answered to `voice_token`: `token` and `expires_at`. Raises BadMessage."""
    token, until = body.get("token"), body.get("expires_at")
    if not isinstance(token, str) or not (0 < len(token) <= MAX_TOKEN_LENGTH and token.isprintable()):
        raise BadMessage(f"token is a text of 1 to {MAX_TOKEN_LENGTH} characters")
    return {"token": token, "expires_at": _instant(until).isoformat().replace("+00:00", "Z")}


def _instant(text: Any) -> datetime:
    """A time with its zone, in UTC. Raises BadMessage."""
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    raise BadMessage("expires_at is a time with its zone, such as 2026-11-24T18:00:00Z")


def decode_document(payload: bytes) -> dict[str, Any]:
    """The object of a message on `dn/cfg/{name}`. Raises BadMessage."""
    return _object(payload, MAX_DOCUMENT_BYTES)


def _object(payload: bytes, most: int) -> dict[str, Any]:
    if len(payload) > most:
        raise BadMessage(f"longer than {most} bytes")
    try:
        body = orjson.loads(payload)
    except ValueError as error:
        raise BadMessage("not JSON") from error
    if not isinstance(body, dict):
        raise BadMessage("not an object")
    if too_deep(body):
        raise BadMessage("nested too deep")
    return body
