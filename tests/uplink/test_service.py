"""The uplink on a real hub, ledger and mosquitto, with the reference consumer or a listener at the other end."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edgegw.hub import Ending, Hub
from edgegw.model.commands import Command, Outcome
from edgegw.mqtt import MQTT_5, MQTT_311, Brokers, Link, Properties, Will
from edgegw.uplink.topics import Topics
from tests.support.mosquitto import Mosquitto
from tests.support.ports import free_port
from tests.uplink.parts import (
    SITE,
    Listener,
    brokers,
    cloud_rows,
    connected_fact,
    consumer,
    delivered,
    journal_rows,
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

TOPICS = Topics(SITE)


# Delivery


async def test_everything_in_the_journal_arrives_in_the_clouds_database(tmp_path: Path, broker: Mosquitto) -> None:
    async with open_hub(tmp_path / "hub") as hub:
        await write_facts(hub, 1200)
        await write_samples(hub, 600)
        service = uplink(hub, brokers(broker.url, "hub"))
        async with running(consumer(broker.url, sqlite_store(tmp_path)), nothing), running(service, nothing):
            await until(lambda: delivered(hub, service))
            await write_facts(hub, 10)
            await until(lambda: delivered(hub, service))
        assert cloud_rows(tmp_path / "cloud.db") == await journal_rows(hub)
        blocks = await hub.journal.reader.blocks(0, 1000)
        assert cloud_rows(tmp_path / "cloud.db", "blocks", "id, samples, data") == [
            (block.id, block.samples, block.body.decode()) for block in blocks
        ]
        assert await hub.journal.cursor("cloud", "A") == (hub.journal.position("A").epoch, 1211)


async def test_a_broker_killed_in_the_middle_costs_nothing_and_doubles_nothing(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with open_hub(tmp_path / "hub") as hub:
        await write_facts(hub, 6000)
        service = uplink(hub, brokers(broker.url, "hub"), max_batch=4096)
        async with running(consumer(broker.url, sqlite_store(tmp_path)), nothing), running(service, nothing):
            for sequence in (500, 2500):
                await until(lambda at=sequence: service.status().streams["A"].acknowledged > at)  # type: ignore[misc]
                assert service.status().streams["A"].backlog > 0
                broker.kill()
                await until(lambda: not service.status().connected)
                await write_facts(hub, 100)
                broker.start()
            await until(lambda: delivered(hub, service))
        rows = cloud_rows(tmp_path / "cloud.db")
        assert rows == await journal_rows(hub)
        assert len(rows) == 6201


async def test_a_consumer_that_stops_and_starts_again_gets_what_it_lacks(tmp_path: Path, broker: Mosquitto) -> None:
    async with open_hub(tmp_path / "hub") as hub:
        await write_facts(hub, 3000)
        service = uplink(hub, brokers(broker.url, "hub"), max_batch=2048)
        async with running(service, nothing):
            for _ in range(3):
                before = service.status().streams["A"].acknowledged if service.status().streams else 0
                async with running(consumer(broker.url, sqlite_store(tmp_path)), nothing):
                    await until(lambda at=before: service.status().streams["A"].acknowledged > at)  # type: ignore[misc]
            async with running(consumer(broker.url, sqlite_store(tmp_path)), nothing):
                await until(lambda: delivered(hub, service))
        assert cloud_rows(tmp_path / "cloud.db") == await journal_rows(hub)


async def test_a_cloud_that_lost_its_database_gets_everything_again(tmp_path: Path, broker: Mosquitto) -> None:
    async with open_hub(tmp_path / "hub") as hub:
        await write_facts(hub, 50)
        service = uplink(hub, brokers(broker.url, "hub"))
        async with running(service, nothing):
            async with running(consumer(broker.url, sqlite_store(tmp_path)), nothing):
                await until(lambda: delivered(hub, service))
            new = tmp_path / "new"
            new.mkdir()
            async with running(consumer(broker.url, sqlite_store(new)), nothing):
                await until(lambda: (new / "cloud.db").exists() and len(_rows(new)) == 51)
                await until(lambda: delivered(hub, service))
        assert cloud_rows(new / "cloud.db") == await journal_rows(hub)


def _rows(folder: Path) -> list[Any]:
    with contextlib.suppress(Exception):  # the table is not there yet
        return cloud_rows(folder / "cloud.db")
    return []


async def test_a_hub_that_starts_again_goes_on_after_its_cursor(tmp_path: Path, broker: Mosquitto) -> None:
    async with running(consumer(broker.url, sqlite_store(tmp_path)), nothing):
        for _ in range(2):
            async with open_hub(tmp_path / "hub") as hub:
                await write_facts(hub, 100)
                service = uplink(hub, brokers(broker.url, "hub"))
                async with running(service, nothing):
                    await until(lambda hub=hub, service=service: delivered(hub, service))  # type: ignore[misc]
                rows = await journal_rows(hub)
        assert cloud_rows(tmp_path / "cloud.db") == rows
        assert len(rows) == 201


async def test_with_nobody_subscribed_nothing_counts_as_delivered(
    tmp_path: Path, broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "edgegw.uplink")
    async with open_hub(tmp_path / "hub") as hub:
        await write_facts(hub, 10)
        service = uplink(hub, brokers(broker.url, "hub"))
        async with running(service, nothing):
            await until(lambda: service.status().trouble is not None)
            assert service.status().trouble == "stream A: nobody is subscribed to our events"
            assert service.status().streams["A"].backlog == 11
            async with running(consumer(broker.url, sqlite_store(tmp_path)), nothing):
                await until(lambda: delivered(hub, service))
            assert service.status().trouble is None
        said = [record.getMessage() for record in caplog.records if "reach the cloud" in record.getMessage()]
        assert said == [
            "events do not reach the cloud: stream A: nobody is subscribed to our events",
            "events reach the cloud again",
        ]


async def test_in_puback_mode_the_brokers_word_is_enough(tmp_path: Path, broker: Mosquitto) -> None:
    async with (
        open_hub(tmp_path / "hub") as hub,
        listening(broker.url, TOPICS.events("A"), TOPICS.events("B")),
    ):
        await write_facts(hub, 10)
        service = uplink(hub, brokers(broker.url, "hub"), acknowledge="puback")
        async with running(service, nothing):
            await until(lambda: delivered(hub, service))


async def test_without_a_broker_the_status_tells_what_waits_and_why(tmp_path: Path) -> None:
    async with open_hub(tmp_path / "hub") as hub:
        await write_facts(hub, 10)
        service = uplink(hub, brokers(f"mqtt://127.0.0.1:{free_port()}", "hub"))
        async with running(service, nothing):
            await until(lambda: service.status().trouble is not None)
            await until(lambda: service.status().streams["A"].oldest_s is not None)
            status = service.status()
            assert not status.connected
            assert "Connection refused" in str(status.trouble)
            assert (status.streams["A"].backlog, status.streams["B"].backlog) == (11, 0)


# Commands


class Reset:
    """An executor that counts."""

    def __init__(self) -> None:
        self.carried_out: list[str] = []
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self, command: Command, remote_start_id: int) -> Ending:
        self.carried_out.append(command.id)
        await self.go.wait()
        return Ending("done", None, {"status": "Accepted"})


async def prepared(hub: Hub) -> Reset:
    await hub.record(connected_fact())
    executor = Reset()
    hub.carry_out(["reset"], executor)
    return executor


ARGS = {"station": "CP01", "kind": "hard"}
ANSWER = TOPICS.answer("reset")


def states(listener: Listener, topic: str = ANSWER) -> list[str]:
    return [answer["state"] for answer in listener.on(topic)]


@pytest.mark.parametrize("protocol", [MQTT_5, MQTT_311])
async def test_a_command_is_carried_out_and_each_of_its_states_is_told(
    tmp_path: Path, broker: Mosquitto, protocol: int
) -> None:
    async with (
        open_hub(tmp_path / "hub") as hub,
        listening(broker.url, ANSWER, "replies/#", protocol=protocol) as cloud,
    ):
        executor = await prepared(hub)
        topic = "replies/me" if protocol == MQTT_5 else ANSWER
        service = uplink(hub, brokers(broker.url, "hub", protocol=protocol))
        async with running(service, nothing):
            await until(lambda: service.status().connected)
            properties = Properties(response_topic="replies/me", correlation=b"\x00\x17")
            await cloud.order("reset", ARGS, by="ana", properties=properties)
            await until(lambda: "done" in states(cloud, topic))
        assert executor.carried_out == ["c-1"]
        answers = cloud.on(topic)
        assert answers[-1]["id"] == "c-1"
        assert answers[-1]["result"] == {"status": "Accepted"}
        assert [state for state in states(cloud, topic) if state in ("received", "done")][-1] == "done"
        assert hub.state.commands["c-1"].by == "cloud:ana"
        if protocol == MQTT_5:
            assert {message.properties.correlation for message in cloud.heard} == {b"\x00\x17"}


async def test_a_command_that_came_too_late_is_answered_and_not_carried_out(tmp_path: Path, broker: Mosquitto) -> None:
    async with open_hub(tmp_path / "hub") as hub, listening(broker.url, ANSWER) as cloud:
        executor = await prepared(hub)
        service = uplink(hub, brokers(broker.url, "hub"))
        async with running(service, nothing):
            await until(lambda: service.status().connected)
            past = datetime.now(UTC) - timedelta(seconds=1)
            await cloud.order("reset", ARGS, expires_at=past.isoformat())
            await until(lambda: bool(cloud.on(ANSWER)))
        assert states(cloud) == ["expired"]
        assert executor.carried_out == []


async def test_a_command_that_comes_twice_acts_once_and_is_answered_twice(tmp_path: Path, broker: Mosquitto) -> None:
    async with open_hub(tmp_path / "hub") as hub, listening(broker.url, ANSWER) as cloud:
        executor = await prepared(hub)
        service = uplink(hub, brokers(broker.url, "hub"))
        async with running(service, nothing):
            await until(lambda: service.status().connected)
            for count in (1, 2):
                await cloud.order("reset", ARGS)
                await until(lambda n=count: states(cloud).count("done") == n)  # type: ignore[misc]
        assert executor.carried_out == ["c-1"]


async def test_a_command_is_not_acknowledged_before_it_is_recorded(
    tmp_path: Path, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_hub(tmp_path / "hub") as hub, listening(broker.url, ANSWER) as cloud:
        executor = await prepared(hub)
        submit, arrived = hub.submit, asyncio.Event()

        async def never(_command: Command, **_: Any) -> Outcome:
            arrived.set()
            await asyncio.Event().wait()
            raise AssertionError

        service = uplink(hub, brokers(broker.url, "hub"))
        async with running(service, nothing):
            await until(lambda: service.status().connected)
            monkeypatch.setattr(hub, "submit", never)
            await cloud.order("reset", ARGS)
            await arrived.wait()
            monkeypatch.setattr(hub, "submit", submit)
            link = service._link
            assert isinstance(link, Link)
            await link.abort()
            await until(lambda: "done" in states(cloud))
        assert executor.carried_out == ["c-1"]


class Gated:
    """Brokers that can be out of reach."""

    def __init__(self, brokers: Brokers) -> None:
        self._brokers = brokers
        self.trouble: str | None = None
        self.open = asyncio.Event()
        self.open.set()

    async def connect(self, will: Will | None = None) -> Link:
        await self.open.wait()
        return await self._brokers.connect(will)

    async def outdated(self, link: Link) -> str:
        return await self._brokers.outdated(link)


async def test_what_ends_while_there_is_no_connection_is_told_when_there_is(tmp_path: Path, broker: Mosquitto) -> None:
    gate = Gated(brokers(broker.url, "hub"))
    async with open_hub(tmp_path / "hub") as hub, listening(broker.url, ANSWER) as cloud:
        executor = await prepared(hub)
        executor.go.clear()
        service = uplink(hub, gate)
        async with running(service, nothing):
            await until(lambda: service.status().connected)
            await cloud.order("reset", ARGS)
            await until(lambda: "dispatched" in states(cloud))
            gate.open.clear()
            link = service._link
            assert isinstance(link, Link)
            await link.abort()
            executor.go.set()
            await until(lambda: hub.state.commands["c-1"].state == "done")
            assert "done" not in states(cloud)
            gate.open.set()
            await until(lambda: states(cloud)[-1] == "done")


@pytest.mark.parametrize(
    ("name", "payload", "reason"),
    [
        ("reset", b"reset now", "not_json"),
        ("reset", b'{"id":"c-1","args":{},"force":1}', "unknown_key: force"),
        ("reset", b'{"id":"c-1","args":{"station":"CP01"}}', "reset needs kind"),
        ("reset", b'{"id":"c-1","args":{"station":"CP01","kind":"hard","x":1}}', "reset does not take x"),
        ("explode", b'{"id":"c-1","args":{}}', "there is no command 'explode'"),
    ],
)
async def test_what_is_no_command_of_ours_is_answered_rejected(
    tmp_path: Path, broker: Mosquitto, name: str, payload: bytes, reason: str
) -> None:
    async with open_hub(tmp_path / "hub") as hub, listening(broker.url, TOPICS.answer(name)) as cloud:
        executor = await prepared(hub)
        service = uplink(hub, brokers(broker.url, "hub"))
        async with running(service, nothing):
            await until(lambda: service.status().connected)
            await cloud.link.publish(TOPICS.command(name), payload)
            await until(lambda: bool(cloud.on(TOPICS.answer(name))))
            [answer] = cloud.on(TOPICS.answer(name))
            assert answer["state"] == "rejected"
            assert answer["reason"].startswith(reason)
            await cloud.order("reset", ARGS, id="c-2")
            await until(lambda: executor.carried_out == ["c-2"])


# Presence and state


async def test_the_birth_tells_what_there_is_and_the_will_carries_its_number(tmp_path: Path, broker: Mosquitto) -> None:
    async with open_hub(tmp_path / "hub") as hub, listening(broker.url, TOPICS.presence) as cloud:
        await write_facts(hub, 10)
        service = uplink(hub, brokers(broker.url, "hub", session_expiry_s=0), will_delay_s=0)
        async with running(service, nothing):
            await until(lambda: len(cloud.heard) == 1)
            link = service._link
            assert isinstance(link, Link)
            await link.abort()
            await until(lambda: len(cloud.heard) == 3)
        await until(lambda: len(cloud.heard) == 4)
        births: list[dict[str, Any]] = []
        absences: list[dict[str, Any]] = []
        for said in cloud.on(TOPICS.presence):
            (births if said["online"] else absences).append(said)
        epoch = hub.journal.position("A").epoch
        assert births[0]["streams"]["A"] == {
            "epoch": epoch, "head": "11", "tail": "1", "acknowledged": {"epoch": epoch, "sequence": "0"}, "backlog": 11,
        }  # fmt: skip
        assert births[0]["version"] == "1"
        assert births[1]["connection"] > births[0]["connection"]
        assert {said["connection"] for said in absences} == {said["connection"] for said in births}


async def test_state_is_retained_and_follows_what_happens(tmp_path: Path, broker: Mosquitto) -> None:
    async with open_hub(tmp_path / "hub") as hub:
        await hub.record(connected_fact())
        await write_samples(hub, 3, "stations/CP01/1", hub.now())
        service = uplink(hub, brokers(broker.url, "hub"))
        async with running(service, nothing):
            await until(lambda: len(service._states.shown) >= 2)
        async with listening(broker.url, TOPICS.state("station", "CP01"), TOPICS.state("site", SITE)) as cloud:
            await until(lambda: len(cloud.heard) == 2)
            [station] = cloud.on(TOPICS.state("station", "CP01"))
            assert (station["name"], station["connected"], station["ocpp"]) == ("Vaga 1", True, "1.6")
            assert station["measured"]["stations/CP01/1"]["import_wh"] == 1002
            [site] = cloud.on(TOPICS.state("site", SITE))
            assert site["stations_connected"] == 1
            assert all(message.retain for message in cloud.heard)
            async with running(service, nothing):
                await write_facts(hub, 1)
                await until(lambda: len(cloud.on(TOPICS.state("station", "CP01"))) == 2)
            assert cloud.on(TOPICS.state("station", "CP01"))[-1]["connectors"][0]["status"] == "available"
