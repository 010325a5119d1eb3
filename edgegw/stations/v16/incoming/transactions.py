"""StartTransaction and StopTransaction (OCPP 1.6 edition 2 sections 4.8 and 4.10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.requests import Answer, TransactionAnswer, TransactionRequest
from edgegw.model.state import Transaction
from edgegw.stations.codec import Ask, Incoming, Payload, Peer
from edgegw.stations.evidence import signed_values_16
from edgegw.stations.measurands import MOST_WH
from edgegw.stations.readings import Context, readings
from edgegw.stations.samples import key_16, place_of, samples
from edgegw.stations.v16 import tokens
from edgegw.stations.words import asserted_at, place_number, stop_reason


def _start(payload: Payload, peer: Peer) -> Incoming:
    # Stations with one socket are known to say 0 for it. With more, the hub finds out which it can be.
    evse = place_number(payload["connectorId"]) or (peer.evses[0].id if len(peer.evses) == 1 else None)
    return Ask(
        TransactionRequest(
            station=peer.station,
            at=asserted_at(payload["timestamp"]),
            stage="started",
            evse=evse,
            connector=1,
            id_token=payload["idTag"],
            import_wh=_register(payload.get("meterStart")),
            reservation_number=payload.get("reservationId"),
        ),
        _start_reply,
    )


def _register(wh: int | None) -> int | None:
    """meterStart or meterStop, None for none or one that no register reaches: the transaction counts all the same."""
    return wh if wh is not None and abs(wh) < MOST_WH else None


def _start_reply(answer: Answer) -> Payload:
    assert isinstance(answer, TransactionAnswer)
    return {
        "transactionId": answer.number,
        "idTagInfo": tokens.info(answer.authorization or "accepted", answer.group),
    }


def _stop(payload: Payload, peer: Peer) -> Incoming:
    """StopTransaction names no connector (section 4.10), and the request has to be the same when it comes again after
    the transaction has ended: so the EVSE is looked up for the readings alone."""
    reference = str(payload["transactionId"])
    at = asserted_at(payload["timestamp"])
    data = payload.get("transactionData") or ()
    running = _running(reference, peer)
    place = place_of(peer, running.evse if running is not None else 0)
    import_wh = _register(payload.get("meterStop"))
    known_wh: dict[Context, int] = {} if import_wh is None else {"end": import_wh}
    if running is not None and running.meterings:
        known_wh["begin"] = running.meterings[0].import_wh
    found = readings(data, place.table, at, key_16, known_wh=known_wh)
    return Ask(
        TransactionRequest(
            station=peer.station,
            at=at,
            stage="ended",
            evse=None,
            reference=reference,
            id_token=payload.get("idTag"),
            import_wh=import_wh,
            readings=found,
            signed_values=signed_values_16(data, at, found),
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
    return {"idTagInfo": tokens.info(answer.authorization, answer.group)}


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer], Incoming]]] = {
    "StartTransaction": _start,
    "StopTransaction": _stop,
}
