"""What a 2.x station is told: charging."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.model.commands import Setpoint
from edgegw.stations.codec import Codec, Payload
from edgegw.stations.v2 import CODEC_201
from tests.stations.peers import assert_call, evse, peer
from tests.stations.v2.ordering import BUSY, both, order


@both
@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("clear_charging_profile", {}, "ClearChargingProfile", {}),
        ("clear_charging_profile", {"profile_id": 9}, "ClearChargingProfile", {"chargingProfileId": 9}),
        ("clear_charging_profile", {"evse": 1, "purpose": "station_max_profile", "stack_level": 2},
         "ClearChargingProfile",
         {"chargingProfileCriteria":
          {"evseId": 1, "chargingProfilePurpose": "ChargingStationMaxProfile", "stackLevel": 2}}),
        ("get_composite_schedule", {"evse": 0, "duration_s": 600, "unit": "a"}, "GetCompositeSchedule",
         {"evseId": 0, "duration": 600, "chargingRateUnit": "A"}),
    ],
)  # fmt: skip
def test_a_command_becomes_its_call(
    codec: Codec, name: str, args: dict[str, Any], action: str, payload: Payload
) -> None:
    outgoing = order(codec, name, **args)
    assert (outgoing.action, assert_call(codec, outgoing)) == (action, payload)


@both
def test_a_set_point_while_a_transaction_runs_is_a_tx_profile_of_it(codec: Codec) -> None:
    assert assert_call(codec, codec.setpoint(Setpoint("CP01", 1, 5.9, 120), BUSY)) == {
        "evseId": 1,
        "chargingProfile": {
            "id": 2001,
            "transactionId": "f3b1",
            "stackLevel": 1,
            "chargingProfilePurpose": "TxProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": [
                {
                    "id": 2001,
                    "duration": 120,
                    "startSchedule": "2026-11-24T12:00:00Z",
                    "chargingRateUnit": "A",
                    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 0.0, "numberPhases": 3}],
                }
            ],
        },
    }


@both
def test_every_set_point_default_and_commanded_profile_is_valid(codec: Codec) -> None:
    for place in (peer(), peer(evse("L2")), peer(evse(connector="cCCS2")), BUSY):
        for limit_a in (0, 6, 16.15, 32):
            assert_call(codec, codec.setpoint(Setpoint("CP01", 1, limit_a), place))
            assert_call(codec, codec.default_limit(1, limit_a, place))
    for profile in ({"limit_w": 11000, "duration_s": 60}, {"limit_a": 10, "purpose": "station_max_profile"}):
        assert_call(codec, order(codec, "set_charging_profile", evse=1, profile=profile))


@pytest.mark.parametrize(
    ("name", "args", "answer", "state", "reason", "result"),
    [
        ("get_composite_schedule", {"evse": 1, "duration_s": 600},
         {"status": "Accepted", "schedule":
          {"evseId": 1, "duration": 600, "scheduleStart": "2026-11-24T12:00:00Z", "chargingRateUnit": "W",
           "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 7000.0}]}},
         "done", None,
         {"evse": 1, "starts_at": "2026-11-24T12:00:00Z", "duration_s": 600,
          "periods": [{"starts_s": 0, "limit_w": 7000.0, "phases": None}]}),
    ],
)  # fmt: skip
def test_its_answer_is_told_in_our_words(
    name: str, args: dict[str, Any], answer: Payload, state: str, reason: str | None, result: Any
) -> None:
    ended = order(CODEC_201, name, **args).ending(answer)
    assert (ended.state, ended.reason, ended.result) == (state, reason, result)
