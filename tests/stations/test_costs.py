"""What stations are told of costs, in each version."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
import pytest

from edgegw.core.cost_display import FinalCost, RunningCost, UserPrice
from edgegw.stations import v16
from edgegw.stations.codec import Payload, Tell, Version
from edgegw.stations.costs import VENDOR, message
from edgegw.stations.schemas import for_version
from tests.stations.peers import NOW, NOW_TEXT, assert_reply, peer

RUNNING = RunningCost(
    "0190", "CP01", "41", NOW, Decimal("3.31"), 17500, charges=True, energy_kwh=Decimal("1.89"),
    session=Decimal("2.00"), idle_hour=Decimal("30.00"), idle_after_s=600,
)  # fmt: skip
FINAL = FinalCost("0190", "CP01", "41", Decimal("15.12"), "8.000 kWh = 15.12 BRL")
PRICE = UserPrice("CP01", "04A1", "1.89 BRL/kWh")


def sent(version: Version, cost: Any) -> tuple[str, Payload]:
    found = message(version, cost)
    assert found is not None
    action, payload = found
    schema = for_version(version).get(action, "request", strict=True)
    assert schema is not None
    assert schema.violation(payload) is None
    return action, payload


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
def test_2x_is_told_the_running_cost_and_has_the_rest_in_its_answers(version: Version) -> None:
    assert sent(version, RUNNING) == ("CostUpdated", {"totalCost": 3.31, "transactionId": "41"})
    assert message(version, FINAL) is None
    assert message(version, PRICE) is None


@pytest.mark.parametrize(
    ("cost", "name", "data"),
    [
        (RUNNING, "RunningCost", {
            "transactionId": 41, "timestamp": NOW_TEXT, "meterValue": 17500, "cost": 3.31, "state": "Charging",
            "chargingPrice": {"kWhPrice": 1.89, "flatFee": 2.0}, "idlePrice": {"graceMinutes": 10, "hourPrice": 30.0},
        }),
        (FINAL, "FinalCost", {"transactionId": 41, "cost": 15.12, "priceText": "8.000 kWh = 15.12 BRL"}),
        (PRICE, "SetUserPrice", {"idToken": "04A1", "priceText": "1.89 BRL/kWh"}),
    ],
)  # fmt: skip
def test_1_6_is_told_by_the_messages_of_the_note_on_california_pricing(cost: Any, name: str, data: Payload) -> None:
    action, payload = sent("1.6", cost)
    assert (action, payload["vendorId"], payload["messageId"]) == ("DataTransfer", VENDOR, name)
    assert orjson.loads(payload["data"]) == data


def test_a_transaction_that_1_6_has_no_number_for_is_not_told_of() -> None:
    elsewhere = FinalCost("0190", "CP01", "f3b1", Decimal(1), "")
    assert message("1.6", elsewhere) is None


@pytest.mark.parametrize(("name", "status"), [("ConnectorUnplugged", "Accepted"), ("Other", "UnknownMessageId")])
def test_1_6_may_say_that_the_cable_is_out(name: str, status: str) -> None:
    payload = {"vendorId": VENDOR, "messageId": name, "data": '{"transactionId": 41}'}
    heard = v16.CODEC.incoming("DataTransfer", payload, peer())
    assert isinstance(heard, Tell)
    assert heard.reply == {"status": status}
    assert_reply(v16.CODEC, "DataTransfer", heard.reply)
