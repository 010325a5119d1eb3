"""The rest of the catalogue as CALLs of OCPP 1.6 and its security whitepaper, and their answers in our own words."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.model.commands import Command
from edgegw.stations.codec import ListEntry, Outgoing, Payload, Peer, Unsupported
from edgegw.stations.v16 import CODEC
from tests.stations.peers import NOW, RESERVATION, assert_call, peer

UNTIL = "2026-11-24T13:00:00+01:00"
FTP = "ftp://192.0.2.9/logs"
SIGNED = {"certificate": "PEM", "signature": "c2ln"}
HASHES = {"hash_algorithm": "sha256", "issuer_name_hash": "aa", "issuer_key_hash": "bb", "serial_number": "01"}
HASH_DATA = {"hashAlgorithm": "SHA256", "issuerNameHash": "aa", "issuerKeyHash": "bb", "serialNumber": "01"}


def order(name: str, at: Peer | None = None, **args: Any) -> Outgoing:
    return CODEC.command(Command("c-1", name, {"station": "CP01", **args}), at or peer(), 77)


@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("reserve", {"evse": 1, "id_token": "04A1", "until": UNTIL}, "ReserveNow",
         {"connectorId": 1, "idTag": "04A1", "expiryDate": "2026-11-24T12:00:00.000Z", "reservationId": 77}),
        ("reserve", {"id_token": "04A1", "until": UNTIL}, "ReserveNow",
         {"connectorId": 0, "idTag": "04A1", "expiryDate": "2026-11-24T12:00:00.000Z", "reservationId": 77}),
        ("get_composite_schedule", {"evse": 1, "duration_s": 600}, "GetCompositeSchedule",
         {"connectorId": 1, "duration": 600}),
        ("get_composite_schedule", {"evse": 0, "duration_s": 600, "unit": "w"}, "GetCompositeSchedule",
         {"connectorId": 0, "duration": 600, "chargingRateUnit": "W"}),
        ("get_variables", {}, "GetConfiguration", {}),
        ("get_variables", {"variables": [{"variable": "HeartbeatInterval"}]}, "GetConfiguration",
         {"key": ["HeartbeatInterval"]}),
        ("set_variables", {"variables": [{"variable": "HeartbeatInterval", "value": "60"}]}, "ChangeConfiguration",
         {"key": "HeartbeatInterval", "value": "60"}),
        ("clear_cache", {}, "ClearCache", {}),
        ("update_firmware", {"location": FTP}, "UpdateFirmware",
         {"location": FTP, "retrieveDate": "2026-11-24T12:00:00.250Z"}),
        ("update_firmware", {"location": FTP, "install_at": UNTIL, "retries": 2, "retry_interval_s": 9, **SIGNED},
         "SignedUpdateFirmware",
         {"requestId": 77, "retries": 2, "retryInterval": 9,
          "firmware": {"location": FTP, "retrieveDateTime": "2026-11-24T12:00:00.250Z",
                       "installDateTime": "2026-11-24T12:00:00.000Z", "signingCertificate": "PEM",
                       "signature": "c2ln"}}),
        ("get_log", {"kind": "diagnostics", "location": FTP, "since": UNTIL}, "GetDiagnostics",
         {"location": FTP, "startTime": "2026-11-24T12:00:00.000Z"}),
        ("get_log", {"kind": "security", "location": FTP, "until": UNTIL}, "GetLog",
         {"logType": "SecurityLog", "requestId": 77,
          "log": {"remoteLocation": FTP, "latestTimestamp": "2026-11-24T12:00:00.000Z"}}),
        ("install_certificate", {"use": "csms_root", "certificate": "PEM"}, "InstallCertificate",
         {"certificateType": "CentralSystemRootCertificate", "certificate": "PEM"}),
        ("get_certificates", {"uses": ["manufacturer_root"]}, "GetInstalledCertificateIds",
         {"certificateType": "ManufacturerRootCertificate"}),
        ("delete_certificate", HASHES, "DeleteCertificate", {"certificateHashData": HASH_DATA}),
        ("sign_certificate", {}, "ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"}),
        ("sign_certificate", {"chain": "PEM"}, "CertificateSigned", {"certificateChain": "PEM"}),
    ],
)  # fmt: skip
def test_a_command_becomes_its_call(name: str, args: dict[str, Any], action: str, payload: Payload) -> None:
    outgoing = order(name, **args)
    assert (outgoing.action, assert_call(CODEC, outgoing)) == (action, payload)


def test_a_reservation_is_given_up_by_the_number_that_the_station_knows() -> None:
    outgoing = order("cancel_reservation", peer(reservations=[RESERVATION]), reservation="res-1")
    assert (outgoing.action, assert_call(CODEC, outgoing)) == ("CancelReservation", {"reservationId": 55})


def test_the_local_list_goes_whole_with_a_rising_version() -> None:
    entries = [
        ListEntry("04A1", "accepted", group="FLEET", expires_at=NOW), ListEntry("04A2", "blocked"),
        ListEntry("x" * 21, "accepted"),
    ]  # fmt: skip
    outgoing = order("send_local_list", peer(local_list=entries))
    assert assert_call(CODEC, outgoing) == {
        "listVersion": 77,
        "updateType": "Full",
        "localAuthorizationList": [
            {"idTag": "04A1", "idTagInfo": {"status": "Accepted", "parentIdTag": "FLEET",
                                            "expiryDate": "2026-11-24T12:00:00.250Z"}},
            {"idTag": "04A2", "idTagInfo": {"status": "Blocked"}},
        ],
    }  # fmt: skip
    assert outgoing.ending({"status": "Accepted"}).result == {"version": 77, "entries": 2}
    assert outgoing.ending({"status": "NotSupported"}).reason == "not_supported"
    assert_call(CODEC, order("send_local_list"))


@pytest.mark.parametrize(
    ("name", "args", "answer", "state", "reason", "result"),
    [
        ("reserve", {"id_token": "04A1", "until": UNTIL}, {"status": "Accepted"}, "done", None, {"reservation": "c-1"}),
        ("reserve", {"id_token": "04A1", "until": UNTIL}, {"status": "Occupied"}, "rejected", "occupied", None),
        ("get_composite_schedule", {"evse": 1, "duration_s": 600},
         {"status": "Accepted", "connectorId": 1, "scheduleStart": "2026-11-24T12:00:00Z", "chargingSchedule":
          {"duration": 600, "chargingRateUnit": "A",
           "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0, "numberPhases": 3}]}},
         "done", None,
         {"evse": 1, "starts_at": "2026-11-24T12:00:00Z", "duration_s": 600,
          "periods": [{"starts_s": 0, "limit_a": 16.0, "phases": 3}]}),
        ("get_composite_schedule", {"evse": 1, "duration_s": 9}, {"status": "Rejected"}, "rejected", "rejected", None),
        ("get_variables", {},
         {"configurationKey": [{"key": "A", "readonly": True, "value": "1"}, {"key": "B", "readonly": False}],
          "unknownKey": ["C"]},
         "done", None,
         {"variables": [
             {"component": None, "variable": "A", "attribute": "actual", "value": "1", "status": "accepted",
              "readonly": True},
             {"component": None, "variable": "B", "attribute": "actual", "value": None, "status": "accepted",
              "readonly": False},
             {"component": None, "variable": "C", "attribute": "actual", "value": None, "status": "unknown_variable"},
         ]}),
        ("set_variables", {"variables": [{"variable": "A", "value": "1"}]}, {"status": "RebootRequired"}, "done", None,
         {"variables": [{"component": None, "variable": "A", "attribute": "actual", "status": "reboot_required"}]}),
        ("set_variables", {"variables": [{"variable": "A", "value": "1"}]}, {"status": "NotSupported"},
         "rejected", "A not_supported",
         {"variables": [{"component": None, "variable": "A", "attribute": "actual", "status": "not_supported"}]}),
        ("update_firmware", {"location": FTP}, {}, "done", None, {"request": None}),
        ("update_firmware", {"location": FTP, **SIGNED}, {"status": "AcceptedCanceled"}, "done", None,
         {"request": 77, "status": "accepted_canceled"}),
        ("update_firmware", {"location": FTP, **SIGNED}, {"status": "InvalidCertificate"}, "rejected",
         "invalid_certificate", None),
        ("get_log", {"kind": "diagnostics", "location": FTP}, {"fileName": "d.zip"}, "done", None,
         {"request": None, "file": "d.zip"}),
        ("get_log", {"kind": "diagnostics", "location": FTP}, {}, "rejected", "no_diagnostics", None),
        ("get_log", {"kind": "security", "location": FTP}, {"status": "Accepted", "filename": "s.log"}, "done", None,
         {"request": 77, "file": "s.log"}),
        ("install_certificate", {"use": "csms_root", "certificate": "PEM"}, {"status": "Failed"}, "failed", "failed",
         None),
        ("get_certificates", {"uses": ["csms_root"]}, {"status": "NotFound"}, "done", None, {"certificates": []}),
        ("get_certificates", {"uses": ["csms_root"]}, {"status": "Accepted", "certificateHashData": [HASH_DATA]},
         "done", None, {"certificates": [{"use": "csms_root", **HASHES}]}),
        ("delete_certificate", HASHES, {"status": "NotFound"}, "rejected", "not_found", None),
    ],
)  # fmt: skip
def test_its_answer_is_told_in_our_words(
    name: str, args: dict[str, Any], answer: Payload, state: str, reason: str | None, result: Any
) -> None:
    ended = order(name, **args).ending(answer)
    assert (ended.state, ended.reason, ended.result) == (state, reason, result)


def test_a_password_that_a_station_gives_away_goes_no_further() -> None:
    told = {"configurationKey": [{"key": "AuthorizationKey", "readonly": False, "value": "secret"}]}
    assert "secret" not in str(order("get_variables").ending(told).result)


@pytest.mark.parametrize(
    ("name", "args", "reason"),
    [
        ("get_variables", {"variables": [{"variable": "A", "component": "B"}]}, "keys alone, without component"),
        ("set_variables", {"variables": [{"variable": "A", "value": "1"}] * 2}, "one variable at a time"),
        ("update_firmware", {"location": FTP, "install_at": UNTIL}, "of signed firmware alone"),
        ("update_firmware", {"location": FTP, "signature": "x"}, "go together"),
        ("get_log", {"kind": "data_collector", "location": FTP}, "diagnostics and security logs"),
        ("install_certificate", {"use": "v2g_root", "certificate": "PEM"}, "csms_root and manufacturer_root"),
        ("get_certificates", {}, "one use at a time"),
        ("get_certificates", {"uses": ["mo_root"]}, "csms_root and manufacturer_root"),
        ("sign_certificate", {"use": "v2g"}, "no V2G certificates"),
        ("reserve", {"id_token": "x" * 21, "until": UNTIL}, "at most 20 characters"),
        ("cancel_reservation", {"reservation": "other"}, "no such reservation"),
        ("clear_display_message", {"message": 1}, "has no display messages"),
    ],
)
def test_what_1_6_cannot_say_is_refused_in_words(name: str, args: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unsupported, match=reason):
        order(name, **args)
