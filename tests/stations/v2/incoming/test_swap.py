"""What a 2.1 station says: batteries that are swapped."""

from __future__ import annotations

from edgegw.model.facts import BatterySwapped
from edgegw.stations.codec import Tell
from edgegw.stations.v2 import CODEC_21
from tests.stations.peers import NOW
from tests.stations.v2.hearing import hear


def test_batteries_that_were_swapped_are_a_fact_and_whose_they_are_is_personal() -> None:
    battery = {"evseId": 1, "serialNumber": "B-1", "soC": 20.0, "soH": 97.0}
    payload = {
        "eventType": "BatteryOutTimeout", "requestId": 7, "batteryData": [battery],
        "idToken": {"idToken": "CARD1", "type": "Central"},
    }  # fmt: skip
    fact = BatterySwapped(
        station="CP01", at=NOW, event="battery_out_timeout", request=7, id_token="CARD1", batteries=(battery,)
    )
    assert hear(CODEC_21, "BatterySwap", payload) == Tell({}, (fact,))
    assert "id_token" in BatterySwapped.personal
