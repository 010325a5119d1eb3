"""Sample blocks: columns, the minute that a block spans at most, and the way back to readings."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.journal.blocks import BLOCK_SAMPLES, BLOCK_SPAN_S, KEPT_SAMPLES, Filling, OpenBlock, close, readings
from edgegw.model.samples import QUANTITIES, MeterSample
from tests.journal.parts import NOON, block

numbers = st.one_of(
    st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9)
)
values = st.dictionaries(st.sampled_from(QUANTITIES), numbers, min_size=1)
samples = st.builds(
    MeterSample,
    st.just("meters/grid"),
    st.integers(0, 5 * 60_000).map(lambda ms: NOON + timedelta(milliseconds=ms)),
    values,
    st.sampled_from(["good", "suspect", "stale"]),
)


@given(st.lists(samples, min_size=1, max_size=60))
def test_what_is_read_from_the_blocks_is_what_was_put_in_and_no_block_spans_a_minute(given: list[MeterSample]) -> None:
    closed = close(OpenBlock("meters/grid", 0.0, list(given)))
    found = [sample for each in closed for sample in readings(each.source, each.body)]
    assert found == sorted(given, key=lambda sample: sample.at)
    for each in closed:
        times = orjson.loads(each.body)["t"]
        assert len(times) == each.samples
        assert times[-1] < BLOCK_SPAN_S * 1000
    assert all(before.started_at < after.started_at for before, after in pairwise(closed))


@pytest.mark.parametrize(("seconds", "blocks"), [(59.999, 1), (60, 2), (121, 2)])
def test_a_reading_a_minute_after_the_first_opens_the_next_block(seconds: float, blocks: int) -> None:
    held = [MeterSample("meters/grid", NOON + timedelta(seconds=after), {"import_wh": 1}) for after in (seconds, 0)]
    assert len(close(OpenBlock("meters/grid", 0.0, held))) == blocks


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_every_quantity_keeps_its_name_and_its_value(quantity: str) -> None:
    value = 12_345_678 if quantity.endswith("_wh") else 12.34
    sample = MeterSample("meters/grid", NOON, {quantity: value})
    (closed,) = close(OpenBlock("meters/grid", 0.0, [sample]))
    (found,) = readings(closed.source, closed.body)
    assert found == sample
    assert type(found.values[quantity]) is type(value)


def test_a_block_is_columns() -> None:
    held = [
        MeterSample("meters/grid", NOON, {"import_wh": 5, "power_w": 1.5}),
        MeterSample("meters/grid", NOON + timedelta(seconds=1.25), {"import_wh": 6}, "suspect"),
    ]
    (closed,) = close(OpenBlock("meters/grid", 0.0, held))
    assert orjson.loads(closed.body) == {
        "start": "2026-03-02T12:00:00.000000Z",
        "t": [0, 1250],
        "import_wh": [5, 6],
        "power_w": [1.5, None],
        "quality": ["good", "suspect"],
    }
    assert closed.started_at == "2026-03-02T12:00:00.000000Z"


def test_a_block_is_taken_after_its_linger_and_each_source_has_its_own() -> None:
    filling = Filling()
    filling.add(MeterSample("meters/grid", NOON, {}), 100.0)
    filling.add(MeterSample("meters/house", NOON, {}), 110.0)
    filling.add(MeterSample("meters/grid", NOON, {}), 114.0)
    assert filling.take(99.9) == []
    assert [(each.source, len(each.samples)) for each in filling.take(100.0)] == [("meters/grid", 2)]
    assert [each.source for each in filling.take(float("inf"))] == ["meters/house"]


def test_a_full_block_says_so() -> None:
    filling = Filling()
    told = [filling.add(MeterSample("meters/grid", NOON, {}), 0.0) for _ in range(BLOCK_SAMPLES)]
    assert told.index(True) == BLOCK_SAMPLES - 1
    assert len(filling.take_source("meters/grid").samples) == BLOCK_SAMPLES


def test_what_the_disk_did_not_take_stands_before_what_came_since_and_keeps_its_age() -> None:
    filling = Filling()
    newer = MeterSample("meters/grid", NOON + timedelta(minutes=1), {"import_wh": 9})
    filling.add(newer, 200.0)
    old = block(3)
    old.opened = 150.0
    assert filling.put_back(old) == 0
    (again,) = filling.take(150.0)
    assert again.samples == [*old.samples, newer]


def test_of_more_than_memory_holds_the_oldest_are_given_up_and_counted() -> None:
    filling = Filling()
    for second in range(5):
        filling.add(MeterSample("meters/grid", NOON + timedelta(hours=1, seconds=second), {}), 0.0)
    assert filling.put_back(block(KEPT_SAMPLES)) == 5
    (held,) = filling.take(float("inf"))
    assert len(held.samples) == KEPT_SAMPLES
    assert held.samples[0].at == NOON + timedelta(seconds=5)
