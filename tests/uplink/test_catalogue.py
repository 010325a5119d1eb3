"""The whole catalogue from the cloud's side: a real broker, a real hub, and a virtual station that carries it out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest

from edgegw.core.commands.schemas import answer as answer_schema
from edgegw.core.commands.schemas import command as command_schema
from edgegw.hub import Hub
from edgegw.model import facts as f
from edgegw.model.commands import CATALOGUE, ENDED
from edgegw.simulate.car import Car
from edgegw.stations.v2 import outgoing as v2
from edgegw.stations.v16 import outgoing as v16
from edgegw.uplink.topics import Topics
from tests.simulate.served import VERSIONS, served
from tests.support.mosquitto import Mosquitto
from tests.uplink.orders.every import orders
from tests.uplink.orders.order import URL, later
from tests.uplink.parts import SITE, Listener, brokers, listening, nothing, running, until, uplink

TOPICS = Topics(SITE)
ANSWERS = f"edgegw/v1/{SITE}/up/cmd/+/res"


MESSAGES = {"1.6": v16.COMMANDS.keys(), "2.0.1": v2.COMMANDS.keys(), "2.1": v2.COMMANDS_21.keys()}
"""The commands that each version has a message for."""


class Desk:
    """The cloud's side: sends a command by the published schema and waits for its end."""

    def __init__(self, cloud: Listener) -> None:
        self._cloud = cloud
        self._count = 0

    async def order(self, name: str, args: Mapping[str, Any], **rest: Any) -> dict[str, Any]:
        self._count += 1
        body = {"id": f"c-{self._count}", "args": dict(args), **rest}
        if name in CATALOGUE and "id" not in rest:
            jsonschema_rs.validator_for(command_schema(name)).validate(body)
        await self._cloud.link.publish(TOPICS.command(name), orjson.dumps(body))
        return await self.end_of(name, str(body["id"]))

    def told(self, name: str, id: str) -> list[dict[str, Any]]:
        return [said for said in self._cloud.on(TOPICS.answer(name)) if said["id"] == id]

    async def end_of(self, name: str, id: str) -> dict[str, Any]:
        await until(lambda: any(said["state"] in ENDED for said in self.told(name, id)))
        for said in self.told(name, id):
            jsonschema_rs.validator_for(answer_schema()).validate(said)
        return self.told(name, id)[-1]


@asynccontextmanager
async def delivering(hub: Hub, broker: Mosquitto) -> AsyncIterator[None]:
    service = uplink(hub, brokers(broker.url, "hub"))
    async with running(service, nothing):
        await until(lambda: service.status().connected)
        yield


@pytest.mark.parametrize("version", VERSIONS)
async def test_every_command_for_a_station_is_done_and_told(tmp_path: Path, broker: Mosquitto, version: Any) -> None:
    async with (
        served(tmp_path) as gateway,
        gateway.station(version) as station,
        listening(broker.url, ANSWERS) as cloud,
        delivering(gateway.hub, broker),
    ):
        await station.until(lambda: station.booted)
        station.plug(Car())
        station.cabinet.streams[5] = {"id": 5, "params": {"interval": 10}, "variableMonitoringId": 2}
        desk, results = Desk(cloud), dict[str, Any]()
        for name, args in orders(version):
            given = args(results) if callable(args) else {"station": "CP01", **args}
            if name == "stop_transaction":
                await gateway.until(lambda: gateway.hub.state.at_evse)
            if name == "reserve":
                station.unplug()
            if name == "start_transaction":
                station.plug(Car())
            told = await desk.order(name, given)
            assert told["state"] == "done", (name, told)
            results[name] = told["result"]
            if name == "start_transaction":
                await gateway.until(lambda: gateway.hub.state.at_evse)
                (results["transaction"],) = gateway.hub.state.at_evse.values()
            if name == "stop_transaction":
                await gateway.until(lambda: not gateway.hub.state.at_evse)
        carried_out = {name for name, about in CATALOGUE.items() if about.at_station}
        carried_out -= {
            "rotate_password",
            "upgrade_security",
        }  # break connections: see test_security
        assert results.keys() - {"transaction"} == carried_out & (MESSAGES[version] | {"call_station"})


async def test_what_the_hub_does_itself_is_done_and_told(tmp_path: Path, broker: Mosquitto) -> None:
    async with (
        served(tmp_path) as gateway,
        gateway.station("1.6") as station,
        listening(broker.url, ANSWERS) as cloud,
        delivering(gateway.hub, broker),
    ):
        await station.until(lambda: station.booted)
        station.plug(Car())
        assert await station.present("CARD1")
        await gateway.until(lambda: gateway.transactions)
        transaction = gateway.transactions[0].id
        await gateway.hub.record(f.StationConnected(at=gateway.hub.now(), station="NEW", ocpp="1.6"))
        desk = Desk(cloud)
        paid = {"transaction": transaction, "amount": "20.00", "currency": "BRL", "reference": "pix-1"}
        for name, args in (
            ("set_departure", {"transaction": transaction, "departure_at": later(hours=2), "energy_wh": 9000}),
            ("set_limit", {"target": "site", "limit_a": 40, "until": later(hours=1)}),
            ("confirm_payment", paid),
            ("refund", {**paid, "amount": "5.00"}),
            ("report_problem", {"text": "o cabo", "station": "CP01"}),
            ("accept_station", {"station": "NEW"}),
            ("set_station", {"station": "NEW", "boot": "rejected"}),
        ):
            told = await desk.order(name, args)
            assert told["state"] == "done", (name, told)
        row = gateway.hub.state.transactions[transaction]
        assert (row.wanted_wh, str(row.paid)) == (9000, "15.00")
        assert gateway.hub.state.stations["NEW"].registration == "rejected"
        refused = await desk.order("upgrade", {})
        assert (refused["state"], "can't upgrade itself" in refused["reason"]) == ("rejected", True)


async def test_a_stranger_a_late_one_and_a_twin_do_nothing(tmp_path: Path, broker: Mosquitto) -> None:
    async with (
        served(tmp_path) as gateway,
        gateway.station("2.0.1") as station,
        listening(broker.url, ANSWERS) as cloud,
        delivering(gateway.hub, broker),
    ):
        await station.until(lambda: station.booted)
        desk = Desk(cloud)
        stranger = await desk.order("explode", {})
        assert stranger["state"] == "rejected"
        assert all(name in stranger["reason"] for name in CATALOGUE)
        late = await desk.order("clear_cache", {"station": "CP01"}, expires_at=later(seconds=-1))
        assert (late["state"], late["reason"]) == ("expired", "it arrived after its time")
        assert station.heard("ClearCache") == []
        for _ in range(3):
            await desk.order("clear_cache", {"station": "CP01"}, id="twin")
        await until(lambda: len(desk.told("clear_cache", "twin")) >= 3)
        assert len(station.heard("ClearCache")) == 1
        kept = await gateway.hub.journal.reader.facts(0, 1000)
        received = [fact for fact in kept if fact.type == "command_received"]
        assert [fact.body["command"] for fact in received].count("twin") == 1
        assert {fact.body["name"] for fact in received} == {"explode", "clear_cache"}


async def test_a_command_that_waits_goes_out_when_its_station_is_back(tmp_path: Path, broker: Mosquitto) -> None:
    async with (
        served(tmp_path) as gateway,
        listening(broker.url, ANSWERS) as cloud,
        delivering(gateway.hub, broker),
    ):
        desk = Desk(cloud)
        waiting = asyncio.ensure_future(
            desk.order("update_firmware", {"station": "CP01", "location": URL}, wait=True, expires_at=later(minutes=5))
        )
        await until(lambda: bool(gateway.hub.state.commands))
        async with gateway.station("1.6") as station:
            told = await waiting
            assert told["state"] == "done"
            assert [payload["location"] for payload in station.heard("UpdateFirmware")] == [URL], "also what is private"
