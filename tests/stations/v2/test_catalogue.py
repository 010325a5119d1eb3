"""The rest of the catalogue as CALLs of OCPP 2.0.1 and 2.1, and their answers in our own words."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.model.commands import Command
from edgegw.stations.codec import Codec, ListEntry, Outgoing, Payload, Peer, Unsupported
from edgegw.stations.v2 import CODEC_21, CODEC_201
from tests.stations.peers import NOW, RESERVATION, assert_call, peer, transaction

both = pytest.mark.parametrize("codec", [CODEC_201, CODEC_21], ids=["2.0.1", "2.1"])

UNTIL = "2026-11-24T13:00:00+01:00"
URL = "https://192.0.2.9/files"
HASHES = {"hash_algorithm": "sha256", "issuer_name_hash": "aa", "issuer_key_hash": "bb", "serial_number": "01"}
HASH_DATA = {"hashAlgorithm": "SHA256", "issuerNameHash": "aa", "issuerKeyHash": "bb", "serialNumber": "01"}
BUSY = peer(active={1: transaction(reference="f3b1", ocpp="2.0.1")})
HEARTBEAT = {"component": "OCPPCommCtrlr", "variable": "HeartbeatInterval"}
PLACE = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}


def order(codec: Codec, name: str, at: Peer | None = None, **args: Any) -> Outgoing:
    return codec.command(Command("c-1", name, {"station": "CP01", **args}), at or peer(), 77)


@both
@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("reserve", {"evse": 1, "id_token": "04A1B2C3", "until": UNTIL}, "ReserveNow",
         {"id": 77, "evseId": 1, "idToken": {"idToken": "04A1B2C3", "type": "ISO14443"},
          "expiryDateTime": "2026-11-24T12:00:00.000Z"}),
        ("reserve", {"id_token": "ana", "until": UNTIL}, "ReserveNow",
         {"id": 77, "idToken": {"idToken": "ana", "type": "Central"}, "expiryDateTime": "2026-11-24T12:00:00.000Z"}),
        ("get_composite_schedule", {"evse": 0, "duration_s": 600, "unit": "a"}, "GetCompositeSchedule",
         {"evseId": 0, "duration": 600, "chargingRateUnit": "A"}),
        ("get_variables", {}, "GetBaseReport", {"requestId": 77, "reportBase": "FullInventory"}),
        ("get_variables", {"variables": [HEARTBEAT]}, "GetVariables", {"getVariableData": [PLACE]}),
        ("get_variables",
         {"variables": [{**HEARTBEAT, "attribute": "max_set", "component_instance": "a", "variable_instance": "b",
                         "evse": 1, "connector": 2}]},
         "GetVariables",
         {"getVariableData": [
             {"component": {"name": "OCPPCommCtrlr", "instance": "a", "evse": {"id": 1, "connectorId": 2}},
              "variable": {"name": "HeartbeatInterval", "instance": "b"}, "attributeType": "MaxSet"}]}),
        ("set_variables", {"variables": [{**HEARTBEAT, "value": "60"}]}, "SetVariables",
         {"setVariableData": [{**PLACE, "attributeValue": "60"}]}),
        ("clear_cache", {}, "ClearCache", {}),
        ("update_firmware",
         {"location": URL, "retrieve_at": UNTIL, "install_at": UNTIL, "retries": 1, "certificate": "PEM",
          "signature": "c2ln"},
         "UpdateFirmware",
         {"requestId": 77, "retries": 1,
          "firmware": {"location": URL, "retrieveDateTime": "2026-11-24T12:00:00.000Z",
                       "installDateTime": "2026-11-24T12:00:00.000Z", "signingCertificate": "PEM",
                       "signature": "c2ln"}}),
        ("update_firmware", {"location": URL}, "UpdateFirmware",
         {"requestId": 77, "firmware": {"location": URL, "retrieveDateTime": "2026-11-24T12:00:00.250Z"}}),
        ("get_log", {"kind": "security", "location": URL, "since": UNTIL, "until": UNTIL, "retry_interval_s": 3},
         "GetLog",
         {"logType": "SecurityLog", "requestId": 77, "retryInterval": 3,
          "log": {"remoteLocation": URL, "oldestTimestamp": "2026-11-24T12:00:00.000Z",
                  "latestTimestamp": "2026-11-24T12:00:00.000Z"}}),
        ("install_certificate", {"use": "v2g_root", "certificate": "PEM"}, "InstallCertificate",
         {"certificateType": "V2GRootCertificate", "certificate": "PEM"}),
        ("get_certificates", {}, "GetInstalledCertificateIds", {}),
        ("get_certificates", {"uses": ["csms_root", "mo_root"]}, "GetInstalledCertificateIds",
         {"certificateType": ["CSMSRootCertificate", "MORootCertificate"]}),
        ("delete_certificate", HASHES, "DeleteCertificate", {"certificateHashData": HASH_DATA}),
        ("sign_certificate", {"use": "v2g"}, "TriggerMessage", {"requestedMessage": "SignV2GCertificate"}),
        ("sign_certificate", {"chain": "PEM"}, "CertificateSigned",
         {"certificateChain": "PEM", "certificateType": "ChargingStationCertificate"}),
        ("set_display_message", {"text": "Oi"}, "SetDisplayMessage",
         {"message": {"id": 77, "priority": "NormalCycle", "message": {"format": "UTF8", "content": "Oi"}}}),
        ("set_display_message",
         {"text": "Oi", "format": "html", "language": "pt-BR", "priority": "always_front", "shown_while": "idle",
          "starts_at": UNTIL, "ends_at": UNTIL, "transaction": "0190"},
         "SetDisplayMessage",
         {"message": {"id": 77, "priority": "AlwaysFront", "state": "Idle", "transactionId": "f3b1",
                      "startDateTime": "2026-11-24T12:00:00.000Z", "endDateTime": "2026-11-24T12:00:00.000Z",
                      "message": {"format": "HTML", "language": "pt-BR", "content": "Oi"}}}),
        ("clear_display_message", {"message": 77}, "ClearDisplayMessage", {"id": 77}),
    ],
)  # fmt: skip
def test_a_command_becomes_its_call(
    codec: Codec, name: str, args: dict[str, Any], action: str, payload: Payload
) -> None:
    outgoing = order(codec, name, BUSY, **args)
    assert (outgoing.action, assert_call(codec, outgoing)) == (action, payload)


@both
def test_a_reservation_is_given_up_by_the_number_that_the_station_knows(codec: Codec) -> None:
    outgoing = order(codec, "cancel_reservation", peer(reservations=[RESERVATION]), reservation="res-1")
    assert (outgoing.action, assert_call(codec, outgoing)) == ("CancelReservation", {"reservationId": 55})


@both
def test_the_local_list_goes_whole_with_a_rising_version(codec: Codec) -> None:
    entries = [ListEntry("ana", "accepted", "FLEET", "pt-BR", NOW), ListEntry("x" * 300, "accepted")]
    outgoing = order(codec, "send_local_list", peer(local_list=entries))
    assert assert_call(codec, outgoing) == {
        "versionNumber": 77,
        "updateType": "Full",
        "localAuthorizationList": [
            {"idToken": {"idToken": "ana", "type": "Central"},
             "idTokenInfo": {"status": "Accepted", "groupIdToken": {"idToken": "FLEET", "type": "Central"},
                             "language1": "pt-BR", "cacheExpiryDateTime": "2026-11-24T12:00:00.250Z"}},
        ],
    }  # fmt: skip
    assert outgoing.ending({"status": "Accepted"}).result == {"version": 77, "entries": 1}
    assert assert_call(codec, order(codec, "send_local_list")) == {"versionNumber": 77, "updateType": "Full"}


@pytest.mark.parametrize(
    ("name", "args", "answer", "state", "reason", "result"),
    [
        ("reserve", {"id_token": "ana", "until": UNTIL}, {"status": "Accepted"}, "done", None, {"reservation": "c-1"}),
        ("get_composite_schedule", {"evse": 1, "duration_s": 600},
         {"status": "Accepted", "schedule":
          {"evseId": 1, "duration": 600, "scheduleStart": "2026-11-24T12:00:00Z", "chargingRateUnit": "W",
           "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 7000.0}]}},
         "done", None,
         {"evse": 1, "starts_at": "2026-11-24T12:00:00Z", "duration_s": 600,
          "periods": [{"starts_s": 0, "limit_w": 7000.0, "phases": None}]}),
        ("get_variables", {}, {"status": "Accepted"}, "done", None, {"request": 77}),
        ("get_variables", {}, {"status": "NotSupported"}, "rejected", "not_supported", None),
        ("get_variables", {"variables": [HEARTBEAT]},
         {"getVariableResult": [
             {"attributeStatus": "Accepted", "attributeValue": "300", **PLACE},
             {"attributeStatus": "NotSupportedAttributeType", "attributeType": "MinSet",
              "component": {"name": "A", "instance": "i", "evse": {"id": 1, "connectorId": 2}},
              "variable": {"name": "B", "instance": "j"}}]},
         "done", None,
         {"variables": [
             {**HEARTBEAT, "attribute": "actual", "value": "300", "status": "accepted"},
             {"component": "A", "variable": "B", "attribute": "min_set", "component_instance": "i",
              "variable_instance": "j", "evse": 1, "connector": 2, "value": None,
              "status": "not_supported_attribute_type"}]}),
        ("set_variables", {"variables": [{**HEARTBEAT, "value": "60"}]},
         {"setVariableResult": [{"attributeStatus": "Accepted", **PLACE}]},
         "done", None, {"variables": [{**HEARTBEAT, "attribute": "actual", "status": "accepted"}]}),
        ("set_variables", {"variables": [{**HEARTBEAT, "value": "60"}]},
         {"setVariableResult": [
             {"attributeStatus": "RebootRequired", **PLACE},
             {"attributeStatus": "UnknownVariable", "component": {"name": "A"}, "variable": {"name": "B"}}]},
         "failed", "B unknown_variable",
         {"variables": [{**HEARTBEAT, "attribute": "actual", "status": "reboot_required"},
                        {"component": "A", "variable": "B", "attribute": "actual", "status": "unknown_variable"}]}),
        ("update_firmware", {"location": URL}, {"status": "Accepted"}, "done", None, {"request": 77}),
        ("get_log", {"kind": "security", "location": URL}, {"status": "AcceptedCanceled", "filename": "s"}, "done",
         None, {"request": 77, "file": "s", "status": "accepted_canceled"}),
        ("get_certificates", {},
         {"status": "Accepted", "certificateHashDataChain": [
             {"certificateType": "CSMSRootCertificate", "certificateHashData": HASH_DATA},
             {"certificateType": "V2GCertificateChain", "certificateHashData": HASH_DATA,
              "childCertificateHashData": [HASH_DATA]}]},
         "done", None,
         {"certificates": [{"use": "csms_root", **HASHES}, {"use": "v2g_chain", **HASHES},
                           {"use": "v2g_chain", **HASHES}]}),
        ("set_display_message", {"text": "Oi"}, {"status": "Accepted"}, "done", None, {"message": 77}),
        ("set_display_message", {"text": "Oi"}, {"status": "NotSupportedPriority"}, "rejected",
         "not_supported_priority", None),
        ("clear_display_message", {"message": 1}, {"status": "Unknown"}, "rejected", "unknown", None),
    ],
)  # fmt: skip
def test_its_answer_is_told_in_our_words(
    name: str, args: dict[str, Any], answer: Payload, state: str, reason: str | None, result: Any
) -> None:
    ended = order(CODEC_201, name, **args).ending(answer)
    assert (ended.state, ended.reason, ended.result) == (state, reason, result)


def test_a_password_that_a_station_gives_away_goes_no_further() -> None:
    place = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
    told = {"getVariableResult": [{**place, "attributeStatus": "Accepted", "attributeValue": "secret"}]}
    asked = [{"component": "SecurityCtrlr", "variable": "BasicAuthPassword"}]
    assert "secret" not in str(order(CODEC_201, "get_variables", variables=asked).ending(told).result)


@pytest.mark.parametrize(
    ("name", "args", "reason"),
    [
        ("get_variables", {"variables": [{"variable": "A"}]}, "with its component"),
        ("update_firmware", {"location": URL, "certificate": "PEM"}, "go together"),
        ("get_log", {"kind": "data_collector", "location": URL}, "OCPP 2.0.1 has diagnostics and security logs"),
        ("install_certificate", {"use": "oem_root", "certificate": "PEM"}, "no certificates for oem_root"),
        ("cancel_reservation", {"reservation": "other"}, "no such reservation"),
        ("set_display_message", {"text": "Oi", "transaction": "other"}, "no such transaction"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(name: str, args: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unsupported, match=reason):
        order(CODEC_201, name, **args)


def test_2_1_has_more_logs_and_certificates() -> None:
    assert assert_call(CODEC_21, order(CODEC_21, "get_log", kind="data_collector", location=URL))["logType"] == (
        "DataCollectorLog"
    )
    assert_call(CODEC_21, order(CODEC_21, "install_certificate", use="oem_root", certificate="PEM"))
