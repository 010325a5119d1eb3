"""What a station of OCPP 2.0.1 and 2.1 says. Use cases are those of 2.0.1 part 2."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Final

from edgegw.simulate import blocks
from edgegw.simulate.blocks.tariffs import cost_details
from edgegw.simulate.faults import faulty
from edgegw.simulate.link import Payload, Reply
from edgegw.simulate.transactions import Message, Transaction, measure
from edgegw.simulate.words import stamp
from edgegw.simulate.world import Place

if TYPE_CHECKING:
    from edgegw.simulate.station import Station


_STOPPED_BY: Final = {
    "EVDisconnected": "EVCommunicationLost",
    "Local": "StopAuthorized",
    "Remote": "RemoteStop",
    "DeAuthorized": "Deauthorized",
    "MasterPass": "StopAuthorized",
    "ImmediateReset": "ResetCommand",
    "EnergyLimitReached": "EnergyLimitReached",
}
"""Reason of the end -> TriggerReasonEnumType of the last event."""


class Dialect2:
    """OCPP 2.0.1 or 2.1, which say these messages alike. Without state."""

    def boot(self, station: Station, reason: str) -> Message:
        make = station.make
        about = {"vendorName": make.vendor, "model": make.model, "firmwareVersion": make.firmware}
        about["serialNumber"] = station.id[:25]
        return Message("BootNotification", {"reason": reason, "chargingStation": about}, keep=False)

    def status(self, station: Station, evse: int) -> Message:
        payload = {
            "timestamp": stamp(station.now()),
            "connectorStatus": self.connector_status(station, evse),
            "evseId": evse,
            "connectorId": 1,
        }
        return Message("StatusNotification", payload, keep=False)

    def statuses(self, station: Station) -> Iterable[Message]:
        return [self.status(station, evse) for evse in station.places]

    def connector_status(self, station: Station, evse: int) -> str:
        if evse in station.resetting:
            return "Unavailable"
        if evse in station.transactions or station.places[evse].car is not None:
            return "Occupied"
        return "Unavailable" if {0, evse} & station.inoperative else "Available"

    def authorize(self, token: str) -> Message:
        return Message("Authorize", {"idToken": _id_token(token)}, keep=False)

    def authorized(self, answer: Payload) -> bool:
        return bool(answer["idTokenInfo"]["status"] == "Accepted")

    def group(self, answer: Payload) -> str | None:
        group: str | None = answer["idTokenInfo"].get("groupIdToken", {}).get("idToken")
        return group

    def started(self, station: Station, transaction: Transaction) -> Iterable[Message]:
        transaction.reference = str(uuid.uuid4())
        trigger = "Authorized" if transaction.remote_start_id is None else "RemoteStart"
        event = self._event(station, transaction, "Started", trigger, "Transaction.Begin")
        event["evse"] = {"id": transaction.evse, "connectorId": 1}
        event["idToken"] = _id_token(transaction.token)
        if transaction.reservation is not None:
            event["reservationId"] = transaction.reservation
        if transaction.remote_start_id is not None:
            event["transactionInfo"]["remoteStartId"] = transaction.remote_start_id
        yield Message("TransactionEvent", event, True, transaction)

    def changed(self, station: Station, transaction: Transaction) -> Iterable[Message]:
        event = self._event(station, transaction, "Updated", "ChargingStateChanged", None)
        yield Message("TransactionEvent", event, True, transaction)

    def metered(self, station: Station, transaction: Transaction) -> Iterable[Message]:
        event = self._event(station, transaction, "Updated", "MeterValuePeriodic", "Sample.Periodic")
        if (tariff := station.cabinet.tariffs.get(transaction.evse)) is not None:
            register_wh = int(station.places[transaction.evse].register_wh)
            event["costDetails"] = cost_details(transaction, tariff, register_wh)
        yield Message("TransactionEvent", event, True, transaction, light=True)

    def ended(self, station: Station, transaction: Transaction) -> Iterable[Message]:
        reason = transaction.reason or "Other"
        event = self._event(
            station, transaction, "Ended", _STOPPED_BY.get(reason, "AbnormalCondition"), "Transaction.End"
        )
        event["transactionInfo"]["stoppedReason"] = reason
        if (tariff := station.cabinet.tariffs.get(transaction.evse)) is not None:
            event["transactionInfo"]["tariffId"] = tariff["tariffId"]
            event["costDetails"] = cost_details(transaction, tariff, transaction.end_wh or transaction.begin_wh)
        if reason == "Local":
            event["idToken"] = _id_token(transaction.ended_by or transaction.token)
        yield Message("TransactionEvent", event, True, transaction)

    def readings(self, station: Station, evse: int) -> Message:
        payload = {"evseId": evse, "meterValue": [meter_value(station, evse, "Trigger")]}
        return Message("MeterValues", payload, keep=False)

    def _event(
        self, station: Station, transaction: Transaction, kind: str, trigger: str, context: str | None
    ) -> Payload:
        event: Payload = {
            "eventType": kind,
            "timestamp": stamp(transaction.began_at if kind == "Started" else station.now()),
            "triggerReason": trigger,
            "seqNo": transaction.count(),
            "transactionInfo": {"transactionId": transaction.reference, "chargingState": transaction.state},
        }
        if transaction.limit is not None:
            event["transactionInfo"]["transactionLimit"] = transaction.limit
        if not station.connected:
            event["offline"] = True
        if context is not None:
            event["meterValue"] = [meter_value(station, transaction.evse, context)]
        return event

    def fill_in(self, message: Message) -> Payload:
        return message.payload

    def answered(self, message: Message, answer: Payload) -> bool:
        if message.transaction is not None and "transactionLimit" in answer:
            message.transaction.limit = answer["transactionLimit"]
        return bool(answer.get("idTokenInfo", {}).get("status", "Accepted") == "Accepted")

    def serve(self, station: Station, action: str, payload: Payload) -> Reply | None:
        does = blocks.DOES_2.get(action)
        return does(station, payload) if does is not None else None


def _id_token(token: str) -> Payload:
    return {"idToken": token, "type": "ISO14443" if len(token) in (8, 14, 20) and _is_hex(token) else "Central"}


def _is_hex(token: str) -> bool:
    return all(letter in "0123456789abcdefABCDEF" for letter in token)


def meter_value(station: Station, evse: int, context: str) -> Payload:
    """MeterValueType of everything that is measured at an EVSE."""
    return {"timestamp": stamp(station.now()), "sampledValue": sampled(station.places[evse], context, station.faults)}


def sampled(place: Place, context: str, faults: Collection[str] = ()) -> list[Payload]:
    values = []
    for each in faulty(faults, measure(place)):
        value: Payload = {"value": each.value, "context": context, "measurand": each.measurand}
        if each.unit:
            value["unitOfMeasure"] = {"unit": each.unit}
        if each.phase is not None:
            value["phase"] = each.phase
        values.append(value)
    return values
