"""What a virtual station does with tariffs that it shows costs by, which 2.1 brought."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from edgegw.simulate.link import Payload, Reply
from edgegw.simulate.transactions import Transaction

if TYPE_CHECKING:
    from edgegw.simulate.station import Station


def _set_default(station: Station, payload: Payload) -> Reply:
    evse = payload["evseId"]
    if evse not in (0, *station.places):
        return Reply({"status": "Rejected"})
    for place in [evse] if evse else station.places:
        station.cabinet.tariffs[place] = payload["tariff"]
    return Reply({"status": "Accepted"})


def _change(station: Station, payload: Payload) -> Reply:
    running = station.running(payload["transactionId"])
    if running is None:
        return Reply({"status": "TxNotFound"})
    station.cabinet.tariffs[running.evse] = payload["tariff"]
    return Reply({"status": "Accepted"})


def _get(station: Station, payload: Payload) -> Reply:
    places: dict[str, list[int]] = {}
    for evse, tariff in station.cabinet.tariffs.items():
        if payload["evseId"] in (0, evse):
            places.setdefault(tariff["tariffId"], []).append(evse)
    if not places:
        return Reply({"status": "NoTariff"})
    told = [{"tariffId": id, "tariffKind": "DefaultTariff", "evseIds": evses} for id, evses in places.items()]
    return Reply({"status": "Accepted", "tariffAssignments": told})


def _clear(station: Station, payload: Payload) -> Reply:
    held, evse, wanted = station.cabinet.tariffs, payload.get("evseId"), payload.get("tariffIds")
    gone = [
        place
        for place, tariff in held.items()
        if evse in (None, 0, place) and (wanted is None or tariff["tariffId"] in wanted)
    ]
    cleared = sorted({held.pop(place)["tariffId"] for place in gone})
    results: list[dict[str, Any]] = [{"tariffId": id, "status": "Accepted"} for id in cleared]
    results += [{"tariffId": id, "status": "NoTariff"} for id in wanted or () if id not in cleared]
    return Reply({"clearTariffsResult": results or [{"status": "NoTariff"}]})


def _web_payment(station: Station, payload: Payload) -> Reply:
    station.cabinet.texts[0] = f"paying for {payload['evseId']}"
    return Reply({})


def cost_details(transaction: Transaction, tariff: Payload, register_wh: int) -> Payload:
    """What the station itself reckons (2.1, CostDetailsType): the energy at the tariff's last price, without tax."""
    kwh = (register_wh - transaction.begin_wh) / 1000.0
    price = {"exclTax": round(kwh * tariff["energy"]["prices"][-1]["priceKwh"], 2)}
    return {
        "totalCost": {"currency": tariff["currency"], "typeOfCost": "NormalCost", "energy": price, "total": price},
        "totalUsage": {"energy": kwh, "chargingTime": 0, "idleTime": 0},
    }


DOES_2: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "ChangeTransactionTariff": _change,
    "ClearTariffs": _clear,
    "GetTariffs": _get,
    "NotifyWebPaymentStarted": _web_payment,
    "SetDefaultTariff": _set_default,
}
