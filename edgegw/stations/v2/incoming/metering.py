"""MeterValues outside transactions (OCPP 2.0.1 part 2, block J)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.requests import Answer, TransactionRequest
from edgegw.stations.codec import Ask, Incoming, Payload, Peer, Tell
from edgegw.stations.evidence import signed_values_2
from edgegw.stations.readings import is_signed_2, readings
from edgegw.stations.samples import key_2, place_of, samples
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.words import place_number


def _meter_values(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    """Readings outside transactions; a signed register that comes while one runs is evidence for its bill."""
    evse, entries = place_number(payload["evseId"]), payload["meterValue"]
    place = place_of(peer, evse)
    seen = samples(entries, place, peer.now, key_2)
    running = peer.active(evse) if is_signed_2(entries) else None
    if running is None:
        return Tell({}, samples=seen)
    signed = readings(entries, place.table, peer.now, key_2, only_signed=True)
    others = signed_values_2(entries, peer.now, signed)
    request = TransactionRequest(
        station=peer.station,
        at=max([*(each.at for each in signed), *(each.at for each in others)]),
        stage="updated",
        evse=evse,
        reference=running.reference,
        readings=signed,
        signed_values=others,
        ocpp=dialect.version,
    )
    return Ask(request, _nothing, seen)


def _nothing(answer: Answer) -> Payload:
    return {}


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = {
    "MeterValues": _meter_values,
}
