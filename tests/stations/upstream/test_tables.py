"""The tables of who may what and of what is told: every name in them is one of OCPP's, and what they mean."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from edgegw.model.requests import AuthorizeRequest, TransactionAnswer
from edgegw.model.state import State
from edgegw.stations.schemas import for_version
from edgegw.stations.settings import AuthorityTable, Upstream
from edgegw.stations.upstream import answers, authority, numbers, sorts
from edgegw.stations.upstream.authority import may, refusal
from edgegw.stations.upstream.sorts import Rank, sort_of

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
ACTIONS = frozenset().union(*(for_version(version).actions for version in ("1.6", "2.0.1", "2.1")))


def test_every_action_of_the_tables_is_one_of_ocpps() -> None:
    named = set(authority._MATTERS) | sorts._NOTICES | sorts._REPORTS | sorts._OURS | numbers.SPEAK
    assert named - ACTIONS == {"NotifyPeriodicEventStream"}  # a SEND, which has no answer


def test_every_matter_is_a_key_of_the_settings() -> None:
    assert {*authority._ACTIONS, "others"} < set(AuthorityTable.model_fields)


def test_the_short_word_gives_the_say_and_nothing_more() -> None:
    plain, given = (Upstream(url="ws://x/{station}", authority=word).table for word in ("local", "upstream"))
    assert plain == AuthorityTable()
    differing = {name for name in AuthorityTable.model_fields if getattr(plain, name) != getattr(given, name)}
    assert differing == {"authorize", "start", "stop", "data_transfer"}


@pytest.mark.parametrize("name", ["AuthorizationKey", "authorizationkey", " AuthorizationKey", "SecurityProfile"])
def test_what_a_station_finds_the_gateway_by_is_not_changed_from_there(name: str) -> None:
    everything = AuthorityTable.model_validate(dict.fromkeys(("settings", "profiles", "others"), "allow"))
    assert may(everything, "ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": "10"})
    assert not may(everything, "ChangeConfiguration", {"key": name, "value": "x"})


@pytest.mark.parametrize(
    ("component", "variable", "is_allowed"),
    [
        ("SampledDataCtrlr", "TxUpdatedInterval", True), ("SecurityCtrlr", "BasicAuthPassword", False),
        ("NetworkConfiguration", "OcppCsmsUrl", False), ("networkconfiguration", "VpnServer", False),
    ],
)  # fmt: skip
def test_variables_by_which_a_station_finds_the_gateway_are_not_set_from_there(
    component: str, variable: str, is_allowed: bool
) -> None:
    everything = AuthorityTable.model_validate(dict.fromkeys(("settings", "profiles", "others"), "allow"))
    said = [("SampledDataCtrlr", "Interval"), (component, variable)]  # one is enough
    entries = [{"component": {"name": c}, "variable": {"name": v}, "attributeValue": "x"} for c, v in said]
    assert may(everything, "SetVariables", {"setVariableData": entries}) is is_allowed


@pytest.mark.parametrize(
    ("version", "action", "answer"),
    [
        ("1.6", "Reset", {"status": "Rejected"}),
        ("1.6", "UnlockConnector", {"status": "NotSupported"}),
        ("1.6", "SendLocalList", {"status": "NotSupported"}),
        ("1.6", "GetConfiguration", None),
        ("2.0.1", "SetVariables", None),
        ("2.1", "SetChargingProfile", {"status": "Rejected"}),
    ],
)
def test_a_refusal_is_in_the_actions_own_words_where_it_has_some(version: Any, action: str, answer: Any) -> None:
    assert refusal(version, action) == answer


def event(kind: str, trigger: str, **more: Any) -> dict[str, Any]:
    return {"eventType": kind, "triggerReason": trigger, "transactionInfo": {"transactionId": "t"}, **more}


@pytest.mark.parametrize(
    ("action", "payload", "kind", "rank"),
    [
        ("TransactionEvent", event("Started", "Authorized"), "kept", Rank.TRANSACTION),
        ("TransactionEvent", event("Updated", "MeterValuePeriodic"), "kept", Rank.READING),
        ("TransactionEvent", event("Updated", "ChargingStateChanged"), "kept", Rank.TRANSACTION),
        ("TransactionEvent", event("Updated", "MeterValueClock", idToken={}), "kept", Rank.TRANSACTION),
        ("MeterValues", {"connectorId": 1, "transactionId": 5}, "kept", Rank.READING),
        ("MeterValues", {"connectorId": 1}, "kept", Rank.CLOCKED),
        ("SecurityEventNotification", {}, "kept", Rank.NOTICE),
        ("Heartbeat", {}, "not_told", None),
        ("SignCertificate", {}, "not_told", None),
        ("NotifyReport", {}, "report", None),
        ("NotifyEvent", {}, "live", None),
        ("Authorize", {}, "question", None),
    ],
)
def test_what_is_kept_and_what_is_not(action: str, payload: dict[str, Any], kind: str, rank: Rank | None) -> None:
    sort = sort_of(action, payload)
    assert sort.kind == kind
    assert rank is None or sort.rank == rank


def test_each_place_has_a_status_of_its_own() -> None:
    slots = [
        sort_of("StatusNotification", each).slot
        for each in ({"connectorId": 0}, {"connectorId": 1}, {"connectorId": 11}, {"evseId": 1, "connectorId": 1})
    ]
    assert slots == ["status/0", "status/1", "status/11", "status/1/1"]


def test_a_transaction_is_told_by_its_number_there_or_not_at_all() -> None:
    stop = {"transactionId": 12, "meterStop": 5}
    assert numbers.for_there("StopTransaction", stop, "1.6", 12, {12: 900}) == {"transactionId": 900, "meterStop": 5}
    assert (
        numbers.for_there("StopTransaction", {**stop, "transactionId": -1}, "1.6", 12, {12: 900})["transactionId"]
        == 900
    )
    with pytest.raises(numbers.NoNumber):
        numbers.for_there("StopTransaction", stop, "1.6", 12, {})
    clocked = {"connectorId": 1, "meterValue": []}
    assert numbers.for_there("MeterValues", clocked, "1.6", None, {}) == clocked
    assert numbers.answered("StopTransaction", TransactionAnswer("t", 12)) == 12
    assert numbers.meant({"transactionId": 900}, "1.6", "CP01", {12: 900}, State()) is None


@pytest.mark.parametrize(
    ("answer", "status", "group"),
    [
        ({"idTagInfo": {"status": "Accepted", "parentIdTag": "G"}}, "accepted", "G"),
        ({"idTokenInfo": {"status": "NoCredit"}}, "invalid", None),
        ({"idTokenInfo": {"status": "Accepted", "groupIdToken": {"idToken": "G", "type": "Central"}}}, "accepted", "G"),
        ({"idTagInfo": "Accepted"}, None, None),
        ({"idTagInfo": {"status": ["Accepted"], "expiryDate": 5}}, "invalid", None),
        ({}, None, None),
    ],
)
def test_its_word_on_a_card_is_read_as_far_as_it_can_be(answer: Any, status: str | None, group: str | None) -> None:
    word = answers.word(AuthorizeRequest(station="CP01", at=NOON, id_token="CARD1"), answer)
    assert (
        (status, group) == (None, None)
        if word is None
        else (word.status, word.group, word.rules) == (status, group, True)
    )


def test_an_answer_that_would_not_be_valid_stays_the_gateways() -> None:
    ours = {"status": "UnknownVendorId"}
    assert answers.joined("1.6", "DataTransfer", ours, {"status": "Accepted", "data": "x"})["data"] == "x"
    assert answers.joined("1.6", "DataTransfer", ours, {"status": "Perhaps"}) == ours
