"""Every action that a 1.6 station may send."""

from __future__ import annotations

import pytest

from edgegw.stations.codec import NotSupported
from edgegw.stations.schemas import for_version
from edgegw.stations.v16 import CODEC
from tests.stations.peers import peer


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
