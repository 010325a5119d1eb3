"""Sample blocks: readings of one source gathered into columns, so that a curve costs bytes and not rows.

A block holds at most BLOCK_SPAN_S seconds and BLOCK_SAMPLES readings of one source. In JSON:
`{"start": RFC 3339, "t": [ms after start, ...], "import_wh": [number or null, ...], ...}`, and `"quality"` when a
reading was not good.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

from edgegw.journal.metrics import GIVEN_UP
from edgegw.journal.rows import stamp
from edgegw.model.samples import MeterSample, Quality

BLOCK_SPAN_S = 60
BLOCK_SAMPLES = 500
KEPT_SAMPLES = 2000
"""Readings of one source that wait in memory while the disk takes none."""


@dataclass(slots=True)
class OpenBlock:
    """The block of a source that is being filled; `opened` is the monotonic time of its first reading."""

    source: str
    opened: float
    samples: list[MeterSample] = field(default_factory=list)


class Filling:
    """The blocks being filled, one a source. What is in here is answered but not yet on disk."""

    def __init__(self) -> None:
        self._open: dict[str, OpenBlock] = {}
        self.given_up = 0
        """Readings that memory could not hold, and that nobody has told of yet."""

    def add(self, sample: MeterSample, monotonic: float) -> bool:
        """Put a reading into its source's block; True when that block is full and wants to be taken."""
        block = self._open.get(sample.source)
        if block is None:
            block = self._open[sample.source] = OpenBlock(sample.source, monotonic)
        block.samples.append(sample)
        return len(block.samples) >= BLOCK_SAMPLES

    def put_back(self, block: OpenBlock) -> int:
        """Take a block again that could not be written; return how many of the oldest readings were given up.

        Readings are given up first when the disk does not take them: at most KEPT_SAMPLES of a source are held.
        """
        newer = self._open.get(block.source)
        samples = block.samples + (newer.samples if newer is not None else [])
        self._open[block.source] = OpenBlock(block.source, block.opened, samples)
        return self.hold(block.source)

    def hold(self, source: str) -> int:
        """Keep a source's block that can't be written now; return how many of its oldest readings were given up."""
        block = self._open[source]
        given_up = max(0, len(block.samples) - KEPT_SAMPLES)
        if given_up:
            del block.samples[:given_up]
            GIVEN_UP.inc(given_up)
            self.given_up += given_up
        return given_up

    def give_up(self) -> None:
        """Drop all that is held."""
        count = sum(len(block.samples) for block in self._open.values())
        self._open.clear()
        GIVEN_UP.inc(count)
        self.given_up += count

    def waits_since(self, monotonic: float) -> bool:
        """Whether a block holds a reading that came at or before the monotonic time."""
        return any(block.opened <= monotonic for block in self._open.values())

    def take(self, opened_before: float) -> list[OpenBlock]:
        """Remove and return the blocks whose first reading came at or before the monotonic time `opened_before`."""
        taken = [block for block in self._open.values() if block.opened <= opened_before]
        for block in taken:
            del self._open[block.source]
        return taken

    def take_source(self, source: str) -> OpenBlock:
        """Remove and return the block of one source."""
        return self._open.pop(source)


@dataclass(frozen=True, slots=True)
class Block:
    """A closed block as it is stored; times as sortable text."""

    source: str
    started_at: str
    samples: int
    body: str


def close(block: OpenBlock) -> list[Block]:
    """The stored form of what an open block holds: several blocks when its readings span more than BLOCK_SPAN_S."""
    samples = sorted(block.samples, key=_when)
    closed, first = [], 0
    for index, sample in enumerate(samples):
        if sample.at - samples[first].at >= timedelta(seconds=BLOCK_SPAN_S):
            closed.append(_columns(block.source, samples[first:index]))
            first = index
    closed.append(_columns(block.source, samples[first:]))
    return closed


def _when(sample: MeterSample) -> datetime:
    return sample.at


def _columns(source: str, samples: Sequence[MeterSample]) -> Block:
    start = samples[0].at
    body: dict[str, Any] = {
        "start": stamp(start),
        "t": [round((sample.at - start).total_seconds() * 1000) for sample in samples],
    }
    names = samples[0].values.keys()
    if any(sample.values.keys() != names for sample in samples):
        names = dict.fromkeys(name for sample in samples for name in sample.values).keys()
    for name in names:
        body[name] = [sample.values.get(name) for sample in samples]
    if any(sample.quality != "good" for sample in samples):
        body["quality"] = [sample.quality for sample in samples]
    return Block(source, body["start"], len(samples), orjson.dumps(body).decode())


def column(body: bytes | str, name: str) -> Iterable[tuple[datetime, float]]:
    """(time, value) of one quantity of a block, of its good readings: cheaper than all that it holds."""
    columns = orjson.loads(body)
    values = columns.get(name)
    if values is None:
        return
    start = datetime.fromisoformat(columns["start"])
    qualities: list[Quality] = columns.get("quality") or ["good"] * len(values)
    for after_ms, value, quality in zip(columns["t"], values, qualities, strict=True):
        if value is not None and quality == "good":
            yield start + timedelta(milliseconds=after_ms), float(value)


def readings(source: str, body: bytes | str) -> Iterable[MeterSample]:
    """The readings of which a block's JSON was made, in order of time."""
    columns = orjson.loads(body)
    start = datetime.fromisoformat(columns.pop("start"))
    times = columns.pop("t")
    qualities: list[Quality] = columns.pop("quality", None) or ["good"] * len(times)
    for index, after_ms in enumerate(times):
        values = {name: column[index] for name, column in columns.items() if column[index] is not None}
        yield MeterSample(source, start + timedelta(milliseconds=after_ms), values, qualities[index])
