"""Where a 2.x station lets a transaction begin and end is its own matter (OCPP 2.0.1 part 2, E01 and E06, TxStartPoint
and TxStopPoint): whichever it is, the hub has one transaction with its token, its place, its energy and its bill."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.model import facts as f
from edgegw.model.state import Transaction
from edgegw.stations import v2
from edgegw.stations.codec import Codec, Payload
from tests.stations.test_twins import Listener

EVSE = {"evse": {"id": 1, "connectorId": 1}}
CARD = {"idToken": {"idToken": "04A1B2C3", "type": "ISO14443"}}


class Told:
    """A station that tells of one transaction: each event a minute after the one before, numbered from 0."""

    def __init__(self, codec: Codec) -> None:
        self.listener = Listener(codec)
        self._number = 0

    def event(self, kind: str, trigger: str, *, wh: int | None = None, **more: Any) -> Payload:
        at = f"2026-11-24T10:{self._number:02}:00Z"
        info = {"transactionId": "f3b1"}
        for ours, theirs in (("state", "chargingState"), ("stopped", "stoppedReason")):
            if ours in more:
                info[theirs] = more.pop(ours)
        context = {"Started": "Transaction.Begin", "Ended": "Transaction.End"}.get(kind, "Sample.Periodic")
        payload = {
            "eventType": kind, "timestamp": at, "triggerReason": trigger, "seqNo": self._number,
            "transactionInfo": info, **more,
        }  # fmt: skip
        if wh is not None:
            payload["meterValue"] = [{"timestamp": at, "sampledValue": [{"value": wh, "context": context}]}]
        self._number += 1
        return self.listener.hear("TransactionEvent", payload)

    @property
    def row(self) -> Transaction:
        (row,) = self.listener.state.transactions.values()
        return row

    def types(self) -> list[str]:
        return [fact.type for fact in self.listener.facts]


STARTS: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
    # The bay knows that there is a car, before cable and card.
    "ParkingBayOccupancy": [
        ("Started", "EVDetected", {**EVSE, "wh": 1000}),
        ("Updated", "CablePluggedIn", {**EVSE, "state": "EVConnected"}),
        ("Updated", "Authorized", CARD),
        ("Updated", "ChargingStateChanged", {"state": "Charging"}),
    ],
    "EVConnected": [
        ("Started", "CablePluggedIn", {**EVSE, "state": "EVConnected", "wh": 1000}),
        ("Updated", "Authorized", CARD),
        ("Updated", "ChargingStateChanged", {"state": "Charging"}),
    ],
    # With the card alone there is no EVSE yet.
    "Authorized": [
        ("Started", "Authorized", {**CARD, "wh": 1000}),
        ("Updated", "CablePluggedIn", {**EVSE, "state": "EVConnected"}),
        ("Updated", "ChargingStateChanged", {"state": "Charging"}),
    ],
    "DataSigned": [
        ("Started", "SignedDataReceived", {**EVSE, **CARD, "state": "EVConnected", "wh": 1000}),
        ("Updated", "ChargingStateChanged", {"state": "Charging"}),
    ],
    "PowerPathClosed": [
        ("Started", "ChargingStateChanged", {**EVSE, **CARD, "state": "EVConnected", "wh": 1000}),
        ("Updated", "ChargingStateChanged", {"state": "Charging"}),
    ],
    "EnergyTransfer": [
        ("Started", "ChargingStateChanged", {**EVSE, **CARD, "state": "Charging", "wh": 1000}),
    ],
}

STOPS: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
    "ParkingBayOccupancy": [
        ("Updated", "StopAuthorized", {**CARD, "state": "EVConnected"}),
        ("Updated", "EVCommunicationLost", {"state": "Idle"}),
        ("Ended", "EVDeparted", {"stopped": "EVDisconnected", "wh": 9000}),
    ],
    "EVConnected": [
        ("Updated", "StopAuthorized", {**CARD, "state": "EVConnected"}),
        ("Ended", "EVCommunicationLost", {"state": "Idle", "stopped": "EVDisconnected", "wh": 9000}),
    ],
    "Authorized": [("Ended", "StopAuthorized", {**CARD, "state": "EVConnected", "stopped": "Local", "wh": 9000})],
    "DataSigned": [("Ended", "SignedDataReceived", {"state": "EVConnected", "stopped": "Local", "wh": 9000})],
    "PowerPathClosed": [
        ("Updated", "ChargingStateChanged", {"state": "SuspendedEV"}),
        ("Ended", "ChargingStateChanged", {"state": "EVConnected", "stopped": "StoppedByEV", "wh": 9000}),
    ],
    "EnergyTransfer": [
        ("Ended", "ChargingStateChanged", {"state": "SuspendedEV", "stopped": "StoppedByEV", "wh": 9000}),
    ],
}  # fmt: skip


@pytest.mark.parametrize("codec", [v2.CODEC_201, v2.CODEC_21], ids=["2.0.1", "2.1"])
@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("stop", STOPS)
def test_wherever_it_begins_and_ends_it_is_one_transaction_with_its_bill(codec: Codec, start: str, stop: str) -> None:
    told = Told(codec)
    for kind, trigger, about in STARTS[start]:
        reply = told.event(kind, trigger, **about)
        if "idToken" in about:
            assert reply["idTokenInfo"]["status"] == "Accepted"
    row = told.row
    assert (row.state, row.evse, row.id_token, row.authorization, row.charging_state) == (
        "active", 1, "04A1B2C3", "accepted", "charging",
    )  # fmt: skip
    assert told.listener.state.at_evse == {("CP01", 1): row.id}
    assert row.transfer_started_at is not None
    *before, last = STOPS[stop]
    for kind, trigger, about in before:
        told.event(kind, trigger, **about)
        assert told.row.state == "active"
    kind, trigger, about = last
    assert told.event(kind, trigger, **about)["totalCost"] == 15.12
    row = told.row
    assert (row.state, row.energy_wh, str(row.total), row.adopted) == ("ended", 8000, "15.12", False)
    assert told.listener.state.at_evse == {}
    assert told.types().count("energy_transfer_started") == told.types().count("transaction_ended") == 1


def test_a_car_in_the_bay_that_never_plugs_in_is_a_transaction_without_energy() -> None:
    told = Told(v2.CODEC_201)
    told.event("Started", "EVDetected", **EVSE, wh=1000)
    told.event("Ended", "EVDeparted", stopped="Other", wh=1000)
    assert (told.row.state, told.row.energy_wh, str(told.row.total), told.row.id_token) == ("ended", 0, "0.00", None)


def test_a_card_without_a_cable_in_time_ends_what_it_began() -> None:
    told = Told(v2.CODEC_201)
    told.event("Started", "Authorized", **CARD)
    reply = told.event("Ended", "EVConnectTimeout", stopped="Timeout")
    assert (told.row.state, told.row.end_reason, reply["totalCost"]) == ("ended", "timeout", 0.0)


def test_a_card_that_is_refused_after_the_cable_leaves_the_transaction_to_the_station() -> None:
    told = Told(v2.CODEC_201)
    told.event("Started", "CablePluggedIn", **EVSE, state="EVConnected", wh=1000)
    reply = told.event("Updated", "Authorized", idToken={"idToken": "STOLEN", "type": "ISO14443"})
    assert reply["idTokenInfo"]["status"] == "Blocked"
    assert (told.row.state, told.row.authorization) == ("active", "blocked")
    told.event("Ended", "Deauthorized", stopped="DeAuthorized", wh=1000)
    (bill,) = (fact for fact in told.listener.facts if isinstance(fact, f.CdrClosed))
    assert (bill.total, bill.energy_wh) == ("0.00", 0)
