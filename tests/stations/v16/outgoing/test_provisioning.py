"""What a 1.6 station is told: provisioning."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.stations.codec import Payload, Unsupported
from edgegw.stations.v16 import CODEC
from tests.stations.peers import assert_call
from tests.stations.v16.ordering import order


@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("reset", {"kind": "soft"}, "Reset", {"type": "Soft"}),
        ("reset", {"kind": "hard"}, "Reset", {"type": "Hard"}),
        ("trigger", {"message": "MeterValues", "evse": 1}, "TriggerMessage",
         {"requestedMessage": "MeterValues", "connectorId": 1}),
        ("trigger", {"message": "boot_notification"}, "TriggerMessage", {"requestedMessage": "BootNotification"}),
        ("trigger", {"message": "sign_charging_station_certificate"}, "ExtendedTriggerMessage",
         {"requestedMessage": "SignChargePointCertificate"}),
        ("get_variables", {}, "GetConfiguration", {}),
        ("get_variables", {"variables": [{"variable": "HeartbeatInterval"}]}, "GetConfiguration",
         {"key": ["HeartbeatInterval"]}),
        ("set_variables", {"variables": [{"variable": "HeartbeatInterval", "value": "60"}]}, "ChangeConfiguration",
         {"key": "HeartbeatInterval", "value": "60"}),
    ],
)  # fmt: skip
def test_a_command_becomes_its_call(name: str, args: dict[str, Any], action: str, payload: Payload) -> None:
    outgoing = order(name, **args)
    assert (outgoing.action, assert_call(CODEC, outgoing)) == (action, payload)


def test_a_password_that_a_station_gives_away_goes_no_further() -> None:
    told = {"configurationKey": [{"key": "AuthorizationKey", "readonly": False, "value": "secret"}]}
    assert "secret" not in str(order("get_variables").ending(told).result)


@pytest.mark.parametrize(
    ("name", "args", "answer", "state", "reason", "result"),
    [
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
    ],
)  # fmt: skip
def test_its_answer_is_told_in_our_words(
    name: str, args: dict[str, Any], answer: Payload, state: str, reason: str | None, result: Any
) -> None:
    ended = order(name, **args).ending(answer)
    assert (ended.state, ended.reason, ended.result) == (state, reason, result)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("reset", {"kind": "gentle"}),
        ("reset", {"kind": "hard", "evse": 1}),
        ("trigger", {"message": "transaction_event"}),
    ],
)
def test_what_1_6_cannot_say_is_refused_in_words(name: str, args: dict[str, Any]) -> None:
    with pytest.raises(Unsupported) as refused:
        order(name, **args)
    assert refused.value.reason


@pytest.mark.parametrize(
    ("name", "args", "reason"),
    [
        ("get_variables", {"variables": [{"variable": "A", "component": "B"}]}, "keys alone, without component"),
    ],
)
def test_what_1_6_cannot_say_is_refused_with_the_reason(name: str, args: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unsupported, match=reason):
        order(name, **args)
