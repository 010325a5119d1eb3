"""What a 2.x station says: provisioning."""

from __future__ import annotations

import pytest

from edgegw.model.facts import Fact
from edgegw.model.requests import BootAnswer, BootRequest
from edgegw.stations.codec import Codec, Payload, Tell
from tests.stations.peers import NOW, NOW_TEXT, assert_reply
from tests.stations.v2.hearing import AT_TEXT, ask, both, hear, reported

REPORT = {"requestId": 1, "generatedAt": AT_TEXT, "seqNo": 0}


@both
def test_boot(codec: Codec) -> None:
    station = {"vendorName": "ABB", "model": "Terra", "firmwareVersion": "2", "serialNumber": "S",
               "modem": {"iccid": "89", "imsi": "724"}}  # fmt: skip
    heard = ask(codec, "BootNotification", {"reason": "PowerUp", "chargingStation": station})
    assert heard.request == BootRequest(
        station="CP01", at=NOW, ocpp=codec.version, vendor="ABB", model="Terra", firmware="2", serial="S",
        reason="power_up", iccid="89", imsi="724",
    )  # fmt: skip
    for status in ("accepted", "pending", "rejected"):
        reply = heard.reply(BootAnswer(status, 300, NOW))
        assert_reply(codec, "BootNotification", reply)
        assert reply == {"status": status.capitalize(), "currentTime": NOW_TEXT, "interval": 300}


@both
@pytest.mark.parametrize(
    ("action", "payload", "fact"),
    [
        ("NotifyReport", REPORT, reported("NotifyReport", REPORT)),
    ],
)  # fmt: skip
def test_what_a_station_only_tells(codec: Codec, action: str, payload: Payload, fact: Fact | None) -> None:
    heard = hear(codec, action, payload)
    assert isinstance(heard, Tell)
    assert heard.facts == ((fact,) if fact is not None else ())
