"""What a 2.1 station says: streams of values."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from edgegw.model.facts import EventStreamClosed, EventStreamOpened, VariablesChanged
from edgegw.model.state import MonitorState
from edgegw.stations.codec import Known, Peer, Tell
from edgegw.stations.v2 import CODEC_21
from tests.stations.peers import NOW, peer
from tests.stations.v2.hearing import AT_TEXT, hear

MONITOR = MonitorState("CP01", 2, "Connector", "Temperature", NOW, "periodic", 10, 9, evse=1, connector=1, stream=5)
VALUES = {"id": 5, "pending": 0, "basetime": AT_TEXT, "data": [{"t": 3, "v": "41.5"}, {"t": 1, "v": "40"}]}


def watching(taken_at: datetime | None = None, monitor: MonitorState = MONITOR) -> Peer:
    known = Known(
        monitor=lambda number: monitor if number == 2 else None,
        streamed=lambda stream: monitor if stream == 5 else None,
        taken_at=lambda watched: taken_at,
    )
    return replace(peer(), known=known)


def test_a_stream_of_a_monitor_that_is_known_is_taken_and_any_other_is_told_of_by_events() -> None:
    stream = {"constantStreamData": {"id": 5, "params": {"interval": 10, "values": 3}, "variableMonitoringId": 2}}
    opened = EventStreamOpened(station="CP01", at=NOW, stream=5, monitor=2, interval_s=10, values=3)
    assert hear(CODEC_21, "OpenPeriodicEventStream", stream, watching()) == Tell({"status": "Accepted"}, (opened,))
    assert hear(CODEC_21, "OpenPeriodicEventStream", stream) == Tell({"status": "Rejected"})
    closed = EventStreamClosed(station="CP01", at=NOW, stream=5)
    assert hear(CODEC_21, "ClosePeriodicEventStream", {"id": 5}) == Tell({}, (closed,))


def test_the_newest_value_of_a_stream_is_what_its_variable_has_come_to() -> None:
    heard = hear(CODEC_21, "NotifyPeriodicEventStream", VALUES, watching())
    place = {"component": "Connector", "variable": "Temperature", "evse": 1, "connector": 1}
    entry = {**place, "attribute": "actual", "value": "41.5"}
    fact = VariablesChanged(station="CP01", at=NOW, action="NotifyPeriodicEventStream", variables=(entry,))
    assert heard == Tell({}, (fact,))


@pytest.mark.parametrize(
    "place",
    [
        peer(),
        watching(taken_at=NOW - timedelta(seconds=59)),
        watching(monitor=replace(MONITOR, variable="VehicleId")),
    ],
    ids=["unknown", "taken a moment ago", "about a driver"],
)
def test_what_nobody_can_place_may_keep_or_wants_so_often_is_left(place: Peer) -> None:
    assert hear(CODEC_21, "NotifyPeriodicEventStream", VALUES, place) == Tell({})
