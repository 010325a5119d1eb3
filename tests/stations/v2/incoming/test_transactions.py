"""TransactionEvent: which events ask the hub and which only bring samples."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from edgegw.model.requests import Reading, Signature, TransactionAnswer, TransactionRequest
from edgegw.stations.codec import Ask, Incoming, Payload, Peer, Tell
from edgegw.stations.v2 import CODEC_21, CODEC_201
from tests.stations.peers import NOW, assert_reply, assert_tolerated, peer, transaction

AT = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
AT_TEXT = "2026-11-24T11:00:00Z"
SIGNED = {"signedMeterData": "T0NNRg==", "signingMethod": "", "encodingMethod": "OCMF", "publicKey": ""}


def event(kind: str, *, state: str | None = None, info: Payload | None = None, **more: Any) -> Payload:
    about = {"transactionId": "f3b1", **({"chargingState": state} if state else {}), **(info or {})}
    return {
        "eventType": kind,
        "timestamp": AT_TEXT,
        "triggerReason": "Authorized",
        "seqNo": 4,
        "transactionInfo": about,
        **more,
    }


def metered(value: float, context: str = "Sample.Periodic", **more: Any) -> list[Payload]:
    return [{"timestamp": AT_TEXT, "sampledValue": [{"value": value, "context": context, **more}]}]


def hear(payload: Payload, at: Peer | None = None) -> Incoming:
    found = []
    for codec in (CODEC_201, CODEC_21):
        assert_tolerated(codec, "TransactionEvent", payload)
        found.append(codec.incoming("TransactionEvent", payload, at or peer()))
    heard = found[0]
    if isinstance(heard, Tell):
        assert_reply(CODEC_201, "TransactionEvent", heard.reply)
    return heard


def running(**changed: Any) -> Peer:
    about = {"reference": "f3b1", "ocpp": "2.0.1", "charging_state": "charging", "transfer_started_at": NOW, **changed}
    return peer(active={1: transaction(**about)})


def test_started() -> None:
    payload = event(
        "Started",
        state="EVConnected",
        info={"remoteStartId": 77},
        evse={"id": 1, "connectorId": 2},
        idToken={"idToken": "04A1", "type": "ISO14443"},
        meterValue=metered(1000, "Transaction.Begin"),
        offline=True,
    )
    heard = hear(payload)
    assert isinstance(heard, Ask)
    assert heard.request == TransactionRequest(
        station="CP01", at=AT, stage="started", evse=1, connector=2, reference="f3b1", seq_no=4, id_token="04A1",
        readings=(Reading(AT, 1000, "begin"),), charging_state="ev_connected", trigger="authorized",
        remote_start_id=77, offline=True, ocpp="2.0.1",
    )  # fmt: skip
    assert [sample.values for sample in heard.samples] == [{"import_wh": 1000}]
    reply = heard.reply(TransactionAnswer("0190", 41, "blocked", "family"))
    assert_reply(CODEC_201, "TransactionEvent", reply)
    assert reply == {
        "idTokenInfo": {"status": "Blocked", "groupIdToken": {"idToken": "family", "type": "Central"}}
    }  # fmt: skip


def test_the_version_of_the_request_is_that_of_the_station() -> None:
    heard = CODEC_21.incoming("TransactionEvent", event("Started", evse={"id": 1}), peer())
    assert isinstance(heard, Ask)
    assert isinstance(heard.request, TransactionRequest)
    assert heard.request.ocpp == "2.1"


def test_ended_is_answered_with_the_cost_and_with_token_info_only_for_a_token() -> None:
    payload = event("Ended", info={"stoppedReason": "SOCLimitReached"}, meterValue=metered(9000, "Transaction.End"))
    heard = hear(payload, running())
    assert isinstance(heard, Ask)
    assert isinstance(heard.request, TransactionRequest)
    assert (heard.request.stage, heard.request.reason, heard.request.evse) == ("ended", "soc_limit_reached", None)
    assert heard.request.readings == (Reading(AT, 9000, "end"),)
    assert heard.samples[0].source == "stations/CP01/1"
    reply = heard.reply(TransactionAnswer("0190", 41, None, None, "12.34"))
    assert_reply(CODEC_201, "TransactionEvent", reply)
    assert reply == {"totalCost": 12.34}


def test_an_end_without_reason_is_local() -> None:
    heard = hear(event("Ended"), running())
    assert isinstance(heard, Ask)
    assert isinstance(heard.request, TransactionRequest)
    assert heard.request.reason == "local"


def test_an_event_that_needs_no_token_shows_none_and_is_told_so() -> None:
    heard = hear(event("Started", evse={"id": 1}, idToken={"idToken": "", "type": "NoAuthorization"}))
    assert isinstance(heard, Ask)
    assert isinstance(heard.request, TransactionRequest)
    assert heard.request.id_token is None
    assert heard.reply(TransactionAnswer("0190", 41)) == {"idTokenInfo": {"status": "Accepted"}}


@pytest.mark.parametrize(
    ("payload", "at"),
    [
        (event("Updated", state="Charging", meterValue=metered(2000)), running()),
        (event("Updated", meterValue=metered(2000), evse={"id": 1}), running()),
        (event("Updated", state="SuspendedEV", meterValue=metered(2000)), running(charging_state="suspended_ev")),
        (
            event("Updated", state="EVConnected", meterValue=metered(2000)),
            running(charging_state=None, transfer_started_at=None),
        ),
    ],
)
def test_an_update_with_nothing_but_meter_values_brings_samples_and_asks_nothing(payload: Payload, at: Peer) -> None:
    heard = hear(payload, at)
    assert isinstance(heard, Tell)
    assert [(sample.source, sample.values) for sample in heard.samples] == [("stations/CP01/1", {"import_wh": 2000})]
    assert heard.reply == {}


@pytest.mark.parametrize(
    ("payload", "at"),
    [
        (event("Updated", state="SuspendedEV"), running()),
        (event("Updated", state="Charging"), running(charging_state="suspended_evse")),
        (event("Updated", state="Charging"), running(charging_state=None, transfer_started_at=None)),
        (event("Updated", state="Idle"), running()),
        (event("Updated", idToken={"idToken": "04A1", "type": "ISO14443"}), running()),
        (event("Updated", meterValue=metered(2000, signedMeterValue=SIGNED)), running()),
        (event("Updated", meterValue=metered(2000)), peer()),
    ],
)
def test_an_update_that_changes_something_asks(payload: Payload, at: Peer) -> None:
    assert isinstance(hear(payload, at), Ask)


def test_an_update_asks_with_signed_registers_alone_as_the_others_are_samples() -> None:
    entries = metered(2000) + metered(2100, signedMeterValue=SIGNED)
    heard = hear(event("Updated", meterValue=entries), running())
    assert isinstance(heard, Ask)
    assert isinstance(heard.request, TransactionRequest)
    assert heard.request.readings == (Reading(AT, 2100, "periodic", "T0NNRg==", Signature("OCMF", "", "")),)
    assert len(heard.samples) == 2


def test_an_update_that_comes_after_the_end_adds_samples_only() -> None:
    late = event("Updated", state="Charging", meterValue=metered(2000))
    ended = peer(ended=transaction(reference="f3b1", state="ended", charging_state=None))
    assert isinstance(hear(late, ended), Tell)


def test_a_retry_is_the_same_request() -> None:
    payload = event("Ended", meterValue=metered(9000, "Transaction.End"))
    first, again = hear(payload, running()), hear(payload, peer(ended=transaction(reference="f3b1", state="ended")))
    assert isinstance(first, Ask)
    assert isinstance(again, Ask)
    assert first.request == again.request


def test_what_is_said_of_one_that_was_only_taken_as_ended_still_counts() -> None:
    paused = event("Updated", state="SuspendedEV")
    signed = event("Updated", meterValue=metered(900, signedMeterValue=SIGNED))
    over = {"reference": "f3b1", "ocpp": "2.0.1", "state": "ended"}
    for reason, kind in (("superseded", Ask), ("local", Tell)):
        known = peer(ended=transaction(**over, end_reason=reason))
        assert isinstance(hear(paused, known), kind)
        assert isinstance(hear(signed, known), kind)


def test_an_event_that_only_brings_readings_is_numbered_all_the_same() -> None:
    heard = hear(event("Updated", state="Charging", meterValue=metered(5)), running())
    assert isinstance(heard, Tell)
    assert heard.event == ("f3b1", 4)
