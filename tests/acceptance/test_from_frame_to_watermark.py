"""The main job as its users see it: `edgegw run`, a real broker, `edgegw ingest`, and stations that charge."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import paho.mqtt.client as paho
import pytest

from edgegw.model import facts as f
from edgegw.simulate import Building, Car, Meter, Place, World
from edgegw.simulate.dialect import VERSIONS, Version
from tests.support.chain import SITE, Chain
from tests.support.gateway import until
from tests.support.ledgers import check

pytestmark = pytest.mark.timeout(120)


class CloudDesk:
    """Someone at the cloud's end, with plain paho: sends commands and reads what becomes of them."""

    def __init__(self, port: int) -> None:
        self._answers: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self._subscribed = threading.Event()
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self._client.on_message = lambda client, desk, message: self._answers.put(json.loads(message.payload))
        self._client.on_subscribe = lambda *about: self._subscribed.set()
        self._client.connect("127.0.0.1", port)

    def __enter__(self) -> CloudDesk:
        self._client.loop_start()
        self._client.subscribe(f"edgegw/v1/{SITE}/up/cmd/+/res", qos=1)
        assert self._subscribed.wait(5)
        return self

    def __exit__(self, *error: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    async def command(self, id: str, name: str, args: dict[str, Any]) -> dict[str, Any]:
        """Send a command; its outcome."""
        body = {"id": id, "name": name, "args": args, "expires_at": "2099-01-01T00:00:00Z", "by": "desk-7"}
        self._client.publish(f"edgegw/v1/{SITE}/dn/cmd/{name}", json.dumps(body), qos=1)
        answer: dict[str, Any] = {}
        while answer.get("id") != id or answer["state"] in ("received", "dispatched"):
            answer = await asyncio.to_thread(self._answers.get, True, 15)
        return answer


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_killed_gateway_goes_on_with_the_transaction_and_nothing_is_missing_or_doubled(
    tmp_path: Path, stack: ExitStack, version: Version
) -> None:
    chain = Chain(tmp_path, stack)
    async with chain.station(version=version) as station:
        await station.until(lambda: station.booted)
        station.plug(Car(soc=0.3))
        assert await station.present("CARD1")
        await station.until(lambda: station.places[1].power_w > 1000 and not station.waiting)
        await until(lambda: len(chain.transactions()) == 1)
        before = chain.transactions()[0]

        chain.gateway.kill()
        await station.until(lambda: not station.connected)
        power_w = station.places[1].power_w
        assert power_w > 1000, "a car charges on without the gateway"
        chain.gateway.start()
        await station.until(lambda: station.connected, 20)

        (running,) = chain.transactions()
        assert running["id"] == before["id"]
        assert running["state"] == "active"
        metered = len(station.said("MeterValues" if version == "1.6" else "TransactionEvent"))
        await station.until(
            lambda: len(station.said("MeterValues" if version == "1.6" else "TransactionEvent")) > metered + 2
        )
        station.unplug()
        await station.until(lambda: not station.waiting)
        await until(lambda: chain.transactions()[0]["state"] == "ended")
        energy_wh = int(station.places[1].register_wh)

    (ended,) = chain.transactions()
    assert ended["energy_wh"] == pytest.approx(energy_wh, abs=1)
    await chain.delivered()
    chain.gateway.stop()
    facts = check(chain.gateway.database.parent)
    for kind in (f.TransactionStarted, f.TransactionEnded, f.CdrClosed):
        assert sum(isinstance(fact, kind) for fact in facts) == 1, kind


async def test_a_start_that_was_answered_before_the_kill_is_known_after_it(tmp_path: Path, stack: ExitStack) -> None:
    """The station heard nothing (its answer died with the gateway) and sends the same start again."""
    chain = Chain(tmp_path, stack)
    async with chain.station() as station:
        await station.until(lambda: station.booted)
        station.plug(Car(soc=0.3))
        assert await station.present("CARD1")
        chain.gateway.kill()  # with the start on its way: answered, or written, or neither
        chain.gateway.start()
        await station.until(lambda: station.connected and not station.waiting, 20)
        await until(lambda: len(chain.transactions()) == 1)
        await station.until(lambda: station.said("MeterValues"), 20)
        station.unplug()
        await station.until(lambda: not station.waiting)
        await until(lambda: chain.transactions()[0]["state"] == "ended")
    await chain.delivered()


async def test_charging_goes_on_without_the_broker_and_all_of_it_arrives_when_it_is_back(
    tmp_path: Path, stack: ExitStack
) -> None:
    chain = Chain(tmp_path, stack, stations=("CP01", "CP02"))
    async with chain.station("CP01", "1.6") as one, chain.station("CP02", "2.0.1") as two:
        await one.until(lambda: one.booted)
        await two.until(lambda: two.booted)
        one.plug(Car(soc=0.3))
        assert await one.present("CARD1")
        await one.until(lambda: one.places[1].power_w > 0)
        await until(lambda: chain.gateway.delivered, what="the first facts are delivered")

        chain.broker.kill()
        two.plug(Car(soc=0.3))
        assert await two.present("CARD1")  # a card of the local list, decided without the cloud
        await two.until(lambda: two.places[1].power_w > 0)
        one.unplug()
        await one.until(lambda: not one.waiting)
        site = chain.gateway.get("/site")
        assert not site["uplink"]["connected"]
        assert site["uplink"]["backlog"]["A"] > 0

        chain.broker.start()
        two.unplug()
        await two.until(lambda: not two.waiting)
    await chain.delivered()
    assert [item["state"] for item in chain.transactions()] == ["ended", "ended"]


async def test_a_command_of_the_cloud_starts_and_stops_a_charge_and_its_outcome_comes_back(
    tmp_path: Path, stack: ExitStack
) -> None:
    chain = Chain(tmp_path, stack)
    async with chain.station(version="2.0.1") as station:
        await station.until(lambda: station.booted)
        station.plug(Car(soc=0.3))
        start = {"station": "CP01", "evse": 1, "id_token": "CARD1"}
        # What is sent before the gateway has subscribed for the first time, the broker keeps for nobody.
        await until(lambda: chain.gateway.get("/site")["uplink"]["connected"])
        with CloudDesk(chain.broker.port) as desk:
            begun = await desk.command("c-1", "start_transaction", start)
            assert begun["state"] == "done", begun
            await station.until(lambda: station.transactions)
            again = await desk.command("c-1", "start_transaction", start)  # a broker may bring it twice: it acts once
            assert again["state"] == "done"
            assert len(station.heard("RequestStartTransaction")) == 1
            refused = await desk.command("c-2", "start_transaction", start)
            assert refused["state"] == "rejected"
            ended = await desk.command("c-3", "stop_transaction", {"station": "CP01", "evse": 1})
            assert ended["state"] == "done", ended
            await station.until(lambda: not station.transactions and not station.waiting)
        station.unplug()
    await chain.delivered()


async def test_two_cars_and_a_building_stay_inside_the_main_breaker(tmp_path: Path, stack: ExitStack) -> None:
    """63 A, of which the building takes 30 A: two cars of 32 A get what is left, by the grid's own meter."""
    places = {"CP01": Place(), "CP02": Place()}
    world = World(places.values(), voltage_v=230, building=Building(30.0))
    meter = Meter(world.feeder(), "eastron-sdm630")
    async with meter.serve() as port, asyncio.TaskGroup() as group:
        stations = [{"id": id, "evses": [{"id": 1, "max_a": 32, "phases": ["L1", "L2", "L3"]}]} for id in places]
        connection = {"host": "127.0.0.1", "port": port}
        more = {
            "supply": {"voltage_v": 230, "limit_a": 63, "building_max_a": 40, "margin_a": 2},
            "meters": [
                {"id": "grid", "measures": "supply", "driver": "eastron-sdm630", "connection": connection, "unit": 1}
            ],
        }
        chain = Chain(tmp_path, stack, stations=stations, more=more)
        seen: list[float] = []

        async def turn() -> None:
            while True:
                world.step(0.25)
                seen.append(max(abs(amps) for amps in meter.feeder.amps))
                await asyncio.sleep(0.25)

        turning = group.create_task(turn())
        quick = {"world": world}
        async with (
            chain.station("CP01", "1.6", places=[places["CP01"]], **quick) as one,
            chain.station("CP02", "2.1", places=[places["CP02"]], **quick) as two,
        ):
            for station in (one, two):
                await station.until(lambda station=station: station.booted)
                station.plug(Car(soc=0.2, phases=3))
                assert await station.present("CARD1")
            await one.until(lambda: one.places[1].drawn_a > 6 and two.places[1].drawn_a > 6, 40)
            await until(lambda: sum(place.drawn_a for place in places.values()) > 25, 40, "what is left is used")
            await asyncio.sleep(3)
            assert max(seen) <= 63.0
            circuits = chain.gateway.get("/circuits")["items"]
            assert [circuit["id"] for circuit in circuits] == ["main"]
            one.unplug()
            two.unplug()
            await one.until(lambda: not one.waiting)
            await two.until(lambda: not two.waiting)
        turning.cancel()
    await chain.delivered()
