from __future__ import annotations

import gzip
import json
import random
from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.uplink.codec.events import (
    MAX_RAW_BYTES,
    BadBatch,
    Encoded,
    decode,
    encode_block,
    encode_fact,
    encode_gap,
    fill_gaps,
    pack,
)
from tests.uplink.codec.rows import NOON, BlockRow, FactRow

GOLDEN_FACT = {
    "specversion": "1.0",
    "id": "019363f0-0000-7000-8000-000000000001",
    "source": "/sites/paulista-01/stations/CP%2001",
    "type": "io.edgegw.transaction_metered.v1",
    "time": "2026-11-24T12:00:00.250000Z",
    "recordedtime": "2026-11-24T12:00:00.250000Z",
    "sequence": "00000000000000000042",
    "epoch": "0f3a9c",
    "clock": "synced",
    "facthash": "ab" * 32,
    "datacontenttype": "application/json",
    "data": {"import_wh": 1234, "reason": "begin"},
}
GOLDEN_BLOCK = {
    "specversion": "1.0",
    "id": "019363f0-0000-7000-8000-000000000002",
    "source": "/sites/paulista-01/stations/CP01/1",
    "type": "io.edgegw.samples.v1",
    "time": "2026-11-24T12:00:00.250000Z",
    "sequence": "00000000000000000007",
    "epoch": "0f3a9c",
    "datacontenttype": "application/json",
    "data": {"start": "2026-11-24T12:00:00.250000Z", "t": [0, 1000], "import_wh": [1, None]},
}


def test_a_fact_is_this_cloudevent() -> None:
    assert json.loads(encode_fact("paulista-01", FactRow()).json) == GOLDEN_FACT


def test_a_block_is_this_cloudevent_with_its_columns_untouched() -> None:
    assert json.loads(encode_block("paulista-01", BlockRow()).json) == GOLDEN_BLOCK


def test_a_gap_stands_at_its_last_number_and_has_the_same_id_each_time() -> None:
    gap = encode_gap("s", "B", "e", 5, 9, reason="dropped", at=NOON, samples=120)
    again = encode_gap("s", "B", "e", 5, 9, reason="dropped", at=NOON, samples=120)
    event = json.loads(gap.json)
    assert gap == again
    assert event["type"] == "io.edgegw.gap.v1"
    assert event["sequence"] == "00000000000000000009"
    assert event["data"] == {"from": "5", "to": "9", "reason": "dropped", "samples": 120}
    assert event["id"] != json.loads(encode_gap("s", "A", "e", 5, 9, reason="dropped", at=NOON).json)["id"]


def test_what_was_encoded_is_decoded() -> None:
    facts = [encode_fact("s", FactRow(sequence=n, id=f"id-{n}")) for n in (1, 2)]
    gap = encode_gap("s", "A", "0f3a9c", 3, 9, reason="dropped", at=NOON)
    [batch] = pack("A", "0f3a9c", [*facts, gap], 32768)
    events = decode(batch.payload)
    assert (batch.first, batch.last, batch.events) == (1, 9, 3)
    assert [(event.first, event.sequence, event.is_gap) for event in events] == [
        (1, 1, False),
        (2, 2, False),
        (3, 9, True),
    ]
    assert events[0].time == events[0].recorded_time == NOON
    assert events[0].hash == "ab" * 32
    assert events[0].data == {"import_wh": 1234, "reason": "begin"}
    assert decode(gzip.decompress(batch.payload)) == events


def noisy(sequence: int, size: int) -> Encoded:
    """An event that gzip can't make smaller."""
    text = random.Random(sequence).randbytes(size // 2).hex()
    return encode_fact("s", FactRow(sequence=sequence, id=f"id-{sequence}", body={"x": text}))


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=60), st.integers(1500, 6000))
def test_batches_keep_every_event_in_order_below_the_limit_and_cut_the_same_each_time(
    sizes: list[int], limit: int
) -> None:
    events = [noisy(n + 1, size) for n, size in enumerate(sizes)]
    batches = pack("A", "0f3a9c", events, limit)
    assert all(len(batch.payload) <= limit or batch.events == 1 for batch in batches)
    assert [event.sequence for batch in batches for event in decode(batch.payload)] == list(range(1, len(sizes) + 1))
    assert [(batch.first, batch.last) for batch in batches] == [
        (found[0].sequence, found[-1].sequence) for found in (decode(batch.payload) for batch in batches)
    ]
    assert pack("A", "0f3a9c", events, limit) == batches


def test_an_event_above_the_limit_is_a_batch_of_its_own() -> None:
    batches = pack("A", "0f3a9c", [noisy(1, 10), noisy(2, 9000), noisy(3, 10)], 2000)
    assert [(batch.first, batch.last, len(batch.payload) > 2000) for batch in batches] == [
        (1, 1, False), (2, 2, True), (3, 3, False),
    ]  # fmt: skip


def test_a_batch_holds_no_more_events_than_it_may() -> None:
    batches = pack("A", "0f3a9c", [noisy(n, 10) for n in range(1, 8)], 32768, 3)
    assert [(batch.first, batch.last) for batch in batches] == [(1, 3), (4, 6), (7, 7)]


def test_missing_numbers_are_filled_before_between_but_not_after() -> None:
    events = [replace(Encoded(n, n, b"{}")) for n in (4, 5, 9)]
    whole = fill_gaps("s", "A", "e", 1, events, reason="dropped", at=NOON)
    assert [(event.first, event.last, event.gap) for event in whole] == [
        (2, 3, True), (4, 4, False), (5, 5, False), (6, 8, True), (9, 9, False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{}",
        b"[1]",
        b"[{}]",
        b"\x1f\x8b\x08 cut off",
        gzip.compress(b"[", mtime=0)[:-3],
        b"\xff\xfe",
        orjson.dumps([{**GOLDEN_FACT, "sequence": "x"}]),
        orjson.dumps([{**GOLDEN_FACT, "sequence": "0"}]),
        orjson.dumps([{**GOLDEN_FACT, "time": "yesterday"}]),
        orjson.dumps([{**GOLDEN_FACT, "type": "io.edgegw.gap.v1", "data": {"from": "50", "to": "42"}}]),
        gzip.compress(b" " * (MAX_RAW_BYTES + 1)),
    ],
)
def test_what_is_no_batch_is_refused_with_one_error(payload: bytes) -> None:
    with pytest.raises(BadBatch):
        decode(payload)
