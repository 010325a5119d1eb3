"""A charge followed from the station's frame to the cloud's watermark, at a collector that speaks OTLP."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import paho.mqtt.client as paho
import pytest

from edgegw.simulate import Car
from edgegw.uplink.codec.events import items
from tests.support.chain import SITE, Chain
from tests.support.collector import Collector, Seen
from tests.support.gateway import CHECKOUT, GatewayProcess, IngestProcess, until
from tests.support.mosquitto import Mosquitto

pytest.importorskip("opentelemetry.sdk", reason="traces: without edgegw[otel] there are none")
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


class TracedChain(Chain):
    """A chain whose both ends tell the collector."""

    def __init__(self, folder: Path, stack: ExitStack, collector: Collector, *, sample: float = 1.0) -> None:
        self.disk = None
        self.broker = stack.enter_context(Mosquitto(folder))
        self.cloud = IngestProcess(folder, self.broker.url, otlp=collector.url)
        stack.enter_context(self.cloud)
        more = {"tracing": {"otlp": collector.url, "sample": sample}}
        self.gateway = stack.enter_context(GatewayProcess(folder, broker=self.broker.url, site=SITE, more=more))
        self.stations = []

    async def charge(self) -> None:
        """One short charge, told of to the last fact."""
        async with self.station(version="2.0.1") as station:
            await station.until(lambda: station.booted)
            station.plug(Car(soc=0.3))
            assert await station.present("CARD1")
            await station.until(lambda: station.places[1].power_w > 1000 and not station.waiting)
            station.unplug()
            await station.until(lambda: not station.waiting)
        await until(lambda: self.gateway.delivered, what="the cloud has everything")


def story(collector: Collector, frame: Seen) -> dict[str, list[Seen]]:
    """The spans of a frame's trace by name."""
    found: dict[str, list[Seen]] = {}
    for span in list(collector.spans):
        if span.trace == frame.trace:
            found.setdefault(span.name, []).append(span)
    return found


async def test_a_frame_its_commit_its_publish_the_cloud_and_its_watermark_are_one_trace(
    tmp_path: Path, stack: ExitStack
) -> None:
    collector = stack.enter_context(Collector())
    chain = TracedChain(tmp_path, stack, collector)
    events: list[dict[str, object]] = []
    listener = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    listener.on_message = lambda client, about, message: events.extend(items(message.payload))
    listener.connect("127.0.0.1", chain.broker.port)
    listener.subscribe(f"edgegw/v1/{SITE}/up/evt/A", qos=1)
    listener.loop_start()
    try:
        await chain.charge()
        began = next(
            span for span in await _frames(collector, "TransactionEvent")
            if "transaction_started" in str([one.attributes for one in story(collector, span).get("commit", [])])
        )  # fmt: skip
        await until(lambda: {"watermark", "ingest"} <= story(collector, began).keys(), 15, "the end of the story")
    finally:
        listener.disconnect()
        listener.loop_stop()
    told = story(collector, began)
    assert began.service == "edgegw"
    assert began.parent == ""
    assert began.attributes["edgegw.station"] == "CP01"
    assert began.attributes["edgegw.site"] == SITE
    (decide,), (commit,) = told["decide"], told["commit"]
    assert decide.parent == commit.parent == began.id
    assert began.began <= decide.began <= decide.ended <= commit.ended <= began.ended
    for name, service in (("publish", "edgegw"), ("watermark", "edgegw"), ("ingest", "edgegw-ingest")):
        for span in told[name]:
            assert (span.parent, span.service) == (commit.id, service)
            assert commit.ended <= span.ended
    assert told["publish"][0].ended <= told["watermark"][0].ended
    assert told["ingest"][0].ended <= told["watermark"][0].ended
    (started,) = [event for event in events if event["type"] == "io.edgegw.transaction_started.v1"]
    version, trace, span, flags = str(started["traceparent"]).split("-")
    assert (version, trace, span) == ("00", commit.trace, commit.id)
    assert int(flags, 16) & 1, "sampled"
    assert collector.paths == {"/v1/traces"}
    assert not any(b"CARD1" in span.raw for span in collector.spans)


async def _frames(collector: Collector, action: str) -> list[Seen]:
    await until(
        lambda: any("transaction_started" in str(span.attributes) for span in collector.named("commit")),
        15,
        "the commit's span",
    )
    return collector.named(action)


async def test_what_the_sampling_leaves_out_is_told_nowhere(tmp_path: Path, stack: ExitStack) -> None:
    collector = stack.enter_context(Collector())
    chain = TracedChain(tmp_path, stack, collector, sample=0.0)
    await chain.charge()
    assert chain.gateway.stop() == 0
    assert collector.spans == []


async def test_a_collector_that_is_away_costs_one_line_and_no_charge(tmp_path: Path, stack: ExitStack) -> None:
    collector = stack.enter_context(Collector())
    collector.broken = True
    chain = TracedChain(tmp_path, stack, collector)
    await chain.charge()
    await until(lambda: "traces don't reach the collector" in chain.gateway.log.read_text(), 30)
    collector.broken = False
    await until(lambda: "reach the collector" in chain.gateway.log.read_text(), 5)
    began = asyncio.get_running_loop().time()
    assert chain.gateway.stop() == 0
    assert asyncio.get_running_loop().time() - began < 15
    text = chain.gateway.log.read_text()
    assert text.count("traces don't reach the collector") == 1
    assert "Traceback" not in text


def test_without_a_collector_nothing_of_opentelemetry_is_imported(tmp_path: Path) -> None:
    modules = (
        "edgegw.daemon.app", "edgegw.daemon.services", "edgegw.uplink.service", "edgegw.stations.link",
        "edgegw.cloud.ingest", "edgegw.web.server",
    )  # fmt: skip
    script = f"import sys, json, {', '.join(modules)}; print(json.dumps([m for m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, check=True)
    loaded = json.loads(done.stdout)
    assert not [name for name in loaded if name.partition(".")[0] in ("opentelemetry", "requests", "google")]
    assert not {"edgegw.tracing.otel", "edgegw.tracing.stories"} & set(loaded)
