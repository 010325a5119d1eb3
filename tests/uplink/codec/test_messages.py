from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from edgegw.model.commands import Asker, Command, Outcome
from edgegw.uplink.codec.messages import (
    BadMessage,
    Held,
    Nack,
    Place,
    Refusal,
    Watermark,
    decode_acknowledgement,
    decode_command,
    decode_presence,
    encode_absence,
    encode_answer,
    encode_nack,
    encode_presence,
    encode_watermark,
)
from tests.uplink.codec.rows import NOON


def test_a_watermark_and_a_nack_read_as_in_the_contract_and_come_back() -> None:
    assert json.loads(encode_watermark(Place("e", 12))) == {"epoch": "e", "sequence": "12"}
    assert json.loads(encode_nack(Nack("e", 3, 9))) == {"epoch": "e", "nack": ["3", "9"]}
    assert decode_acknowledgement(encode_watermark(Place("e", 12))) == Watermark(Place("e", 12))
    assert decode_acknowledgement(encode_nack(Nack("e", 3, 9))) == Nack("e", 3, 9)


@pytest.mark.parametrize(
    "payload",
    [b"", b"[]", b"{}", b'{"epoch":"e"}', b'{"epoch":1,"sequence":"1"}', b'{"epoch":"e","sequence":"-1"}',
     b'{"epoch":"e","nack":["9","3"]}', b'{"epoch":"e","nack":["1"]}', b'{"epoch":"e","sequence":null}'],
)  # fmt: skip
def test_what_is_no_acknowledgement_is_refused(payload: bytes) -> None:
    with pytest.raises(BadMessage) as refused:
        decode_acknowledgement(payload)
    assert "Error" not in str(refused.value)


def envelope(**changes: object) -> bytes:
    body = {"id": "c-1", "name": "reset", "args": {"station": "CP01", "kind": "hard"}, **changes}
    return json.dumps({key: value for key, value in body.items() if value is not ...}).encode()


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = {"k": value}
    return value


def test_a_command_is_read_with_its_time_and_asker() -> None:
    payload = envelope(expires_at="2026-11-24T13:00:00+01:00", by={"name": "ana", "proof": "totp"}, wait=True)
    assert decode_command("reset", payload) == Command(
        id="c-1",
        name="reset",
        args={"station": "CP01", "kind": "hard"},
        expires_at=datetime(2026, 11, 24, 12, tzinfo=UTC),
        by=Asker("cloud", "ana", "totp"),
        wait=True,
    )


def test_nobody_becomes_another_asker_than_the_cloud_by_saying_so() -> None:
    command = decode_command("reset", envelope(by="eva"))
    assert isinstance(command, Command)
    assert command.by == Asker("cloud", "eva")


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"reset", "not_json"),
        (b"[]", "not_an_object"),
        (envelope(id=...), "bad_id"),
        (envelope(id=7), "bad_id"),
        (envelope(id="x" * 65), "bad_id"),
        (envelope(force=True), "unknown_key: force"),
        (envelope(name="unlock_connector"), "name_differs_from_topic"),
        (envelope(args=[]), "bad_args: args is an object"),
        (envelope(wait="yes"), "bad_args: wait is true or false"),
        (envelope(args={"payload": nested(80)}), "too_deep"),
        (envelope(expires_at="tomorrow"), "bad_args: expires_at is a time such as 2026-11-24T18:00:00Z"),
        (
            envelope(expires_at="0001-01-01T00:00:00+14:00"),
            "bad_args: expires_at is a time such as 2026-11-24T18:00:00Z",
        ),
        (envelope(expires_at="2026-11-24T13:00:00"), "bad_args: expires_at has no time zone"),
        (envelope(by=7), "bad_args: by is a name, or an object of name and proof"),
        (b" " * 200_000, "too_large"),
    ],
)
def test_an_envelope_that_cannot_be_is_refused_with_the_reason(payload: bytes, reason: str) -> None:
    refusal = decode_command("reset", payload)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == reason


def test_an_answer_has_exactly_the_contracts_keys() -> None:
    assert json.loads(encode_answer(Outcome("c-1", "done", NOON, result={"status": "Accepted"}))) == {
        "id": "c-1", "state": "done", "reason": None, "result": {"status": "Accepted"},
        "at": "2026-11-24T12:00:00.250000Z",
    }  # fmt: skip


def test_a_birth_is_read_back_and_a_will_carries_its_number() -> None:
    held = {"A": Held("e", 9, 3, Place("e", 5), 4), "B": Held("e", 0, 1, Place("e", 0), 0)}
    birth = encode_presence(17, NOON, "1.0", held)
    assert decode_presence(birth) == held
    assert json.loads(birth)["connection"] == json.loads(encode_absence(17))["connection"] == 17
    assert decode_presence(encode_absence(17)) is None


@pytest.mark.parametrize("payload", [b"", b"[]", b"{}", b'{"online":true}', b'{"online":true,"streams":{"A":{}}}'])
def test_what_is_no_presence_is_refused(payload: bytes) -> None:
    with pytest.raises(BadMessage):
        decode_presence(payload)
