"""What a 1.6 station says: provisioning."""

from __future__ import annotations

from edgegw.model.requests import BootAnswer, BootRequest
from edgegw.stations.v16 import CODEC
from tests.stations.peers import NOW, NOW_TEXT, assert_reply
from tests.stations.v16.hearing import ask


def test_boot() -> None:
    heard = ask(
        "BootNotification",
        {
            "chargePointVendor": "ABB",
            "chargePointModel": "Terra AC",
            "chargeBoxSerialNumber": "B1",
            "firmwareVersion": "1.8.0",
            "iccid": "89",
            "imsi": "724",
            "meterType": "EM340",
            "meterSerialNumber": "M1",
        },
    )
    assert heard.request == BootRequest(
        station="CP01", at=NOW, ocpp="1.6", vendor="ABB", model="Terra AC", firmware="1.8.0", serial="B1",
        iccid="89", imsi="724", meter="EM340 M1",
    )  # fmt: skip
    for status in ("accepted", "pending", "rejected"):
        reply = heard.reply(BootAnswer(status, 300, NOW))
        assert_reply(CODEC, "BootNotification", reply)
        assert reply == {"status": status.capitalize(), "currentTime": NOW_TEXT, "interval": 300}
