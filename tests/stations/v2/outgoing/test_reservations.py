"""What a 2.x station is told: reservations."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.stations.codec import Codec, Payload, Unsupported
from edgegw.stations.v2 import CODEC_201
from tests.stations.peers import RESERVATION, assert_call, peer
from tests.stations.v2.ordering import UNTIL, both, order


@both
@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("reserve", {"evse": 1, "id_token": "04A1B2C3", "until": UNTIL}, "ReserveNow",
         {"id": 77, "evseId": 1, "idToken": {"idToken": "04A1B2C3", "type": "ISO14443"},
          "expiryDateTime": "2026-11-24T12:00:00.000Z"}),
        ("reserve", {"id_token": "ana", "until": UNTIL}, "ReserveNow",
         {"id": 77, "idToken": {"idToken": "ana", "type": "Central"}, "expiryDateTime": "2026-11-24T12:00:00.000Z"}),
    ],
)  # fmt: skip
def test_a_command_becomes_its_call(
    codec: Codec, name: str, args: dict[str, Any], action: str, payload: Payload
) -> None:
    outgoing = order(codec, name, **args)
    assert (outgoing.action, assert_call(codec, outgoing)) == (action, payload)


@both
def test_a_reservation_is_given_up_by_the_number_that_the_station_knows(codec: Codec) -> None:
    outgoing = order(codec, "cancel_reservation", peer(reservations=[RESERVATION]), reservation="res-1")
    assert (outgoing.action, assert_call(codec, outgoing)) == ("CancelReservation", {"reservationId": 55})


@pytest.mark.parametrize(
    ("name", "args", "answer", "state", "reason", "result"),
    [
        ("reserve", {"id_token": "ana", "until": UNTIL}, {"status": "Accepted"}, "done", None, {"reservation": "c-1"}),
    ],
)  # fmt: skip
def test_its_answer_is_told_in_our_words(
    name: str, args: dict[str, Any], answer: Payload, state: str, reason: str | None, result: Any
) -> None:
    ended = order(CODEC_201, name, **args).ending(answer)
    assert (ended.state, ended.reason, ended.result) == (state, reason, result)


@pytest.mark.parametrize(
    ("name", "args", "reason"),
    [
        ("cancel_reservation", {"reservation": "other"}, "no such reservation"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(name: str, args: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unsupported, match=reason):
        order(CODEC_201, name, **args)
