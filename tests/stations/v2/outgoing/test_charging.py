"""What a 2.x station is told: charging."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.model.commands import Setpoint
from edgegw.model.commands.charging import TRANSFERS
from edgegw.stations.codec import Codec, Payload, Unsupported
from edgegw.stations.v2 import CODEC_21, CODEC_201
from tests.stations.peers import assert_call, evse, peer
from tests.stations.v2.ordering import BUSY, UNTIL, both, order


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


DYNAMIC = {
    "unit": "a", "kind": "dynamic", "purpose": "tx_profile", "update_interval_s": 60,
    "periods": [{"starts_s": 0, "limit": 32, "limit_l2": 16, "setpoint": -20, "operation_mode": "central_setpoint"}],
    "limit_at_soc": {"soc": 80, "limit": 10},
}  # fmt: skip


def test_per_phase_keys_set_points_and_the_limit_at_a_state_of_charge_go_out_as_2_1_spells_them() -> None:
    outgoing = order(CODEC_21, "set_charging_profile", evse=1, profile=DYNAMIC)
    profile = assert_call(CODEC_21, outgoing)["chargingProfile"]
    assert (profile["chargingProfileKind"], profile["dynUpdateInterval"]) == ("Dynamic", 60)
    (schedule,) = profile["chargingSchedule"]
    assert schedule["limitAtSoC"] == {"soc": 80, "limit": 10}
    values = {"limit": 32.0, "limit_L2": 16, "setpoint": -20}
    assert schedule["chargingSchedulePeriod"] == [
        {"startPeriod": 0, "numberPhases": 3, "operationMode": "CentralSetpoint", **values}
    ]
    assert outgoing.ending({"status": "Accepted"}).result == {"profile_id": 4001, "dynamic": values}


@pytest.mark.parametrize(
    "profile",
    [
        DYNAMIC,
        {"limit_a": 9, "purpose": "priority_charging"},
        {"limit_a": 9, "purpose": "local_generation"},
        {"limit_a": 9, "limit_at_soc": {"soc": 80, "limit": 6}},
        {"limit_a": 9, "max_offline_s": 60},
        {"unit": "w", "periods": [{"starts_s": 0, "setpoint": 100}]},
    ],
)
def test_what_came_with_2_1_is_refused_in_words_before_it(profile: Any) -> None:
    assert_call(CODEC_21, order(CODEC_21, "set_charging_profile", evse=1, profile=profile))
    with pytest.raises(Unsupported, match=r"came with OCPP 2\.1"):
        order(CODEC_201, "set_charging_profile", evse=1, profile=profile)


@both
def test_periods_of_a_phase_of_their_own_recur_and_replace_by_id(codec: Codec) -> None:
    periods = [{"starts_s": 0, "limit": 16, "phase": 2}, {"starts_s": 3600, "limit": 0}]
    asked = {"unit": "a", "periods": periods, "recurrence": "daily", "starts_at": UNTIL, "profile_id": 9,
             "purpose": "tx_default_profile", "valid_to": "2027-01-01T00:00:00Z"}  # fmt: skip
    profile = assert_call(codec, order(codec, "set_charging_profile", evse=1, profile=asked))["chargingProfile"]
    assert (profile["id"], profile["recurrencyKind"], profile["validTo"]) == (9, "Daily", "2027-01-01T00:00:00Z")
    assert profile["chargingSchedule"][0]["chargingSchedulePeriod"] == [
        {"startPeriod": 0, "limit": 16.0, "numberPhases": 1, "phaseToUse": 2},
        {"startPeriod": 3600, "limit": 0.0, "numberPhases": 3},
    ]


@both
def test_a_profile_goes_with_a_start_without_a_transaction(codec: Codec) -> None:
    outgoing = order(codec, "start_transaction", peer(), evse=1, id_token="CARD1", profile={"limit_a": 9})
    profile = assert_call(codec, outgoing)["chargingProfile"]
    assert (profile["chargingProfilePurpose"], profile["chargingProfileKind"]) == ("TxProfile", "Relative")
    assert "transactionId" not in profile


@both
def test_profiles_are_asked_for_by_ids_or_by_what_they_are(codec: Codec) -> None:
    by_id = order(codec, "get_charging_profiles", profile_ids=[3, 4], evse=1)
    assert assert_call(codec, by_id) == {"requestId": 77, "evseId": 1, "chargingProfile": {"chargingProfileId": [3, 4]}}
    by_kind = order(codec, "get_charging_profiles", purpose="external_constraints", stack_level=0, sources=["ems"])
    assert assert_call(codec, by_kind)["chargingProfile"] == {
        "chargingProfilePurpose": "ChargingStationExternalConstraints", "stackLevel": 0, "chargingLimitSource": ["EMS"],
    }  # fmt: skip
    assert by_id.ending({"status": "NoProfiles"}).result == {"profiles": []}
    with pytest.raises(Unsupported, match="profile_ids go without"):
        order(codec, "get_charging_profiles", profile_ids=[3], stack_level=1)


def test_a_source_of_ones_own_came_with_2_1() -> None:
    assert_call(CODEC_21, order(CODEC_21, "get_charging_profiles", sources=["Solar"]))
    with pytest.raises(Unsupported, match="sources are"):
        order(CODEC_201, "get_charging_profiles", sources=["Solar"])


@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("update_dynamic_schedule", {"profile_id": 9, "limit": 16, "limit_l3": 10, "setpoint_reactive": -5},
         "UpdateDynamicSchedule",
         {"chargingProfileId": 9, "scheduleUpdate": {"limit": 16, "limit_L3": 10, "setpointReactive": -5}}),
        ("use_priority_charging", {"transaction": "0190", "active": True}, "UsePriorityCharging",
         {"transactionId": "f3b1", "activate": True}),
        ("allow_energy_transfer", {"transaction": "0190", "transfers": ["ac_three_phase", "dc_acdp_bpt"]},
         "NotifyAllowedEnergyTransfer",
         {"transactionId": "f3b1", "allowedEnergyTransfer": ["AC_three_phase", "DC_ACDP_BPT"]}),
        ("send_afrr_signal", {"signal": -3, "signalled_at": UNTIL}, "AFRRSignal",
         {"signal": -3, "timestamp": "2026-11-24T12:00:00.000Z"}),
    ],
)  # fmt: skip
def test_what_2_1_alone_has_becomes_its_call(name: str, args: dict[str, Any], action: str, payload: Payload) -> None:
    outgoing = order(CODEC_21, name, **args)
    assert (outgoing.action, assert_call(CODEC_21, outgoing)) == (action, payload)


def test_every_way_of_energy_transfer_has_its_spelling() -> None:
    assert_call(CODEC_21, order(CODEC_21, "allow_energy_transfer", transaction="0190", transfers=list(TRANSFERS)))


def test_a_dynamic_schedule_without_a_change_is_refused() -> None:
    with pytest.raises(Unsupported, match="nothing is changed"):
        order(CODEC_21, "update_dynamic_schedule", profile_id=9)


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
