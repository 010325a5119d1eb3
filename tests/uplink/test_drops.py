"""What the site had to give up while the cloud was away: the cloud is told of it in its place, and lacks no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgegw.hub import Keep
from edgegw.journal import retention
from edgegw.uplink.codec.events import decode
from edgegw.uplink.topics import Topics
from tests.support.mosquitto import Mosquitto
from tests.uplink.parts import (
    SITE,
    brokers,
    consumer,
    delivered,
    listening,
    nothing,
    open_hub,
    running,
    sqlite_store,
    until,
    uplink,
    write_facts,
    write_samples,
)


async def test_readings_that_were_dropped_are_gaps_in_their_place_on_stream_b(
    tmp_path: Path, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = Topics(SITE).events("B")
    async with open_hub(tmp_path / "hub", keep=Keep()) as hub, listening(broker.url, topic) as cloud:
        await write_facts(hub, 5)
        for number in range(12):
            await write_samples(hub, 3, f"meters/m{number}")
        now = hub.now()
        rule = retention.Rule(None, (0, 0), others=True)
        monkeypatch.setattr(retention, "STEP_ROWS", 4)
        for _ in range(2):
            await hub.journal.maintain(
                lambda connection: retention.prune(connection, "B", rule, now=now, anchor=lambda *_: None)
            )
        await hub.tick()  # the hub finds what nobody was told of
        service = uplink(hub, brokers(broker.url, "hub"))
        async with (
            running(consumer(broker.url, sqlite_store(tmp_path)), nothing),
            running(service, nothing),
        ):
            await until(lambda: delivered(hub, service))
            await until(lambda: any(message.topic == topic for message in cloud.heard))
    events = [event for message in cloud.heard if message.topic == topic for event in decode(message.payload)]
    first = events[0]
    assert (first.first, first.sequence, first.is_gap) == (1, 8, True)
    assert (first.data["reason"], first.data["samples"]) == ("dropped", 24)
    reached = 0
    for event in events:  # some perhaps twice, none too early
        assert event.first <= reached + 1
        reached = max(reached, event.sequence)
    assert reached == 12
