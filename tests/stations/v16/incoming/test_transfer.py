"""What a 1.6 station says: transfer."""

from __future__ import annotations

import pytest

from edgegw.model.facts import DataTransferred, Fact
from edgegw.stations.codec import Payload, Tell
from tests.stations.peers import NOW
from tests.stations.v16.hearing import tell


@pytest.mark.parametrize(
    ("action", "payload", "reply", "fact"),
    [
        (
            "DataTransfer",
            {"vendorId": "com.example", "data": "x"},
            {"status": "UnknownVendorId"},
            DataTransferred(station="CP01", at=NOW, vendor="com.example", status="unknown_vendor", data="x"),
        ),
    ],
)
def test_what_a_station_only_tells(action: str, payload: Payload, reply: Payload, fact: Fact | None) -> None:
    assert tell(action, payload) == Tell(reply, (fact,) if fact is not None else ())
