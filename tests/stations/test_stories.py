"""Whatever becomes of the connection, the bills are the same: two stations tell their transactions in any order among
each other, with frames told again and connections cut before the answer came, over real links into a real ledger."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, Literal

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from edgegw.hub import Hub
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
Deed = Literal["say", "repeat", "cut"]
Bill = tuple[Any, ...]
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
    """Two transactions of a 2.0.1 station on its two EVSEs, which overlap."""
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


@dataclass
class Station:
    """Tells its story step by step to a hub, over one connection after the other."""

    name: str
    codec: Codec
    hub: Hub
    story: list[Step]
    memory: dict[str, Any] = field(default_factory=dict)
    done: int = 0
    _end: End | None = None
    _run: asyncio.Task[str] | None = None
    _ids: count[int] = field(default_factory=count)

    async def do(self, deed: Deed) -> None:
        """Take one step: say it, say it twice at once, or lose the connection while its answer is on the way."""
        if self.done == len(self.story):
            return
        if self._end is None:
            self._connect()
        assert self._end is not None
        action, payload = self.story[self.done](self.memory)
        for _ in range(2 if deed == "repeat" else 1):
            await self._end.say([2, f"{self.name}-{next(self._ids)}", action, payload])
        if deed == "cut":
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
        link = Link(ours, self.name, self.codec, Surroundings(self.hub, timing=Timing(settle_s=3600.0)))  # type: ignore[arg-type]
        self._run = asyncio.create_task(link.run())

    async def hang_up(self) -> None:
        if self._end is not None and self._run is not None:
            await self._end.close(1001)
            await self._run
            self._end = None


async def told(deeds: list[tuple[int, Deed]], manner: Manner, folder: Path) -> list[Bill]:
    """The bills of the ledger when both stories have been told."""
    async with a_hub(folder, FakeClock(BEGAN_AT + timedelta(hours=3))) as hub:
        stations = [
            Station("CP01", v16.CODEC, hub, story_16(manner)),
            Station("CP02", v2.CODEC_201, hub, story_2(manner)),
        ]
        for who, deed in deeds:
            await stations[who].do(deed)
        for station in stations:
            while station.done < len(station.story):
                await station.do("say")
            await station.hang_up()
        rows = hub.state.transactions
        assert all(row.state == "ended" for row in rows.values())
        stored = await hub.journal.reader.facts()
        bills = [(rows[fact.body["transaction"]], fact.body) for fact in stored if fact.type == "cdr_closed"]
        assert len(bills) == len(rows)
        return sorted(_bill(row, body) for row, body in bills)


def _bill(row: Any, body: Mapping[str, Any]) -> Bill:
    card = row.id_token.upper()
    return (
        row.station, row.evse, card, row.authorization, str(body["started_at"]), str(body["ended_at"]),
        body["energy_wh"], body["idle_s"], str(body["total"]),
    )  # fmt: skip


def bills(deeds: list[tuple[int, Deed]], manner: Manner) -> list[Bill]:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(told(deeds, manner, Path(folder)))


@cache
def undisturbed() -> tuple[Bill, ...]:
    return tuple(bills([], CLEAN))  # type: ignore[arg-type]


def test_the_undisturbed_story_is_billed_as_it_was_told() -> None:
    assert [(bill[0], bill[1], bill[2], bill[3], bill[6]) for bill in undisturbed()] == [
        ("CP01", 1, "CARD1", "accepted", 5000),
        ("CP01", 1, "CARD2", "blocked", 5000),
        ("CP02", 1, "CARD1", "accepted", 4000),
        ("CP02", 2, "OTHER", "invalid", 4000),
    ]


@settings(max_examples=15, deadline=timedelta(seconds=20), suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["say", "say", "repeat", "cut"])), max_size=30),
    st.sampled_from([CLEAN, CARELESS]),
)
@example([(who, deed) for deed in ("cut", "repeat") for _ in range(12) for who in (0, 1)], CLEAN)
@example([(who, deed) for _ in range(12) for deed in ("cut", "repeat") for who in (1, 0)], CARELESS)
def test_no_interleaving_repetition_or_cut_changes_a_bill(deeds: list[tuple[int, Deed]], manner: Manner) -> None:
    assert tuple(bills(deeds, manner)) == undisturbed()
