"""What is asked and answered on the wire: whatever comes is understood, or refused in one way."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.model.requests import TokenQuestion, TokenWord
from edgegw.uplink.codec.asking import decode_document, decode_response, encode_request, question_body, word
from edgegw.uplink.codec.messages import BadMessage

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)

json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


def test_a_question_carries_its_id_and_what_is_asked() -> None:
    body = question_body(TokenQuestion(id_token="X", kind="eMAID", station="CP01", evse=2))
    assert orjson.loads(encode_request("q-1", NOON, body)) == {
        "id": "q-1", "at": "2026-11-24T12:00:00Z", "id_token": "X", "kind": "eMAID", "station": "CP01", "evse": 2,
    }  # fmt: skip


def test_an_answer_is_a_word_in_utc() -> None:
    body = {"status": "blocked", "group": "G", "language": "es", "expires_at": "2026-11-24T09:00:00-03:00", "more": 1}
    assert word("X", body) == TokenWord("X", "blocked", "G", "es", NOON)


@given(st.binary(max_size=200) | json.map(orjson.dumps))
def test_whatever_comes_is_an_object_or_refused(payload: bytes) -> None:
    with contextlib.suppress(BadMessage):
        assert isinstance(decode_document(payload), dict)
    with contextlib.suppress(BadMessage):
        id, body = decode_response(payload)
        assert isinstance(id, str)
        assert "id" not in body


@given(st.dictionaries(st.sampled_from(("status", "group", "language", "expires_at")), json))
def test_whatever_is_said_of_a_token_is_a_word_or_refused(body: dict[str, Any]) -> None:
    with contextlib.suppress(BadMessage):
        assert word("X", body).status == body["status"]


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "2026-11-24T12:00:00", 5])
def test_a_time_that_is_none_is_refused(at: Any) -> None:
    with pytest.raises(BadMessage, match="expires_at is a time"):
        word("X", {"status": "accepted", "expires_at": at})
