"""The configurations in configs/brokers, with the brokers that they are for: everything arrives, and a site that speaks
for another is not heard."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from edgegw.cloud.consumer import Consumer
from edgegw.mqtt import Account, Brokers, MqttError, endpoint, tls_context
from edgegw.uplink.topics import Topics
from tests.support.certificates import Authority
from tests.support.mosquitto import EXECUTABLE as MOSQUITTO
from tests.support.mosquitto import Mosquitto
from tests.support.ports import free_port
from tests.support.rabbitmq import EXECUTABLE as RABBITMQ
from tests.support.rabbitmq import RabbitMq
from tests.uplink.parts import (
    SITE,
    cloud_rows,
    delivered,
    journal_rows,
    listening_on,
    nothing,
    open_hub,
    running,
    sqlite_store,
    until,
    uplink,
    write_facts,
    write_samples,
)

FILES = Path(__file__).parents[2] / "configs" / "brokers"
NATS = shutil.which("nats-server", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
SLOW = "EDGEGW_TEST_SLOW_BROKERS"
"""RabbitMQ needs a quarter of a minute to start, and all of a processor."""


class Place:
    """A broker's folder: certificates of everybody, and its shipped configuration with this test's paths and ports."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.authority = Authority(folder)
        self.authority.issue("broker")
        for name in (SITE, "ingest", "campinas-02"):
            self.authority.issue(name)

    def text(self, file: str, *replaced: tuple[str, str]) -> str:
        found = (FILES / file).read_text()
        for old, new in replaced:
            assert old in found, f"{file} has no {old}"
            found = found.replace(old, new)
        return found

    def brokers(self, name: str, client_id: str, **account: str) -> Brokers:
        pem = self.folder / f"{name}.pem"
        context = tls_context(ca=self.authority.ca, certificate=pem, key=pem.with_suffix(".key"))
        return Brokers(
            [endpoint(f"mqtts://localhost:{self.port}")],
            lambda: Account(client_id=client_id, tls=context, session_expiry_s=3600, **account),  # type: ignore[arg-type]
            random=lambda: 0.01,
            monotonic=time.monotonic,
        )


@contextmanager
def mosquitto(place: Place) -> Iterator[None]:
    rules = place.folder / "edgegw.acl"
    rules.write_text(place.text("edgegw.acl"))
    data = place.folder / "data"
    data.mkdir()
    text = place.text(
        "mosquitto.conf",
        ("/etc/mosquitto/edgegw/", f"{place.folder}/"),
        ("/etc/mosquitto/edgegw.acl", str(rules)),
        ("/var/lib/mosquitto/", f"{data}/"),
        ("listener 8883", f"listener {place.port} 127.0.0.1"),
    )
    with Mosquitto.of(place.folder, text, place.port):
        yield


@contextmanager
def nats(place: Place) -> Iterator[None]:
    assert NATS is not None
    file = place.folder / "nats-server.conf"
    file.write_text(
        place.text(
            "nats-server.conf",
            ("/etc/nats/edgegw/", f"{place.folder}/"),
            ("/var/lib/nats", f"{place.folder}/jetstream"),
            ("0.0.0.0:8883", f"127.0.0.1:{place.port}"),
            ("127.0.0.1:4222", f"127.0.0.1:{free_port()}"),
        )
    )
    with (place.folder / "log").open("wb") as log:
        process = subprocess.Popen([NATS, "-c", str(file)], stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


@contextmanager
def rabbitmq(place: Place) -> Iterator[None]:
    definitions = place.folder / "definitions.json"
    definitions.write_text(place.text("rabbitmq-definitions.json"))
    text = place.text(
        "rabbitmq.conf",
        ("/etc/rabbitmq/edgegw/", f"{place.folder}/"),
        ("/etc/rabbitmq/edgegw-definitions.json", str(definitions)),
        ("mqtt.listeners.ssl.default = 8883", f"mqtt.listeners.ssl.default = 127.0.0.1:{place.port}"),
    )
    with RabbitMq(place.folder, text):
        yield


SERVERS = {"mosquitto": mosquitto, "nats": nats, "rabbitmq": rabbitmq}
MISSING = {
    "mosquitto": None if MOSQUITTO else "mosquitto is not installed: apt install mosquitto",
    "nats": None if NATS else "nats-server is not installed: apt install nats-server",
    "rabbitmq": (
        "rabbitmq-server is not installed: apt install rabbitmq-server"
        if RABBITMQ is None
        else None
        if os.environ.get(SLOW)
        else f"RabbitMQ takes a quarter of a minute to start: set {SLOW}=1 to run this"
    ),
}


@pytest.mark.parametrize("server", SERVERS)
async def test_the_shipped_configuration_serves_a_site_and_its_cloud_and_keeps_sites_apart(
    tmp_path: Path, server: str
) -> None:
    if (missing := MISSING[server]) is not None:
        pytest.skip(missing)
    place = Place(tmp_path)
    secrets = {"username": SITE, "password": "change-me-site"} if server == "nats" else {}
    cloud = {"username": "ingest", "password": "change-me-cloud"} if server == "nats" else {}
    with SERVERS[server](place):
        ingest = Consumer(
            brokers=place.brokers("ingest", "edgegw-ingest", **cloud),
            store=sqlite_store(tmp_path),
            monotonic=time.monotonic,
        )
        async with open_hub(tmp_path / "hub") as hub, running(ingest, nothing):
            await write_facts(hub, 300)
            await write_samples(hub, 300)
            service = uplink(hub, place.brokers(SITE, f"edgegw-{SITE}", **secrets))
            async with running(service, nothing):
                await until(lambda: delivered(hub, service))
                status = service.status()
                assert (status.trouble, status.streams["A"].parked) == (None, 0)
            assert cloud_rows(tmp_path / "cloud.db") == await journal_rows(hub)
        async with listening_on(place.brokers("ingest", "edgegw-ingest", **cloud), Topics("+").events("A")) as heard:
            # As the site, on the topic of another one and then on its own: only the second is heard.
            link = await place.brokers(SITE, f"edgegw-{SITE}", **secrets).connect()
            with suppress(MqttError):
                async with asyncio.timeout(5):
                    await link.publish(Topics("campinas-02").events("A"), b"[]")
            await link.close()
            link = await place.brokers(SITE, f"edgegw-{SITE}", **secrets).connect()
            assert await link.publish(Topics(SITE).events("A"), b"[ ]") == 0
            await until(lambda: any(message.payload == b"[ ]" for message in heard.heard))
            await link.close()
            assert {message.topic for message in heard.heard} == {Topics(SITE).events("A")}


def test_policies_and_definitions_are_json_and_name_our_topics() -> None:
    for file, topic in (
        ("aws-iot-core-policy.json", "edgegw/v1/paulista-01/dn/cfg/#"),
        ("rabbitmq-definitions.json", "edgegw\\.v1\\.paulista-01\\.up\\."),
    ):
        text = (FILES / file).read_text()
        assert topic in json.dumps(json.loads(text)).replace("\\\\", "\\")
