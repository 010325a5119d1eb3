"""A group's rows as they go to the disk: numbered, chained by their hashes, packed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from edgegw.journal import chain
from edgegw.journal.blocks import Block, OpenBlock, close
from edgegw.journal.group import Group, NewFact
from edgegw.journal.ids import uuid7
from edgegw.journal.packing import pack, pack_id
from edgegw.journal.rows import stamp
from edgegw.model.value import value

log = logging.getLogger("edgegw.journal")

FACT_COLUMNS = "position, epoch, sequence, id, type, subject, transaction_id, at, recorded_at, clock, body, hash, boot"
BLOCK_COLUMNS = "position, epoch, sequence, id, source, started_at, samples, body"
FACT_WIDTH, BLOCK_WIDTH = FACT_COLUMNS.count(",") + 1, BLOCK_COLUMNS.count(",") + 1
STARTED = BLOCK_COLUMNS.split(", ").index("started_at")

Named = tuple[int, str]
"""The number of a row of `epochs` or `boots`, and its id."""


@value()
class Ends:
    """Where both streams end: the newest position, sequence in the newest epoch and hash; 0 before the first."""

    position: int
    sequence: int
    hash: bytes
    block_position: int
    block_sequence: int


@dataclass(slots=True)
class Rows:
    """A group as it goes to the disk: made once, so that what is tried again is the same to the last salt."""

    group: Group
    facts: list[Any]
    personal: list[Any]
    blocks: list[Any]
    ends: Ends
    """Where the streams end once it is written."""
    reached_commit: bool = False

    @property
    def span(self) -> tuple[int, int, str, str] | None:
        """The row of `spans` for the blocks, None without any. They are in the order of their starts."""
        if not self.blocks:
            return None
        first, since, until = self.blocks[0], self.blocks[STARTED], self.blocks[STARTED - BLOCK_WIDTH]
        return self.ends.block_position, first, since, until


def place(group: Group, ends: Ends, epoch: Named, boot: Named) -> Rows:
    """The rows of a group behind `ends`."""
    facts, personal, position, sequence, digest = _fact_rows(group.facts, ends, epoch, boot)
    blocks, block_position, block_sequence = _block_rows(group.blocks, ends, epoch[0])
    return Rows(group, facts, personal, blocks, Ends(position, sequence, digest, block_position, block_sequence))


def _fact_rows(
    new: Sequence[NewFact], ends: Ends, epoch: Named, boot: Named
) -> tuple[list[Any], list[Any], int, int, bytes]:
    position, sequence, digest = ends.position, ends.sequence, ends.hash
    (epoch_number, epoch_id), (boot_number, boot_id) = epoch, boot
    rows: list[Any] = []
    personal: list[Any] = []
    for item in new:
        position += 1
        sequence += 1
        kind, subject, transaction, at, body, hidden = item.encoded
        columns = (item.id, kind, subject, at, stamp(item.recorded_at), item.clock, body)
        digest = chain.link(digest, epoch_id, str(sequence), *columns, boot_id)
        rows += (
            position, epoch_number, sequence, *columns[:3], transaction, *columns[3:], digest, boot_number,
        )  # fmt: skip
        for index in range(0, len(hidden), 3):
            personal += (position, *hidden[index : index + 3])
    return rows, personal, position, sequence, digest


def _block_rows(filled: Sequence[OpenBlock], ends: Ends, epoch: int) -> tuple[list[Any], int, int]:
    position, sequence = ends.block_position, ends.block_sequence
    rows: list[Any] = []
    for block in sorted((closed for opened in filled for closed in _closed(opened)), key=_started_at):
        position += 1
        sequence += 1
        rows += (
            position, epoch, sequence, pack_id(uuid7()), block.source, block.started_at, block.samples,
            pack(block.body, block.started_at),
        )  # fmt: skip
    return rows, position, sequence


def _started_at(block: Block) -> str:
    """Of a commit the blocks come in the order of their starts, so that its span is seen at both ends."""
    return block.started_at


def _closed(opened: OpenBlock) -> list[Block]:
    """The stored form of a block; nothing of one that has none, as it would be tried again with every commit."""
    try:
        return close(opened)
    except (TypeError, ValueError, OverflowError) as error:
        log.error("%d readings of %s can't be written and are given up: %s", len(opened.samples), opened.source, error)
        return []
