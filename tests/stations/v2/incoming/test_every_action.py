"""Every action that a 2.x station may send."""

from __future__ import annotations

import contextlib

import pytest

from edgegw.stations.codec import NotSupported
from edgegw.stations.schemas import for_version
from edgegw.stations.v2 import CODEC_201
from edgegw.stations.v2.incoming import ACTIONS, ACTIONS_21
from tests.stations.peers import peer

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


def test_what_2_1_brought_is_not_understood_under_2_0_1() -> None:
    for action in ACTIONS_21.keys() - ACTIONS.keys():
        with pytest.raises(NotSupported):
            CODEC_201.incoming(action, {}, peer())
