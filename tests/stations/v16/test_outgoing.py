"""What a 1.6 station is told, held against the schemas of OCPP 1.6."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.model.commands import CATALOGUE, Command, Setpoint
from edgegw.stations.codec import Outgoing, Payload, Peer, Unsupported
from edgegw.stations.v16 import CODEC
from edgegw.stations.v16.outgoing import COMMANDS, LACKING
from tests.stations.peers import assert_call, evse, peer, transaction


def order(name: str, at: Peer | None = None, **args: Any) -> Outgoing:
    return CODEC.command(Command("1", name, {"station": "CP01", **args}), at or peer(active={1: transaction()}), 77)


@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("start_transaction", {"evse": 1, "id_token": "04A1", "limit_a": 16}, "RemoteStartTransaction",
         {"connectorId": 1, "idTag": "04A1"}),
        ("stop_transaction", {"evse": 1}, "RemoteStopTransaction", {"transactionId": 41}),
        ("stop_transaction", {"transaction": "0190"}, "RemoteStopTransaction", {"transactionId": 41}),
        ("reset", {"kind": "soft"}, "Reset", {"type": "Soft"}),
        ("reset", {"kind": "hard"}, "Reset", {"type": "Hard"}),
        ("change_availability", {"operative": False}, "ChangeAvailability", {"connectorId": 0, "type": "Inoperative"}),
        ("change_availability", {"operative": True, "evse": 2}, "ChangeAvailability",
         {"connectorId": 2, "type": "Operative"}),
        ("unlock_connector", {"evse": 2}, "UnlockConnector", {"connectorId": 2}),
        ("trigger", {"message": "MeterValues", "evse": 1}, "TriggerMessage",
         {"requestedMessage": "MeterValues", "connectorId": 1}),
        ("trigger", {"message": "boot_notification"}, "TriggerMessage", {"requestedMessage": "BootNotification"}),
        ("trigger", {"message": "sign_charging_station_certificate"}, "ExtendedTriggerMessage",
         {"requestedMessage": "SignChargePointCertificate"}),
        ("data_transfer", {"vendor_id": "v", "message_id": "m", "payload": {"a": [1]}}, "DataTransfer",
         {"vendorId": "v", "messageId": "m", "data": '{"a":[1]}'}),
        ("data_transfer", {"vendor_id": "v", "payload": "plain"}, "DataTransfer", {"vendorId": "v", "data": "plain"}),
        ("clear_charging_profile", {}, "ClearChargingProfile", {}),
        ("clear_charging_profile", {"evse": 1, "purpose": "station_max_profile", "stack_level": 2, "profile_id": 9},
         "ClearChargingProfile",
         {"id": 9, "connectorId": 1, "chargingProfilePurpose": "ChargePointMaxProfile", "stackLevel": 2}),
    ],
)  # fmt: skip
def test_a_command_becomes_its_call(name: str, args: dict[str, Any], action: str, payload: Payload) -> None:
    outgoing = order(name, **args)
    assert (outgoing.action, assert_call(CODEC, outgoing)) == (action, payload)


def test_every_command_of_the_catalogue_has_a_message() -> None:
    at_station = {name for name, about in CATALOGUE.items() if about.at_station} - {"call_station"}
    assert set(COMMANDS) | set(LACKING) == at_station
    assert not set(COMMANDS) & set(LACKING)
    with pytest.raises(Unsupported):
        order("set_limit")
    with pytest.raises(Unsupported, match="has no display messages"):
        order("set_display_message", text="hi")


def test_a_set_point_while_a_transaction_runs_is_a_tx_profile_of_it() -> None:
    outgoing = CODEC.setpoint(Setpoint("CP01", 1, 16.19, 120), peer(active={1: transaction()}))
    assert assert_call(CODEC, outgoing) == {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": 2001,
            "transactionId": 41,
            "stackLevel": 1,
            "chargingProfilePurpose": "TxProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": {
                "duration": 120,
                "startSchedule": "2026-11-24T12:00:00Z",
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.1, "numberPhases": 3}],
            },
        },
    }
    assert outgoing.ending({"status": "Accepted"}).state == "done"
    assert outgoing.ending({"status": "NotSupported"}).reason == "not_supported"


def test_every_set_point_and_default_is_valid() -> None:
    for tenths in range(1000):
        for place in (peer(), peer(evse("L2")), peer(active={1: transaction()})):
            assert_call(CODEC, CODEC.setpoint(Setpoint("CP01", 1, tenths / 10 + 0.05), place))
        assert_call(CODEC, CODEC.default_limit(1, tenths / 10, peer()))


def test_a_default_limit_is_a_lasting_tx_default_profile_at_the_bottom() -> None:
    assert assert_call(CODEC, CODEC.default_limit(1, 6.0, peer(evse("L2")))) == {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": 1001,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Relative",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0, "numberPhases": 1}],
            },
        },
    }


def test_a_profile_for_the_whole_station_is_at_connector_0() -> None:
    payload = assert_call(
        CODEC, order("set_charging_profile", evse=1, profile={"limit_w": 22000, "purpose": "station_max_profile"})
    )
    assert payload["connectorId"] == 0
    assert payload["csChargingProfiles"]["chargingProfilePurpose"] == "ChargePointMaxProfile"


def test_a_raw_profile_goes_out_as_it_is() -> None:
    raw = {"chargingProfileId": 5, "stackLevel": 3}
    outgoing = order("set_charging_profile", evse=1, profile={"raw": raw})
    assert outgoing.payload == {"connectorId": 1, "csChargingProfiles": raw}


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("start_transaction", {"evse": 1, "id_token": "x" * 21}),
        ("start_transaction", {"evse": 0, "id_token": "04A1"}),
        ("start_transaction", {"evse": "1", "id_token": "04A1"}),
        ("start_transaction", {"evse": 1}),
        ("stop_transaction", {"evse": 3}),
        ("stop_transaction", {"transaction": "other"}),
        ("stop_transaction", {}),
        ("reset", {"kind": "gentle"}),
        ("reset", {"kind": "hard", "evse": 1}),
        ("trigger", {"message": "transaction_event"}),
        ("change_availability", {"operative": "yes"}),
        ("change_availability", {"operative": 1, "evse": 1}),
        ("clear_charging_profile", {"purpose": "x"}),
        ("set_charging_profile", {"evse": 1, "profile": {"limit_a": "x"}}),
    ],
)
def test_what_1_6_cannot_say_is_refused_in_words(name: str, args: dict[str, Any]) -> None:
    with pytest.raises(Unsupported) as refused:
        order(name, **args)
    assert refused.value.reason


def test_a_transaction_that_began_under_2x_cannot_be_named_in_1_6() -> None:
    foreign = peer(active={1: transaction(reference="f3b1")})
    with pytest.raises(Unsupported):
        order("stop_transaction", foreign, evse=1)
