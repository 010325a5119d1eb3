"""What a 1.6 station says: firmware."""

from __future__ import annotations

import pytest

from edgegw.model.facts import Fact, FirmwareStatusChanged
from edgegw.stations.codec import Payload, Tell
from tests.stations.peers import NOW
from tests.stations.v16.hearing import tell


@pytest.mark.parametrize(
    ("action", "payload", "reply", "fact"),
    [
        (
            "FirmwareStatusNotification",
            {"status": "DownloadFailed"},
            {},
            FirmwareStatusChanged(station="CP01", at=NOW, status="download_failed"),
        ),
        (
            "SignedFirmwareStatusNotification",
            {"status": "InvalidSignature", "requestId": 4},
            {},
            FirmwareStatusChanged(station="CP01", at=NOW, status="invalid_signature", request=4),
        ),
    ],
)
def test_what_a_station_only_tells(action: str, payload: Payload, reply: Payload, fact: Fact | None) -> None:
    assert tell(action, payload) == Tell(reply, (fact,) if fact is not None else ())
