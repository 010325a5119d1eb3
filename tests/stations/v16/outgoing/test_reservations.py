"""What a 1.6 station is told: reservations."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.stations.codec import Payload, Unsupported
from edgegw.stations.v16 import CODEC
from tests.stations.peers import RESERVATION, assert_call, peer
from tests.stations.v16.ordering import UNTIL, order


@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("reserve", {"evse": 1, "id_token": "04A1", "until": UNTIL}, "ReserveNow",
         {"connectorId": 1, "idTag": "04A1", "expiryDate": "2026-11-24T12:00:00.000Z", "reservationId": 77}),
        ("reserve", {"id_token": "04A1", "until": UNTIL}, "ReserveNow",
         {"connectorId": 0, "idTag": "04A1", "expiryDate": "2026-11-24T12:00:00.000Z", "reservationId": 77}),
    ],
)  # fmt: skip
def test_a_command_becomes_its_call(name: str, args: dict[str, Any], action: str, payload: Payload) -> None:
    outgoing = order(name, **args)
    assert (outgoing.action, assert_call(CODEC, outgoing)) == (action, payload)


def test_a_reservation_is_given_up_by_the_number_that_the_station_knows() -> None:
    outgoing = order("cancel_reservation", peer(reservations=[RESERVATION]), reservation="res-1")
    assert (outgoing.action, assert_call(CODEC, outgoing)) == ("CancelReservation", {"reservationId": 55})


@pytest.mark.parametrize(
    ("name", "args", "answer", "state", "reason", "result"),
    [
        ("reserve", {"id_token": "04A1", "until": UNTIL}, {"status": "Accepted"}, "done", None, {"reservation": "c-1"}),
        ("reserve", {"id_token": "04A1", "until": UNTIL}, {"status": "Occupied"}, "rejected", "occupied", None),
    ],
)  # fmt: skip
def test_its_answer_is_told_in_our_words(
    name: str, args: dict[str, Any], answer: Payload, state: str, reason: str | None, result: Any
) -> None:
    ended = order(name, **args).ending(answer)
    assert (ended.state, ended.reason, ended.result) == (state, reason, result)


@pytest.mark.parametrize(
    ("name", "args", "reason"),
    [
        ("reserve", {"id_token": "x" * 21, "until": UNTIL}, "at most 20 characters"),
        ("cancel_reservation", {"reservation": "other"}, "no such reservation"),
    ],
)
def test_what_1_6_cannot_say_is_refused_with_the_reason(name: str, args: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unsupported, match=reason):
        order(name, **args)
