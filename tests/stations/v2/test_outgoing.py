"""What a 2.x station is told, held against the schemas of both versions."""

from __future__ import annotations

from typing import Any

import ocpp.v201.enums
import pytest

from edgegw.model.commands import CATALOGUE, Command, Setpoint
from edgegw.stations.codec import Codec, Outgoing, Payload, Peer, Unsupported
from edgegw.stations.v2 import CODEC_21, CODEC_201
from edgegw.stations.v2.outgoing import COMMANDS
from edgegw.stations.v2.outgoing.provisioning import TRIGGERS
from tests.stations.peers import assert_call, evse, peer, transaction

both = pytest.mark.parametrize("codec", [CODEC_201, CODEC_21], ids=["2.0.1", "2.1"])

BUSY = peer(active={1: transaction(reference="f3b1", ocpp="2.0.1")})


def order(codec: Codec, name: str, at: Peer = BUSY, **args: Any) -> Outgoing:
    return codec.command(Command("1", name, {"station": "CP01", **args}), at, 77)


@both
@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("start_transaction", {"evse": 1, "id_token": "04A1B2C3"}, "RequestStartTransaction",
         {"evseId": 1, "remoteStartId": 77, "idToken": {"idToken": "04A1B2C3", "type": "ISO14443"}}),
        ("start_transaction", {"evse": 1, "id_token": "driver-5", "limit_a": 10}, "RequestStartTransaction",
         {"evseId": 1, "remoteStartId": 77, "idToken": {"idToken": "driver-5", "type": "Central"}}),
        ("stop_transaction", {"evse": 1}, "RequestStopTransaction", {"transactionId": "f3b1"}),
        ("stop_transaction", {"transaction": "0190"}, "RequestStopTransaction", {"transactionId": "f3b1"}),
        ("reset", {"kind": "soft"}, "Reset", {"type": "OnIdle"}),
        ("reset", {"kind": "hard", "evse": 2}, "Reset", {"type": "Immediate", "evseId": 2}),
        ("change_availability", {"operative": False}, "ChangeAvailability", {"operationalStatus": "Inoperative"}),
        ("change_availability", {"operative": True, "evse": 2, "connector": 1}, "ChangeAvailability",
         {"operationalStatus": "Operative", "evse": {"id": 2, "connectorId": 1}}),
        ("unlock_connector", {"evse": 1}, "UnlockConnector", {"evseId": 1, "connectorId": 1}),
        ("unlock_connector", {"evse": 1, "connector": 2}, "UnlockConnector", {"evseId": 1, "connectorId": 2}),
        ("trigger", {"message": "transaction_event", "evse": 1}, "TriggerMessage",
         {"requestedMessage": "TransactionEvent", "evse": {"id": 1}}),
        ("trigger", {"message": "StatusNotification", "evse": 1}, "TriggerMessage",
         {"requestedMessage": "StatusNotification", "evse": {"id": 1, "connectorId": 1}}),
        ("trigger", {"message": "SignChargePointCertificate"}, "TriggerMessage",
         {"requestedMessage": "SignChargingStationCertificate"}),
        ("trigger", {"message": "diagnostics_status_notification"}, "TriggerMessage",
         {"requestedMessage": "LogStatusNotification"}),
        ("data_transfer", {"vendor_id": "v", "message_id": "m", "payload": {"a": [1]}}, "DataTransfer",
         {"vendorId": "v", "messageId": "m", "data": {"a": [1]}}),
        ("clear_charging_profile", {}, "ClearChargingProfile", {}),
        ("clear_charging_profile", {"profile_id": 9}, "ClearChargingProfile", {"chargingProfileId": 9}),
        ("clear_charging_profile", {"evse": 1, "purpose": "station_max_profile", "stack_level": 2},
         "ClearChargingProfile",
         {"chargingProfileCriteria":
          {"evseId": 1, "chargingProfilePurpose": "ChargingStationMaxProfile", "stackLevel": 2}}),
    ],
)  # fmt: skip
def test_a_command_becomes_its_call(
    codec: Codec, name: str, args: dict[str, Any], action: str, payload: Payload
) -> None:
    outgoing = order(codec, name, **args)
    assert (outgoing.action, assert_call(codec, outgoing)) == (action, payload)


def test_every_command_of_the_catalogue_has_a_message() -> None:
    at_station = {name for name, about in CATALOGUE.items() if about.at_station}
    assert set(COMMANDS) | {"call_station"} == at_station
    with pytest.raises(Unsupported):
        order(CODEC_21, "set_limit")


def test_every_message_that_can_be_triggered_is_known() -> None:
    assert set(TRIGGERS) == {each.value for each in ocpp.v201.enums.MessageTriggerEnumType}


def test_a_start_tells_which_transaction_had_begun_before_it() -> None:
    ended = order(CODEC_201, "start_transaction", evse=1, id_token="x").ending(
        {"status": "Accepted", "transactionId": "f3b1"}
    )
    assert (ended.state, ended.result) == ("done", {"reference": "f3b1"})
    refused = order(CODEC_201, "start_transaction", evse=1, id_token="x").ending({"status": "Rejected"})
    assert (refused.state, refused.reason, refused.result) == ("rejected", "rejected", None)


def test_a_token_is_as_long_as_the_version_allows() -> None:
    with pytest.raises(Unsupported):
        order(CODEC_201, "start_transaction", evse=1, id_token="x" * 37)
    assert_call(CODEC_21, order(CODEC_21, "start_transaction", evse=1, id_token="x" * 255))


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
    ("name", "args"),
    [
        ("start_transaction", {"evse": 1}),
        ("start_transaction", {"evse": True, "id_token": "x"}),
        ("stop_transaction", {"transaction": "other"}),
        ("reset", {"kind": "Immediate"}),
        ("trigger", {"message": "nothing"}),
        ("unlock_connector", {"evse": 0}),
        ("change_availability", {"operative": "true"}),
    ],
)
def test_what_does_not_fit_is_refused_in_words(name: str, args: dict[str, Any]) -> None:
    with pytest.raises(Unsupported) as refused:
        order(CODEC_201, name, **args)
    assert refused.value.reason
