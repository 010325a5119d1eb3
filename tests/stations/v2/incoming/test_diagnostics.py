"""What a 2.x station says: diagnostics."""

from __future__ import annotations

import pytest

from edgegw.model.facts import CustomerInformationTold, Fact, LogReceived, SecurityEvent
from edgegw.stations.codec import Codec, Payload, Tell
from tests.stations.peers import NOW
from tests.stations.v2.hearing import AT, AT_TEXT, both, hear


@both
@pytest.mark.parametrize(
    ("action", "payload", "fact"),
    [
        ("NotifyCustomerInformation", {"data": "a person", "seqNo": 0, "generatedAt": AT_TEXT, "requestId": 1},
         CustomerInformationTold(station="CP01", at=NOW, request=1, part=0, last=True, text="a person")),
        ("LogStatusNotification", {"status": "UploadFailure"},
         LogReceived(station="CP01", at=NOW, status="upload_failure")),
        ("SecurityEventNotification", {"type": "FirmwareUpdated", "timestamp": AT_TEXT},
         SecurityEvent(station="CP01", at=AT, kind="firmware_updated")),
    ],
)  # fmt: skip
def test_what_a_station_only_tells(codec: Codec, action: str, payload: Payload, fact: Fact | None) -> None:
    heard = hear(codec, action, payload)
    assert isinstance(heard, Tell)
    assert heard.facts == ((fact,) if fact is not None else ())
