"""What a virtual station does for its settings, when it is reset, and when a message is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from edgegw.simulate.blocks.certificates import request_certificate
from edgegw.simulate.blocks.security import PASSWORDS, take_password, take_up_network
from edgegw.simulate.link import Fault, Payload, Reply
from edgegw.simulate.words import MODEL, VENDOR

if TYPE_CHECKING:
    from edgegw.simulate.station import Station


def _configuration(station: Station) -> dict[str, tuple[bool, str | None]]:
    """Key -> (read-only, value); a value of None is not told to anyone."""
    known: dict[str, tuple[bool, str | None]] = {
        "AllowOfflineTxForUnknownId": (False, "false"),
        "AuthorizationCacheEnabled": (False, "true"),
        "AuthorizationKey": (False, None),
        "AuthorizeRemoteTxRequests": (False, "true"),
        "ChargeProfileMaxStackLevel": (True, "9"),
        **({"CustomDisplayCostAndPrice": (True, "true")} if station.shows_cost else {}),
        "ChargingScheduleAllowedChargingRateUnit": (True, "Current,Power"),
        "ChargingScheduleMaxPeriods": (True, "24"),
        "ClockAlignedDataInterval": (False, "0"),
        "GetConfigurationMaxKeys": (True, str(station.cabinet.most_items)),
        "HeartbeatInterval": (False, f"{station.heartbeat_s:.0f}"),
        "LocalAuthListEnabled": (False, "false"),
        "LocalAuthListMaxLength": (True, str(station.cabinet.most_tokens)),
        "LocalAuthorizeOffline": (False, "true"),
        "MaxChargingProfilesInstalled": (True, "20"),
        "MeterValueSampleInterval": (False, f"{station.meter_every_s:g}"),
        "MeterValuesAlignedData": (False, "Energy.Active.Import.Register"),
        "MeterValuesSampledData": (False, "Energy.Active.Import.Register"),
        "SecurityProfile": (False, "0"),
        "NumberOfConnectors": (True, str(len(station.places))),
        "SendLocalListMaxLength": (True, str(station.cabinet.most_sent)),
        "TransactionMessageAttempts": (False, "3"),
        "TransactionMessageRetryInterval": (False, "10"),
        "SupportedFeatureProfiles": (
            True,
            "Core,FirmwareManagement,LocalAuthListManagement,RemoteTrigger,Reservation,SmartCharging",
        ),
    }
    return _as_set(station, known)


def _as_set(station: Station, known: dict[str, tuple[bool, str | None]]) -> dict[str, tuple[bool, str | None]]:
    for name, value in station.settings.items():
        if known.get(name, (False, ""))[1] is not None and name not in station.cabinet.after_restart:
            known[name] = (False, value)
    return {name: about for name, about in known.items() if name not in station.cabinet.lacks}


def _is_out_of_bounds(station: Station, name: str, value: str) -> bool:
    least, most = station.cabinet.bounds.get(name, (0, 10**9))
    return value.isdigit() and not least <= int(value) <= most


def _get_configuration(station: Station, payload: Payload) -> Reply:
    known = _configuration(station)
    asked = payload.get("key") or list(known)
    if len(payload.get("key", ())) > station.cabinet.most_items:
        raise Fault("OccurenceConstraintViolation", "more keys than GetConfigurationMaxKeys")
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
    if known[key][0] or _is_out_of_bounds(station, key, value):
        return Reply({"status": "Rejected"})
    if key in ("HeartbeatInterval", "MeterValueSampleInterval"):
        if not value.isdigit() or int(value) < 1:
            return Reply({"status": "Rejected"})
        setattr(station, "heartbeat_s" if key == "HeartbeatInterval" else "meter_every_s", float(value))
    station.settings[key] = value
    status = "RebootRequired" if key in station.cabinet.after_restart else "Accepted"
    return Reply({"status": status}, partial(take_password, station, value) if key in PASSWORDS else None)


def _reset_16(station: Station, payload: Payload) -> Reply:
    reason = {"Soft": "SoftReset", "Hard": "HardReset"}[payload["type"]]

    def reset() -> None:
        for evse in list(station.transactions):
            station.stop(evse, reason)
        station.reboot("RemoteReset")

    return Reply({"status": "Accepted"}, reset)


def _trigger_16(station: Station, payload: Payload) -> Reply:
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


def variables(station: Station) -> dict[str, tuple[bool, str | None]]:
    """`Component.Variable` -> (read-only, value); a value of None is write-only."""
    known: dict[str, tuple[bool, str | None]] = {
        "AlignedDataCtrlr.Interval": (False, "0"),
        "AlignedDataCtrlr.Measurands": (False, "Energy.Active.Import.Register"),
        "AuthCacheCtrlr.Enabled": (False, "true"),
        "AuthCtrlr.AuthorizeRemoteStart": (False, "true"),
        "AuthCtrlr.LocalAuthorizeOffline": (False, "true"),
        "AuthCtrlr.MasterPassGroupId": (False, ""),
        "AuthCtrlr.OfflineTxForUnknownIdEnabled": (False, "false"),
        "ChargingStation.Model": (True, MODEL),
        "ChargingStation.VendorName": (True, VENDOR),
        "DeviceDataCtrlr.ItemsPerMessage": (True, str(station.cabinet.most_items)),
        "LocalAuthListCtrlr.Enabled": (False, "false"),
        "LocalAuthListCtrlr.ItemsPerMessage": (True, str(station.cabinet.most_sent)),
        "OCPPCommCtrlr.HeartbeatInterval": (False, f"{station.heartbeat_s:.0f}"),
        "OCPPCommCtrlr.MessageAttemptInterval": (False, "10"),
        "OCPPCommCtrlr.MessageAttempts": (False, "3"),
        "OCPPCommCtrlr.NetworkConfigurationPriority": (False, "1"),
        "SampledDataCtrlr.TxUpdatedInterval": (False, f"{station.meter_every_s:g}"),
        "SampledDataCtrlr.TxUpdatedMeasurands": (False, "Energy.Active.Import.Register"),
        "SecurityCtrlr.BasicAuthPassword": (False, None),
        **({"TariffCostCtrlr.Enabled": (False, "true")} if station.shows_cost else {}),
        "SmartChargingCtrlr.ProfileStackLevel": (True, "9"),
    }
    return _as_set(station, known)


def _too_many(station: Station, items: list[Payload]) -> None:
    if len(items) > station.cabinet.most_items:
        raise Fault("OccurrenceConstraintViolation", "more items than ItemsPerMessage")


def _get_variables(station: Station, payload: Payload) -> Reply:
    known = variables(station)
    _too_many(station, payload["getVariableData"])
    results = []
    for asked in payload["getVariableData"]:
        place = {"component": asked["component"], "variable": asked["variable"]}
        if "attributeType" in asked:
            place["attributeType"] = asked["attributeType"]
        status, name = _find(known, asked)
        if status == "NotSupportedAttributeType" and name in station.cabinet.bounds:
            bound = station.cabinet.bounds[name][asked["attributeType"] == "MaxSet"]
            results.append({"attributeStatus": "Accepted", "attributeValue": str(bound), **place})
            continue
        if status == "Accepted" and known[name][1] is None:
            results.append({"attributeStatus": "Rejected", **place})
        elif status == "Accepted":
            results.append({"attributeStatus": status, "attributeValue": known[name][1], **place})
        else:
            results.append({"attributeStatus": status, **place})
    return Reply({"getVariableResult": results})


def _set_network(station: Station, payload: Payload) -> Reply:
    station.cabinet.networks[payload["configurationSlot"]] = payload["connectionData"]
    return Reply({"status": "Accepted"})


def _set_variables(station: Station, payload: Payload) -> Reply:
    known = variables(station)
    _too_many(station, payload["setVariableData"])
    results, password = [], None
    for asked in payload["setVariableData"]:
        status, name = _find(known, asked)
        value = asked["attributeValue"]
        numeric = name in ("OCPPCommCtrlr.HeartbeatInterval", "SampledDataCtrlr.TxUpdatedInterval")
        if status == "Accepted" and (known[name][0] or (numeric and (not value.isdigit() or int(value) < 1))):
            status = "Rejected"
        if status == "Accepted" and _is_out_of_bounds(station, name, value):
            status = "Rejected"
        if status == "Accepted":
            station.settings[name] = value
            status = "RebootRequired" if name in station.cabinet.after_restart else status
            password = value if name in PASSWORDS else password
            if numeric:
                setattr(station, "heartbeat_s" if "Heartbeat" in name else "meter_every_s", float(value))
        results.append({"attributeStatus": status, "component": asked["component"], "variable": asked["variable"]})
    then = partial(take_password, station, password) if password is not None else None
    return Reply({"setVariableResult": results}, then)


def _find(known: Mapping[str, Any], asked: Payload) -> tuple[str, str]:
    component, variable = asked["component"]["name"], asked["variable"]["name"]
    name = f"{component}.{variable}"
    if name in known:
        return ("Accepted" if asked.get("attributeType", "Actual") == "Actual" else "NotSupportedAttributeType"), name
    named = any(each.startswith(f"{component}.") for each in known)
    return "UnknownVariable" if named else "UnknownComponent", name


def _reset_2(station: Station, payload: Payload) -> Reply:
    if payload.get("evseId"):
        return _reset_evse(station, payload["evseId"], payload["type"] == "OnIdle")
    if payload["type"] == "OnIdle" and station.transactions:
        return Reply({"status": "Scheduled"}, station.reset_when_idle)

    def reset() -> None:
        for evse in list(station.transactions):
            station.stop(evse, "ImmediateReset")
        take_up_network(station)
        station.reboot("RemoteReset")

    return Reply({"status": "Accepted"}, reset)


def _reset_evse(station: Station, evse: int, on_idle: bool) -> Reply:
    """One EVSE alone (2.0.1 part 2, B11 and B12)."""
    if "EVSE.AllowReset" in station.cabinet.lacks:
        return Reply({"status": "Rejected", "statusInfo": {"reasonCode": "UnsupportedParam"}})
    if evse not in station.places:
        return Reply({"status": "Rejected", "statusInfo": {"reasonCode": "UnknownEvse"}})
    if on_idle and evse in station.transactions:
        return Reply({"status": "Scheduled"}, lambda: station.reset_when_idle(evse))

    def reset() -> None:
        station.stop(evse, "ImmediateReset")
        station.reset_evse(evse)

    return Reply({"status": "Accepted"}, reset)


_SIGNS: Final = {
    "SignChargingStationCertificate": "ChargingStationCertificate",
    "SignCombinedCertificate": None,
    "SignV2GCertificate": "V2GCertificate",
}
"""What a certificate is for that is asked for when it is triggered."""


def _trigger_2(station: Station, payload: Payload) -> Reply:
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
            case "SignCombinedCertificate" | "SignChargingStationCertificate" | "SignV2GCertificate":
                request_certificate(station, _SIGNS[message])
            case "MeterValues" | "TransactionEvent":
                for each in places:
                    if message == "MeterValues" or each in station.transactions:
                        station.tell_readings(each)

    known = message in (
        "BootNotification", "Heartbeat", "StatusNotification", "MeterValues", "TransactionEvent",
        *_SIGNS,
    )  # fmt: skip
    return Reply({"status": "Accepted" if known else "NotImplemented"}, tell)


def _extended_trigger_16(station: Station, payload: Payload) -> Reply:
    if payload["requestedMessage"] != "SignChargePointCertificate":
        return Reply({"status": "NotImplemented"})
    return Reply({"status": "Accepted"}, lambda: request_certificate(station))


DOES_16: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "ChangeConfiguration": _change_configuration,
    "ExtendedTriggerMessage": _extended_trigger_16,
    "GetConfiguration": _get_configuration,
    "Reset": _reset_16,
    "TriggerMessage": _trigger_16,
}

DOES_2: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "GetVariables": _get_variables,
    "Reset": _reset_2,
    "SetNetworkProfile": _set_network,
    "SetVariables": _set_variables,
    "TriggerMessage": _trigger_2,
}
