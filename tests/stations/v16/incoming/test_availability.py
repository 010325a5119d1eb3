"""What a 1.6 station says: availability."""

from __future__ import annotations

from typing import Any

import ocpp.v16.enums
import pytest

from edgegw.model.facts import StationStatusChanged, VariablesReported
from edgegw.stations.codec import Tell
from edgegw.stations.normalise import NOWHERE
from tests.stations.peers import NOW, NOW_TEXT, evse, peer
from tests.stations.v16.hearing import AT, AT_TEXT, tell


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


def test_a_status_without_a_connector_is_that_of_the_only_one_and_of_several_it_is_kept() -> None:
    payload = {"connectorId": NOWHERE, "errorCode": "NoError", "status": "Faulted", "timestamp": AT_TEXT}
    (fact,) = tell("StatusNotification", payload, peer(evse(id=1))).facts
    assert isinstance(fact, StationStatusChanged)
    assert (fact.evse, fact.status) == (1, "faulted")
    (kept,) = tell("StatusNotification", payload, peer(evse(id=1), evse(id=2))).facts
    assert isinstance(kept, VariablesReported)
