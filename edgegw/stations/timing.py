"""The times in what a station says, put right by its clock before anything is decided or written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from edgegw.model.facts import Fact, SecurityEvent, StationStatusChanged
from edgegw.model.requests import TransactionRequest
from edgegw.model.samples import MeterSample
from edgegw.model.value import changed
from edgegw.stations.codec import Ask, Enquiry, Incoming, Payload
from edgegw.stations.skew import StationClock
from edgegw.stations.words import told_at

_NOW: Final[Mapping[str, str]] = {
    "StatusNotification": "timestamp",
    "TransactionEvent": "timestamp",
}
"""What a station says of the present, and where the time stands in it. Of 1.6's transactions nothing tells whether it
has waited in a queue."""


def present(action: str, payload: Payload) -> datetime | None:
    """The time that a message tells of the present, None when it tells none."""
    key = _NOW.get(action)
    if key is None or payload.get("offline") or not isinstance(text := payload.get(key), str):
        return None
    return told_at(text)


def put_right(incoming: Incoming, payload: Payload, clock: StationClock, now: datetime) -> Incoming:
    """The same, with its times as they really were; what the station told stands beside them."""
    if isinstance(incoming, Enquiry):
        return incoming  # Authorize, which tells no time
    if isinstance(incoming, Ask):
        if isinstance(incoming.request, TransactionRequest):
            incoming.request = _transaction(incoming.request, clock, now)
    elif incoming.facts:
        incoming.facts = tuple(_fact(fact, payload, clock, now) for fact in incoming.facts)
    if incoming.samples:
        incoming.samples = tuple(_sample(sample, clock, now) for sample in incoming.samples)
    return incoming


def _transaction(request: TransactionRequest, clock: StationClock, now: datetime) -> TransactionRequest:
    at, mark = clock.right(request.at, now, queued=request.offline)
    if mark is None:
        return request
    readings = tuple(
        replace(reading, at=clock.right(reading.at, now, queued=request.offline).at) for reading in request.readings
    )
    return replace(request, at=at, told_at=request.at, station_clock=mark, readings=readings)


def _fact(fact: Fact, payload: Payload, clock: StationClock, now: datetime) -> Fact:
    text: Any = payload.get("timestamp")
    if not isinstance(fact, StationStatusChanged | SecurityEvent) or not isinstance(text, str):
        return fact
    told = told_at(text)
    if told is None:
        return fact
    at, mark = clock.right(told, now)
    return fact if mark is None else changed(fact, at=at, told_at=told)


def _sample(sample: MeterSample, clock: StationClock, now: datetime) -> MeterSample:
    if sample.quality == "suspect":
        return sample  # its time could not be, and it is dated by its arrival already
    at, mark = clock.right(sample.at, now)
    return sample if mark is None else replace(sample, at=at)
