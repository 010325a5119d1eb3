"""MeterValues (OCPP 1.6 edition 2 section 4.7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.core.late import awaits_end
from edgegw.model.requests import Answer, TransactionRequest
from edgegw.model.samples import MeterSample
from edgegw.model.state import Transaction
from edgegw.stations.codec import Ask, Incoming, Payload, Peer, Tell
from edgegw.stations.evidence import signed_values_16
from edgegw.stations.readings import is_signed_16, readings
from edgegw.stations.samples import key_16, place_of, samples
from edgegw.stations.words import place_number


def _meter_values(payload: Payload, peer: Peer) -> Incoming:
    entries = payload["meterValue"]
    number = payload["connectorId"]
    named = peer.by_reference(str(payload["transactionId"])) if "transactionId" in payload else None
    if number == 0:
        number = named.evse if named is not None else 0
    place = place_of(peer, place_number(number))
    seen = samples(entries, place, peer.now, key_16)
    if named is not None and named.state == "active" and named.evse == 0 and number > 0:
        return _told(entries, named, number, peer, seen)
    if is_signed_16(entries):
        # What a station tells late names a transaction that another has followed; most numbers name what runs.
        about = named if named is not None and awaits_end(named) else peer.active(number)
        if about is not None:
            return _told(entries, about, about.evse, peer, seen)
    return Tell({}, samples=seen)


def _told(
    entries: list[Payload], running: Transaction, evse: int, peer: Peer, seen: tuple[MeterSample, ...]
) -> Incoming:
    """A signed register is evidence for a bill, so it is a matter of the transaction; so is where that is, when it
    began nobody knew where."""
    signed = readings(entries, place_of(peer, evse).table, peer.now, key_16, only_signed=True)
    others = signed_values_16(entries, peer.now, signed)
    request = TransactionRequest(
        station=peer.station,
        at=max([*(each.at for each in signed), *(each.at for each in others)], default=peer.now),
        stage="updated",
        evse=evse,
        reference=running.reference,
        readings=signed,
        signed_values=others,
    )
    return Ask(request, _nothing, seen)


def _nothing(answer: Answer) -> Payload:
    return {}


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer], Incoming]]] = {
    "MeterValues": _meter_values,
}
