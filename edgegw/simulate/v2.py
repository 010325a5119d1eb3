"""What a station of OCPP 2.0.1 and 2.1 says, and does with what it is told. Use cases are those of 2.0.1 part 2."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from edgegw.simulate import upkeep
from edgegw.simulate.link import Payload, Reply
from edgegw.simulate.profiles import MAXIMUM, PURPOSES, TX, Refused, read_profile
from edgegw.simulate.transactions import Message, Transaction, measure
from edgegw.simulate.words import MODEL, VENDOR, stamp
from edgegw.simulate.world import Place

if TYPE_CHECKING:
    from edgegw.simulate.station import Station

_STOPPED_BY: Final = {
    "EVDisconnected": "EVCommunicationLost",
    "Local": "StopAuthorized",
    "Remote": "RemoteStop",
    "DeAuthorized": "Deauthorized",
    "ImmediateReset": "ResetCommand",
}
"""Reason of the end -> TriggerReasonEnumType of the last event."""


class Dialect2:
    """OCPP 2.0.1 or 2.1, which say these messages alike. Without state."""

    def boot(self, station: Station, reason: str) -> Message:
        about = {"vendorName": VENDOR, "model": MODEL, "serialNumber": station.id[:25], "firmwareVersion": "1.0"}
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
        if evse in station.transactions or station.places[evse].car is not None:
            return "Occupied"
        return "Unavailable" if {0, evse} & station.inoperative else "Available"

    def authorize(self, token: str) -> Message:
        return Message("Authorize", {"idToken": _id_token(token)}, keep=False)

    def authorized(self, answer: Payload) -> bool:
        return bool(answer["idTokenInfo"]["status"] == "Accepted")

    def started(self, station: Station, transaction: Transaction) -> Iterable[Message]:
        transaction.reference = str(uuid.uuid4())
        trigger = "Authorized" if transaction.remote_start_id is None else "RemoteStart"
        event = self._event(station, transaction, "Started", trigger, "Transaction.Begin")
        event["evse"] = {"id": transaction.evse, "connectorId": 1}
        event["idToken"] = _id_token(transaction.token)
        if transaction.remote_start_id is not None:
            event["transactionInfo"]["remoteStartId"] = transaction.remote_start_id
        yield Message("TransactionEvent", event, True, transaction)

    def changed(self, station: Station, transaction: Transaction) -> Iterable[Message]:
        event = self._event(station, transaction, "Updated", "ChargingStateChanged", None)
        yield Message("TransactionEvent", event, True, transaction)

    def metered(self, station: Station, transaction: Transaction) -> Iterable[Message]:
        event = self._event(station, transaction, "Updated", "MeterValuePeriodic", "Sample.Periodic")
        yield Message("TransactionEvent", event, True, transaction, light=True)

    def ended(self, station: Station, transaction: Transaction) -> Iterable[Message]:
        reason = transaction.reason or "Other"
        event = self._event(
            station, transaction, "Ended", _STOPPED_BY.get(reason, "AbnormalCondition"), "Transaction.End"
        )
        event["transactionInfo"]["stoppedReason"] = reason
        if reason == "Local":
            event["idToken"] = _id_token(transaction.token)
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
        if not station.connected:
            event["offline"] = True
        if context is not None:
            event["meterValue"] = [meter_value(station, transaction.evse, context)]
        return event

    def fill_in(self, message: Message) -> Payload:
        return message.payload

    def answered(self, message: Message, answer: Payload) -> bool:
        return bool(answer.get("idTokenInfo", {}).get("status", "Accepted") == "Accepted")

    def serve(self, station: Station, action: str, payload: Payload) -> Reply | None:
        does = _DOES.get(action)
        return does(station, payload) if does is not None else None


def _id_token(token: str) -> Payload:
    return {"idToken": token, "type": "ISO14443" if len(token) in (8, 14, 20) and _is_hex(token) else "Central"}


def _is_hex(token: str) -> bool:
    return all(letter in "0123456789abcdefABCDEF" for letter in token)


def meter_value(station: Station, evse: int, context: str) -> Payload:
    """MeterValueType of everything that is measured at an EVSE."""
    return {"timestamp": stamp(station.now()), "sampledValue": sampled(station.places[evse], context)}


def sampled(place: Place, context: str) -> list[Payload]:
    values = []
    for each in measure(place):
        value: Payload = {"value": each.value, "context": context, "measurand": each.measurand}
        value["unitOfMeasure"] = {"unit": each.unit}
        if each.phase is not None:
            value["phase"] = each.phase
        values.append(value)
    return values


def _start(station: Station, payload: Payload) -> Reply:
    evse = payload.get("evseId")
    if evse is None:
        evse = next((number for number in station.places if station.free(number)), 0)
    if not station.free(evse):
        return Reply({"status": "Rejected", "statusInfo": {"reasonCode": "TxInProgress"}})
    token, number = payload["idToken"]["idToken"], payload["remoteStartId"]
    return Reply({"status": "Accepted"}, lambda: station.begin(token, evse, remote_start_id=number))


def _stop(station: Station, payload: Payload) -> Reply:
    transaction = station.running(payload["transactionId"])
    if transaction is None:
        return Reply({"status": "Rejected", "statusInfo": {"reasonCode": "TxNotFound"}})
    return Reply({"status": "Accepted"}, lambda: station.stop(transaction.evse, "Remote"))


def _reset(station: Station, payload: Payload) -> Reply:
    if payload.get("evseId"):
        return Reply({"status": "Rejected", "statusInfo": {"reasonCode": "UnsupportedParam"}})
    if payload["type"] == "OnIdle" and station.transactions:
        return Reply({"status": "Scheduled"}, station.reset_when_idle)

    def reset() -> None:
        for evse in list(station.transactions):
            station.stop(evse, "ImmediateReset")
        station.reboot("RemoteReset")

    return Reply({"status": "Accepted"}, reset)


def _change_availability(station: Station, payload: Payload) -> Reply:
    evse = payload.get("evse", {}).get("id", 0)
    if evse != 0 and evse not in station.places:
        return Reply({"status": "Rejected"})
    if payload["operationalStatus"] == "Operative":
        station.inoperative.discard(evse)
        return Reply({"status": "Accepted"})
    station.inoperative.add(evse)
    busy = bool(station.transactions) if evse == 0 else evse in station.transactions
    return Reply({"status": "Scheduled" if busy else "Accepted"})


def _unlock(station: Station, payload: Payload) -> Reply:
    evse = payload["evseId"]
    if evse not in station.places or payload["connectorId"] != 1:
        return Reply({"status": "UnknownConnector"})
    return Reply({"status": "OngoingAuthorizedTransaction" if evse in station.transactions else "Unlocked"})


def _trigger(station: Station, payload: Payload) -> Reply:
    message, evse = payload["requestedMessage"], payload.get("evse", {}).get("id")
    if evse not in (None, *station.places):
        return Reply({"status": "Rejected"})
    places = [evse] if evse is not None else list(station.places)

    def tell() -> None:
        match message:
            case "BootNotification":
                station.tell_boot()
            case "Heartbeat":
                station.tell_heartbeat()
            case "StatusNotification":
                for each in places:
                    station.tell_status(each)
            case "SignChargingStationCertificate":
                upkeep.request_certificate(station)
            case "MeterValues" | "TransactionEvent":
                for each in places:
                    if message == "MeterValues" or each in station.transactions:
                        station.tell_readings(each)

    known = message in (
        "BootNotification", "Heartbeat", "StatusNotification", "MeterValues", "TransactionEvent",
        "SignChargingStationCertificate",
    )  # fmt: skip
    return Reply({"status": "Accepted" if known else "NotImplemented"}, tell)


def _data_transfer(station: Station, payload: Payload) -> Reply:
    if payload["vendorId"] != VENDOR:
        return Reply({"status": "UnknownVendorId"})
    return Reply({"status": "Accepted", "data": payload.get("data")})


def _set_charging_profile(station: Station, payload: Payload) -> Reply:
    evse = payload["evseId"]
    running = station.transactions.get(evse)
    try:
        profile = read_profile(evse, payload["chargingProfile"], ocpp="2")
    except Refused:
        return Reply({"status": "Rejected", "statusInfo": {"reasonCode": "UnsupportedParam"}})
    if evse != 0 and evse not in station.places:
        return Reply({"status": "Rejected", "statusInfo": {"reasonCode": "UnknownEvse"}})
    if profile.purpose == MAXIMUM and evse != 0:
        return Reply({"status": "Rejected", "statusInfo": {"reasonCode": "InvalidProfile"}})
    if profile.purpose == TX and (running is None or profile.transaction != running.reference):
        return Reply({"status": "Rejected", "statusInfo": {"reasonCode": "TxNotFound"}})
    station.profiles.add(profile)
    return Reply({"status": "Accepted"})


def _clear_charging_profile(station: Station, payload: Payload) -> Reply:
    criteria = payload.get("chargingProfileCriteria", {})
    purpose = criteria.get("chargingProfilePurpose")
    cleared = station.profiles.clear(
        id=payload.get("chargingProfileId"),
        evse=criteria.get("evseId"),
        purpose=PURPOSES.get(purpose) if purpose is not None else None,
        level=criteria.get("stackLevel"),
    )
    return Reply({"status": "Accepted" if cleared else "Unknown"})


def _variables(station: Station) -> dict[str, tuple[bool, str | None]]:
    """`Component.Variable` -> (read-only, value); a value of None is write-only."""
    known: dict[str, tuple[bool, str | None]] = {
        "ChargingStation.Model": (True, MODEL),
        "ChargingStation.VendorName": (True, VENDOR),
        "OCPPCommCtrlr.HeartbeatInterval": (False, f"{station.heartbeat_s:.0f}"),
        "SampledDataCtrlr.TxUpdatedInterval": (False, f"{station.meter_every_s:g}"),
        "SecurityCtrlr.BasicAuthPassword": (False, None),
        "SmartChargingCtrlr.ProfileStackLevel": (True, "9"),
    }
    for name, value in station.settings.items():
        if known.get(name, (False, ""))[1] is not None:
            known[name] = (False, value)
    return known


def _get_variables(station: Station, payload: Payload) -> Reply:
    known = _variables(station)
    results = []
    for asked in payload["getVariableData"]:
        place = {"component": asked["component"], "variable": asked["variable"]}
        status, name = _find(known, asked)
        if status == "Accepted" and known[name][1] is None:
            results.append({"attributeStatus": "Rejected", **place})
        elif status == "Accepted":
            results.append({"attributeStatus": status, "attributeValue": known[name][1], **place})
        else:
            results.append({"attributeStatus": status, **place})
    return Reply({"getVariableResult": results})


def _get_base_report(station: Station, payload: Payload) -> Reply:
    return Reply({"status": "Accepted"}, upkeep.report(station, payload["requestId"], _variables(station)))


def _set_variables(station: Station, payload: Payload) -> Reply:
    known = _variables(station)
    results = []
    for asked in payload["setVariableData"]:
        status, name = _find(known, asked)
        value = asked["attributeValue"]
        numeric = name.endswith("Interval")
        if status == "Accepted" and (known[name][0] or (numeric and (not value.isdigit() or int(value) < 1))):
            status = "Rejected"
        if status == "Accepted":
            station.settings[name] = value
            if numeric:
                setattr(station, "heartbeat_s" if "Heartbeat" in name else "meter_every_s", float(value))
        results.append({"attributeStatus": status, "component": asked["component"], "variable": asked["variable"]})
    return Reply({"setVariableResult": results})


def _find(known: Mapping[str, Any], asked: Payload) -> tuple[str, str]:
    component, variable = asked["component"]["name"], asked["variable"]["name"]
    name = f"{component}.{variable}"
    if name in known:
        return ("Accepted" if asked.get("attributeType", "Actual") == "Actual" else "NotSupportedAttributeType"), name
    named = any(each.startswith(f"{component}.") for each in known)
    return "UnknownVariable" if named else "UnknownComponent", name


def _clear_cache(station: Station, payload: Payload) -> Reply:
    return Reply({"status": "Accepted"})


_DOES: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "ChangeAvailability": _change_availability,
    "ClearCache": _clear_cache,
    "ClearChargingProfile": _clear_charging_profile,
    "DataTransfer": _data_transfer,
    "GetBaseReport": _get_base_report,
    "GetVariables": _get_variables,
    "RequestStartTransaction": _start,
    "RequestStopTransaction": _stop,
    "Reset": _reset,
    "SetChargingProfile": _set_charging_profile,
    "SetVariables": _set_variables,
    "TriggerMessage": _trigger,
    "UnlockConnector": _unlock,
    **upkeep.DOES_2,
}
