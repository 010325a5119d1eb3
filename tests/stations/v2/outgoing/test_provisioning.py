"""What a 2.x station is told: provisioning."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ocpp.v201.enums
import pytest

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.model.site import Connector
from edgegw.stations.codec import Codec, Payload, Unsupported
from edgegw.stations.v2 import CODEC_201
from edgegw.stations.v2.outgoing.provisioning import TRIGGERS
from tests.stations.peers import assert_call, evse, peer
from tests.stations.v2.ordering import both, order

HEARTBEAT = {"component": "OCPPCommCtrlr", "variable": "HeartbeatInterval"}
PLACE = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}


@both
@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("reset", {"kind": "soft"}, "Reset", {"type": "OnIdle"}),
        ("reset", {"kind": "hard", "evse": 2}, "Reset", {"type": "Immediate", "evseId": 2}),
        ("trigger", {"message": "transaction_event", "evse": 1}, "TriggerMessage",
         {"requestedMessage": "TransactionEvent", "evse": {"id": 1}}),
        ("trigger", {"message": "StatusNotification", "evse": 1}, "TriggerMessage",
         {"requestedMessage": "StatusNotification", "evse": {"id": 1, "connectorId": 1}}),
        ("trigger", {"message": "SignChargePointCertificate"}, "TriggerMessage",
         {"requestedMessage": "SignChargingStationCertificate"}),
        ("trigger", {"message": "diagnostics_status_notification"}, "TriggerMessage",
         {"requestedMessage": "LogStatusNotification"}),
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
    ],
)  # fmt: skip
def test_a_command_becomes_its_call(
    codec: Codec, name: str, args: dict[str, Any], action: str, payload: Payload
) -> None:
    outgoing = order(codec, name, **args)
    assert (outgoing.action, assert_call(codec, outgoing)) == (action, payload)


@both
def test_the_status_of_a_whole_station_is_asked_for_connector_by_connector(codec: Codec) -> None:
    two = (Connector(1, "cType2"), Connector(2, "cCCS2"))
    at = peer(replace(evse(), connectors=two), evse(id=2))
    outgoing = codec.command(Command("", "trigger", {"station": "CP01", "message": "status_notification"}), at, 77)
    calls = [outgoing, *outgoing.then]
    assert [assert_call(codec, call) for call in calls] == [
        {"requestedMessage": "StatusNotification", "evse": {"id": id, "connectorId": connector}}
        for id, connector in ((1, 1), (1, 2), (2, 1))
    ]
    assert outgoing.joined is not None
    accepted = [call.ending({"status": "Accepted"}) for call in calls]
    assert outgoing.joined(accepted).state == "done"
    mixed = outgoing.joined([*accepted[:2], calls[2].ending({"status": "Rejected"})])
    assert (mixed.state, mixed.reason) == ("failed", "rejected")
    assert [each["evse"] for each in (mixed.result or {})["places"]] == [1, 1, 2]
    refused = [call.ending({"status": "NotImplemented"}) for call in calls]
    assert outgoing.joined(refused).state == "rejected"
    away = outgoing.joined([*accepted[:1], Ending("unknown", "no answer")])
    assert (away.state, away.reason) == ("unknown", "no answer")


def test_every_message_that_can_be_triggered_is_known() -> None:
    assert set(TRIGGERS) == {each.value for each in ocpp.v201.enums.MessageTriggerEnumType}


def test_a_password_that_a_station_gives_away_goes_no_further() -> None:
    place = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
    told = {"getVariableResult": [{**place, "attributeStatus": "Accepted", "attributeValue": "secret"}]}
    asked = [{"component": "SecurityCtrlr", "variable": "BasicAuthPassword"}]
    assert "secret" not in str(order(CODEC_201, "get_variables", variables=asked).ending(told).result)


@pytest.mark.parametrize(
    ("name", "args", "answer", "state", "reason", "result"),
    [
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
    ],
)  # fmt: skip
def test_its_answer_is_told_in_our_words(
    name: str, args: dict[str, Any], answer: Payload, state: str, reason: str | None, result: Any
) -> None:
    ended = order(CODEC_201, name, **args).ending(answer)
    assert (ended.state, ended.reason, ended.result) == (state, reason, result)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("reset", {"kind": "Immediate"}),
        ("trigger", {"message": "nothing"}),
    ],
)
def test_what_does_not_fit_is_refused_in_words(name: str, args: dict[str, Any]) -> None:
    with pytest.raises(Unsupported) as refused:
        order(CODEC_201, name, **args)
    assert refused.value.reason


@pytest.mark.parametrize(
    ("name", "args", "reason"),
    [
        ("get_variables", {"variables": [{"variable": "A"}]}, "with its component"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(name: str, args: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unsupported, match=reason):
        order(CODEC_201, name, **args)
