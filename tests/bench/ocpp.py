"""OCPP intake: 50 stations against the gateway's own process, beside the `ocpp` library and node's ocpp-rpc.

The server is pinned to one core and the load to another. The gateway validates, translates, stores and answers;
neither peer stores anything. Rounds of the three are interleaved and the median of each is taken, since a shared
machine drifts. On a machine with one core the figures stand, and are worth little.

Where others want the cores as well, rates say little: the stations wait for each answer, so a server that is quick
gives its core away between two, and gets it back late. The processor time of each server for a message, all threads,
is told beside them.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.figure import Figure
from tests.support.node import NoNode, node_folder

ROOT = Path(__file__).parents[2]
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]
DISK = Path("/var/tmp")
"""Where the ledger goes: a disk, where /tmp is often memory."""


@dataclass
class Served:
    """A running peer; `held` is what the gateway said of its ledger after the stop."""

    url: str
    pid: int
    held: dict[str, int] = field(default_factory=dict)


def pinned(command: list[str], core: int, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command, cwd=options.pop("cwd", ROOT), text=True, preexec_fn=lambda: os.sched_setaffinity(0, {core}), **options
    )


@contextmanager
def serving(command: list[str], **options: Any) -> Iterator[Served]:
    """Start a server that prints "ready PORT" and ends when its stdin closes."""
    process = pinned(command, SERVER_CORE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        ready = process.stdout.readline().split()
        if len(ready) != 2:
            raise RuntimeError(f"{' '.join(command)} did not start")
        served = Served(f"ws://127.0.0.1:{ready[1]}", process.pid)
        yield served
        process.stdin.close()
        told = process.stdout.read().strip()
        if told:
            served.held = json.loads(told)
        process.wait(30)
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


@contextmanager
def gateway() -> Iterator[Served]:
    with tempfile.TemporaryDirectory(prefix="edgegw-bench-", dir=DISK) as folder:
        command = [sys.executable, "-m", "tests.bench.peers.gateway", folder]
        with serving(command) as served:
            yield served


@contextmanager
def library() -> Iterator[Served]:
    with serving([sys.executable, "-m", "tests.bench.peers.library"]) as served:
        yield served


@contextmanager
def ocpp_rpc() -> Iterator[Served]:
    with serving(["node", "ocpp_rpc.mjs"], cwd=node_folder()) as served:
        yield served


def has_node() -> bool:
    """Whether ocpp-rpc can be run here; says so on stderr when not."""
    try:
        node_folder()
    except NoNode as error:
        print(f"bench: ocpp: SKIPPED beside ocpp-rpc: {error}", file=sys.stderr, flush=True)
        return False
    return True


def load(served: Served, what: str, seconds: float, version: str = "1.6") -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.peers.load", served.url, what]
    options = ["--seconds", str(seconds), "--version", version, "--pid", str(served.pid)]
    process = pinned([*command, *options], LOAD_CORE, stdout=subprocess.PIPE)
    told, _ = process.communicate(timeout=seconds + 60)
    if process.returncode:
        raise RuntimeError(f"the load of {what} broke off")
    figures: dict[str, Any] = json.loads(told)
    if figures["errors"]:
        raise RuntimeError(f"{what}: refused: {figures['errors'][0]}")
    return figures


def run(short: bool) -> Iterator[Figure]:
    node = has_node()
    rounds, seconds = (1, 1.0) if short else (3, 5.0)
    rates: dict[str, list[float]] = {}
    costs: dict[str, list[float]] = {}
    stored = sent = 0
    ledger = {"started": 0, "ended": 0}
    answered = 0
    for _ in range(rounds):
        with gateway() as served:
            figures = load(served, "samples", seconds)
        rates.setdefault("samples", []).append(figures["rate"])
        costs.setdefault("samples", []).append(figures["cost_us"])
        sent += figures["messages"]
        stored += served.held["samples"]
        with gateway() as served:
            figures = load(served, "facts", seconds)
        rates.setdefault("facts", []).append(figures["rate"])
        costs.setdefault("facts", []).append(figures["cost_us"])
        answered += figures["messages"]
        ledger = {name: ledger[name] + served.held[name] for name in ledger}
        with library() as served:
            figures = load(served, "samples", seconds)
        rates.setdefault("samples ocpp", []).append(figures["rate"])
        costs.setdefault("samples ocpp", []).append(figures["cost_us"])
        for what in ("samples", "facts") if node else ():
            with ocpp_rpc() as served:
                figures = load(served, what, seconds)
            rates.setdefault(f"{what} ocpp-rpc", []).append(figures["rate"])
            costs.setdefault(f"{what} ocpp-rpc", []).append(figures["cost_us"])
    median = {name: statistics.median(values) for name, values in rates.items()}
    cost = {name: statistics.median(values) for name, values in costs.items()}
    peers = {name: median[f"samples {name}"] for name in ("ocpp", "ocpp-rpc") if f"samples {name}" in median}
    yield Figure.seen("ocpp_samples", median["samples"], "messages/s", peers)
    yield Figure.at_least("ocpp_samples_stored", stored / sent, "of those sent", 1.0)
    yield Figure.at_least("ocpp_samples_over_library", median["samples"] / median["samples ocpp"], "ratio", 10.0)
    if node:
        yield Figure.at_least("ocpp_samples_over_ocpp_rpc", median["samples"] / peers["ocpp-rpc"], "ratio", 0.5)
    for what in ("samples", "facts"):
        others = {name.split()[1]: value for name, value in cost.items() if name.startswith(f"{what} ")}
        yield Figure.seen(f"ocpp_{what}_cost", cost[what], "µs of processor time", others)
    beside = {"ocpp-rpc": median["facts ocpp-rpc"]} if node else {}
    yield Figure.seen("ocpp_facts", median["facts"], "messages/s", beside)
    yield Figure.at_least(
        "ocpp_facts_stored", (ledger["started"] + ledger["ended"]) / answered, "of those answered", 1.0
    )
    if node:
        yield Figure.at_least("ocpp_facts_over_ocpp_rpc", median["facts"] / beside["ocpp-rpc"], "ratio", 0.3)
    for name, version in (("start_transaction", "1.6"), ("transaction_event_started", "2.0.1")):
        with gateway() as served:
            figures = load(served, "paced", 2.0 if short else 20.0, version)
        yield Figure.at_most(f"ocpp_{name}_p99", figures["p99_ms"], "ms", 25.0, {"p50": figures["p50_ms"]})
