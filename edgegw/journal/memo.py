"""A small second file beside the ledger, `journal.memo`: what a lost or damaged database must not take with it.

It names the epochs and how far their numbers have come at least, and the counters' reserved numbers, which may have
been given out (transaction numbers of OCPP 1.6 above all); with it a database that is gone, or an old copy in its
place, is noticed, and no number is used twice. It is written when something is reserved, when the ledger is closed and
every quarter of an hour: each writing costs the disk some 30 KB.

Two lines: JSON, and the SHA-256 of it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import orjson

from edgegw.model.value import value

log = logging.getLogger("edgegw.journal")

SUFFIX = ".memo"

BOOTS = 64
"""Boots that the memo names, the newest."""


@value()
class EpochRow:
    number: int
    id: str
    started_at: str
    reason: str


@value()
class Cursor:
    name: str
    stream: str
    epoch: str
    sequence: int


@value()
class Memo:
    """`facts` and `blocks` are the newest numbers of the last epoch, `position` the newest fact's; at least these."""

    epochs: tuple[EpochRow, ...]
    facts: int
    blocks: int
    position: int
    block_position: int
    counters: Mapping[str, int]
    cursors: tuple[Cursor, ...]
    boots: Mapping[str, str]
    """Ids of the newest boots by number."""
    retry_salt: str

    @property
    def newest(self) -> EpochRow:
        return self.epochs[-1]


def path_of(ledger: Path) -> Path:
    return ledger.with_suffix(SUFFIX)


def read(ledger: Path) -> Memo | None:
    """The memo of the database at `ledger`; None when there is none that can be believed. Raises OSError."""
    path = path_of(ledger)
    try:
        body, digest = path.read_bytes().split(b"\n")[:2]
        if sha256(body).hexdigest().encode() != digest:
            raise ValueError("its sum is wrong")
        found = orjson.loads(body)
        epochs = tuple(EpochRow(**row) for row in found.pop("epochs"))
        cursors = tuple(Cursor(**row) for row in found.pop("cursors"))
        return Memo(epochs=epochs, cursors=cursors, **found)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError) as error:
        log.warning("%s can't be believed and is written anew: %s", path, error)
        return None


def write(ledger: Path, memo: Memo) -> bool:
    """Replace the memo, durably; False when the disk does not take it, which is a reason for nothing else to fail."""
    path = path_of(ledger)
    part = path.with_name(f"{path.name}.part")
    body = orjson.dumps(asdict(memo))
    try:
        with open(part, "wb", opener=_private) as file:
            file.write(body + b"\n" + sha256(body).hexdigest().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        settle_folder(path.parent)
    except OSError as error:
        log.warning("%s can't be written: %s", path, error.strerror)
        return False
    return True


def settle_folder(folder: Path) -> None:
    """Have a folder's names on the disk. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)  # the retry salt in it is nobody's but the gateway's
