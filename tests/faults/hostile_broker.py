"""Brokers that are worse than none: one that takes no message above some size, one that says yes and keeps nothing, one
that never answers."""

from __future__ import annotations

import asyncio
import random
import secrets
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

from edgegw.simulate.demo.proof import compare, heads
from tests.faults.case import Case
from tests.support.chain import SITE
from tests.support.gateway import GatewayProcess, IngestProcess, until
from tests.support.mosquitto import Mosquitto
from tests.support.scripted import ScriptedBroker

LARGEST_BYTES = 4000
POISON_BYTES = 16_000
RETURN_S = 120.0
SEARCH_S = 480.0
FEW = 3
"""A broker that only hangs up says nothing of why: to find what it does not take costs some fifteen connections."""


def tell_of(gateway: GatewayProcess, count: int, size: int = 10) -> None:
    """Have the hub write facts: reported problems of `size` bytes that no zip makes smaller."""
    for _ in range(count):
        name = {"name": "report_problem", "args": {"text": secrets.token_hex(size // 2)}}
        status, _ = gateway.api("POST", "/api/v1/commands", name)
        assert status in (200, 202)


def gaps(database: Path) -> list[tuple[str, int, int, str]]:
    with closing(sqlite3.connect(database)) as cloud:
        return cloud.execute("SELECT stream, first, last, reason FROM gaps ORDER BY first").fetchall()


async def announced(folder: Path, cycles: int, chance: random.Random) -> Case:
    """The broker says how large a packet may be."""
    return await _poisoned("broker_refuses_large", f"max_packet_size {LARGEST_BYTES}", folder, cycles, chance)


async def hanging_up(folder: Path, cycles: int, chance: random.Random) -> Case:
    """The broker says nothing, and hangs up on what is too large."""
    return await _poisoned("broker_hangs_up_on_large", f"message_size_limit {LARGEST_BYTES}", folder, 1, chance)


async def _poisoned(name: str, option: str, folder: Path, cycles: int, chance: random.Random) -> Case:
    """Facts that the broker does not take are parked and reported; all others arrive in order."""
    with ExitStack() as stack:
        broker = stack.enter_context(Mosquitto(folder, option))
        cloud = stack.enter_context(IngestProcess(folder, broker.url))
        gateway = stack.enter_context(GatewayProcess(folder, broker=broker.url, site=SITE))
        poison = 0
        for _ in range(cycles):
            tell_of(gateway, chance.randrange(1, 20))
            tell_of(gateway, 1, POISON_BYTES)
            poison += 1
        tell_of(gateway, 3)
        await until(lambda: gateway.delivered, SEARCH_S, "the cloud has everything")
        proof = compare(gateway.database, cloud.database, SITE, heads(gateway.database))
        found = gaps(cloud.database)
        numbers = sum(last - first + 1 for _, first, last, _ in found)
        parked = gateway.get("/site")["uplink"].get("parked")
        wrong = [
            each for each in proof.differences if "is missing in the cloud" not in each and "are a gap" not in each
        ]
        if proof.wrong - len(wrong) != numbers + len(found):
            wrong.append(f"{numbers} numbers are gaps, {proof.wrong} rows differ")
        if numbers < poison:
            wrong.append(f"{poison} facts could not pass, only {numbers} are told as gaps")
        return Case(
            name,
            {"poisoned_facts": poison},
            {"facts": proof.ledger.facts},
            {"facts_in_cloud": proof.cloud.facts, "gaps": numbers, "parked": str(parked)},
            wrong,
        )


async def forgetful(folder: Path, cycles: int, chance: random.Random) -> Case:
    """A PUBACK is no delivery: what a broker took and lost goes to the next one that has a cloud behind it."""
    with ExitStack() as stack:
        good = stack.enter_context(Mosquitto(folder))
        cloud = stack.enter_context(IngestProcess(folder, good.url))
        liar = ScriptedBroker()
        async with liar.listening():
            gateway = GatewayProcess(folder, broker=liar.url, site=SITE)
            await asyncio.to_thread(gateway.start)
            stack.callback(gateway.stop)
            await asyncio.to_thread(tell_of, gateway, 5 * cycles)
            await until(lambda: bool(liar.on(f"edgegw/v1/{SITE}/up/evt/A")), RETURN_S, "the liar has taken facts")
            taken = len(liar.on(f"edgegw/v1/{SITE}/up/evt/A"))
            site = await asyncio.to_thread(gateway.get, "/site")
            watermark = site["uplink"]["watermark"]["A"]
        gateway.written["uplink"]["brokers"] = [good.url]
        gateway.write()
        await asyncio.to_thread(gateway.api, "POST", "/api/v1/commands?wait=10", {"name": "reload", "args": {}})
        await until(lambda: gateway.delivered, RETURN_S, "the cloud has everything")
        proof = compare(gateway.database, cloud.database, SITE, heads(gateway.database))
        wrong = list(proof.differences)
        if watermark:
            wrong.append(f"the watermark stood at {watermark} with a broker that kept nothing")
        return Case(
            "broker_keeps_nothing",
            {"batches_taken_and_lost": taken},
            {"facts": proof.ledger.facts},
            {"facts_in_cloud": proof.cloud.facts},
            wrong,
        )


async def mute(folder: Path, cycles: int, chance: random.Random) -> Case:
    """A broker that takes connections and says nothing is passed over."""
    with ExitStack() as stack:
        good = stack.enter_context(Mosquitto(folder))
        cloud = stack.enter_context(IngestProcess(folder, good.url))
        silent = ScriptedBroker()
        silent.connecting = lambda _: "silent"
        async with silent.listening():
            gateway = GatewayProcess(folder, broker=silent.url, site=SITE)
            gateway.written["uplink"]["brokers"] = [silent.url, good.url]
            gateway.write()
            await asyncio.to_thread(gateway.start)
            stack.callback(gateway.stop)
            await asyncio.to_thread(tell_of, gateway, 5)
            began = asyncio.get_running_loop().time()
            while not await asyncio.to_thread(lambda: gateway.delivered):
                assert asyncio.get_running_loop().time() - began < RETURN_S, "the cloud has not everything"
                await asyncio.sleep(0.1)
            took = asyncio.get_running_loop().time() - began
        proof = compare(gateway.database, cloud.database, SITE, heads(gateway.database))
        return Case(
            "broker_never_answers",
            {"connections_without_answer": len(silent.connects)},
            {"facts": proof.ledger.facts},
            {"facts_in_cloud": proof.cloud.facts, "seconds_until_the_next_broker": round(took)},
            list(proof.differences),
        )


def run(cycles: int, seed: int) -> Iterator[Case]:
    faults = [announced, forgetful, mute]
    if cycles > FEW:
        faults.append(hanging_up)
    for fault in faults:
        with tempfile.TemporaryDirectory(prefix="edgegw-faults-") as folder:
            yield asyncio.run(fault(Path(folder), min(cycles, 20), random.Random(f"{fault.__name__} {seed}")))
    if cycles <= FEW:
        yield Case("broker_hangs_up_on_large", skipped=f"it takes minutes: --cycles {FEW + 1} runs it")
