"""What a 2.x station says, message by message, in both versions."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import Any

import ocpp.v21.enums
import ocpp.v201.enums
import pytest

from edgegw.model.facts import (
    CertificateRequested,
    Fact,
    FirmwareStatusChanged,
    LogReceived,
    ReservationEnded,
    SecurityEvent,
    VariablesReported,
)
from edgegw.model.requests import (
    AuthorizeAnswer,
    AuthorizeRequest,
    BootAnswer,
    BootRequest,
    Reading,
    TransactionRequest,
)
from edgegw.stations.codec import Ask, Codec, Incoming, NotSupported, Payload, Peer, Tell, Unprocessable
from edgegw.stations.schemas import for_version
from edgegw.stations.v2 import CODEC_21, CODEC_201, tokens
from edgegw.stations.v2.dialect import V21
from edgegw.stations.v2.incoming import ACTIONS
from tests.stations.peers import NOW, NOW_TEXT, RESERVATION, assert_reply, assert_tolerated, peer, transaction

AT = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
AT_TEXT = "2026-11-24T11:00:00Z"

both = pytest.mark.parametrize("codec", [CODEC_201, CODEC_21], ids=["2.0.1", "2.1"])


def hear(codec: Codec, action: str, payload: Payload, at: Peer | None = None) -> Incoming:
    assert_tolerated(codec, action, payload)
    heard = codec.incoming(action, payload, at or peer())
    if isinstance(heard, Tell):
        assert_reply(codec, action, heard.reply)
    return heard


def ask(codec: Codec, action: str, payload: Payload, at: Peer | None = None) -> Ask:
    heard = hear(codec, action, payload, at)
    assert isinstance(heard, Ask)
    return heard


@both
def test_boot(codec: Codec) -> None:
    station = {"vendorName": "ABB", "model": "Terra", "firmwareVersion": "2", "serialNumber": "S"}
    heard = ask(codec, "BootNotification", {"reason": "PowerUp", "chargingStation": station})
    assert heard.request == BootRequest(
        station="CP01", at=NOW, ocpp=codec.version, vendor="ABB", model="Terra", firmware="2", serial="S",
        reason="power_up",
    )  # fmt: skip
    for status in ("accepted", "pending", "rejected"):
        reply = heard.reply(BootAnswer(status, 300, NOW))
        assert_reply(codec, "BootNotification", reply)
        assert reply == {"status": status.capitalize(), "currentTime": NOW_TEXT, "interval": 300}


@both
def test_heartbeat_tells_the_time_in_utc_with_z(codec: Codec) -> None:
    assert hear(codec, "Heartbeat", {}) == Tell({"currentTime": NOW_TEXT})


@both
@pytest.mark.parametrize("status", list(ocpp.v21.enums.ConnectorStatusEnumType))
def test_a_status_is_of_its_evse_and_connector(codec: Codec, status: Any) -> None:
    payload = {"timestamp": AT_TEXT, "connectorStatus": status.value, "evseId": 2, "connectorId": 3}
    heard = hear(codec, "StatusNotification", payload)
    assert isinstance(heard, Tell)
    (fact,) = heard.facts
    assert (fact.evse, fact.connector, fact.status, fact.at) == (2, 3, status.value.lower(), AT)  # type: ignore[attr-defined]


@both
def test_authorize(codec: Codec) -> None:
    heard = ask(codec, "Authorize", {"idToken": {"idToken": "04A1", "type": "ISO15693"}})
    assert heard.request == AuthorizeRequest(station="CP01", at=NOW, id_token="04A1", kind="ISO15693")
    for status, word in tokens.STATUSES.items():
        reply = heard.reply(AuthorizeAnswer(status, "family", "pt-BR"))
        assert_reply(codec, "Authorize", reply)
        assert reply["idTokenInfo"]["status"] == word
        assert reply["idTokenInfo"]["groupIdToken"] == {"idToken": "family", "type": "Central"}
        assert reply["idTokenInfo"]["language1"] == "pt-BR"
    assert set(tokens.STATUSES.values()) <= {each.value for each in ocpp.v201.enums.AuthorizationStatusEnumType}
    assert_reply(codec, "Authorize", heard.reply(AuthorizeAnswer("accepted", "g" * 300, "x" * 9)))


def test_a_long_group_is_told_to_2_1_which_has_room_for_it() -> None:
    assert "groupIdToken" in tokens.info("accepted", "g" * 200, None, V21)


@both
def test_meter_values_are_samples_of_their_evse(codec: Codec) -> None:
    sampled = [{"value": 7.36, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "kW"}}, {"value": 5}]
    payload = {"evseId": 2, "meterValue": [{"timestamp": AT_TEXT, "sampledValue": sampled}]}
    heard = hear(codec, "MeterValues", payload)
    assert isinstance(heard, Tell)
    (sample,) = heard.samples
    assert (sample.source, sample.at) == ("stations/CP01/2", AT)
    assert sample.values == {"power_w": 7360.0, "import_wh": 5}


SIGNED = {"signedMeterData": "T0NNRg==", "signingMethod": "", "encodingMethod": "OCMF", "publicKey": ""}


@both
def test_a_signed_register_outside_events_is_evidence_while_a_transaction_runs(codec: Codec) -> None:
    payload = {
        "evseId": 1,
        "meterValue": [{"timestamp": AT_TEXT, "sampledValue": [{"value": 5, "signedMeterValue": SIGNED}]}],
    }
    running = transaction(reference="f3b1")
    heard = ask(codec, "MeterValues", payload, peer(active={1: running}))
    assert heard.request == TransactionRequest(
        station="CP01", at=AT, stage="updated", evse=1, reference="f3b1", ocpp=codec.version,
        readings=(Reading(AT, 5, "periodic", "T0NNRg=="),),
    )  # fmt: skip
    assert isinstance(hear(codec, "MeterValues", payload), Tell)


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


def reported(action: str, payload: Payload) -> VariablesReported:
    return VariablesReported(station="CP01", at=NOW, action=action, report=payload)


@both
@pytest.mark.parametrize(
    ("action", "payload", "fact"),
    [
        ("DataTransfer", {"vendorId": "v", "data": {"a": 1}}, None),
        ("SignCertificate", {"csr": "-----BEGIN"},
         CertificateRequested(station="CP01", at=NOW, csr="-----BEGIN", use="station")),
        ("SignCertificate", {"csr": "-----BEGIN", "certificateType": "V2GCertificate"},
         CertificateRequested(station="CP01", at=NOW, csr="-----BEGIN", use="v2g")),
        ("GetCertificateStatus", {"ocspRequestData": {
            "hashAlgorithm": "SHA256", "issuerNameHash": "a", "issuerKeyHash": "b", "serialNumber": "c",
            "responderURL": "http://localhost"}}, None),
        ("Get15118EVCertificate",
         {"iso15118SchemaVersion": "urn", "action": "Install", "exiRequest": "AA=="}, None),
        ("NotifyCustomerInformation", {"data": "a person", "seqNo": 0, "generatedAt": AT_TEXT, "requestId": 1}, None),
        ("FirmwareStatusNotification", {"status": "InstallRebooting", "requestId": 2},
         FirmwareStatusChanged(station="CP01", at=NOW, status="install_rebooting", request=2)),
        ("PublishFirmwareStatusNotification", {"status": "Published", "location": ["http://localhost"]},
         FirmwareStatusChanged(station="CP01", at=NOW, status="published")),
        ("LogStatusNotification", {"status": "UploadFailure"},
         LogReceived(station="CP01", at=NOW, status="upload_failure")),
        ("SecurityEventNotification", {"type": "FirmwareUpdated", "timestamp": AT_TEXT},
         SecurityEvent(station="CP01", at=AT, kind="firmware_updated")),
        ("NotifyEVChargingNeeds", NEEDS, reported("NotifyEVChargingNeeds", NEEDS)),
        ("NotifyEVChargingSchedule", SCHEDULE, reported("NotifyEVChargingSchedule", SCHEDULE)),
        ("ReservationStatusUpdate", u := {"reservationId": 1, "reservationUpdateStatus": "Expired"},
         reported("ReservationStatusUpdate", u)),
    ],
)  # fmt: skip
def test_what_a_station_only_tells(codec: Codec, action: str, payload: Payload, fact: Fact | None) -> None:
    heard = hear(codec, action, payload)
    assert isinstance(heard, Tell)
    assert heard.facts == ((fact,) if fact is not None else ())


FROM_GATEWAY = {
    "CancelReservation", "CertificateSigned", "ChangeAvailability", "ClearCache", "ClearChargingProfile",
    "ClearDisplayMessage", "ClearVariableMonitoring", "CostUpdated", "CustomerInformation", "DeleteCertificate",
    "GetBaseReport", "GetChargingProfiles", "GetCompositeSchedule", "GetDisplayMessages",
    "GetInstalledCertificateIds", "GetLocalListVersion", "GetLog", "GetMonitoringReport", "GetReport",
    "GetTransactionStatus", "GetVariables", "InstallCertificate", "PublishFirmware", "RequestStartTransaction",
    "RequestStopTransaction", "ReserveNow", "Reset", "SendLocalList", "SetChargingProfile", "SetDisplayMessage",
    "SetMonitoringBase", "SetMonitoringLevel", "SetNetworkProfile", "SetVariableMonitoring", "SetVariables",
    "TriggerMessage", "UnlockConnector", "UnpublishFirmware", "UpdateFirmware",
}  # fmt: skip


def test_every_action_that_a_2_0_1_station_may_send_is_understood() -> None:
    for action in for_version("2.0.1").actions - FROM_GATEWAY:
        # A KeyError means that it is understood; this empty payload would not have passed its schema.
        with contextlib.suppress(KeyError):
            CODEC_201.incoming(action, {}, peer())
    with pytest.raises(NotSupported):
        CODEC_201.incoming("Reset", {}, peer())


def test_the_questions_of_2_1_are_refused_and_its_reports_kept() -> None:
    stream = {"constantStreamData": {"id": 1, "params": {}, "variableMonitoringId": 2}}
    assert hear(CODEC_21, "OpenPeriodicEventStream", stream) == Tell({"status": "Rejected"})
    alarm = {"controlType": "EnterService", "timestamp": AT_TEXT}
    assert hear(CODEC_21, "NotifyDERAlarm", alarm) == Tell({}, (reported("NotifyDERAlarm", alarm),))
    assert {"BatterySwap", "VatNumberValidation"} & set(ACTIONS) == set()
    with pytest.raises(NotSupported):
        CODEC_201.incoming("NotifyDERAlarm", alarm, peer())


@both
def test_a_place_that_no_station_has_is_refused(codec: Codec) -> None:
    with pytest.raises(Unprocessable):
        hear(codec, "MeterValues", {"evseId": 1000, "meterValue": [{"timestamp": "", "sampledValue": [{"value": 1}]}]})


@pytest.mark.parametrize(("word", "reason"), [("Expired", "expired"), ("Removed", "removed")])
def test_a_reservation_that_the_station_gives_up_ends_by_its_own_name(word: str, reason: Any) -> None:
    heard = hear(
        CODEC_201,
        "ReservationStatusUpdate",
        {"reservationId": 55, "reservationUpdateStatus": word},
        peer(reservations=[RESERVATION]),
    )
    assert isinstance(heard, Tell)
    assert heard.facts == (ReservationEnded(station="CP01", at=NOW, reservation="res-1", reason=reason),)
