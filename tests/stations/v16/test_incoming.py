"""What a 1.6 station says, message by message."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import ocpp.v16.enums
import pytest

from edgegw.model.facts import (
    CertificateRequested,
    Fact,
    FirmwareStatusChanged,
    LogReceived,
    SecurityEvent,
    StationStatusChanged,
)
from edgegw.model.requests import (
    AuthorizeAnswer,
    AuthorizeRequest,
    BootAnswer,
    BootRequest,
    Reading,
    TransactionAnswer,
    TransactionRequest,
)
from edgegw.model.state import Metering
from edgegw.stations.codec import Ask, Incoming, NotSupported, Payload, Peer, Tell, Unprocessable
from edgegw.stations.schemas import for_version
from edgegw.stations.v16 import CODEC
from edgegw.stations.v16.tokens import STATUSES as WORDS
from tests.stations.peers import NOW, NOW_TEXT, assert_reply, assert_tolerated, evse, peer, transaction

AT = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
AT_TEXT = "2026-11-24T11:00:00Z"


def hear(action: str, payload: Payload, at: Peer | None = None) -> Incoming:
    assert_tolerated(CODEC, action, payload)
    heard = CODEC.incoming(action, payload, at or peer())
    if isinstance(heard, Tell):
        assert_reply(CODEC, action, heard.reply)
    return heard


def ask(action: str, payload: Payload, at: Peer | None = None) -> Ask:
    heard = hear(action, payload, at)
    assert isinstance(heard, Ask)
    return heard


def tell(action: str, payload: Payload, at: Peer | None = None) -> Tell:
    heard = hear(action, payload, at)
    assert isinstance(heard, Tell)
    return heard


def test_boot() -> None:
    heard = ask(
        "BootNotification",
        {
            "chargePointVendor": "ABB",
            "chargePointModel": "Terra AC",
            "chargeBoxSerialNumber": "B1",
            "firmwareVersion": "1.8.0",
        },
    )
    assert heard.request == BootRequest(
        station="CP01", at=NOW, ocpp="1.6", vendor="ABB", model="Terra AC", firmware="1.8.0", serial="B1"
    )
    for status in ("accepted", "pending", "rejected"):
        reply = heard.reply(BootAnswer(status, 300, NOW))
        assert_reply(CODEC, "BootNotification", reply)
        assert reply == {"status": status.capitalize(), "currentTime": NOW_TEXT, "interval": 300}


def test_heartbeat_tells_the_time_in_utc_with_z() -> None:
    assert tell("Heartbeat", {}) == Tell({"currentTime": NOW_TEXT})


@pytest.mark.parametrize("status", list(ocpp.v16.enums.ChargePointStatus))
@pytest.mark.parametrize(("number", "connector"), [(0, 0), (1, 1), (2, 1)])
def test_connector_n_is_evse_n_with_its_connector_1_and_0_is_the_station(
    status: Any, number: int, connector: int
) -> None:
    payload = {"connectorId": number, "errorCode": "NoError", "status": status.value, "timestamp": AT_TEXT}
    (fact,) = tell("StatusNotification", payload).facts
    assert isinstance(fact, StationStatusChanged)
    assert (fact.evse, fact.connector, fact.at, fact.error) == (number, connector, AT, None)


@pytest.mark.parametrize(
    ("code", "vendor_code", "error"),
    [
        ("NoError", None, None), ("NoError", "0", None), ("GroundFailure", "17", "GroundFailure"),
        ("OtherError", "17", "17"), ("OtherError", None, "OtherError"), ("Error", None, "Error"),
    ],
)  # fmt: skip
def test_the_error_of_a_status_is_the_code_or_the_vendors(code: str, vendor_code: str | None, error: Any) -> None:
    payload = {"connectorId": 1, "errorCode": code, "status": "Faulted"}
    if vendor_code is not None:
        payload["vendorErrorCode"] = vendor_code
    (fact,) = tell("StatusNotification", payload).facts
    assert isinstance(fact, StationStatusChanged)
    assert (fact.error, fact.at, fact.status) == (error, NOW, "faulted")


def test_authorize() -> None:
    heard = ask("Authorize", {"idTag": "04A1"})
    assert heard.request == AuthorizeRequest(station="CP01", at=NOW, id_token="04A1", kind="ISO14443")
    for status, word in WORDS.items():
        reply = heard.reply(AuthorizeAnswer(status, "family"))
        assert_reply(CODEC, "Authorize", reply)
        assert reply == {"idTagInfo": {"status": word, "parentIdTag": "family"}}
    assert set(WORDS.values()) == {each.value for each in ocpp.v16.enums.AuthorizationStatus}
    too_long = heard.reply(AuthorizeAnswer("accepted", "x" * 21))
    assert too_long == {"idTagInfo": {"status": "Accepted"}}


def test_start_transaction() -> None:
    payload = {"connectorId": 2, "idTag": "04A1", "meterStart": 1000, "timestamp": "2026-11-24T11:00:00"}
    heard = ask("StartTransaction", payload)
    assert heard.request == TransactionRequest(
        station="CP01", at=AT, stage="started", evse=2, connector=1, id_token="04A1", import_wh=1000
    )
    reply = heard.reply(TransactionAnswer("0190", 41, "concurrent_tx"))
    assert_reply(CODEC, "StartTransaction", reply)
    assert reply == {"transactionId": 41, "idTagInfo": {"status": "ConcurrentTx"}}


@pytest.mark.parametrize("register", [10**15, 2**64 - 1, -(2**63)])
def test_a_register_that_no_meter_reaches_is_none_and_the_transaction_counts(register: int) -> None:
    start = {"connectorId": 2, "idTag": "04A1", "meterStart": register, "timestamp": AT_TEXT}
    for request in (
        ask("StartTransaction", start).request,
        ask("StopTransaction", {**STOP, "meterStop": register}).request,
    ):
        assert isinstance(request, TransactionRequest)
        assert request.import_wh is None


def test_a_start_at_connector_0_is_at_the_only_evse_or_refused() -> None:
    payload = {"connectorId": 0, "idTag": "04A1", "meterStart": 0, "timestamp": AT_TEXT}
    only = ask("StartTransaction", payload, peer(evse(id=1))).request
    assert isinstance(only, TransactionRequest)
    assert only.evse == 1
    with pytest.raises(Unprocessable):
        hear("StartTransaction", payload, peer(evse(id=1), evse(id=2)))


STOP: Payload = {
    "transactionId": 41,
    "idTag": "04A1",
    "meterStop": 17500,
    "timestamp": AT_TEXT,
    "reason": "EVDisconnected",
    "transactionData": [
        {
            "timestamp": AT_TEXT,
            "sampledValue": [{"value": "17.5", "unit": "kWh", "context": "Transaction.End"}],
        },
        {
            "timestamp": "2026-11-24T10:00:00Z",
            "sampledValue": [{"value": "1000", "context": "Transaction.Begin"}],
        },
    ],
}


def test_stop_transaction_with_its_data() -> None:
    heard = ask("StopTransaction", STOP, peer(active={1: transaction()}))
    assert heard.request == TransactionRequest(
        station="CP01", at=AT, stage="ended", evse=None, reference="41", id_token="04A1", import_wh=17500,
        reason="ev_disconnected",
        readings=(Reading(AT, 17500, "end"), Reading(datetime(2026, 11, 24, 10, tzinfo=UTC), 1000, "begin")),
    )  # fmt: skip
    assert [sample.values for sample in heard.samples] == [{"import_wh": 1000}, {"import_wh": 17500}]
    reply = heard.reply(TransactionAnswer("0190", 41, "accepted", "family", "12.34"))
    assert_reply(CODEC, "StopTransaction", reply)
    assert reply == {"idTagInfo": {"status": "Accepted", "parentIdTag": "family"}}


def test_a_stop_that_comes_again_is_the_same_request_and_brings_no_samples_twice() -> None:
    first = ask("StopTransaction", STOP, peer(active={1: transaction()}))
    again = ask("StopTransaction", STOP, peer(ended=transaction(state="ended")))
    assert again.request == first.request
    assert again.samples == ()


def test_a_stop_without_token_or_reason_is_local_and_answered_with_nothing() -> None:
    heard = ask("StopTransaction", {"transactionId": -1, "meterStop": 5, "timestamp": AT_TEXT})
    assert isinstance(heard.request, TransactionRequest)
    assert (heard.request.reason, heard.request.reference, heard.request.id_token) == ("local", "-1", None)
    assert heard.reply(TransactionAnswer("0190", 41)) == {}


def test_a_signed_begin_without_number_takes_the_register_that_the_transaction_began_with() -> None:
    signed = {"value": "<b/>", "format": "SignedData", "context": "Transaction.Begin"}
    stop = {**STOP, "transactionData": [{"timestamp": AT_TEXT, "sampledValue": [signed]}]}
    running = transaction(meterings=(Metering(AT, 1000), Metering(AT, 9000)))
    request = ask("StopTransaction", stop, peer(active={1: running})).request
    assert isinstance(request, TransactionRequest)
    assert request.readings == (Reading(AT, 1000, "begin", "<b/>"),)


def test_meter_values_are_samples_of_their_evse() -> None:
    sampled = [{"value": "7360", "measurand": "Power.Active.Import"}, {"value": "1", "measurand": "Vendor.Thing"}]
    heard = tell("MeterValues", {"connectorId": 2, "meterValue": [{"timestamp": AT_TEXT, "sampledValue": sampled}]})
    (sample,) = heard.samples
    assert (sample.source, sample.at, sample.values) == ("stations/CP01/2", AT, {"power_w": 7360.0})
    assert heard.facts == ()


def test_meter_values_at_connector_0_belong_to_the_transaction_that_they_name_else_to_the_station() -> None:
    payload: Payload = {"connectorId": 0, "meterValue": [{"timestamp": AT_TEXT, "sampledValue": [{"value": "1"}]}]}
    busy = peer(active={1: transaction()})
    assert tell("MeterValues", {**payload, "transactionId": 41}, busy).samples[0].source == "stations/CP01/1"
    assert tell("MeterValues", {**payload, "transactionId": 9}, busy).samples[0].source == "stations/CP01/0"
    assert tell("MeterValues", payload, busy).samples[0].source == "stations/CP01/0"


def test_a_signed_register_of_a_transaction_asks_to_be_kept_as_evidence() -> None:
    sampled = [{"value": "17.5", "unit": "kWh"}, {"value": "sig\u00e9==", "format": "SignedData"}]
    payload = {"connectorId": 1, "meterValue": [{"timestamp": AT_TEXT, "sampledValue": sampled}]}
    heard = ask("MeterValues", payload, peer(active={1: transaction()}))
    assert heard.request == TransactionRequest(
        station="CP01", at=AT, stage="updated", evse=1, reference="41",
        readings=(Reading(AT, 17500, "periodic", "sig\u00e9=="),),
    )  # fmt: skip
    assert len(heard.samples) == 1
    assert heard.reply(TransactionAnswer("0190", 41)) == {}
    assert isinstance(hear("MeterValues", payload), Tell)


@pytest.mark.parametrize(
    ("action", "payload", "reply", "fact"),
    [
        ("DataTransfer", {"vendorId": "com.example", "data": "x"}, {"status": "UnknownVendorId"}, None),
        (
            "SignCertificate",
            {"csr": "-----BEGIN"},
            {"status": "Accepted"},
            CertificateRequested(station="CP01", at=NOW, csr="-----BEGIN", use="station"),
        ),
        (
            "DiagnosticsStatusNotification",
            {"status": "UploadFailed"},
            {},
            LogReceived(station="CP01", at=NOW, status="upload_failed"),
        ),
        (
            "LogStatusNotification",
            {"status": "Uploading", "requestId": 3},
            {},
            LogReceived(station="CP01", at=NOW, status="uploading", request=3),
        ),
        (
            "FirmwareStatusNotification",
            {"status": "DownloadFailed"},
            {},
            FirmwareStatusChanged(station="CP01", at=NOW, status="download_failed"),
        ),
        (
            "SignedFirmwareStatusNotification",
            {"status": "InvalidSignature", "requestId": 4},
            {},
            FirmwareStatusChanged(station="CP01", at=NOW, status="invalid_signature", request=4),
        ),
        (
            "SecurityEventNotification",
            {"type": "SettingSystemTime", "timestamp": AT_TEXT, "techInfo": "ntp"},
            {},
            SecurityEvent(station="CP01", at=AT, kind="setting_system_time", detail="ntp"),
        ),
    ],
)
def test_what_a_station_only_tells(action: str, payload: Payload, reply: Payload, fact: Fact | None) -> None:
    assert tell(action, payload) == Tell(reply, (fact,) if fact is not None else ())


def test_every_action_that_a_station_may_send_is_understood_and_no_other() -> None:
    from_gateway = {
        "CancelReservation", "CertificateSigned", "ChangeAvailability", "ChangeConfiguration", "ClearCache",
        "ClearChargingProfile", "DeleteCertificate", "ExtendedTriggerMessage", "GetCompositeSchedule",
        "GetConfiguration", "GetDiagnostics", "GetInstalledCertificateIds", "GetLocalListVersion", "GetLog",
        "InstallCertificate", "RemoteStartTransaction", "RemoteStopTransaction", "ReserveNow", "Reset",
        "SendLocalList", "SetChargingProfile", "SignedUpdateFirmware", "TriggerMessage", "UnlockConnector",
        "UpdateFirmware",
    }  # fmt: skip
    for action in for_version("1.6").actions & from_gateway:
        with pytest.raises(NotSupported):
            CODEC.incoming(action, {}, peer())
    from edgegw.stations.v16.incoming import ACTIONS

    assert for_version("1.6").actions == from_gateway | set(ACTIONS)
