"""What stations sign is kept byte for byte, with what it takes to check it, whatever it is that they sign."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.model.requests import Reading, Signature, SignedValue, TransactionRequest
from edgegw.stations import v2, v16
from edgegw.stations.codec import Ask, Payload
from tests.stations.peers import assert_tolerated, peer, transaction
from tests.support.world import World
from tests.support.world import event as asserted

AT_TEXT = "2026-11-24T11:00:00Z"
ODD = "PHNpZ25lZD4\u00e9\n \u2028</signed>  "
"""Nothing of it may be touched: spaces at the end, line separators, letters beyond ASCII."""
KEY = {"signingMethod": "ECDSA-secp256r1-SHA256", "encodingMethod": "OCMF", "publicKey": "oca:base16:asn1:3059"}
SIGNATURE = Signature("OCMF", "ECDSA-secp256r1-SHA256", "oca:base16:asn1:3059")


def signed(value: float, data: str = ODD, **more: Any) -> Payload:
    return {"value": value, "signedMeterValue": {"signedMeterData": data, **KEY}, **more}


def heard(codec: Any, action: str, payload: Payload, ocpp: str = "2.0.1") -> TransactionRequest:
    assert_tolerated(codec, action, payload)
    known = peer(active={1: transaction(reference="f3b1" if ocpp != "1.6" else "41", ocpp=ocpp)})
    found = codec.incoming(action, payload, known)
    assert isinstance(found, Ask)
    assert isinstance(found.request, TransactionRequest)
    return found.request


def event(kind: str, *sampled: Payload) -> Payload:
    return {
        "eventType": kind, "timestamp": AT_TEXT, "triggerReason": "SignedDataReceived", "seqNo": 4,
        "transactionInfo": {"transactionId": "f3b1"},
        "meterValue": [{"timestamp": AT_TEXT, "sampledValue": list(sampled)}],
    }  # fmt: skip


EXPORT = signed(
    3.5, measurand="Energy.Active.Export.Register", location="Inlet", context="Transaction.End",
    unitOfMeasure={"unit": "kWh", "multiplier": 0},
)  # fmt: skip


@pytest.mark.parametrize("codec", [v2.CODEC_201, v2.CODEC_21], ids=["2.0.1", "2.1"])
@pytest.mark.parametrize("kind", ["Started", "Updated", "Ended"])
def test_every_signed_value_of_an_event_is_kept_with_key_and_methods(codec: Any, kind: str) -> None:
    request = heard(codec, "TransactionEvent", event(kind, signed(900, "reg"), EXPORT, {"value": 1, "phase": "L1"}))
    at = request.at
    assert [each for each in request.readings if each.signed] == [Reading(at, 900, "periodic", "reg", SIGNATURE)]
    assert request.signed_values == (
        SignedValue(
            at, ODD, "Energy.Active.Export.Register", "Transaction.End", None, "Inlet", "kWh", 0, "3.5", SIGNATURE
        ),
    )  # fmt: skip


def test_a_signed_register_of_one_phase_is_kept_although_no_bill_rests_on_it() -> None:
    request = heard(v2.CODEC_201, "TransactionEvent", event("Updated", signed(300, phase="L1")))
    assert [(each.signed, each.phase) for each in request.signed_values] == [(ODD, "L1")]


def test_meter_values_of_2x_keep_them_too() -> None:
    payload = {"evseId": 1, "meterValue": [{"timestamp": AT_TEXT, "sampledValue": [EXPORT]}]}
    request = heard(v2.CODEC_201, "MeterValues", payload)
    assert (request.reference, [each.signed for each in request.signed_values]) == ("f3b1", [ODD])


@pytest.mark.parametrize("action", ["MeterValues", "StopTransaction"])
def test_1_6_keeps_signed_values_of_any_measurand(action: str) -> None:
    sampled = [
        {"value": ODD, "format": "SignedData", "measurand": "Energy.Active.Export.Register"},
        {"value": "17.5", "unit": "kWh"},
        {"value": "register", "format": "SignedData"},
    ]
    entries = [{"timestamp": AT_TEXT, "sampledValue": sampled}]
    payload: Payload = (
        {"connectorId": 1, "meterValue": entries}
        if action == "MeterValues"
        else {"transactionId": 41, "meterStop": 17500, "timestamp": AT_TEXT, "transactionData": entries}
    )
    request = heard(v16.CODEC, action, payload, "1.6")
    assert [each.signed for each in request.readings] == ["register"]
    assert [(each.signed, each.measurand) for each in request.signed_values] == [(ODD, "Energy.Active.Export.Register")]


def test_the_facts_hold_what_was_signed_and_how() -> None:
    world = World()
    at = world.clock.now()
    world.ask(
        asserted(
            world.clock, "started", 0, readings=(Reading(at, 900, "begin", ODD, SIGNATURE),),
            signed_values=(SignedValue(at, ODD, "Voltage", unit="V", value="230", signature=SIGNATURE),),
        )
    )  # fmt: skip
    metered, other = (next(each for each in world.facts if each.type == name) for name in _KEPT)
    for fact in (metered, other):
        kept: Any = fact
        assert (kept.signed, kept.encoding_method, kept.signing_method, kept.public_key) == (
            ODD, SIGNATURE.encoding_method, SIGNATURE.signing_method, SIGNATURE.public_key,
        )  # fmt: skip


_KEPT = ("transaction_metered", "value_signed")
