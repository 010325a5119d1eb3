"""What a 1.6 station says, in the site's words. Section numbers are those of OCPP 1.6 edition 2.

StatusNotification stays a fact about the connector: the hub draws the charging state of a transaction from it, as 1.6
has no other message for that (section 4.9).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.facts import (
    CertificateRequested,
    FirmwareStatusChanged,
    LogReceived,
    SecurityEvent,
    StationStatusChanged,
)
from edgegw.model.requests import (
    Answer,
    AuthorizationStatus,
    AuthorizeAnswer,
    AuthorizeRequest,
    BootAnswer,
    BootRequest,
    TransactionAnswer,
    TransactionRequest,
)
from edgegw.model.samples import MeterSample
from edgegw.model.state import Transaction
from edgegw.stations.codec import Ask, Incoming, Payload, Peer, Tell, Unprocessable
from edgegw.stations.measurands import MOST_WH
from edgegw.stations.readings import Context, is_signed_16, readings
from edgegw.stations.samples import key_16, place_of, samples
from edgegw.stations.words import STATUSES, asserted_at, place_number, shown_at, snake, stamp, stop_reason

_MAX_ID_TAG: Final = 20

_AUTHORIZATION: Final[Mapping[AuthorizationStatus, str]] = {
    "accepted": "Accepted",
    "blocked": "Blocked",
    "expired": "Expired",
    "invalid": "Invalid",
    "concurrent_tx": "ConcurrentTx",
    "unknown": "Invalid",
    "not_now": "Invalid",
}
"""AuthorizationStatus (section 7.2), which has no word for a token that nobody knows, or that has to wait."""


def _boot(payload: Payload, peer: Peer) -> Incoming:
    return Ask(
        BootRequest(
            station=peer.station,
            at=peer.now,
            ocpp="1.6",
            vendor=payload["chargePointVendor"],
            model=payload["chargePointModel"],
            firmware=payload.get("firmwareVersion"),
            serial=payload.get("chargePointSerialNumber") or payload.get("chargeBoxSerialNumber"),
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


def _heartbeat(payload: Payload, peer: Peer) -> Incoming:
    return Tell({"currentTime": stamp(peer.now)})


def _status(payload: Payload, peer: Peer) -> Incoming:
    number = place_number(payload["connectorId"])
    error = payload["errorCode"]
    if error == "OtherError":
        error = payload.get("vendorErrorCode") or error
    fact = StationStatusChanged(
        station=peer.station,
        at=shown_at(payload.get("timestamp"), peer.now),
        evse=number,
        connector=min(number, 1),
        status=STATUSES[payload["status"]],
        error=None if error == "NoError" else error,
        info=payload.get("info") or None,
    )
    return Tell({}, (fact,))


def _authorize(payload: Payload, peer: Peer) -> Incoming:
    return Ask(AuthorizeRequest(station=peer.station, at=peer.now, id_token=payload["idTag"]), _authorize_reply)


def _authorize_reply(answer: Answer) -> Payload:
    assert isinstance(answer, AuthorizeAnswer)
    return {"idTagInfo": _id_tag_info(answer.status, answer.group)}


def _id_tag_info(status: AuthorizationStatus, group: str | None) -> Payload:
    info: Payload = {"status": _AUTHORIZATION[status]}
    if group is not None and len(group) <= _MAX_ID_TAG:
        info["parentIdTag"] = group
    return info


def _start(payload: Payload, peer: Peer) -> Incoming:
    evse = place_number(payload["connectorId"])
    if evse == 0:
        # Stations with one socket are known to say 0 for it; with more it can't be told which car it is.
        if len(peer.evses) != 1:
            raise Unprocessable("PropertyConstraintViolation", "a transaction is at connector 1 or above")
        evse = peer.evses[0].id
    return Ask(
        TransactionRequest(
            station=peer.station,
            at=asserted_at(payload["timestamp"]),
            stage="started",
            evse=evse,
            connector=1,
            id_token=payload["idTag"],
            import_wh=_register(payload["meterStart"]),
        ),
        _start_reply,
    )


def _register(wh: int) -> int | None:
    """meterStart or meterStop, None for a number that no register can reach: the transaction counts all the same."""
    return wh if abs(wh) < MOST_WH else None


def _start_reply(answer: Answer) -> Payload:
    assert isinstance(answer, TransactionAnswer)
    return {
        "transactionId": answer.number,
        "idTagInfo": _id_tag_info(answer.authorization or "accepted", answer.group),
    }


def _stop(payload: Payload, peer: Peer) -> Incoming:
    """StopTransaction names no connector (section 4.10), and the request has to be the same when it comes again after
    the transaction has ended: so the EVSE is looked up for the readings alone."""
    reference = str(payload["transactionId"])
    at = asserted_at(payload["timestamp"])
    data = payload.get("transactionData") or ()
    running = _running(reference, peer)
    place = place_of(peer, running.evse if running is not None else 0)
    import_wh = _register(payload["meterStop"])
    known_wh: dict[Context, int] = {} if import_wh is None else {"end": import_wh}
    if running is not None and running.meterings:
        known_wh["begin"] = running.meterings[0].import_wh
    return Ask(
        TransactionRequest(
            station=peer.station,
            at=at,
            stage="ended",
            evse=None,
            reference=reference,
            id_token=payload.get("idTag"),
            import_wh=import_wh,
            readings=readings(data, place.table, at, key_16, known_wh=known_wh),
            reason=stop_reason(payload.get("reason")),
        ),
        _stop_reply,
        samples(data, place, peer.now, key_16) if running is not None else (),
    )


def _running(reference: str, peer: Peer) -> Transaction | None:
    """The active transaction of a number; of an unknown one (0 and -1 are common), the only one at the station."""
    known = peer.by_reference(reference)
    if known is not None:
        return known if known.state == "active" else None
    here = [active for evse in peer.evses if (active := peer.active(evse.id)) is not None]
    return here[0] if len(here) == 1 else None


def _stop_reply(answer: Answer) -> Payload:
    assert isinstance(answer, TransactionAnswer)
    if answer.authorization is None:
        return {}
    return {"idTagInfo": _id_tag_info(answer.authorization, answer.group)}


def _meter_values(payload: Payload, peer: Peer) -> Incoming:
    entries = payload["meterValue"]
    number = payload["connectorId"]
    if number == 0 and "transactionId" in payload:
        transaction = peer.by_reference(str(payload["transactionId"]))
        number = transaction.evse if transaction is not None else 0
    place = place_of(peer, place_number(number))
    seen = samples(entries, place, peer.now, key_16)
    if is_signed_16(entries) and (running := peer.active(number)) is not None:
        return _signed(entries, running, peer, seen)
    return Tell({}, samples=seen)


def _signed(
    entries: list[Payload], running: Transaction, peer: Peer, seen: tuple[MeterSample, ...]
) -> Incoming:  # fmt: skip
    """A signed register is evidence for a bill, so it is a matter of the transaction."""
    signed = readings(entries, place_of(peer, running.evse).table, peer.now, key_16, only_signed=True)
    if not signed:
        return Tell({}, samples=seen)
    request = TransactionRequest(
        station=peer.station,
        at=max(reading.at for reading in signed),
        stage="updated",
        evse=running.evse,
        reference=running.reference,
        readings=signed,
    )
    return Ask(request, _nothing, seen)


def _nothing(answer: Answer) -> Payload:
    return {}


def _data_transfer(payload: Payload, peer: Peer) -> Incoming:
    return Tell({"status": "UnknownVendorId"})


def _firmware_status(payload: Payload, peer: Peer) -> Incoming:
    fact = FirmwareStatusChanged(
        station=peer.station, at=peer.now, status=snake(payload["status"]), request=payload.get("requestId")
    )
    return Tell({}, (fact,))


def _log_status(payload: Payload, peer: Peer) -> Incoming:
    fact = LogReceived(
        station=peer.station, at=peer.now, status=snake(payload["status"]), request=payload.get("requestId")
    )
    return Tell({}, (fact,))


def _security_event(payload: Payload, peer: Peer) -> Incoming:
    at = shown_at(payload["timestamp"], peer.now)
    fact = SecurityEvent(station=peer.station, at=at, kind=snake(payload["type"]), detail=payload.get("techInfo"))
    return Tell({}, (fact,))


def _sign_certificate(payload: Payload, peer: Peer) -> Incoming:
    """The signed one follows by a command, sign_certificate (security whitepaper, use case A02)."""
    fact = CertificateRequested(station=peer.station, at=peer.now, csr=payload["csr"], use="station")
    return Tell({"status": "Accepted"}, (fact,))


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer], Incoming]]] = {
    "Authorize": _authorize,
    "BootNotification": _boot,
    "DataTransfer": _data_transfer,
    "DiagnosticsStatusNotification": _log_status,
    "FirmwareStatusNotification": _firmware_status,
    "Heartbeat": _heartbeat,
    "LogStatusNotification": _log_status,
    "MeterValues": _meter_values,
    "SecurityEventNotification": _security_event,
    "SignCertificate": _sign_certificate,
    "SignedFirmwareStatusNotification": _firmware_status,
    "StartTransaction": _start,
    "StatusNotification": _status,
    "StopTransaction": _stop,
}
"""Every CALL that a 1.6 station may send, those of the security whitepaper included."""
