"""What a station of OCPP 1.6-J says. Section numbers are those of OCPP 1.6 edition 2."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Final

from edgegw.simulate import blocks
from edgegw.simulate.faults import faulty
from edgegw.simulate.link import Payload, Reply
from edgegw.simulate.transactions import Message, Transaction, measure
from edgegw.simulate.words import stamp
from edgegw.simulate.world import Place

if TYPE_CHECKING:
    from edgegw.simulate.station import Station


_STATES: Final = {"EVConnected": "Preparing", "Charging": "Charging", "SuspendedEV": "SuspendedEV",
                  "SuspendedEVSE": "SuspendedEVSE"}  # fmt: skip


class Dialect16:
    """OCPP 1.6-J. Without state."""

    def boot(self, station: Station, reason: str) -> Message:
        payload = {
            "chargePointVendor": station.make.vendor,
            "chargePointModel": station.make.model,
            "chargePointSerialNumber": station.id[:25],
            "firmwareVersion": station.make.firmware,
        }
        return Message("BootNotification", payload, keep=False)

    def status(self, station: Station, evse: int) -> Message:
        payload = {
            "connectorId": evse,
            "errorCode": "NoError",
            "status": self.connector_status(station, evse),
            "timestamp": stamp(station.now()),
        }
        return Message("StatusNotification", payload, keep=False)

    def statuses(self, station: Station) -> Iterable[Message]:
        return [self.status(station, evse) for evse in (0, *station.places)]

    def connector_status(self, station: Station, evse: int) -> str:
        transaction = station.transactions.get(evse)
        if transaction is not None:
            return _STATES[transaction.state]
        if {0, evse} & station.inoperative:
            return "Unavailable"
        if evse == 0:
            return "Available"
        if station.finishing(evse):
            return "Finishing"
        waits = station.places[evse].car is not None or station.waits_for_cable(evse)
        return "Preparing" if waits else "Available"

    def authorize(self, token: str) -> Message:
        return Message("Authorize", {"idTag": token}, keep=False)

    def authorized(self, answer: Payload) -> bool:
        return bool(answer["idTagInfo"]["status"] == "Accepted")

    def group(self, answer: Payload) -> str | None:
        group: str | None = answer["idTagInfo"].get("parentIdTag")
        return group

    def started(self, station: Station, transaction: Transaction) -> Iterable[Message]:
        payload = {
            "connectorId": transaction.evse,
            "idTag": transaction.token,
            "meterStart": transaction.begin_wh,
            "timestamp": stamp(transaction.began_at),
        }
        if transaction.reservation is not None:
            payload["reservationId"] = transaction.reservation
        yield Message("StartTransaction", payload, True, transaction)

    def changed(self, station: Station, transaction: Transaction) -> Iterable[Message]:
        return ()  # the connector's status says it (section 4.9)

    def metered(self, station: Station, transaction: Transaction) -> Iterable[Message]:
        yield self._meter_values(station, transaction.evse, transaction)

    def readings(self, station: Station, evse: int) -> Message:
        return self._meter_values(station, evse, None)

    def _meter_values(self, station: Station, evse: int, transaction: Transaction | None) -> Message:
        context = "Sample.Periodic" if transaction is not None else "Trigger"
        values = sampled(station.places[evse], context, station.faults)
        payload: Payload = {
            "connectorId": evse,
            "meterValue": [{"timestamp": stamp(station.now()), "sampledValue": values}],
        }
        return Message("MeterValues", payload, transaction is not None, transaction, light=True)

    def ended(self, station: Station, transaction: Transaction) -> Iterable[Message]:
        payload = {
            "idTag": transaction.ended_by or transaction.token,
            "meterStop": transaction.end_wh,
            "timestamp": stamp(station.now()),
            "reason": transaction.reason,
        }
        yield Message("StopTransaction", payload, True, transaction)

    def fill_in(self, message: Message) -> Payload:
        """The number that StartTransaction.conf gave; -1 as many stations send when they never got one."""
        transaction = message.transaction
        if transaction is None or message.action == "StartTransaction":
            return message.payload
        number = int(transaction.reference) if transaction.reference is not None else -1
        return {**message.payload, "transactionId": number}

    def answered(self, message: Message, answer: Payload) -> bool:
        if message.action != "StartTransaction" or message.transaction is None:
            return True
        message.transaction.reference = str(answer["transactionId"])
        return bool(answer["idTagInfo"]["status"] == "Accepted")

    def serve(self, station: Station, action: str, payload: Payload) -> Reply | None:
        does = blocks.DOES_16.get(action)
        return does(station, payload) if does is not None else None


def sampled(place: Place, context: str, faults: Collection[str] = ()) -> list[Payload]:
    """SampledValue (section 7.43) of everything that is measured at an EVSE."""
    values = []
    for each in faulty(faults, measure(place)):
        value: Payload = {
            "value": f"{each.value:g}" if each.value < 1e5 else f"{each.value:.0f}",
            "context": context,
            "measurand": each.measurand,
        }
        if each.unit:
            value["unit"] = each.unit
        if each.phase is not None:
            value["phase"] = each.phase
        values.append(value)
    return values
