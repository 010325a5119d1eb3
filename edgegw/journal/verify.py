"""Whether a ledger is whole: the file sound, numbers contiguous, each fact as it was written, none missing, and the
signatures over the chain the site's own.

Reads page by page beside the gateway that writes: what comes while it walks is walked too.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import orjson

from edgegw.journal import chain
from edgegw.journal.anchors import Anchor, anchors
from edgegw.journal.connection import DATABASE_ERRORS, is_damage
from edgegw.journal.epochs import DAMAGED

PAGE_ROWS = 500
"""Rows of one read: a long one would keep the write-ahead log from being moved into the file."""

_FACTS = (
    "SELECT f.position, f.epoch, f.sequence, f.hash, b.id, f.id, f.type, f.subject, f.at, f.recorded_at, f.clock, "
    "f.body FROM facts f LEFT JOIN boots b ON b.number = f.boot WHERE f.position > ? ORDER BY f.position LIMIT ?"
)


@dataclass(slots=True)
class EpochSum:
    """What is held of one epoch: how many records, from which number to which (0 for none), and how many readings."""

    epoch: str
    reason: str
    started_at: str
    facts: int = 0
    first: int = 0
    last: int = 0
    blocks: int = 0
    samples: int = 0


@dataclass(slots=True)
class Verdict:
    """What a walk over the ledger found: counts, the hash that the chain ends at, and every break, in words."""

    facts: int = 0
    personal: int = 0
    blocks: int = 0
    epochs: list[EpochSum] = field(default_factory=list)
    hash: str = chain.START.hex()
    position: int = 0
    """Of the newest fact walked, 0 for none."""
    begins: str | None = None
    """What the oldest fact held is proven from, where that is not the ledger's beginning."""
    signatures: int = 0
    """Signatures of the site's that hold."""
    signed: int = 0
    """Position of the newest fact that one of them covers."""
    gaps: list[str] = field(default_factory=list)
    """What is not held, with the ledger's own reason."""
    breaks: list[str] = field(default_factory=list)


def verify(connection: sqlite3.Connection, trusted: Iterable[bytes]) -> Verdict:
    """Walk the whole ledger; `trusted` are the public keys whose signatures count.

    Raises sqlite3.Error when it can't be read; damage to the file is a break.
    """
    verdict = Verdict()
    try:
        _Walk(connection, frozenset(trusted), verdict).walk()
    except DATABASE_ERRORS as error:
        if not is_damage(error):
            raise
        verdict.breaks.append(f"the file is damaged: {error}")
    return verdict


class _Walk:
    def __init__(self, connection: sqlite3.Connection, trusted: frozenset[bytes], verdict: Verdict) -> None:
        self._connection = connection
        self._trusted = trusted
        self._verdict = verdict
        self._epochs: dict[int, EpochSum] = {}
        self._gaps: dict[tuple[str, int], list[tuple[int, int, str]]] = {}
        self._newest_block = 0

    def walk(self) -> None:
        one, verdict = self._connection.execute, self._verdict
        for (told,) in one("PRAGMA quick_check(10)"):
            # From SQLite 3.42 on one row may hold several lines below a heading.
            lines = [line for line in told.splitlines() if line != "ok" and not line.startswith("***")]
            verdict.breaks += [f"the file is damaged: {line}" for line in lines]
        for number, *told in one("SELECT number, id, reason, started_at FROM epochs ORDER BY number"):
            self._epochs[number] = EpochSum(*told)
        verdict.epochs = list(self._epochs.values())
        for stream, epoch, first, last, reason in one(
            "SELECT stream, epoch, first, last, reason FROM gaps ORDER BY stream, epoch, first"
        ):
            self._gaps.setdefault((stream, epoch), []).append((first, last, reason))
        self._walk_facts()
        self._walk_blocks()
        newest = verdict.epochs[-1]
        for name, stream, epoch, sequence in one("SELECT name, stream, epoch, sequence FROM cursors"):
            what, head = ("fact", newest.last) if stream == "A" else ("block", self._newest_block)
            if epoch == newest.epoch:
                missing = self._unexplained(stream, max(self._epochs), head + 1, sequence)
                verdict.breaks += [
                    f"{_several(what, *each)} missing at the end: {name} has had it all up to {sequence}"
                    for each in missing
                ]

    def _walk_facts(self) -> None:
        verdict, signed = self._verdict, {anchor.position: anchor for anchor in anchors(self._connection)}
        (oldest,) = self._connection.execute("SELECT min(position) FROM facts").fetchone()
        digest = self._beginning(signed, oldest)
        epoch, sequence, position = min(self._epochs), 0, 0
        while rows := self._connection.execute(_FACTS, (position, PAGE_ROWS)).fetchall():
            personal = _personal(self._connection, rows[0][0], rows[-1][0])
            for position, its_epoch, its_sequence, stored, boot, *columns in rows:
                if its_epoch != epoch:
                    epoch, sequence = its_epoch, 0
                held = self._epochs[epoch]
                if its_sequence != sequence + 1:
                    self._gap("A", "fact", epoch, sequence, its_sequence)
                    if position != oldest:
                        digest = None  # the hash before went with the fact: what follows is checked from the next on
                sequence = held.last = its_sequence
                held.first = held.first or sequence
                held.facts += 1
                booted = () if boot is None else (boot,)
                linked = digest and chain.link(digest, held.epoch, str(sequence), *columns, *booted)
                if linked is not None and linked != stored:
                    verdict.breaks.append(f"fact {sequence}: it is not as it was written, or not in its place")
                digest = stored
                verdict.facts += 1
                if (anchor := signed.pop(position, None)) is not None:
                    self._check(anchor, held.epoch, sequence, stored)
                for name, value, salt in personal.get(position, ()):
                    verdict.personal += 1
                    if orjson.loads(columns[-1]).get(name) != {"commitment": chain.commitment(salt, value)}:
                        verdict.breaks.append(f"fact {sequence}: {name} is not the value that it was written with")
        if digest is not None:
            verdict.hash, verdict.position = digest.hex(), position
        for anchor in signed.values():
            if not self._is_lost(anchor):
                where = " at the end" if position < anchor.position else ""
                verdict.breaks.append(f"fact {anchor.sequence} is missing{where}: it was signed {anchor.signed_at}")

    def _beginning(self, signed: dict[int, Anchor], oldest: int | None) -> bytes | None:
        """The hash that the oldest fact held is to be linked to; takes the anchors before it out of `signed`."""
        if oldest is None or oldest == 1:
            return chain.START
        before = [signed.pop(position) for position in sorted(signed) if position < oldest]
        for anchor in before:
            self._check(anchor, anchor.epoch, anchor.sequence, anchor.hash)
        epoch, sequence = self._connection.execute(
            "SELECT epoch, sequence FROM facts WHERE position = ?", (oldest,)
        ).fetchone()
        # Before the first fact of an epoch stands whatever is lost of the one before.
        number = epoch if sequence > 1 else max((each for each in self._epochs if each < epoch), default=epoch)
        gap = next((gap for gap in self._gaps.get(("A", number), ())[::-1] if sequence in (1, gap[1] + 1)), None)
        if gap is not None and gap[2] == DAMAGED:
            self._verdict.begins = "what a damaged file has lost, so nothing proves what stood before"
            return None
        if before:
            last = before[-1]
            self._verdict.begins = f"fact {last.sequence} of epoch {last.epoch}, signed {last.signed_at}"
            return last.hash
        self._verdict.breaks.append("the oldest facts are gone, and no signature says what stood there")
        return None

    def _is_lost(self, anchor: Anchor) -> bool:
        """Whether a damaged file has lost the fact that was signed."""
        number = next((number for number, each in self._epochs.items() if each.epoch == anchor.epoch), 0)
        gaps = self._gaps.get(("A", number), ())
        return any(first <= anchor.sequence <= last and reason == DAMAGED for first, last, reason in gaps)

    def _check(self, anchor: Anchor, epoch: str, sequence: int, stored: bytes) -> None:
        where = f"the signature of {anchor.signed_at} at fact {anchor.sequence}"
        if (anchor.epoch, anchor.sequence, anchor.hash) != (epoch, sequence, stored):
            self._verdict.breaks.append(f"{where} is over another fact than the one that stands there")
        elif not anchor.holds():
            self._verdict.breaks.append(f"{where} does not hold")
        elif anchor.key not in self._trusted:
            self._verdict.breaks.append(
                f"{where} is of another key, {anchor.key.hex()}; if it was this site's, add --key {anchor.key.hex()}"
            )
        else:
            self._verdict.signatures += 1
            self._verdict.signed = max(self._verdict.signed, anchor.position)

    def _walk_blocks(self) -> None:
        epoch, sequence, position = min(self._epochs), 0, 0
        while rows := self._connection.execute(
            "SELECT position, epoch, sequence, samples FROM blocks WHERE position > ? ORDER BY position LIMIT ?",
            (position, PAGE_ROWS),
        ).fetchall():
            for _, its_epoch, its_sequence, samples in rows:
                if its_epoch != epoch:
                    epoch, sequence = its_epoch, 0
                if its_sequence != sequence + 1:
                    self._gap("B", "block", epoch, sequence, its_sequence)
                sequence = its_sequence
                self._epochs[epoch].blocks += 1
                self._epochs[epoch].samples += samples
                self._verdict.blocks += 1
            position = rows[-1][0]
        self._newest_block = sequence if epoch == max(self._epochs) else 0

    def _gap(self, stream: str, what: str, epoch: int, before: int, after: int) -> None:
        """Note the numbers between two records that are held, with the ledger's reason or as a break."""
        if after <= before:
            self._verdict.breaks.append(f"{what} {after} stands behind {what} {before}")
            return
        name = self._epochs[epoch].epoch
        for first, last, reason in self._gaps.get((stream, epoch), ()):
            if before < last and first < after:
                numbers = _several(what, max(first, before + 1), min(last, after - 1))
                self._verdict.gaps.append(f"{numbers} not held in epoch {name}: {reason}")
        missing = self._unexplained(stream, epoch, before + 1, after - 1)
        self._verdict.breaks += [f"{_several(what, *each)} missing" for each in missing]

    def _unexplained(self, stream: str, epoch: int, first: int, last: int) -> list[tuple[int, int]]:
        """The numbers from `first` to `last` that no gap of the ledger's accounts for."""
        found = []
        for gap_first, gap_last, _ in self._gaps.get((stream, epoch), ()):
            if gap_first > last or first > last:
                break
            if gap_first > first:
                found.append((first, gap_first - 1))
            first = max(first, gap_last + 1)
        return [*found, (first, last)] if first <= last else found


def _personal(connection: sqlite3.Connection, first: int, last: int) -> Mapping[int, list[tuple[str, str, bytes]]]:
    found: dict[int, list[tuple[str, str, bytes]]] = {}
    for position, name, value, salt in connection.execute(
        "SELECT position, field, value, salt FROM personal WHERE position BETWEEN ? AND ?", (first, last)
    ):
        found.setdefault(position, []).append((name, value, salt))
    return found


def _several(what: str, first: int, last: int) -> str:
    return f"{what} {first} is" if first == last else f"{what}s {first} to {last} are"
