"""What a 2.x station says: transfer."""

from __future__ import annotations

import pytest

from edgegw.model.facts import DataTransferred, Fact
from edgegw.stations.codec import Codec, Payload, Tell
from tests.stations.peers import NOW
from tests.stations.v2.hearing import both, hear


@both
@pytest.mark.parametrize(
    ("action", "payload", "fact"),
    [
        ("DataTransfer", {"vendorId": "v", "data": {"a": 1}},
         DataTransferred(station="CP01", at=NOW, vendor="v", status="unknown_vendor", data='{"a":1}')),
    ],
)  # fmt: skip
def test_what_a_station_only_tells(codec: Codec, action: str, payload: Payload, fact: Fact | None) -> None:
    heard = hear(codec, action, payload)
    assert isinstance(heard, Tell)
    assert heard.facts == ((fact,) if fact is not None else ())
