"""What a 2.x station says: reservations."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.model.facts import Fact, ReservationEnded
from edgegw.stations.codec import Codec, Payload, Tell
from edgegw.stations.v2 import CODEC_201
from tests.stations.peers import NOW, RESERVATION, peer
from tests.stations.v2.hearing import both, hear, reported


@both
@pytest.mark.parametrize(
    ("action", "payload", "fact"),
    [
        ("ReservationStatusUpdate", u := {"reservationId": 1, "reservationUpdateStatus": "Expired"},
         reported("ReservationStatusUpdate", u)),
    ],
)  # fmt: skip
def test_what_a_station_only_tells(codec: Codec, action: str, payload: Payload, fact: Fact | None) -> None:
    heard = hear(codec, action, payload)
    assert isinstance(heard, Tell)
    assert heard.facts == ((fact,) if fact is not None else ())


@pytest.mark.parametrize(("word", "reason"), [("Expired", "expired"), ("Removed", "removed")])
def test_a_reservation_that_the_station_gives_up_ends_by_its_own_name(word: str, reason: Any) -> None:
    heard = hear(
        CODEC_201,
        "ReservationStatusUpdate",
        {"reservationId": 55, "reservationUpdateStatus": word},
        peer(reservations=[RESERVATION]),
    )
    assert isinstance(heard, Tell)
    assert heard.facts == (ReservationEnded(station="CP01", at=NOW, reservation="res-1", reason=reason),)
