"""What a station keeps beside its charges, in every version: reservations, the local list, certificates, texts, and
the firmware and logs that it fetches and gives away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from edgegw.simulate.link import Payload, Reply
from edgegw.simulate.transactions import Message
from edgegw.simulate.words import stamp

if TYPE_CHECKING:
    from edgegw.simulate.station import Station

_MOST_ENTRIES: Final = 500
_FIRMWARE: Final = ("Downloading", "Downloaded", "Installing", "Installed")
_LOG: Final = ("Uploading", "Uploaded")


@dataclass(slots=True)
class Cabinet:
    """`reserved`: EVSE by reservation number, 0 for any. `tokens` is the local list, `certificates` are hash data by
    type, `texts` are the messages that its display shows, by number."""

    reserved: dict[int, int] = field(default_factory=dict)
    list_version: int = 0
    tokens: list[str] = field(default_factory=list)
    certificates: list[tuple[str, Payload]] = field(default_factory=list)
    texts: dict[int, str] = field(default_factory=dict)


def _say(station: Station, action: str, statuses: tuple[str, ...], request: int | None) -> Callable[[], None]:
    about = {} if request is None else {"requestId": request}

    def tell() -> None:
        station.connection.say(*(Message(action, {"status": each, **about}, keep=False) for each in statuses))

    return tell


def _reserve(station: Station, number: int, evse: int) -> Reply:
    cabinet = station.cabinet
    places = [evse] if evse else list(station.places)
    taken = {place for other, place in cabinet.reserved.items() if other != number}
    if not any(place in station.places and station.free(place) and place not in taken for place in places):
        return Reply({"status": "Occupied"})
    cabinet.reserved[number] = evse
    return Reply({"status": "Accepted"})


def _reserve_16(station: Station, payload: Payload) -> Reply:
    return _reserve(station, payload["reservationId"], payload["connectorId"])


def _reserve_2(station: Station, payload: Payload) -> Reply:
    return _reserve(station, payload["id"], payload.get("evseId", 0))


def _cancel(station: Station, payload: Payload) -> Reply:
    known = station.cabinet.reserved.pop(payload["reservationId"], None) is not None
    return Reply({"status": "Accepted" if known else "Rejected"})


def _take_list(station: Station, version: int, entries: list[Payload], tokens: list[str]) -> Reply:
    if len(entries) > _MOST_ENTRIES:
        return Reply({"status": "Failed"})
    station.cabinet.list_version, station.cabinet.tokens = version, tokens
    return Reply({"status": "Accepted"})


def _list_16(station: Station, payload: Payload) -> Reply:
    entries = payload.get("localAuthorizationList", [])
    return _take_list(station, payload["listVersion"], entries, [each["idTag"] for each in entries])


def _list_2(station: Station, payload: Payload) -> Reply:
    entries = payload.get("localAuthorizationList", [])
    return _take_list(station, payload["versionNumber"], entries, [each["idToken"]["idToken"] for each in entries])


def _list_version_16(station: Station, payload: Payload) -> Reply:
    return Reply({"listVersion": station.cabinet.list_version})


def _list_version_2(station: Station, payload: Payload) -> Reply:
    return Reply({"versionNumber": station.cabinet.list_version})


def _firmware_16(station: Station, payload: Payload) -> Reply:
    return Reply({}, _say(station, "FirmwareStatusNotification", _FIRMWARE, None))


def _firmware_signed_16(station: Station, payload: Payload) -> Reply:
    tell = _say(station, "SignedFirmwareStatusNotification", _FIRMWARE, payload["requestId"])
    return Reply({"status": "Accepted"}, tell)


def _firmware_2(station: Station, payload: Payload) -> Reply:
    return Reply({"status": "Accepted"}, _say(station, "FirmwareStatusNotification", _FIRMWARE, payload["requestId"]))


def _diagnostics_16(station: Station, payload: Payload) -> Reply:
    tell = _say(station, "DiagnosticsStatusNotification", _LOG, None)
    return Reply({"fileName": f"{station.id}-diagnostics.zip"}, tell)


def _log(station: Station, payload: Payload) -> Reply:
    tell = _say(station, "LogStatusNotification", _LOG, payload["requestId"])
    return Reply({"status": "Accepted", "filename": f"{station.id}-{payload['logType'].lower()}.zip"}, tell)


def _install(station: Station, payload: Payload) -> Reply:
    if not payload["certificate"].startswith("-----BEGIN CERTIFICATE-----"):
        return Reply({"status": "Rejected"})
    number = f"{len(station.cabinet.certificates) + 1:02x}"
    data = {"hashAlgorithm": "SHA256", "issuerNameHash": "aa", "issuerKeyHash": "bb", "serialNumber": number}
    station.cabinet.certificates.append((payload["certificateType"], data))
    return Reply({"status": "Accepted"})


def _certificates_16(station: Station, payload: Payload) -> Reply:
    found = [data for kind, data in station.cabinet.certificates if kind == payload["certificateType"]]
    return Reply({"status": "Accepted", "certificateHashData": found} if found else {"status": "NotFound"})


def _certificates_2(station: Station, payload: Payload) -> Reply:
    wanted = payload.get("certificateType")
    found = [
        {"certificateType": kind, "certificateHashData": data}
        for kind, data in station.cabinet.certificates
        if wanted is None or kind in wanted
    ]
    return Reply({"status": "Accepted", "certificateHashDataChain": found} if found else {"status": "NotFound"})


def _delete(station: Station, payload: Payload) -> Reply:
    kept = [each for each in station.cabinet.certificates if each[1] != payload["certificateHashData"]]
    found = len(kept) < len(station.cabinet.certificates)
    station.cabinet.certificates = kept
    return Reply({"status": "Accepted" if found else "NotFound"})


def _signed(station: Station, payload: Payload) -> Reply:
    whole = payload["certificateChain"].startswith("-----BEGIN CERTIFICATE-----")
    return Reply({"status": "Accepted" if whole else "Rejected"})


def request_certificate(station: Station) -> None:
    """Ask to have the station's own certificate signed."""
    csr = f"-----BEGIN CERTIFICATE REQUEST-----\n{station.id}\n-----END CERTIFICATE REQUEST-----\n"
    station.connection.say(Message("SignCertificate", {"csr": csr}, keep=False))


def _extended_trigger_16(station: Station, payload: Payload) -> Reply:
    if payload["requestedMessage"] != "SignChargePointCertificate":
        return Reply({"status": "NotImplemented"})
    return Reply({"status": "Accepted"}, lambda: request_certificate(station))


def _schedule(station: Station, evse: int, payload: Payload) -> Payload | None:
    """One period: what the profiles leave now."""
    if evse not in (0, *station.places):
        return None
    place = station.places[evse or min(station.places)]
    period = {"startPeriod": 0, "limit": round(place.offered_a, 1)}
    return {"duration": payload["duration"], "chargingRateUnit": "A", "chargingSchedulePeriod": [period]}


def _composite_16(station: Station, payload: Payload) -> Reply:
    evse = payload["connectorId"]
    schedule = _schedule(station, evse, payload)
    if schedule is None or payload.get("chargingRateUnit") == "W":
        return Reply({"status": "Rejected"})
    starts = {"connectorId": evse, "scheduleStart": stamp(station.now())}
    return Reply({"status": "Accepted", **starts, "chargingSchedule": schedule})


def _composite_2(station: Station, payload: Payload) -> Reply:
    evse = payload["evseId"]
    schedule = _schedule(station, evse, payload)
    if schedule is None or payload.get("chargingRateUnit") == "W":
        return Reply({"status": "Rejected"})
    return Reply(
        {"status": "Accepted", "schedule": {"evseId": evse, "scheduleStart": stamp(station.now()), **schedule}}
    )


def _show(station: Station, payload: Payload) -> Reply:
    message = payload["message"]
    if message["message"]["format"] not in ("ASCII", "UTF8"):
        return Reply({"status": "NotSupportedMessageFormat"})
    station.cabinet.texts[message["id"]] = message["message"]["content"]
    return Reply({"status": "Accepted"})


def _clear_text(station: Station, payload: Payload) -> Reply:
    known = station.cabinet.texts.pop(payload["id"], None) is not None
    return Reply({"status": "Accepted" if known else "Unknown"})


def report(station: Station, request: int, known: Mapping[str, tuple[bool, str | None]]) -> Callable[[], None]:
    """Tell all of the device model in NotifyReport, one message a component."""
    components: dict[str, list[Payload]] = {}
    for name, (readonly, value) in known.items():
        component, variable = name.split(".")
        attribute: Payload = {"mutability": "ReadOnly" if readonly else "ReadWrite"}
        attribute |= {} if value is None else {"value": value}
        components.setdefault(component, []).append(
            {"component": {"name": component}, "variable": {"name": variable}, "variableAttribute": [attribute]}
        )

    def tell() -> None:
        at = station.now()
        last = len(components) - 1
        for number, data in enumerate(components.values()):
            told: Payload = {
                "requestId": request,
                "generatedAt": stamp(at + timedelta(milliseconds=number)),
                "seqNo": number,
                "tbc": number < last,
                "reportData": data,
            }
            station.connection.say(Message("NotifyReport", told, keep=False))

    return tell


Does = Callable[[Any, Payload], Reply]

DOES_16: Final[Mapping[str, Does]] = {
    "CancelReservation": _cancel,
    "CertificateSigned": _signed,
    "DeleteCertificate": _delete,
    "ExtendedTriggerMessage": _extended_trigger_16,
    "GetCompositeSchedule": _composite_16,
    "GetDiagnostics": _diagnostics_16,
    "GetInstalledCertificateIds": _certificates_16,
    "GetLocalListVersion": _list_version_16,
    "GetLog": _log,
    "InstallCertificate": _install,
    "ReserveNow": _reserve_16,
    "SendLocalList": _list_16,
    "SignedUpdateFirmware": _firmware_signed_16,
    "UpdateFirmware": _firmware_16,
}

DOES_2: Final[Mapping[str, Does]] = {
    "CancelReservation": _cancel,
    "CertificateSigned": _signed,
    "ClearDisplayMessage": _clear_text,
    "DeleteCertificate": _delete,
    "GetCompositeSchedule": _composite_2,
    "GetInstalledCertificateIds": _certificates_2,
    "GetLocalListVersion": _list_version_2,
    "GetLog": _log,
    "InstallCertificate": _install,
    "ReserveNow": _reserve_2,
    "SendLocalList": _list_2,
    "SetDisplayMessage": _show,
    "UpdateFirmware": _firmware_2,
}
