"""What a station of OCPP 1.6-J says, and does with what it is told. Section numbers are those of OCPP 1.6 edition 2."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final

from edgegw.simulate import upkeep
from edgegw.simulate.link import Payload, Reply
from edgegw.simulate.profiles import MAXIMUM, PURPOSES, TX, Refused, read_profile
from edgegw.simulate.transactions import Message, Transaction, measure
from edgegw.simulate.words import MODEL, VENDOR, stamp
from edgegw.simulate.world import Place

if TYPE_CHECKING:
    from edgegw.simulate.station import Station

_STATES: Final = {"EVConnected": "Preparing", "Charging": "Charging", "SuspendedEV": "SuspendedEV",
                  "SuspendedEVSE": "SuspendedEVSE"}  # fmt: skip


class Dialect16:
    """OCPP 1.6-J. Without state."""

    def boot(self, station: Station, reason: str) -> Message:
        payload = {
            "chargePointVendor": VENDOR,
            "chargePointModel": MODEL,
            "chargePointSerialNumber": station.id[:25],
            "firmwareVersion": "1.0",
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

    def started(self, station: Station, transaction: Transaction) -> Iterable[Message]:
        payload = {
            "connectorId": transaction.evse,
            "idTag": transaction.token,
            "meterStart": transaction.begin_wh,
            "timestamp": stamp(transaction.began_at),
        }
        yield Message("StartTransaction", payload, True, transaction)

    def changed(self, station: Station, transaction: Transaction) -> Iterable[Message]:
        return ()  # the connector's status says it (section 4.9)

    def metered(self, station: Station, transaction: Transaction) -> Iterable[Message]:
        yield self._meter_values(station, transaction.evse, transaction)

    def readings(self, station: Station, evse: int) -> Message:
        return self._meter_values(station, evse, None)

    def _meter_values(self, station: Station, evse: int, transaction: Transaction | None) -> Message:
        values = sampled(station.places[evse], "Sample.Periodic" if transaction is not None else "Trigger")
        payload: Payload = {
            "connectorId": evse,
            "meterValue": [{"timestamp": stamp(station.now()), "sampledValue": values}],
        }
        return Message("MeterValues", payload, transaction is not None, transaction, light=True)

    def ended(self, station: Station, transaction: Transaction) -> Iterable[Message]:
        payload = {
            "idTag": transaction.token,
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
        does = _DOES.get(action)
        return does(station, payload) if does is not None else None


def sampled(place: Place, context: str) -> list[Payload]:
    """SampledValue (section 7.43) of everything that is measured at an EVSE."""
    values = []
    for each in measure(place):
        value: Payload = {
            "value": f"{each.value:g}" if each.value < 1e5 else f"{each.value:.0f}",
            "context": context,
            "measurand": each.measurand,
            "unit": each.unit,
        }
        if each.phase is not None:
            value["phase"] = each.phase
        values.append(value)
    return values


def _remote_start(station: Station, payload: Payload) -> Reply:
    evse = payload.get("connectorId")
    if evse is None:
        free = [number for number in station.places if station.free(number)]
        evse = next((number for number in free if station.places[number].car is not None), free[0] if free else 0)
    if not station.free(evse):
        return Reply({"status": "Rejected"})
    token = payload["idTag"]
    return Reply({"status": "Accepted"}, lambda: station.begin(token, evse))


def _remote_stop(station: Station, payload: Payload) -> Reply:
    transaction = station.running(str(payload["transactionId"]))
    if transaction is None:
        return Reply({"status": "Rejected"})
    return Reply({"status": "Accepted"}, lambda: station.stop(transaction.evse, "Remote"))


def _reset(station: Station, payload: Payload) -> Reply:
    reason = {"Soft": "SoftReset", "Hard": "HardReset"}[payload["type"]]

    def reset() -> None:
        for evse in list(station.transactions):
            station.stop(evse, reason)
        station.reboot("RemoteReset")

    return Reply({"status": "Accepted"}, reset)


def _change_availability(station: Station, payload: Payload) -> Reply:
    evse = payload["connectorId"]
    if evse != 0 and evse not in station.places:
        return Reply({"status": "Rejected"})
    if payload["type"] == "Operative":
        station.inoperative.discard(evse)
        return Reply({"status": "Accepted"})
    station.inoperative.add(evse)
    busy = bool(station.transactions) if evse == 0 else evse in station.transactions
    return Reply({"status": "Scheduled" if busy else "Accepted"})


def _unlock(station: Station, payload: Payload) -> Reply:
    evse = payload["connectorId"]
    if evse not in station.places:
        return Reply({"status": "NotSupported"})
    return Reply({"status": "Unlocked"}, lambda: station.stop(evse, "UnlockCommand"))


def _trigger(station: Station, payload: Payload) -> Reply:
    message, evse = payload["requestedMessage"], payload.get("connectorId")
    places = [evse] if evse is not None else list(station.places)
    if evse not in (None, 0, *station.places):
        return Reply({"status": "Rejected"})

    def tell() -> None:
        match message:
            case "BootNotification":
                station.tell_boot()
            case "Heartbeat":
                station.tell_heartbeat()
            case "StatusNotification":
                for each in places:
                    station.tell_status(each)
            case "MeterValues":
                for each in places:
                    if each in station.places:
                        station.tell_readings(each)

    known = message in ("BootNotification", "Heartbeat", "StatusNotification", "MeterValues")
    return Reply({"status": "Accepted" if known else "NotImplemented"}, tell)


def _data_transfer(station: Station, payload: Payload) -> Reply:
    if payload["vendorId"] != VENDOR:
        return Reply({"status": "UnknownVendorId"})
    return Reply({"status": "Accepted", "data": payload.get("data", "")})


def _set_charging_profile(station: Station, payload: Payload) -> Reply:
    evse = payload["connectorId"]
    try:
        profile = read_profile(evse, payload["csChargingProfiles"], ocpp="1.6")
    except Refused:
        return Reply({"status": "Rejected"})
    running = station.transactions.get(evse)
    if evse != 0 and evse not in station.places:
        return Reply({"status": "Rejected"})
    if profile.purpose == MAXIMUM and evse != 0:
        return Reply({"status": "Rejected"})
    if profile.purpose == TX and (running is None or profile.transaction not in (None, running.reference)):
        return Reply({"status": "Rejected"})
    station.profiles.add(profile)
    return Reply({"status": "Accepted"})


def _clear_charging_profile(station: Station, payload: Payload) -> Reply:
    purpose = payload.get("chargingProfilePurpose")
    cleared = station.profiles.clear(
        id=payload.get("id"),
        evse=payload.get("connectorId"),
        purpose=PURPOSES.get(purpose) if purpose is not None else None,
        level=payload.get("stackLevel"),
    )
    return Reply({"status": "Accepted" if cleared else "Unknown"})


def _configuration(station: Station) -> dict[str, tuple[bool, str | None]]:
    """Key -> (read-only, value); a value of None is not told to anyone."""
    known: dict[str, tuple[bool, str | None]] = {
        "AuthorizationKey": (False, None),
        "ChargeProfileMaxStackLevel": (True, "9"),
        "ChargingScheduleAllowedChargingRateUnit": (True, "Current,Power"),
        "ChargingScheduleMaxPeriods": (True, "24"),
        "HeartbeatInterval": (False, f"{station.heartbeat_s:.0f}"),
        "MaxChargingProfilesInstalled": (True, "20"),
        "MeterValueSampleInterval": (False, f"{station.meter_every_s:g}"),
        "NumberOfConnectors": (True, str(len(station.places))),
        "SupportedFeatureProfiles": (
            True,
            "Core,FirmwareManagement,LocalAuthListManagement,RemoteTrigger,Reservation,SmartCharging",
        ),
    }
    for key, value in station.settings.items():
        if known.get(key, (False, ""))[1] is not None:
            known[key] = (False, value)
    return known


def _get_configuration(station: Station, payload: Payload) -> Reply:
    known = _configuration(station)
    asked = payload.get("key") or list(known)
    keys = []
    for key in asked:
        if key in known:
            readonly, value = known[key]
            keys.append({"key": key, "readonly": readonly, **({} if value is None else {"value": value})})
    answer: Payload = {"configurationKey": keys}
    if unknown := [key for key in asked if key not in known]:
        answer["unknownKey"] = unknown
    return Reply(answer)


def _change_configuration(station: Station, payload: Payload) -> Reply:
    key, value = payload["key"], payload["value"]
    known = _configuration(station)
    if key not in known:
        return Reply({"status": "NotSupported"})
    if known[key][0]:
        return Reply({"status": "Rejected"})
    if key in ("HeartbeatInterval", "MeterValueSampleInterval"):
        if not value.isdigit() or int(value) < 1:
            return Reply({"status": "Rejected"})
        setattr(station, "heartbeat_s" if key == "HeartbeatInterval" else "meter_every_s", float(value))
    station.settings[key] = value
    return Reply({"status": "Accepted"})


def _clear_cache(station: Station, payload: Payload) -> Reply:
    return Reply({"status": "Accepted"})


_DOES: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "ChangeAvailability": _change_availability,
    "ChangeConfiguration": _change_configuration,
    "ClearCache": _clear_cache,
    "ClearChargingProfile": _clear_charging_profile,
    "DataTransfer": _data_transfer,
    "GetConfiguration": _get_configuration,
    "RemoteStartTransaction": _remote_start,
    "RemoteStopTransaction": _remote_stop,
    "Reset": _reset,
    "SetChargingProfile": _set_charging_profile,
    "TriggerMessage": _trigger,
    "UnlockConnector": _unlock,
    **upkeep.DOES_16,
}
