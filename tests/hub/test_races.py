"""Decisions against commits, failures, retries and restarts, in any order that hypothesis can think of.

A story is a list of steps: requests and commands are begun and not waited for, commits are held, let go and made to
fail, the loop turns a few times, the hub is killed and started again. When all is quiet the promises of the door must
hold, however it went.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegw.core.commands import RESOLUTION
from edgegw.core.fold import apply, fold
from edgegw.hub import AnswerLost, Ending, Hub
from edgegw.journal import Journal, JournalError
from edgegw.journal.rows import dump
from edgegw.model import facts as f
from edgegw.model.commands import Command, Outcome
from edgegw.model.requests import TransactionAnswer, TransactionRequest
from edgegw.model.samples import MeterSample
from edgegw.model.state import TABLES, State
from tests.support.clock import FakeClock
from tests.support.disks import Disk, disk_of
from tests.support.hubs import a_site, start
from tests.support.ledgers import check
from tests.support.world import event

MEMORY = Path("/dev/shm")
"""The promises are about order, not about the platter: a disk of memory makes a story take milliseconds."""

PLACES = (("CP01", 1), ("CP02", 1), ("CP02", 2))

places = st.sampled_from(PLACES)
steps = st.one_of(
    st.tuples(st.just("start"), places, st.sampled_from(["CARD1", "CARD2"])),
    st.tuples(st.just("stop"), places, st.sampled_from(["known", "-1"])),
    st.tuples(st.just("event"), st.sampled_from(["started", "updated", "ended"]), st.integers(0, 2)),
    st.tuples(st.just("retry"), st.integers(0, 9)),
    st.tuples(st.just("remote_start"), places, st.sampled_from(["CARD1", "CARD2"])),
    st.tuples(st.just("remote_stop"), places),
    st.tuples(st.just("held"), places),
    st.tuples(st.just("again"), st.integers(0, 9)),
    st.tuples(st.just("observe"), places, st.integers(0, 5000)),
    st.tuples(st.just("fail"), st.sampled_from(["full", "late"])),
    st.tuples(st.just("hold")),
    st.tuples(st.just("release")),
    st.tuples(st.just("turn"), st.integers(1, 8)),
    st.tuples(st.just("pass"), st.sampled_from([1, 30, 61, 1000])),
    st.tuples(st.just("tick")),
    st.tuples(st.sampled_from(["connect", "disconnect"]), st.sampled_from(["CP01", "CP02"])),
    st.tuples(st.just("kill")),
)


@dataclass
class Story:
    """A hub on `folder` that lives through steps, and what its callers were told."""

    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)
    requests: list[TransactionRequest] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    answers: list[tuple[TransactionRequest, TransactionAnswer]] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    numbers: dict[tuple[str, int], int] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    failures: int = 0
    under_way: set[asyncio.Task[None]] = field(default_factory=set)

    async def live(self, script: Iterable[tuple[Any, ...]]) -> None:
        await self.begin()
        try:
            for name, *args in script:
                await getattr(self, name)(*args)
            await self.quiet()
            self.judge_memory()
        finally:
            await self.end()
        self.judge_ledger()

    # The hub

    async def begin(self) -> None:
        self.journal = Journal.open(self.folder, now=self.clock.now)
        self.hub = Hub(a_site(), self.journal, now=self.clock.now, monotonic=self.clock.monotonic)
        self.disk: Disk = disk_of(self.hub)
        await self.journal.reader.command("")  # a kill while the reader opens its file would leave a thread behind
        await self.hub.start()
        await self.hub.configure(self.hub.site)
        self.hub.carry_out(["start_transaction", "stop_transaction", "reset"], self.carry_out)

    async def end(self) -> None:
        self.disk.release()
        for task in self.under_way:
            task.cancel()
        await asyncio.gather(*self.under_way, return_exceptions=True)
        await self.hub.stop()
        await self.journal.close()

    async def quiet(self) -> None:
        self.disk.release()
        self.disk.fates.clear()
        await asyncio.gather(*self.under_way)
        await self.hub._ledger.sound()
        await self.hub.flush()
        while self.hub.busy or self.hub._dispatch._tasks._tasks:  # an end or a coming may wake what waits
            await asyncio.sleep(0.001)
            await self.hub.flush()
        assert not self.errors

    async def carry_out(self, command: Command, remote_start_id: int) -> Ending:
        self.sent.append(command.id)
        await asyncio.sleep(0)
        if len(self.sent) % 3 == 0:
            raise AnswerLost
        return Ending("rejected" if len(self.sent) % 5 == 0 else "done")

    def go(self, work: Callable[[], Awaitable[Any]], told: Callable[[Any], object]) -> None:
        async def run() -> None:
            try:
                told(await work())
            except JournalError:
                self.failures += 1
            except Exception as error:
                self.errors.append(error)

        task = asyncio.ensure_future(run())
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)

    # Steps

    def ask(self, request: TransactionRequest) -> None:
        def told(answer: Any) -> None:
            self.answers.append((request, answer))
            if request.stage == "started" and request.evse is not None:
                self.numbers[request.station, request.evse] = answer.number

        self.requests.append(request)
        self.go(lambda: self.hub.request(request), told)

    def order(self, command: Command) -> None:
        self.commands.append(command)
        self.go(lambda: self.hub.submit(command), self.outcomes.append)

    async def start(self, place: tuple[str, int], token: str) -> None:
        self.clock.advance(1)
        self.ask(start(self.clock, *place, id_token=token, import_wh=1000 + len(self.requests)))

    async def stop(self, place: tuple[str, int], reference: str) -> None:
        self.clock.advance(1)
        number = str(self.numbers.get(place, 0)) if reference == "known" else reference
        self.ask(start(self.clock, place[0], stage="ended", evse=None, reference=number, import_wh=9000))

    async def event(self, stage: str, seq_no: int) -> None:
        self.clock.advance(1)
        self.ask(event(self.clock, stage, seq_no, id_token="CARD1", import_wh=seq_no))

    async def retry(self, which: int) -> None:
        if self.requests:
            self.ask(self.requests[which % len(self.requests)])

    async def remote_start(self, place: tuple[str, int], token: str) -> None:
        args = {"station": place[0], "evse": place[1], "id_token": token}
        self.order(Command(f"c{len(self.commands)}", "start_transaction", args))

    async def remote_stop(self, place: tuple[str, int]) -> None:
        args = {"station": place[0], "evse": place[1]}
        self.order(Command(f"c{len(self.commands)}", "stop_transaction", args))

    async def held(self, place: tuple[str, int]) -> None:
        expires_at = self.clock.now() + timedelta(minutes=2)
        args = {"station": place[0], "kind": "soft"}
        self.order(Command(f"c{len(self.commands)}", "reset", args, expires_at=expires_at, wait=True))

    async def again(self, which: int) -> None:
        if self.commands:
            self.order(self.commands[which % len(self.commands)])

    async def observe(self, place: tuple[str, int], import_wh: int) -> None:
        self.hub.observe(
            [MeterSample(f"stations/{place[0]}/{place[1]}", self.clock.now(), {"import_wh": import_wh})]
        )  # fmt: skip

    async def fail(self, fate: Any) -> None:
        self.disk.fates.append(fate)

    async def hold(self) -> None:
        self.disk.hold()

    async def release(self) -> None:
        self.disk.release()

    async def turn(self, turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0.0005 if turns > 6 else 0)

    async def pass_(self, seconds: float) -> None:
        self.clock.advance(seconds)

    async def tick(self) -> None:
        self.go(lambda: self.hub.tick(), lambda _: None)

    async def connect(self, station: str) -> None:
        fact = f.StationConnected(at=self.clock.now(), station=station, ocpp="1.6")
        self.go(lambda: self.hub.record(fact), lambda _: None)

    async def disconnect(self, station: str) -> None:
        fact = f.StationDisconnected(at=self.clock.now(), station=station, reason="test")
        self.go(lambda: self.hub.record(fact), lambda _: None)

    async def kill(self) -> None:
        await self.end()
        await self.begin()

    # What must hold

    def judge_memory(self) -> None:
        """Nobody waits: what is decided on, what is shown and what is on the disk are the same."""
        self.shown = plain(self.hub.state)
        assert plain(self.hub._ledger.pending) == self.shown

    def judge_ledger(self) -> None:
        facts = check(self.folder)
        journal = Journal.open(self.folder, now=self.clock.now)
        state = journal.state()
        journal._store.close()
        assert plain(state) == self.shown
        self.judge_answers(state, facts)
        self.judge_commands(state, facts)

    def judge_answers(self, state: State, facts: list[f.Fact]) -> None:
        told: dict[str, set[bytes]] = {}
        for request, answer in self.answers:
            told.setdefault(repr(request), set()).add(orjson.dumps(answer))
            transaction = state.transactions[answer.transaction]  # durable, or it was not to be said
            assert transaction.number == answer.number
            if request.stage == "ended":
                assert transaction.state == "ended"
        assert all(len(answers) == 1 for answers in told.values()), "a retry gets the same answer"
        started = Counter(
            fact.retry_key for fact in facts if isinstance(fact, f.TransactionStarted) and not fact.adopted
        )  # fmt: skip
        ended = Counter(fact.retry_key for fact in facts if isinstance(fact, f.TransactionEnded))
        assert max((started | ended).values(), default=1) == 1, "nothing is doubled"
        numbers = Counter(row.number for row in state.transactions.values())
        assert max(numbers.values(), default=1) == 1

    def judge_commands(self, state: State, facts: list[f.Fact]) -> None:
        assert max(Counter(self.sent).values(), default=1) == 1, "a command acts once"
        for outcome in self.outcomes:
            assert outcome.id in state.commands
        steps: dict[str, list[str]] = {}
        seen = State()
        for fact in facts:
            if isinstance(fact, f.CommandReceived | f.CommandDispatched | f.CommandEnded):
                steps.setdefault(fact.command, []).append(fact.type)
            if isinstance(fact, f.CommandDispatched) and seen.commands[fact.command].name == "start_transaction":
                judge_dispatch(seen, fact)
            apply(seen, fold(seen, fact))
        life = ["command_received", "command_dispatched", "command_ended"]
        for each in steps.values():
            assert each in (life, life[:2], life[:1], [life[0], life[2]])
        dispatched = {fact.command for fact in facts if isinstance(fact, f.CommandDispatched)}
        assert set(self.sent) <= dispatched, "written down, then sent"


Story.pass_.__name__ = "pass"
setattr(Story, "pass", Story.pass_)


def judge_dispatch(before: State, fact: f.CommandDispatched) -> None:
    """Two starts at one EVSE never win both: no other is under way, and nobody charges there."""
    args = before.commands[fact.command].args
    place = (args["station"], args["evse"])
    running = before.at_evse.get(place)
    assert running is None or before.transactions[running].id_token is None
    used = {row.remote_start for row in before.transactions.values()}
    for other in before.commands.values():
        if other.name == "start_transaction" and (other.args["station"], other.args["evse"]) == place:
            under_way = other.state == "dispatched" or (other.state == "done" and other.id not in used)
            recent = other.dispatched_at is not None and fact.at - other.dispatched_at < RESOLUTION
            assert not (under_way and recent)


def plain(state: State) -> dict[str, Any]:
    """A state as JSON has it, with its indexes: rows that were read and rows that were made are the same there."""
    found: dict[str, Any] = {
        table: {key: orjson.loads(dump(row)) for key, row in getattr(state, table).items()} for table in TABLES
    }
    begun = {place: sorted(ids) for place, ids in state.begun_at_evse.items()}
    return found | {"at_evse": dict(state.at_evse), "by_reference": dict(state.by_reference), "begun": begun}


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgegw.hub.ledger.RELOAD_PAUSE_S", 0.001)
    monkeypatch.setattr("edgegw.hub.dispatch.RELOAD_PAUSE_S", 0.001)


def live(script: Iterable[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        asyncio.run(Story(Path(folder)).live(script))


CONNECTED = [("connect", "CP01"), ("connect", "CP02"), ("turn", 8)]


@settings(max_examples=150, deadline=None)
@given(st.lists(steps, max_size=25))
def test_the_doors_promises_hold_in_any_order_of_requests_commits_and_failures(script: list[Any]) -> None:
    live([*CONNECTED, *script])


evses = st.tuples(st.sampled_from(["remote_start", "start"]), places, st.just("CARD1"))
disk = st.one_of(
    st.tuples(st.sampled_from(["hold", "release"])), st.tuples(st.just("fail"), st.sampled_from(["full", "late"]))
)  # fmt: skip
turns = st.tuples(st.just("turn"), st.integers(1, 8))


@settings(max_examples=60, deadline=None)
@given(st.lists(evses | disk | turns | st.tuples(st.just("again"), st.integers(0, 9)), min_size=4, max_size=20))
def test_of_many_starts_at_few_evses_no_two_win_the_same(script: list[Any]) -> None:
    live([*CONNECTED, *script])


comings = st.tuples(st.sampled_from(["connect", "disconnect"]), st.just("CP01"))


@settings(max_examples=60, deadline=None)
@given(st.lists(comings | disk | turns | st.tuples(st.sampled_from(["tick", "kill"])), min_size=4, max_size=20))
def test_commands_that_wait_go_out_once_whoever_comes_and_goes(script: list[Any]) -> None:
    live([("held", PLACES[0])] * 4 + [("turn", 8), *script])
