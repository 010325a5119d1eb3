"""Where the time of a sample goes: a MeterValues of nine values, step by step, and on another websocket engine.

The steps are timed in one process without a socket, each alone over the same frames, in rounds that are interleaved;
the median of each is taken. What an engine costs is what a process that only echoes needs for a frame; the gateway
itself does what it does in `bench ocpp`, on the engine that it has and, as an experiment, on picows (`peers.engine`).
All of it is the server's own processor time for a message, all threads, so that what else runs here counts less.
"""

import contextlib
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from edgegw.daemon.process import calm_collector
from edgegw.stations import rpc
from edgegw.stations.codec import Peer, Tell
from edgegw.stations.schemas import for_version
from edgegw.stations.v16 import CODEC
from tests.bench.figure import Figure
from tests.bench.ocpp import DISK, Served, gateway, has_node, load, ocpp_rpc, serving
from tests.bench.peers.load import SAMPLED, stamp
from tests.stations.peers import NOW, evse

FRAMES = 2000


def frame(number: int) -> bytes:
    return (
        b'[2,"%d","MeterValues",{"connectorId":1,"transactionId":1,"meterValue":[{"timestamp":"%b","sampledValue":%b}]}]'
        % (number, stamp(number).encode(), SAMPLED)
    )


def steps() -> dict[str, Callable[[], object]]:
    """What is done with FRAMES frames, by step; each is given what the one before it made."""
    data = [frame(number) for number in range(FRAMES)]
    calls: list[Any] = [rpc.parse(each, "1.6") for each in data]
    schema = for_version("1.6").get("MeterValues", "request", strict=False)
    answers = for_version("1.6").get("MeterValues", "response", strict=True)
    assert schema is not None
    assert answers is not None
    peer = Peer("CP01", (evse(),), None, {}.get, {}.get, NOW)
    told = [CODEC.incoming("MeterValues", each.payload, peer) for each in calls]
    assert all(isinstance(each, Tell) and each.samples for each in told)

    def answer(call: Any) -> None:
        answers.violation({})
        rpc.result(call.id, {})

    return {
        "json": lambda: through(lambda each: rpc.parse(each, "1.6"), data),
        "validation": lambda: through(lambda each: schema.violation(each.payload), calls),
        "samples": lambda: through(lambda each: CODEC.incoming("MeterValues", each.payload, peer), calls),
        "answer": lambda: through(answer, calls),
    }


def through(step: Callable[[Any], object], items: list[Any]) -> None:
    """As in the gateway, nothing is kept of one when the next comes."""
    for each in items:
        step(each)


def observing(folder: Path, rounds: int) -> float:
    """Microseconds for what a frame brings to be taken into the open block by a hub with a ledger."""
    import asyncio

    from tests.support.hubs import a_hub

    async def timed() -> float:
        taken: list[float] = []
        async with a_hub(folder) as hub:
            ticks = itertools.count()
            peer = Peer("CP01", (evse(),), None, {}.get, {}.get, NOW)
            for _ in range(rounds):
                calls: list[Any] = [rpc.parse(frame(next(ticks)), "1.6") for _ in range(FRAMES)]
                samples: list[Any] = [CODEC.incoming("MeterValues", each.payload, peer) for each in calls]
                began = time.thread_time()
                for each in samples:
                    hub.observe(each.samples)
                taken.append((time.thread_time() - began) / FRAMES * 1e6)
                await asyncio.sleep(0)
        return statistics.median(taken)

    return asyncio.run(timed())


@contextlib.contextmanager
def engine(name: str) -> Iterator[Served]:
    with tempfile.TemporaryDirectory(prefix="edgegw-bench-", dir=DISK) as folder:
        command = [sys.executable, "-m", "tests.bench.peers.engine", name]
        with serving([*command, folder] if name == "picows" else command) as served:
            yield served


def run(short: bool) -> Iterator[Figure]:
    calm_collector()
    timed: dict[str, list[float]] = {}
    made = steps()
    for _ in range(3 if short else 15):
        for name, step in made.items():
            began = time.thread_time()
            step()
            timed.setdefault(name, []).append((time.thread_time() - began) / FRAMES * 1e6)
    for name, values in timed.items():
        yield Figure.seen(f"sample_{name}", statistics.median(values), "µs")
    with tempfile.TemporaryDirectory(prefix="edgegw-bench-", dir=DISK) as folder:
        yield Figure.seen("sample_block", observing(Path(folder), 3 if short else 15), "µs")

    peers: dict[str, Callable[[], contextlib.AbstractContextManager[Served]]] = {
        "websockets_echo": lambda: engine("websockets-echo"),
        "picows_echo": lambda: engine("picows-echo"),
        "gateway": gateway,
        "gateway_on_picows": lambda: engine("picows"),
    }
    if has_node():
        peers["ocpp_rpc"] = ocpp_rpc
    costs: dict[str, list[float]] = {}
    for _ in range(1 if short else 5):
        for name, peer in peers.items():
            with peer() as served:
                told = load(served, "frames" if name.endswith("echo") else "samples", 1.0 if short else 4.0)
            costs.setdefault(name, []).append(told["cost_us"])
    median = {name: statistics.median(values) for name, values in costs.items()}
    for name, cost in median.items():
        yield Figure.seen(f"sample_{name}", cost, "µs")
    beside = {"ocpp-rpc": median["ocpp_rpc"] / median["gateway"]} if "ocpp_rpc" in median else {}
    yield Figure.seen("sample_websockets_over_picows", median["gateway"] / median["gateway_on_picows"], "ratio", beside)
