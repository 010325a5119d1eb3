"""What stations are told of the cost of a charge: CostUpdated of 2.x (I02), and of 1.6 the messages of the OCA's note
on California pricing, which are DataTransfers with JSON as their data.

The final cost of 2.x stands in the answer to the event that ends the transaction, and its price in the answer to the
token, so they need no message.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import orjson

from edgegw.core.cost_display import Cost, FinalCost, RunningCost, UserPrice
from edgegw.stations.codec import Payload, Version
from edgegw.stations.words import stamp

VENDOR: Final = "org.openchargealliance.costmsg"
UNPLUGGED: Final = "ConnectorUnplugged"
"""The one message that comes from the station."""


def message(version: Version, cost: Cost) -> tuple[str, Payload] | None:
    """Action and payload of the CALL that tells a station of `cost`; None where its version has none for it."""
    if version != "1.6":
        if not isinstance(cost, RunningCost):
            return None
        return "CostUpdated", {"totalCost": float(cost.total), "transactionId": cost.reference}
    if isinstance(cost, UserPrice):
        return _transfer("SetUserPrice", {"idToken": cost.id_token, "priceText": cost.text})
    try:
        number = int(cost.reference)
    except ValueError:
        return None  # it began under another version
    if isinstance(cost, FinalCost):
        return _transfer("FinalCost", {"transactionId": number, "cost": _number(cost.total), "priceText": cost.text})
    return _transfer(
        "RunningCost",
        {
            "transactionId": number,
            "timestamp": stamp(cost.at),
            "meterValue": cost.register_wh,
            "cost": _number(cost.total),
            "state": "Charging" if cost.charges else "Idle",
            "chargingPrice": {"kWhPrice": _number(cost.energy_kwh), "flatFee": _number(cost.session)},
            "idlePrice": {"graceMinutes": cost.idle_after_s // 60, "hourPrice": _number(cost.idle_hour)},
        },
    )


def _transfer(name: str, about: dict[str, Any]) -> tuple[str, Payload]:
    return "DataTransfer", {"vendorId": VENDOR, "messageId": name, "data": orjson.dumps(about).decode()}


def _number(amount: Decimal) -> float:
    return float(amount)
