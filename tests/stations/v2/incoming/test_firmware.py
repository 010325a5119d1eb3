"""What a 2.x station says: firmware."""

from __future__ import annotations

import pytest

from edgegw.model.facts import Fact, FirmwareStatusChanged
from edgegw.stations.codec import Codec, Payload, Tell
from tests.stations.peers import NOW
from tests.stations.v2.hearing import both, hear


@both
@pytest.mark.parametrize(
    ("action", "payload", "fact"),
    [
        ("FirmwareStatusNotification", {"status": "InstallRebooting", "requestId": 2},
         FirmwareStatusChanged(station="CP01", at=NOW, status="install_rebooting", request=2)),
        ("PublishFirmwareStatusNotification", {"status": "Published", "location": ["http://localhost"]},
         FirmwareStatusChanged(station="CP01", at=NOW, status="published")),
    ],
)  # fmt: skip
def test_what_a_station_only_tells(codec: Codec, action: str, payload: Payload, fact: Fact | None) -> None:
    heard = hear(codec, action, payload)
    assert isinstance(heard, Tell)
    assert heard.facts == ((fact,) if fact is not None else ())
