"""What is taken, held, asked for and in the end given up, without broker or database."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from edgegw.cloud.intake import Intake, Taken
from edgegw.cloud.poison import MAX_SUSPECTS, TRIES, Suspects, read
from edgegw.cloud.receive import Key
from edgegw.cloud.rows import REJECTED_TYPE
from edgegw.uplink.codec.events import MAX_RAW_BYTES, BadBatch
from edgegw.uplink.codec.messages import Held, Nack, Place

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY = Key("s", "e", "A")


def item(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"id-{number}", "source": "/sites/s", "type": "io.edgegw.x.v1", "time": "2026-11-24T12:00:00Z",
        "sequence": f"{number:020d}", "epoch": "e", "data": {}, **changes,
    }  # fmt: skip


def batch(*items: Any) -> bytes:
    return gzip.compress(orjson.dumps(items), mtime=0)


def take(intake: Intake, *items: Any, at: float = 0.0) -> list[tuple[int, str]]:
    taken = intake.take("s", "A", batch(*items), NOON, at)
    return [(each.event.sequence, each.event.type) for each in taken.accepted]


def unreadable(intake: Intake, payload: bytes = b"poison", *, kept: bool = True) -> Taken:
    return intake.unreadable("s", "A", payload, NOON, 0.0, kept=kept)


@pytest.mark.parametrize(
    "changes",
    [
        {"time": "yesterday"}, {"time": 7}, {"id": None}, {"id": "a\0"}, {"source": 7}, {"data": [1]}, {"data": "text"},
        {"type": None}, {"recordedtime": "?"}, {"clock": "\0"}, {"facthash": 7}, {"boot": {}},
    ],
)  # fmt: skip
def test_an_event_that_can_not_be_read_is_taken_in_its_place_as_it_came(changes: dict[str, Any]) -> None:
    first, spoiled, third = read(batch(item(1), item(2, **changes), item(3)), NOON)
    assert (first.type, third.type) == ("io.edgegw.x.v1", "io.edgegw.x.v1")
    assert (spoiled.type, spoiled.sequence, spoiled.epoch) == (REJECTED_TYPE, 2, "e")
    assert orjson.loads(spoiled.data["payload"]) == item(2, **changes)


@pytest.mark.parametrize(
    "payload",
    [
        b"rubbish", b"{}", batch(item(1))[:-4], gzip.compress(b"[" + b" " * MAX_RAW_BYTES + b"]"), batch(7),
        batch(None),
        batch(item(1, sequence="x")), batch(item(1, sequence=0)), batch(item(1, sequence=str(2**63))),
        batch(item(1, epoch=None)), batch(item(1, epoch="")), batch(item(1, epoch="e" * 65)),
        batch(item(1, epoch="\0")),
    ],
)  # fmt: skip
def test_a_message_whose_places_can_not_be_read_is_no_batch(payload: bytes) -> None:
    with pytest.raises(BadBatch):
        read(payload, NOON)


def test_what_a_batch_lacks_before_it_is_asked_for_less_and_less_often_until_it_comes() -> None:
    intake = Intake({KEY: 2})
    assert take(intake, item(6), item(7), at=100.0) == []
    asked: list[float] = []
    while len(asked) < 5:
        when = intake.asks.wake_at()
        assert when is not None
        assert intake.asks.due(when - 0.01) == []
        assert intake.asks.due(when) == [(KEY, 3, 5)]
        asked.append(when - 100.0)
    assert asked == [0.0, 5.0, 15.0, 35.0, 75.0]
    assert [sequence for sequence, _ in take(intake, item(3), item(4), at=200.0)] == [3, 4]
    assert intake.asks.due(200.0) == [(KEY, 5, 5)]
    assert [sequence for sequence, _ in take(intake, item(5), at=201.0)] == [5, 6, 7]
    assert intake.asks.wake_at() is None


def test_the_same_numbers_are_not_asked_for_again_with_each_batch_that_comes_too_early() -> None:
    intake = Intake({})
    asked = 0
    for sequence in range(2, 50):
        take(intake, item(sequence), at=sequence / 100)
        asked += len(intake.asks.due(sequence / 100))
    assert asked == 1


def test_a_message_that_can_not_be_read_is_asked_for_though_nothing_follows_it() -> None:
    intake = Intake({KEY: 4})
    take(intake, item(4))
    assert unreadable(intake) == Taken()
    assert intake.asks.due(0.0) == [(KEY, 5, 5)]


def test_the_stream_goes_on_without_what_came_three_times_and_could_never_be_read() -> None:
    intake = Intake({})
    take(intake, item(1), item(2))
    assert unreadable(intake) == Taken()  # nothing has followed it yet, so it is not known what it is
    for _ in range(TRIES - 1):
        take(intake, item(6), item(7))
        assert unreadable(intake) == Taken()
    taken = unreadable(intake)
    [gap, *freed] = [each.event for each in taken.accepted]
    assert (gap.is_gap, gap.first, gap.sequence, gap.data["reason"]) == (True, 3, 5, "rejected")
    assert [event.sequence for event in freed] == [6, 7]
    assert [each.before for each in taken.accepted] == [2, 5, 6]
    assert intake.asks.wake_at() is None


def test_what_was_not_kept_is_never_given_up() -> None:
    intake = Intake({})
    take(intake, item(1), item(4))
    assert all(unreadable(intake, kept=False) == Taken() for _ in range(TRIES * 2))


def test_a_message_is_not_given_up_when_other_numbers_were_missing_each_time() -> None:
    suspects = Suspects()
    assert not any(suspects.again(b"x", (1, last)) for last in range(1, 9))
    assert [suspects.again(b"x", (1, 8)) for _ in range(TRIES - 1)] == [False, True]


def test_other_messages_in_between_do_not_make_it_forgotten_unless_there_are_many() -> None:
    suspects = Suspects()
    for _ in range(TRIES - 1):
        assert not suspects.again(b"x", (1, 2))
        assert not suspects.again(b"y", (1, 2))
    for number in range(MAX_SUSPECTS):
        suspects.again(b"%d" % number, (1, 2))
    assert not suspects.again(b"x", (1, 2))


def test_a_message_of_a_site_that_nobody_knows_is_only_put_aside() -> None:
    intake = Intake({})
    assert unreadable(intake) == Taken()
    assert intake.asks.wake_at() is None


def test_a_site_that_believes_more_to_be_durable_than_is_here_sends_it_again() -> None:
    intake = Intake({KEY: 5})
    held = Held("e", head=20, tail=1, acknowledged=Place("e", 9), backlog=11)
    assert intake.greeted("s", "A", held, late=False) == Nack("e", 6, 9)
    behind = Held("e", head=20, tail=1, acknowledged=Place("e", 3), backlog=17)
    assert intake.greeted("s", "A", behind, late=False) is None
    assert intake.greeted("s", "A", behind, late=True) == Nack("e", 6, 6)
