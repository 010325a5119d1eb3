"""The uplink at brokers that refuse, hang up, take nothing or go away; and with credentials that are renewed."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgegw.hub import Hub
from edgegw.mqtt import MQTT_5, MQTT_311, Account, Brokers, endpoint, tls_context
from edgegw.simulate.broker.packets import Publish
from edgegw.uplink.codec.events import Event, decode
from edgegw.uplink.topics import Topics
from tests.support.certificates import Authority
from tests.support.mosquitto import EXECUTABLE, Mosquitto
from tests.support.scripted import Reaction, ScriptedBroker, disconnect
from tests.uplink.parts import (
    SITE,
    brokers,
    connected_fact,
    consumer,
    delivered,
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
POISON = "17"
"""What stands in the one event that a broker of these tests does not take."""

needs_mosquitto = pytest.mark.skipif(EXECUTABLE is None, reason="mosquitto is not installed: apt install mosquitto")


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgegw.mqtt.brokers.LOOK_EVERY_S", 0.02)


def quick(*urls: str, **options: Any) -> Brokers:
    options.setdefault("account", lambda: Account(client_id="hub", session_expiry_s=3600))
    return Brokers([endpoint(url) for url in urls], random=lambda: 0.0001, monotonic=time.monotonic, **options)


def events_in(message: Publish) -> list[Event]:
    return decode(message.payload) if "/up/evt/" in message.topic else []


def not_the_poison(otherwise: Reaction) -> Callable[[Publish], Reaction]:
    """A broker that takes everything but the event with POISON."""

    def publishing(message: Publish) -> Reaction:
        return otherwise if any(event.data.get("info") == POISON for event in events_in(message)) else 0

    return publishing


def taken(broker: ScriptedBroker, stream: str = "A") -> list[Event]:
    """Events that the broker took, each number once, in the order in which they came first."""
    found: dict[int, Event] = {}
    for message in broker.taken:
        if message.topic == TOPICS.events(stream):  # type: ignore[arg-type]
            for event in events_in(message):
                found.setdefault(event.sequence, event)
    return list(found.values())


async def poison_place(hub: Hub) -> int:
    return next(
        fact.sequence for fact in await hub.journal.reader.facts(0, 1000) if fact.body.get("info") == POISON
    )  # fmt: skip


@pytest.mark.parametrize(
    ("reaction", "protocol", "told"),
    [
        (0x99, MQTT_5, "the broker refuses it: it finds the payload invalid (0x99)"),
        (disconnect(0x95), MQTT_5, "the broker hangs up on it: larger than it takes (0x95)"),
        ("hang up", MQTT_5, "the connection is lost each time when this is sent"),
        ("hang up", MQTT_311, "the connection is lost each time when this is sent"),
    ],
    ids=["0x99", "disconnect 0x95", "hangs up", "hangs up on 3.1.1"],
)
async def test_the_event_that_a_broker_does_not_take_is_parked_and_all_others_arrive_in_order(
    tmp_path: Path, reaction: Reaction, protocol: int, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with ScriptedBroker().listening() as broker, open_hub(tmp_path / "hub") as hub:
        await write_facts(hub, 60)
        broker.publishing = not_the_poison(reaction)
        service = uplink(hub, quick(broker.url, protocol=protocol), acknowledge="puback")
        async with running(service, nothing):
            await until(lambda: delivered(hub, service))
            assert service.status().streams["A"].parked == 1
        at = await poison_place(hub)
        found = taken(broker)
        assert [event.sequence for event in found] == list(range(1, hub.journal.position("A").head + 1))
        assert [event.sequence for event in found if event.is_gap] == [at]
        assert found[at - 1].data["reason"] == "refused"
        [parked] = await hub.journal.reader.facts(0, 1000, "event_parked")
        epoch = hub.journal.position("A").epoch
        assert parked.body == {
            "stream": "A", "epoch": epoch, "sequence": at, "event": "station_status_changed", "reason": told,
        }  # fmt: skip
        assert [event for event in found if event.type == "io.edgegw.event_parked.v1"]
        assert f"event A {at} (station_status_changed) is parked: {told}" in caplog.text
        # Nothing is lost from the journal, and what was parked is so after a restart, without another try.
        kept = (await hub.journal.reader.facts(at - 1, 1))[0]
        assert kept.body["info"] == POISON
    tries = len(broker.published)
    async with broker.listening(), open_hub(tmp_path / "hub") as hub:
        await hub.journal.set_cursor("cloud", "A", epoch, 0)
        service = uplink(hub, quick(broker.url, protocol=protocol), acknowledge="puback")
        async with running(service, nothing):
            await until(lambda: delivered(hub, service))
        assert len(await hub.journal.reader.facts(0, 1000, "event_parked")) == 1
        assert not any(
            event.data.get("info") == POISON for message in broker.published[tries:] for event in events_in(message)
        )


async def test_a_block_of_samples_can_be_parked_too(tmp_path: Path) -> None:
    async with ScriptedBroker().listening() as broker, open_hub(tmp_path / "hub") as hub:
        await write_samples(hub, 180)
        second = (await hub.journal.reader.blocks(1, 1))[0].id
        broker.publishing = lambda message: 0x99 if any(event.id == second for event in events_in(message)) else 0
        service = uplink(hub, quick(broker.url), acknowledge="puback")
        async with running(service, nothing):
            await until(lambda: delivered(hub, service) and service.status().streams["B"].parked == 1)
        assert [event.is_gap for event in taken(broker, "B")] == [
            sequence == 2 for sequence in range(1, hub.journal.position("B").head + 1)
        ]
        assert hub.state.parked.popitem()[1].event is None


async def test_what_tells_of_a_parked_event_begets_no_other_when_it_is_not_taken_either(tmp_path: Path) -> None:
    async with ScriptedBroker().listening() as broker, open_hub(tmp_path / "hub") as hub:
        await write_facts(hub, 20)

        def publishing(message: Publish) -> Reaction:
            bad = [e for e in events_in(message) if e.data.get("info") == POISON or e.type.endswith("event_parked.v1")]
            return 0x99 if bad else 0

        broker.publishing = publishing
        service = uplink(hub, quick(broker.url), acknowledge="puback")
        async with running(service, nothing):
            await until(lambda: delivered(hub, service))
        assert len(await hub.journal.reader.facts(0, 1000, "event_parked")) == 1
        assert sum(event.is_gap for event in taken(broker)) == 2


async def test_a_broker_that_lets_us_publish_no_events_gets_nothing_parked_and_says_why(tmp_path: Path) -> None:
    async with ScriptedBroker().listening() as broker, open_hub(tmp_path / "hub") as hub:
        await write_facts(hub, 5)
        broker.publishing = lambda message: 0x87 if "/up/evt/" in message.topic else 0
        service = uplink(hub, quick(broker.url), acknowledge="puback")
        async with running(service, nothing):
            await until(lambda: service.status().trouble is not None)
            assert service.status().trouble == (
                "stream A: the broker does not take it: not authorised: its access rules don't let this account do "
                "that (0x87)"
            )
        assert hub.state.parked == {}


async def test_everything_that_is_so_goes_out_before_the_first_event(tmp_path: Path) -> None:
    async with ScriptedBroker().listening() as broker, open_hub(tmp_path / "hub") as hub:
        await hub.record(connected_fact())
        await write_samples(hub, 3)
        service = uplink(hub, quick(broker.url), acknowledge="puback")
        async with running(service, nothing):
            await until(lambda: delivered(hub, service))
        kinds = ["state" if "/up/state/" in m.topic else m.topic.split("/up/")[1] for m in broker.published]
        first = kinds.index("evt/A")
        assert kinds[0] == "presence"
        assert kinds[1:first] == ["state"] * (first - 1)
        assert {TOPICS.state("site", SITE), TOPICS.state("station", "CP01")} <= {
            message.topic for message in broker.published[:first]
        }
        assert first < kinds.index("evt/B")


async def test_a_document_at_which_the_broker_hangs_up_keeps_no_event_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with ScriptedBroker().listening() as broker, open_hub(tmp_path / "hub") as hub:
        await hub.record(connected_fact())
        await write_facts(hub, 5)
        bad = TOPICS.state("station", "CP01")
        broker.publishing = lambda message: "hang up" if message.topic == bad else 0
        service = uplink(hub, quick(broker.url), acknowledge="puback")
        async with running(service, nothing):
            await until(lambda: delivered(hub, service))
        assert "the state of station/CP01 is left out for an hour: the broker hangs up on it" in caplog.text
        assert hub.state.parked == {}
        assert TOPICS.state("site", SITE) in {message.topic for message in broker.taken}


async def test_a_broker_that_acknowledges_no_event_is_left_for_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgegw.mqtt.link.ANSWER_S", 0.1)
    async with (
        ScriptedBroker().listening() as first,
        ScriptedBroker().listening() as second,
        open_hub(tmp_path / "hub") as hub,
    ):
        await write_facts(hub, 5)
        first.publishing = lambda _: "silent"
        service = uplink(hub, quick(first.url, second.url), acknowledge="puback")
        async with running(service, nothing):
            await until(lambda: delivered(hub, service))
            assert service.status().broker == second.url


@needs_mosquitto
async def test_the_second_broker_takes_over_and_the_first_gets_us_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgegw.mqtt.brokers.TRY_EVERY_S", 0.02)
    monkeypatch.setattr("edgegw.mqtt.brokers.REST_S", 0.1)
    (tmp_path / "second").mkdir()
    with Mosquitto(tmp_path) as first, Mosquitto(tmp_path) as second:
        async with (
            open_hub(tmp_path / "hub") as hub,
            running(consumer(first.url, sqlite_store(tmp_path)), nothing),
            running(consumer(second.url, sqlite_store(tmp_path / "second")), nothing),
        ):
            service = uplink(hub, quick(first.url, second.url))
            async with running(service, nothing):
                await until(lambda: service.status().broker == first.url)
                await write_facts(hub, 50)
                await until(lambda: delivered(hub, service))
                first.kill()
                await write_facts(hub, 50)
                await until(lambda: service.status().broker == second.url)
                await until(lambda: delivered(hub, service))
                first.start()
                await until(lambda: service.status().broker == first.url)
                await write_facts(hub, 50)
                await until(lambda: delivered(hub, service))


@needs_mosquitto
async def test_a_renewed_certificate_is_used_without_a_restart(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "edgegw.uplink")
    authority = Authority(tmp_path)
    server, site = authority.issue("broker"), authority.issue("site", common_name="first")
    options = [
        f"cafile {authority.ca}", f"certfile {server}", f"keyfile {server.with_suffix('.key')}",
        "require_certificate true", "use_identity_as_username true",
    ]  # fmt: skip

    def account() -> Account:
        context = tls_context(ca=authority.ca, certificate=site, key=site.with_suffix(".key"))
        return Account(client_id="hub", tls=context)

    with Mosquitto(tmp_path, *options) as broker:
        async with open_hub(tmp_path / "hub") as hub:
            url = f"mqtts://localhost:{broker.port}"
            service = uplink(hub, quick(url, account=account, fingerprint=site.read_bytes))
            async with running(service, nothing):
                await until(lambda: service.status().connected)
                first = service._link
                authority.issue("site", common_name="second")
                await until(lambda: service.status().connected and service._link is not first)
            assert "a new connection is made: the credentials were renewed" in caplog.text
        assert [name for name in ("u'first'", "u'second'") if name in broker.log.read_text()] == [
            "u'first'", "u'second'",
        ]  # fmt: skip


async def test_why_there_is_no_connection_stays_in_the_status(tmp_path: Path) -> None:
    async with ScriptedBroker().listening() as broker, open_hub(tmp_path / "hub") as hub:
        broker.publishing = lambda _: disconnect(0x8E)
        service = uplink(hub, brokers(broker.url, "hub"))
        async with running(service, nothing):
            await until(lambda: "another connected under our client id" in str(service.status().trouble))
