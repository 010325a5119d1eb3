"""What a 2.x station says, in the site's words, but for TransactionEvent (`transactions`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal

from edgegw.model.facts import (
    CertificateRequested,
    FirmwareStatusChanged,
    LogReceived,
    ReservationEnded,
    SecurityEvent,
    StationStatusChanged,
)
from edgegw.model.requests import (
    Answer,
    AuthorizeAnswer,
    AuthorizeRequest,
    BootAnswer,
    BootRequest,
    TransactionRequest,
)
from edgegw.stations.codec import Ask, Incoming, Payload, Peer, Tell
from edgegw.stations.readings import is_signed_2, readings
from edgegw.stations.samples import key_2, place_of, samples
from edgegw.stations.v2 import reports, tokens
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.v2.transactions import transaction_event
from edgegw.stations.words import STATUSES, place_number, shown_at, snake, stamp


def _boot(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    station = payload["chargingStation"]
    return Ask(
        BootRequest(
            station=peer.station,
            at=peer.now,
            ocpp=dialect.version,
            vendor=station["vendorName"],
            model=station["model"],
            firmware=station.get("firmwareVersion"),
            serial=station.get("serialNumber"),
            reason=snake(payload["reason"]),
        ),
        _boot_reply,
    )


def _boot_reply(answer: Answer) -> Payload:
    assert isinstance(answer, BootAnswer)
    return {
        "status": answer.status.capitalize(),
        "currentTime": stamp(answer.current_time),
        "interval": answer.interval_s,
    }


def _heartbeat(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    return Tell({"currentTime": stamp(peer.now)})


def _status(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    fact = StationStatusChanged(
        station=peer.station,
        at=shown_at(payload["timestamp"], peer.now),
        evse=place_number(payload["evseId"]),
        connector=place_number(payload["connectorId"]),
        status=STATUSES[payload["connectorStatus"]],
    )
    return Tell({}, (fact,))


def _authorize(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    def reply(answer: Answer) -> Payload:
        assert isinstance(answer, AuthorizeAnswer)
        return {"idTokenInfo": tokens.info(answer.status, answer.group, answer.language, dialect)}

    token = payload["idToken"]
    request = AuthorizeRequest(station=peer.station, at=peer.now, id_token=token["idToken"], kind=token["type"])
    return Ask(request, reply)


def _meter_values(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    """Readings outside transactions; a signed register that comes while one runs is evidence for its bill."""
    evse, entries = place_number(payload["evseId"]), payload["meterValue"]
    place = place_of(peer, evse)
    seen = samples(entries, place, peer.now, key_2)
    running = peer.active(evse) if is_signed_2(entries) else None
    signed = readings(entries, place.table, peer.now, key_2, only_signed=True) if running is not None else ()
    if running is None or not signed:
        return Tell({}, samples=seen)
    request = TransactionRequest(
        station=peer.station,
        at=max(reading.at for reading in signed),
        stage="updated",
        evse=evse,
        reference=running.reference,
        readings=signed,
        ocpp=dialect.version,
    )
    return Ask(request, _nothing, seen)


def _nothing(answer: Answer) -> Payload:
    return {}


def _data_transfer(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    return Tell({"status": "UnknownVendorId"})


def _firmware_status(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    fact = FirmwareStatusChanged(
        station=peer.station, at=peer.now, status=snake(payload["status"]), request=payload.get("requestId")
    )
    return Tell({}, (fact,))


def _log_status(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    fact = LogReceived(
        station=peer.station, at=peer.now, status=snake(payload["status"]), request=payload.get("requestId")
    )
    return Tell({}, (fact,))


def _security_event(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    at = shown_at(payload["timestamp"], peer.now)
    fact = SecurityEvent(station=peer.station, at=at, kind=snake(payload["type"]), detail=payload.get("techInfo"))
    return Tell({}, (fact,))


def _charging_needs(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    return report("NotifyEVChargingNeeds", payload, peer, {"status": dialect.charging_needs})


def _charging_schedule(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    return report("NotifyEVChargingSchedule", payload, peer, {"status": "Accepted"})


def _customer_information(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    # It is about a person, so no fact keeps it.
    return Tell({})


def _sign_certificate(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    """The signed one follows by a command, sign_certificate (use case A02)."""
    use = "station" if payload.get("certificateType", "ChargingStationCertificate").startswith("Charging") else "v2g"
    fact = CertificateRequested(station=peer.station, at=peer.now, csr=payload["csr"], use=use)
    return Tell({"status": "Accepted"}, (fact,))


def _reservation_status(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    held = peer.reserved_as(payload["reservationId"])
    if held is None:
        return report("ReservationStatusUpdate", payload, peer)
    reason: Literal["expired", "removed"] = "removed" if payload["reservationUpdateStatus"] == "Removed" else "expired"
    return Tell({}, (ReservationEnded(station=peer.station, at=peer.now, reservation=held.id, reason=reason),))


def report(action: str, payload: Payload, peer: Peer, reply: Payload | None = None) -> Tell:
    """A notification that is written down and no more."""
    return Tell(reply or {}, reports.facts_of(action, payload, peer))


def refusal(action: str) -> Tell:
    """The answer to a question that this gateway says no to."""
    return Tell(dict(_NO[action]))


_NO: Final[Mapping[str, Payload]] = {
    "Get15118EVCertificate": {"status": "Failed", "exiResponse": ""},
    "GetCertificateStatus": {"status": "Failed"},
    "OpenPeriodicEventStream": {"status": "Rejected"},
    "PullDynamicScheduleUpdate": {"status": "Rejected"},
}

ACTIONS: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = {
    "Authorize": _authorize,
    "BootNotification": _boot,
    "DataTransfer": _data_transfer,
    "FirmwareStatusNotification": _firmware_status,
    "Heartbeat": _heartbeat,
    "LogStatusNotification": _log_status,
    "MeterValues": _meter_values,
    "NotifyCustomerInformation": _customer_information,
    "NotifyEVChargingNeeds": _charging_needs,
    "NotifyEVChargingSchedule": _charging_schedule,
    "PublishFirmwareStatusNotification": _firmware_status,
    "ReservationStatusUpdate": _reservation_status,
    "SecurityEventNotification": _security_event,
    "SignCertificate": _sign_certificate,
    "StatusNotification": _status,
    "TransactionEvent": transaction_event,
}
"""CALLs of a station with a meaning of their own, in both versions."""
