"""Which spans belong together: with spans that are only written down."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

import pytest

from edgegw.model import facts as f
from edgegw.tracing.stories import MOST_WAITING, Span, Stories
from tests.support.clock import FakeClock


@dataclass
class Written:
    name: str
    parent: Written | None
    began: int
    attributes: dict[str, str | int]
    ended: int | None = None
    traceparent: str = ""

    def say(self, **attributes: str | int) -> None:
        self.attributes.update(attributes)

    def end(self, at_ns: int | None = None) -> None:
        assert self.ended is None, "a span ends once"
        self.ended = -1 if at_ns is None else at_ns


@dataclass
class Pad:
    wants: bool = True
    spans: list[Written] = field(default_factory=list)

    def begin(self, name: str, parent: Span | None, at_ns: int, /, **attributes: str | int) -> Span | None:
        if not self.wants:
            return None
        assert parent is None or isinstance(parent, Written)
        span = Written(name, parent, at_ns, dict(attributes), traceparent=f"tp-{len(self.spans)}")
        self.spans.append(span)
        return span

    def named(self, name: str) -> list[Written]:
        return [span for span in self.spans if span.name == name]


@dataclass(frozen=True)
class Kept:
    sequence: int
    fact: f.Fact
    id: str


PAST = FakeClock().now()


def kept(sequence: int, id: str) -> Kept:
    return Kept(sequence, f.StationDisconnected(at=PAST, station="CP01", reason="closed"), id)


@pytest.fixture
def pad() -> Pad:
    return Pad()


@pytest.fixture
def stories(pad: Pad) -> Stories:
    ids, times = count(1), count(100)
    return Stories(pad, lambda: f"id-{next(ids)}", lambda: next(times))


def test_a_fact_that_no_frame_brought_has_no_trace(stories: Stories, pad: Pad) -> None:
    assert stories.new_id() == "id-1"
    stories.committed((kept(1, "id-1"),), "e")
    stories.published("e", 1, 1, 0, 0)
    stories.durable("e", 1)
    assert stories.traceparent("id-1") is None
    assert pad.spans == []


def test_all_facts_of_a_frame_share_a_commit_that_ends_with_the_first_batch(stories: Stories, pad: Pad) -> None:
    with stories.frame("CP01", "StatusNotification", "1.6", 0.0):
        one, two = stories.new_id(), stories.new_id()
    assert stories.traceparent(one) == stories.traceparent(two) is not None
    stories.committed((kept(1, one), kept(2, two)), "e")
    (commit,) = pad.named("commit")
    assert commit.attributes["facts"] == "station_disconnected, station_disconnected"
    stories.published("e", 1, 2, 0, 0)
    stories.durable("e", 2)
    assert [span.parent for span in pad.named("publish") + pad.named("watermark")] == [commit, commit]
    assert all(span.ended is not None for span in pad.spans)


def test_a_second_write_of_a_frame_is_a_second_commit_and_no_second_decision(stories: Stories, pad: Pad) -> None:
    with stories.frame("CP01", "BootNotification", "1.6", 0.0):
        one = stories.new_id()
        stories.committed((kept(1, one),), "e")
        two = stories.new_id()
    stories.committed((kept(2, two),), "e")
    assert (len(pad.named("commit")), len(pad.named("decide"))) == (2, 1)
    assert all(span.ended is not None for span in pad.spans)


def test_a_watermark_is_told_once_and_one_of_another_epoch_not_at_all(stories: Stories, pad: Pad) -> None:
    with stories.frame("CP01", "Heartbeat", "1.6", 0.0):
        one = stories.new_id()
    stories.committed((kept(1, one),), "e")
    stories.durable("of before", 5)
    assert pad.named("watermark") == []
    stories.durable("e", 1)
    stories.durable("e", 2)
    assert len(pad.named("watermark")) == 1


def test_what_is_not_sampled_leaves_nothing_behind(stories: Stories, pad: Pad) -> None:
    pad.wants = False
    with stories.frame("CP01", "Heartbeat", "1.6", 0.0):
        one = stories.new_id()
    assert stories.traceparent(one) is None


def test_of_facts_that_no_cloud_takes_the_oldest_are_forgotten(stories: Stories, pad: Pad) -> None:
    ids = []
    for sequence in range(1, MOST_WAITING + 11):
        with stories.frame("CP01", "Heartbeat", "1.6", 0.0):
            ids.append(stories.new_id())
        stories.committed((kept(sequence, ids[-1]),), "e")
    assert stories.traceparent(ids[9]) is None
    assert stories.traceparent(ids[10]) is not None
    stories.durable("e", MOST_WAITING + 10)
    assert len(pad.named("watermark")) == MOST_WAITING


def test_time_in_the_queue_belongs_to_the_frame(stories: Stories, pad: Pad) -> None:
    with stories.frame("CP01", "Heartbeat", "1.6", 30e-9):
        stories.new_id()
    (frame,) = pad.named("Heartbeat")
    assert frame.began == 70
    assert pad.named("decide")[0].began == 70
