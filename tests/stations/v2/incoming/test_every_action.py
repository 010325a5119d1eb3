"""Every action that a 2.x station may send."""

from __future__ import annotations

import contextlib

import pytest

from edgegw.stations.codec import NotSupported, Tell
from edgegw.stations.schemas import for_version
from edgegw.stations.v2 import CODEC_21, CODEC_201
from edgegw.stations.v2.incoming import ACTIONS_21
from tests.stations.peers import peer
from tests.stations.v2.hearing import AT_TEXT, hear, reported

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
    assert {"BatterySwap", "VatNumberValidation"} & set(ACTIONS_21) == set()
    with pytest.raises(NotSupported):
        CODEC_201.incoming("NotifyDERAlarm", alarm, peer())
