"""What a 1.6 station says: diagnostics."""

from __future__ import annotations

import pytest

from edgegw.model.facts import Fact, LogReceived, SecurityEvent
from edgegw.stations.codec import Payload, Tell
from tests.stations.peers import NOW
from tests.stations.v16.hearing import AT, AT_TEXT, tell


@pytest.mark.parametrize(
    ("action", "payload", "reply", "fact"),
    [
        (
            "DiagnosticsStatusNotification",
            {"status": "UploadFailed"},
            {},
            LogReceived(station="CP01", at=NOW, status="upload_failed"),
        ),
        (
            "LogStatusNotification",
            {"status": "Uploading", "requestId": 3},
            {},
            LogReceived(station="CP01", at=NOW, status="uploading", request=3),
        ),
        (
            "SecurityEventNotification",
            {"type": "SettingSystemTime", "timestamp": AT_TEXT, "techInfo": "ntp"},
            {},
            SecurityEvent(station="CP01", at=AT, kind="setting_system_time", detail="ntp"),
        ),
    ],
)
def test_what_a_station_only_tells(action: str, payload: Payload, reply: Payload, fact: Fact | None) -> None:
    assert tell(action, payload) == Tell(reply, (fact,) if fact is not None else ())
