"""Whatever becomes of the connection, the ledger is the same: two stations tell their transactions in any order among
each other, with frames told again, connections cut before the answer came, and the gateway killed, over real links into
a real ledger."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from edgegw.hub import Hub
from edgegw.journal.reader import StoredFact
from edgegw.stations import v2, v16
from edgegw.stations.codec import Codec
from edgegw.stations.link import Link
from edgegw.stations.surroundings import Surroundings, Timing
from tests.stations.doubles import End, pair
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub

BEGAN_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CLEAN, CARELESS = "clean", "careless"
Manner = Literal["clean", "careless"]
Deed = Literal["say", "repeat", "cut", "kill_early", "kill_late"]
Version = Literal["2.0.1", "2.1"]
CODECS: dict[Version, Codec] = {"2.0.1": v2.CODEC_201, "2.1": v2.CODEC_21}
Told = tuple[Any, ...]
"""What the ledger holds of one transaction: its bill and its facts."""
Step = Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]
"""A step of a story: what the station says next, given what it remembers."""


def at(minute: int) -> str:
    return (BEGAN_AT + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z")


def story_16(manner: Manner) -> list[Step]:
    """Two transactions of a 1.6 station, the second with a card that is blocked."""
    steps: list[Step] = [lambda m: ("BootNotification", {"chargePointVendor": "v", "chargePointModel": "m"})]
    for begin, card in ((0, "CARD1"), (60, "CARD2")):
        start = {"connectorId": 1, "idTag": card, "meterStart": 1000 + begin, "timestamp": at(begin)}
        values = [{"timestamp": at(begin + 5), "sampledValue": [{"value": "1500"}]}]
        stop = {"meterStop": 6000 + begin, "timestamp": at(begin + 30), "reason": "Local"}
        if manner == CARELESS:
            start = {
                "connectorId": "1",
                "idTag": card.lower(),
                "meterStart": f"{1000 + begin}.0",
                "timestamp": at(begin),
            }
            values = [{"timestamp": at(begin + 5), "sampledValue": [{"value": 1500}, {"value": None}]}, {}]
            stop = {
                "meterStop": 6000.0 + begin,
                "timestamp": at(begin + 30),
                "reason": "local",
                "transactionData": None,
            }
        steps += [
            lambda m, card=card: ("Authorize", {"idTag": card}),
            lambda m, start=start: ("StartTransaction", start),
            lambda m: ("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Charging"}),
            lambda m, values=values: ("MeterValues", {"connectorId": 1, "meterValue": values}),
            lambda m, stop=stop: ("StopTransaction", stop | {"transactionId": m["transactionId"]}),
        ]  # type: ignore[misc]
    return steps


def story_2(manner: Manner) -> list[Step]:
    """Two transactions of a 2.x station on its two EVSEs, which overlap."""
    boot = {"chargingStation": {"vendorName": "v", "model": "m"}, "reason": "PowerUp"}
    steps: list[Step] = [lambda m: ("BootNotification", boot)]
    for stage, minute, seq in (("Started", 0, 0), ("Updated", 10, 1), ("Ended", 40, 2)):
        for evse, card in ((1, "CARD1"), (2, "OTHER")):
            said = event(stage, minute + evse, seq, evse, card, manner)
            steps.append(lambda m, said=said: said)  # type: ignore[misc]
    return steps


def event(
    stage: str, minute: int, seq_no: int, evse: int, card: str, manner: Manner
) -> tuple[str, dict[str, Any]]:  # fmt: skip
    context = {"Started": "Transaction.Begin", "Ended": "Transaction.End"}.get(stage, "Sample.Periodic")
    sampled = {"value": 1000.0 * evse + 100.0 * minute, "context": context}
    said: dict[str, Any] = {
        "eventType": stage, "timestamp": at(minute), "triggerReason": "MeterValuePeriodic", "seqNo": seq_no,
        "transactionInfo": {"transactionId": f"T{evse}", "chargingState": "Charging"},
        "meterValue": [{"timestamp": at(minute), "sampledValue": [sampled]}],
    }  # fmt: skip
    if stage == "Started":
        said |= {"evse": {"id": evse, "connectorId": 1}, "idToken": {"idToken": card, "type": "ISO14443"}}
    if manner == CARELESS:
        said |= {"eventType": stage.lower(), "triggerReason": "Whim", "seqNo": str(seq_no), "offline": None, "own": 1}
        sampled["value"] = str(sampled["value"])  # type: ignore[assignment]
    return "TransactionEvent", said


class Gateway:
    """A hub on a ledger that can be killed: what was on the disk at that moment is what the next one finds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._clock = FakeClock(BEGAN_AT + timedelta(hours=3))
        self._lives = 0
        self._stack = AsyncExitStack()
        self.hub: Hub

    async def live(self) -> None:
        self.hub = await self._stack.enter_async_context(a_hub(self._folder / str(self._lives), self._clock))

    async def kill(self) -> None:
        old, new = (self._folder / str(self._lives + number) for number in (0, 1))
        new.mkdir()
        # The log last: what stands beside it may be older than it, as it may be at a kill, and never newer.
        for path in sorted(old.iterdir(), key=lambda path: path.name.endswith("-wal")):
            if not path.name.endswith("-shm"):
                shutil.copyfile(path, new / path.name)
        await self._stack.aclose()
        self._lives += 1
        await self.live()

    async def end(self) -> None:
        await self._stack.aclose()


@dataclass
class Station:
    """Tells its story step by step to a hub, over one connection after the other."""

    name: str
    codec: Codec
    gateway: Gateway
    story: list[Step]
    memory: dict[str, Any] = field(default_factory=dict)
    done: int = 0
    _end: End | None = None
    _run: asyncio.Task[str] | None = None
    _ids: count[int] = field(default_factory=count)

    async def do(self, deed: Deed) -> None:
        """Take one step: say it, say it twice at once, or have nobody hear the answer: the connection is lost, or the
        gateway killed before it may have been given, or just afterwards."""
        if self.done == len(self.story):
            return
        if self._end is None:
            self._connect()
        assert self._end is not None
        action, payload = self.story[self.done](self.memory)
        for _ in range(2 if deed == "repeat" else 1):
            await self._end.say([2, f"{self.name}-{next(self._ids)}", action, payload])
        if deed == "kill_late":
            await self._end.hear()
        if deed in ("kill_early", "kill_late"):
            await self.gateway.kill()
        if deed not in ("say", "repeat"):
            await self.hang_up()
            return
        answers = [await self._end.hear() for _ in range(2 if deed == "repeat" else 1)]
        assert all(answer[0] == 3 for answer in answers), (action, payload, answers)
        if action in ("StartTransaction", "StopTransaction", "TransactionEvent"):
            assert all(answer[2] == answers[0][2] for answer in answers)
        self.memory |= answers[0][2]
        self.done += 1

    def _connect(self) -> None:
        ours, self._end = pair()
        link = Link(ours, self.name, self.codec, Surroundings(self.gateway.hub, timing=Timing(settle_s=3600.0)))  # type: ignore[arg-type]
        self._run = asyncio.create_task(link.run())

    async def hang_up(self) -> None:
        if self._end is not None and self._run is not None:
            await self._end.close(1001)
            await self._run
            self._end = None


async def told(deeds: list[tuple[int, Deed]], manner: Manner, version: Version, folder: Path) -> list[Told]:
    """What the ledger holds when both stories have been told."""
    gateway = Gateway(folder)
    await gateway.live()
    try:
        stations = [
            Station("CP01", v16.CODEC, gateway, story_16(manner)),
            Station("CP02", CODECS[version], gateway, story_2(manner)),
        ]
        for who, deed in deeds:
            await stations[who].do(deed)
            if deed in ("kill_early", "kill_late"):
                await stations[1 - who].hang_up()
        for station in stations:
            while station.done < len(station.story):
                await station.do("say")
            await station.hang_up()
        await gateway.hub.flush()
        rows = gateway.hub.state.transactions
        assert all(row.state == "ended" for row in rows.values())
        stored = await gateway.hub.journal.reader.facts(limit=1000)
        return sorted(
            _told(row, [fact for fact in stored if fact.body.get("transaction") == id]) for id, row in rows.items()
        )
    finally:
        await gateway.end()


def _told(row: Any, facts: list[StoredFact]) -> Told:
    (bill,) = (fact.body for fact in facts if fact.type == "cdr_closed")
    return (
        row.station, row.evse, row.id_token.upper(), row.authorization, str(bill["started_at"]), str(bill["ended_at"]),
        bill["energy_wh"], bill["idle_s"], str(bill["total"]),
        sorted(
            (fact.type, str(fact.at), *(str(fact.body.get(name)) for name in ("import_wh", "reason"))) for fact in facts
        ),
    )  # fmt: skip


def ledger(deeds: list[tuple[int, Deed]], manner: Manner, version: Version) -> list[Told]:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(told(deeds, manner, version, Path(folder)))


@cache
def undisturbed(version: Version) -> list[Told]:
    return ledger([], CLEAN, version)  # type: ignore[arg-type]


@pytest.mark.parametrize("version", CODECS)
def test_the_undisturbed_story_is_in_the_ledger_as_it_was_told(version: Version) -> None:
    assert [(told[0], told[1], told[2], told[3], told[6]) for told in undisturbed(version)] == [
        ("CP01", 1, "CARD1", "accepted", 5000),
        ("CP01", 1, "CARD2", "blocked", 5000),
        ("CP02", 1, "CARD1", "accepted", 4000),
        ("CP02", 2, "OTHER", "invalid", 4000),
    ]


DEEDS: list[Deed] = ["say", "say", "say", "repeat", "cut", "kill_early", "kill_late"]


@settings(max_examples=15, deadline=timedelta(seconds=20), suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.sampled_from(["say", "say", "say", "repeat", "cut", "kill"])), max_size=30
    ),
    st.sampled_from([CLEAN, CARELESS]),
    st.sampled_from(sorted(CODECS)),
)
@example([(who, deed) for deed in ("cut", "repeat") for _ in range(12) for who in (0, 1)], CLEAN, "2.0.1")
@example([(who, deed) for _ in range(12) for deed in ("cut", "repeat") for who in (1, 0)], CARELESS, "2.1")
def test_no_interleaving_repetition_cut_or_kill_changes_the_ledger(
    deeds: list[tuple[int, Deed]], manner: Manner, version: Version
) -> None:
    assert ledger(deeds, manner, version) == undisturbed(version)


@pytest.mark.parametrize("deed", ["cut", "kill_early", "kill_late"])
@pytest.mark.parametrize(("who", "version", "steps"), [(0, "2.0.1", 11), (1, "2.0.1", 7), (1, "2.1", 7)])
def test_a_cut_or_a_kill_at_any_frame_changes_nothing(who: int, version: Version, steps: int, deed: Deed) -> None:
    for step in range(steps):
        before: list[tuple[int, Deed]] = [(who, "say")] * step
        assert ledger([*before, (who, deed)], CLEAN, version) == undisturbed(version), f"at frame {step}"
