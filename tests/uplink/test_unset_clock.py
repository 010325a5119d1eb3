"""The uplink of a gateway whose clock has not been set, or was set back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from edgegw.uplink.topics import Topics
from tests.support.clock import Machine
from tests.support.mosquitto import Mosquitto
from tests.uplink.parts import (
    SITE,
    brokers,
    cloud_rows,
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
)

PRESENCE = Topics(SITE).presence


async def test_no_connection_has_the_number_of_an_older_one_whatever_the_clock_says(
    tmp_path: Path, broker: Mosquitto
) -> None:
    numbers = []
    for at in (datetime(2026, 3, 2, tzinfo=UTC), Machine().at, Machine().at):
        machine = Machine(at)
        machine.vouched = at.year > 1970
        async with (
            open_hub(tmp_path / "hub", clock=machine.site_clock()) as hub,
            listening(broker.url, PRESENCE) as cloud,
            running(uplink(hub, brokers(broker.url, "hub")), nothing),
        ):
            await until(lambda c=cloud: any(each["online"] for each in c.on(PRESENCE)))  # type: ignore[misc]
            numbers.append(next(each["connection"] for each in cloud.on(PRESENCE) if each["online"]))
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 3


async def test_facts_of_an_unset_clock_and_its_correction_arrive_with_their_boot(
    tmp_path: Path, broker: Mosquitto
) -> None:
    machine = Machine()
    async with open_hub(tmp_path / "hub", clock=machine.site_clock()) as hub:
        service = uplink(hub, brokers(broker.url, "hub"))
        async with running(consumer(broker.url, sqlite_store(tmp_path)), nothing), running(service, nothing):
            await write_facts(hub, 3)
            machine.set(datetime(2026, 3, 2, tzinfo=UTC))
            machine.vouched = True
            await hub.tick()
            await write_facts(hub, 1)
            await until(lambda: delivered(hub, service))
        told = cloud_rows(tmp_path / "cloud.db", columns="type, clock, boot")
        assert [clock for _, clock, _ in told] == ["unsynced"] * (len(told) - 2) + ["corrected", "synced"]
        assert told[-2][0] == "io.edgegw.clock_corrected.v1"
        assert {boot for *_, boot in told} == {hub.journal.boot}
