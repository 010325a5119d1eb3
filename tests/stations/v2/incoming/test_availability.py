"""What a 2.x station says: availability."""

from __future__ import annotations

from typing import Any

import ocpp.v21.enums
import ocpp.v201.enums
import pytest

from edgegw.model.facts import StationStatusChanged, VariablesReported
from edgegw.stations.codec import Codec, Tell
from tests.stations.peers import NOW_TEXT, evse, peer
from tests.stations.v2.hearing import AT, AT_TEXT, both, hear


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
def test_a_status_without_an_evse_is_that_of_the_only_one_and_of_several_it_is_kept(codec: Codec) -> None:
    payload = {"evseId": 0, "connectorId": 1, "connectorStatus": "Faulted", "timestamp": AT_TEXT}
    only = hear(codec, "StatusNotification", payload, peer(evse(id=1)))
    assert isinstance(only, Tell)
    (fact,) = only.facts
    assert isinstance(fact, StationStatusChanged)
    assert (fact.evse, fact.status) == (1, "faulted")
    several = hear(codec, "StatusNotification", payload, peer(evse(id=1), evse(id=2)))
    assert isinstance(several, Tell)
    assert isinstance(several.facts[0], VariablesReported)
