"""The rules of delivery against a hostile world: a broker that loses what it acknowledged, a cloud that restarts and
forgets, connections that end anywhere. The cloud's side is the real receiver."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from edgegw.cloud.receive import Key, Receiver
from edgegw.uplink.codec.events import MAX_EVENTS, Batch, Event
from edgegw.uplink.codec.messages import Nack, Place
from edgegw.uplink.outbox import HANGUPS
from edgegw.uplink.sync import AHEAD, FACTS_IN_A_ROW, HANGUP_S, WINDOW_BYTES, Load, Pace, Park, Save, Send, Sync
from edgegw.uplink.topics import STREAMS, Stream

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def batch(stream: Stream, epoch: str, first: int, last: int, size: int = 1000) -> Batch:
    return Batch(stream, epoch, first, last, last - first + 1, bytes(size))


def event(epoch: str, sequence: int) -> Event:
    return Event(f"{epoch}-{sequence}", "/", "io.edgegw.x.v1", NOON, None, sequence, sequence, epoch, None, None, {})


class World(RuleBasedStateMachine):
    """A site with two streams and epochs, a broker between, and a cloud with a database."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.sync = Sync(max_rate=1000.0)
        self.epochs = ["e1"]
        self.heads: dict[tuple[Stream, str], int] = {(stream, "e1"): 0 for stream in STREAMS}
        self.online = False
        self.loads: list[Load] = []
        self.to_broker: list[Send] = []
        self.to_cloud: list[Batch] = []
        self.acks: list[tuple[Stream, Place | Nack]] = []
        self.old_watermarks: list[tuple[Stream, Place]] = []
        self.durable: dict[Key, int] = {}
        self.receivers: dict[Key, Receiver] = {}
        self.saved: dict[Stream, Place] = {}
        self.frontier: dict[tuple[Stream, str], int] = {}
        for stream in STREAMS:
            self.sync.start(stream, Place("e1", 0), Place("e1", 0))

    # The site

    @rule(stream=st.sampled_from(STREAMS), count=st.integers(1, 30))
    def the_journal_grows(self, stream: Stream, count: int) -> None:
        epoch = self.epochs[-1]
        self.heads[stream, epoch] += count
        self.sync.grown(stream, Place(epoch, self.heads[stream, epoch]))

    @precondition(lambda self: len(self.epochs) < 2)
    @rule()
    def a_new_epoch_begins(self) -> None:
        self.epochs.append("e2")
        for stream in STREAMS:
            self.heads[stream, "e2"] = 0
            self.sync.grown(stream, Place("e2", 0))

    @rule(seconds=st.sampled_from([0.01, 1.0, 31.0, 400.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def the_site_acts(self) -> None:
        for action in self.sync.step(self.now):
            match action:
                case Load():
                    self.loads.append(action)
                case Send():
                    key = (action.batch.stream, action.batch.epoch)
                    known = max(self.frontier.get(key, 0), self.told_watermark(*key))
                    assert action.batch.first <= known + 1, "a number was skipped"
                    self.frontier[key] = action.batch.last
                    self.to_broker.append(action)
                case Save(stream, place):
                    at = self.durable.get(Key("s", place.epoch, stream), 0)
                    assert place.sequence <= at, "the cursor ran ahead of what the cloud has"
                    self.saved[stream] = place
                case Park(stream, place):
                    self.sync.parked(stream, place)
        flying = self.sync._flying
        assert len(flying) <= 20
        assert len(flying) <= 1 or sum(flying.values()) <= WINDOW_BYTES

    def told_watermark(self, stream: Stream, epoch: str) -> int:
        return self.durable.get(Key("s", epoch, stream), 0)

    @rule(size=st.integers(1, 7))
    def a_load_is_answered(self, size: int) -> None:
        if not self.loads:
            return
        load = self.loads.pop(0)
        epoch, after = load.after.epoch, load.after.sequence
        if after >= self.heads[load.stream, epoch] and epoch != self.epochs[-1]:
            epoch, after = self.epochs[-1], 0
        head = self.heads[load.stream, epoch]
        batches: list[Batch] = []
        while after < head and len(batches) < 3:
            batches.append(batch(load.stream, epoch, after + 1, min(head, after + size)))
            after = batches[-1].last
        self.sync.loaded(load, batches, Place(epoch, after))

    # The broker

    @precondition(lambda self: not self.online)
    @rule()
    def the_connection_is_made(self) -> None:
        self.online = True
        self.to_broker.clear()
        self.sync.connected(self.now, 20, 1_000_000)
        for stream in STREAMS:
            self.tell(stream)

    @precondition(lambda self: self.online)
    @rule()
    def the_connection_is_lost(self) -> None:
        self.online = False
        self.to_broker.clear()
        self.sync.disconnected(self.now, None, len(self.sync._flying))

    @rule(code=st.sampled_from([0, 0, 0, 0, 0x10, 0x97]), kept=st.booleans())
    def the_broker_takes_one(self, code: int, kept: bool) -> None:
        if self.online and self.to_broker:
            send = self.to_broker.pop(0)
            if code == 0 and kept:
                self.to_cloud.append(send.batch)
            self.sync.published(self.now, send.token, code)

    # The cloud

    @rule(count=st.integers(1, 5))
    def the_cloud_commits_some(self, count: int) -> None:
        for taken in self.to_cloud[:count]:
            key = Key("s", taken.epoch, taken.stream)
            receiver = self.receivers.setdefault(key, Receiver(self.durable.get(key, 0)))
            for sequence in range(taken.first, taken.last + 1):
                accepted = receiver.take(event(taken.epoch, sequence))
                assert [e.sequence for e in accepted] == list(
                    range(receiver.watermark - len(accepted) + 1, receiver.watermark + 1)
                )
            self.durable[key] = receiver.watermark
            self.acks.append((taken.stream, Place(taken.epoch, receiver.watermark)))
            if receiver.missing is not None:
                self.acks.append((taken.stream, Nack(taken.epoch, *receiver.missing)))
        del self.to_cloud[:count]

    @rule()
    def the_cloud_restarts(self) -> None:
        self.receivers.clear()
        self.to_cloud.clear()
        for stream in STREAMS:
            self.tell(stream)
            at = self.durable.get(Key("s", self.epochs[-1], stream), 0)
            self.acks.append((stream, Nack(self.epochs[-1], at + 1, at + 1)))

    def tell(self, stream: Stream) -> None:
        for epoch in self.epochs:
            self.acks.append((stream, Place(epoch, self.durable.get(Key("s", epoch, stream), 0))))

    @rule(lost=st.booleans())
    def an_acknowledgement_arrives(self, lost: bool) -> None:
        if not self.acks:
            return
        stream, said = self.acks.pop(0)
        if lost or not self.online:
            return
        if isinstance(said, Nack):
            self.sync.nack(self.now, stream, said)
        else:
            self.old_watermarks.append((stream, said))
            self.sync.watermark(self.now, stream, said)

    @precondition(lambda self: self.old_watermarks)
    @rule(data=st.data())
    def an_old_watermark_arrives_again(self, data: st.DataObject) -> None:
        if self.online:
            stream, place = data.draw(st.sampled_from(self.old_watermarks))
            self.sync.watermark(self.now, stream, place)

    @invariant()
    def the_cursor_is_never_ahead_of_the_cloud(self) -> None:
        for stream in STREAMS:
            place = self.sync.acknowledged(stream)
            assert place.sequence <= self.durable.get(Key("s", place.epoch, stream), 0)

    def teardown(self) -> None:
        """The world turns kind: after a while everything is with the cloud, and acknowledged."""
        if not self.online:
            self.the_connection_is_made()
        for _ in range(600):
            self.now += 1.0
            self.the_site_acts()
            while self.loads:
                self.a_load_is_answered(7)
            while self.to_broker:
                self.the_broker_takes_one(0, True)
            self.the_cloud_commits_some(1000)
            while self.acks:
                self.an_acknowledgement_arrives(False)
        for (stream, epoch), head in self.heads.items():
            assert self.durable.get(Key("s", epoch, stream), 0) == head
        for stream in STREAMS:
            newest = next(epoch for epoch in reversed(self.epochs) if self.heads[stream, epoch] or epoch == "e1")
            assert self.sync.acknowledged(stream) == Place(newest, self.heads[stream, newest])


TestDeliveryInAHostileWorld = World.TestCase
TestDeliveryInAHostileWorld.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


class Bench:
    """A sync that is online at time 0, with a journal of `a` facts and `b` blocks in batches of one."""

    def __init__(self, a: int = 0, b: int = 0, *, size: int = 1000, **options: Any) -> None:
        self.sync = Sync(max_rate=options.pop("max_rate", 1000.0), **options)
        self.size = size
        for stream, head in (("A", a), ("B", b)):
            self.sync.start(stream, Place("e", 0), Place("e", head))  # type: ignore[arg-type]
        self.heads: dict[Stream, int] = {"A": a, "B": b}
        self.saved: list[Save] = []
        self.loads: list[Load] = []
        self.sync.connected(0.0, 1000, 1_000_000)

    def step(self, now: float) -> list[Send]:
        """What is sent, with every load answered at once."""
        sent: list[Send] = []
        while actions := self.sync.step(now):
            for action in actions:
                match action:
                    case Load(stream, after):
                        self.loads.append(action)
                        first, last = after.sequence + 1, min(after.sequence + 2, self.heads[stream])
                        made = [batch(stream, "e", n, n, self.size) for n in range(first, last + 1)]
                        self.sync.loaded(action, made, Place("e", max(after.sequence, last)))
                    case Send():
                        sent.append(action)
                    case Save():
                        self.saved.append(action)
        return sent


def numbers(sent: list[Send], stream: Stream = "A") -> list[int]:
    return [send.batch.first for send in sent if send.batch.stream == stream]


def test_at_most_64_kib_are_in_flight_and_a_puback_makes_room() -> None:
    bench = Bench(a=10, size=30_000)
    sent = bench.step(1.0)
    assert numbers(sent) == [1, 2]
    bench.sync.published(1.0, sent[0].token, 0)
    assert numbers(bench.step(1.0)) == [3]


def test_one_batch_larger_than_the_window_still_goes_alone() -> None:
    assert numbers(Bench(a=3, size=100_000, max_batch=200_000).step(1.0)) == [1]


def test_the_brokers_receive_maximum_is_obeyed() -> None:
    bench = Bench(a=10)
    bench.sync.connected(0.0, 3, 1_000_000)
    assert numbers(bench.step(1.0)) == [1, 2, 3]


def test_a_small_maximum_packet_makes_smaller_batches() -> None:
    bench = Bench(a=1)
    bench.sync.connected(0.0, 10, 9_000)
    bench.step(1.0)
    assert bench.loads[0].max_bytes == 9_000 - 1024


def test_facts_go_first_and_samples_get_every_fifth_turn() -> None:
    bench = Bench(a=10, b=10, size=1)
    order = "".join(send.batch.stream for send in bench.step(1.0))
    assert order.startswith("A" * FACTS_IN_A_ROW + "B" + "A" * FACTS_IN_A_ROW + "B")


def test_a_new_fact_does_not_wait_for_the_backlog_of_samples() -> None:
    bench = Bench(b=1000, size=30_000)
    first = bench.step(1.0)
    bench.heads["A"] = 1
    bench.sync.grown("A", Place("e", 1))
    assert bench.step(1.0) == []
    bench.sync.published(1.1, first[0].token, 0)
    assert [send.batch.stream for send in bench.step(1.1)] == ["A"]


def test_no_more_than_max_rate_publishes_a_second() -> None:
    bench = Bench(a=1000, size=1, max_rate=10.0)
    sent = 0
    for tenth in range(1, 31):
        for send in bench.step(tenth / 10):
            bench.sync.published(tenth / 10, send.token, 0)
            sent += 1
    assert 30 <= sent <= 41  # three seconds, and one second's credit


def test_nothing_runs_further_ahead_of_the_watermark_than_the_window() -> None:
    bench = Bench(a=1000, size=1)
    total = 0
    for _ in range(10):
        for send in bench.step(1.0):
            bench.sync.published(1.0, send.token, 0)
            total += 1
    assert total == AHEAD


def test_silence_makes_it_probe_with_one_batch_less_and_less_often() -> None:
    bench = Bench(a=100, size=1)
    for send in bench.step(1.0):
        bench.sync.published(1.0, send.token, 0)
    assert bench.step(30.9) == []
    times = []
    for second in range(31, 700):
        sent = bench.step(float(second))
        if sent:
            assert numbers(sent) == [1]
            bench.sync.published(float(second), sent[0].token, 0)
            times.append(second)
    assert times == [31, 61, 121, 241, 481]
    assert bench.sync.trouble is not None
    bench.sync.watermark(700.0, "A", Place("e", 1))
    assert numbers(bench.step(700.0))[0] == 2
    assert bench.sync.trouble is None


def test_nobody_subscribed_is_no_delivery() -> None:
    bench = Bench(a=3, size=1, mode="puback")
    for send in bench.step(1.0):
        bench.sync.published(1.0, send.token, 0x10)
    assert bench.step(2.0) == []
    assert bench.sync.trouble == "stream A: nobody is subscribed to our events"
    assert bench.saved == []
    assert numbers(bench.step(12.0)) == [1]


def test_in_puback_mode_the_cursor_moves_with_the_pubacks_in_order() -> None:
    bench = Bench(a=3, size=1, mode="puback")
    sent = bench.step(1.0)
    bench.sync.published(1.0, sent[1].token, 0)
    bench.step(1.0)
    assert bench.saved == []
    bench.sync.published(1.0, sent[0].token, 0)
    bench.step(1.0)
    assert bench.saved == [Save("A", Place("e", 2))]


class Picky:
    """A sync with one batch of `events` in stream A, and a broker that does not take what holds the number `poison`."""

    def __init__(self, events: int, poison: int, *, topic_is_closed: bool = False) -> None:
        self.sync = Sync(max_rate=1e6)
        self.sync.start("A", Place("e", 0), Place("e", events))
        self.events = events
        self.poison = poison
        self.topic_is_closed = topic_is_closed
        self.now = 0.0
        self.taken: list[tuple[int, int]] = []
        self.parks: list[Park] = []
        self.empties = 0
        self.sync.connected(self.now, 10, 1_000_000)

    def run(self, code: int | None = None, *, rounds: int = 60) -> None:
        """Go on until all is taken, at most so many times; what is not taken gets `code`, or ends the connection."""
        for _ in range(rounds):
            self.now += 400.0  # every pause is over
            actions = self.sync.step(self.now)
            for action in actions:
                match action:
                    case Load(after=after, max_events=most):
                        last = min(self.events, after.sequence + most)
                        made = [batch("A", "e", after.sequence + 1, last)] if last > after.sequence else []
                        self.sync.loaded(action, made, Place("e", last))
                    case Park():
                        self.parks.append(action)
                        self.sync.parked("A", action.place)
                    case Send(token, sent):
                        self.answer(token, sent, code)
            if self.taken and self.taken[-1][1] == self.events and not actions:
                return

    def answer(self, token: int, sent: Batch, code: int | None) -> None:
        parked = any(park.place.sequence == self.poison for park in self.parks)
        good = not sent.first <= self.poison <= sent.last or (sent.events == 1 and parked)
        if self.topic_is_closed:
            good = False
        self.empties += sent.events == 0
        if good:
            self.sync.published(self.now, token, 0)
            if sent.events:
                self.taken.append((sent.first, sent.last))
                self.sync.watermark(self.now, "A", Place("e", sent.last))
        elif code is not None:
            self.sync.published(self.now, token, code)
        else:
            self.sync.disconnected(self.now, None, 1)
            self.now += 1.0
            self.sync.connected(self.now, 10, 1_000_000)


@pytest.mark.parametrize("code", [0x95, 0x99, None], ids=["too large", "invalid", "hangs up"])
@pytest.mark.parametrize("poison", [1, 37, 64])
def test_the_one_event_that_the_broker_does_not_take_is_found_and_parked(code: int | None, poison: int) -> None:
    picky = Picky(64, poison)
    picky.run(code)
    assert [park.place for park in picky.parks] == [Place("e", poison)]
    assert picky.sync.acknowledged("A") == Place("e", 64)
    assert picky.empties == 1
    assert (poison, poison) in picky.taken
    assert picky.sync.trouble is None


@pytest.mark.parametrize("code", [0x95, 0x99, None], ids=["too large", "invalid", "hangs up"])
def test_a_broker_that_takes_nothing_on_the_topic_has_nothing_parked(code: int | None) -> None:
    picky = Picky(64, 1, topic_is_closed=True)
    picky.run(code, rounds=200)
    assert picky.parks == []
    assert picky.empties > 1
    assert picky.sync.trouble is not None


@pytest.mark.parametrize("code", [0x10, 0x80, 0x83, 0x87, 0x89, 0x90, 0x97, 0x9C, 0x9D])
def test_what_may_pass_is_waited_for_and_never_parked(code: int) -> None:
    picky = Picky(8, 3)
    picky.run(code, rounds=100)
    assert (picky.parks, picky.taken, picky.empties) == ([], [], 0)
    told = "nobody is subscribed to our events" if code == 0x10 else f"(0x{code:02x})"
    assert told in str(picky.sync.trouble)


def test_a_connection_that_breaks_once_or_later_or_while_others_publish_accuses_nobody() -> None:
    for seconds, code, unanswered, times in (
        (1.0, None, 1, HANGUPS - 1),
        (HANGUP_S + 1.0, None, 1, 9),
        (1.0, None, 2, 9),
        (1.0, None, 0, 9),
        (1.0, 0x8B, 1, 9),
    ):
        picky = Picky(8, 3)
        for _ in range(times):
            sent: list[Send] = []
            while not sent:
                for action in picky.sync.step(picky.now):
                    if isinstance(action, Load):
                        picky.sync.loaded(action, [batch("A", "e", 1, action.max_events)], Place("e", 8))
                    sent += [action] if isinstance(action, Send) else []
            assert sent[0].batch.last == MAX_EVENTS
            picky.now += seconds
            picky.sync.disconnected(picky.now, code, unanswered)
            picky.sync.connected(picky.now, 10, 1_000_000)


def test_of_two_under_way_when_the_connection_broke_each_is_sent_alone() -> None:
    bench = Bench(a=4, b=4, size=100)
    assert len(bench.step(1.0)) == 8
    bench.sync.disconnected(1.1, None, 8)
    bench.sync.connected(2.0, 1000, 1_000_000)
    sent = bench.step(3.0)
    assert numbers(sent) == [1]
    bench.sync.published(3.0, sent[0].token, 0)
    [second] = bench.step(3.0)
    assert (second.batch.stream, second.batch.first) == ("A", 2)


def test_an_event_above_the_limit_is_parked_without_being_tried() -> None:
    bench = Bench(a=1, size=40_000)
    actions = bench.sync.step(1.0)
    [load] = [action for action in actions if isinstance(action, Load)]
    bench.sync.loaded(load, [batch("A", "e", 1, 1, 40_000)], Place("e", 1))
    [park] = bench.sync.step(1.0)
    assert isinstance(park, Park)
    assert (park.place, park.reason) == (Place("e", 1), "40000 bytes compressed, and 32768 go into one publish")
    assert bench.sync.step(2.0) == []
    bench.sync.parked("A", park.place)
    [again] = bench.sync.step(3.0)
    assert isinstance(again, Load)
    assert again.refused == {Place("e", 1)}


def test_what_was_parked_before_a_restart_is_not_tried_again() -> None:
    sync = Sync()
    sync.start("A", Place("e", 0), Place("e", 3), frozenset({Place("e", 2)}))
    sync.connected(0.0, 10, 1_000_000)
    [load] = sync.step(1.0)
    assert isinstance(load, Load)
    assert load.refused == {Place("e", 2)}


def test_the_cloud_lost_its_database_and_gets_everything_again() -> None:
    bench = Bench(a=5, size=1)
    bench.step(1.0)
    bench.sync.watermark(1.0, "A", Place("e", 5))
    bench.step(1.0)
    bench.sync.nack(2.0, "A", Nack("e", 1, 5))
    assert numbers(bench.step(2.0)) == [1, 2, 3, 4, 5]
    assert bench.saved[-1] == Save("A", Place("e", 0))


def test_a_nack_of_what_has_not_gone_out_changes_nothing() -> None:
    bench = Bench(a=5, size=1)
    assert numbers(bench.step(1.0)) == [1, 2, 3, 4, 5]
    bench.sync.nack(1.0, "A", Nack("e", 6, 6))
    assert bench.step(1.0) == []


def test_a_cloud_that_claims_more_than_there_is_is_reported_and_not_believed() -> None:
    bench = Bench(a=5, size=1)
    bench.step(1.0)
    bench.sync.watermark(1.0, "A", Place("e", 9))
    bench.step(1.0)
    assert bench.saved == []
    assert bench.sync.trouble == "the cloud says that it has A up to 9, we have 5"


def test_a_debt_of_the_pace_is_paid_back_by_waiting() -> None:
    pace = Pace(10.0)
    for _ in range(5):
        pace.take(0.0)
    assert pace.wait(0.0) == 0.6
    assert pace.wait(0.6) == 0.0
