"""What a 2.x station says: charging."""

from __future__ import annotations

import pytest

from edgegw.model.facts import Fact
from edgegw.stations.codec import Codec, Payload, Tell
from tests.stations.v2.hearing import AT_TEXT, both, hear, reported

NEEDS = {"evseId": 1, "chargingNeeds": {"requestedEnergyTransfer": "AC_three_phase"}}
SCHEDULE = {
    "timeBase": AT_TEXT,
    "evseId": 1,
    "chargingSchedule": {
        "id": 1,
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}],
    },
}


@both
@pytest.mark.parametrize(
    ("action", "payload", "fact"),
    [
        ("NotifyEVChargingNeeds", NEEDS, reported("NotifyEVChargingNeeds", NEEDS)),
        ("NotifyEVChargingSchedule", SCHEDULE, reported("NotifyEVChargingSchedule", SCHEDULE)),
    ],
)  # fmt: skip
def test_what_a_station_only_tells(codec: Codec, action: str, payload: Payload, fact: Fact | None) -> None:
    heard = hear(codec, action, payload)
    assert isinstance(heard, Tell)
    assert heard.facts == ((fact,) if fact is not None else ())
