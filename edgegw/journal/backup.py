"""`edgegw journal backup` and `restore`: a copy of the ledger, whole or not at all, and the way back from it.

A copy is one SQLite file with everything but the site's private key: who has the backup must not be able to sign in
the site's name. After a restore what was recorded since the copy is not known here any more, though the cloud may have
it; so a new epoch begins, and numbers that may have been given out since are not given again.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from edgegw.journal import epochs, memo
from edgegw.journal.anchors import anchors
from edgegw.journal.connection import DATABASE_ERRORS, Lock, connect, storage_error
from edgegw.journal.errors import Damaged, JournalError, StorageError
from edgegw.journal.migrations import migrate, newer, scripts
from edgegw.journal.records import looked_into
from edgegw.journal.rows import stamp
from edgegw.journal.store import FILE_NAME
from edgegw.journal.verify import verify
from edgegw.model.value import value

MARGIN = 1_000_000
"""Added to counters where nothing tells how far they have come since the copy; 1.6's transaction ids have 31 bits."""

_PARTS = ("-wal", "-shm")


@value()
class Copy:
    """What a copy holds: `newest_at` is when its newest fact was recorded, None for none."""

    path: str
    bytes: int
    facts: int
    blocks: int
    epoch: str
    head: int
    newest_at: str | None


@value()
class Restored:
    """`copy` is in force as epoch `epoch`; the ledger before lies at `aside`, None when there was none.

    `guessed`: nothing told which numbers were given out since the copy, so MARGIN was left free.
    """

    copy: Copy
    epoch: str
    aside: str | None
    transaction_number: int
    guessed: bool


def backup(source: Path, target: Path, *, replace: bool = False) -> Copy:
    """Copy the ledger at `source` to the file `target`, also beside the gateway that writes it, and check the copy.

    Raises StorageError, StorageFull, Damaged or NewerDatabase; then `target` is as it was.
    """
    if target.exists() and not replace:
        raise StorageError(f"{target}: there is a file already; name another, or add --force to replace it")
    part = target.with_name(f"{target.name}.part")
    try:
        with looked_into(source) as connection, _written(part):
            _copy(connection, part)
            found = _proven(part)
            part.replace(target)
            memo.settle_folder(target.absolute().parent)
    except (*DATABASE_ERRORS, OSError) as error:
        raise _told(error, source, target) from error
    return Copy(str(target), *found)


def restore(source: Path, folder: Path, now: datetime) -> Restored:
    """Put the copy `source` in the place of the ledger in `folder`, which is set aside.

    Raises InUse while a gateway runs, StorageError, StorageFull, Damaged or NewerDatabase; then all is as it was.
    """
    path = folder / FILE_NAME
    part = folder / "journal.restored.db"
    try:
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        held = Lock(path)
        try:
            with _written(part):
                with _source(source) as connection:
                    _copy(connection, part)
                found = _proven(part)
                epoch, number, guessed = _begin(part, path, now)
                _hand_over(part, path)
                aside = _set_aside(path, now) if path.exists() else None
                part.replace(path)
                memo.settle_folder(folder)
        except BaseException:
            held.give_back()
            raise
        held.release()
    except (*DATABASE_ERRORS, OSError) as error:
        raise _told(error, source, path) from error
    return Restored(Copy(str(source), *found), epoch, None if aside is None else str(aside), number, guessed)


@contextlib.contextmanager
def _written(part: Path) -> Iterator[None]:
    """A file of this name is being written, for its owner alone; what is left of it when that fails is removed."""
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield
    finally:
        for each in (part, *(part.with_name(f"{part.name}{suffix}") for suffix in _PARTS)):
            each.unlink(missing_ok=True)


@contextlib.contextmanager
def _source(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.is_file():
        raise StorageError(f"{path}: there is no such file; `edgegw journal backup` makes one")
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > scripts()[-1][0]:
            raise newer(path, version)
        if version == 0:
            raise Damaged(f"{path}: this is no ledger of edgegw")
        yield connection


def _copy(connection: sqlite3.Connection, part: Path) -> None:
    """One consistent copy in one step: in several, each commit of the gateway's would begin it anew."""
    with contextlib.closing(sqlite3.connect(part, isolation_level=None)) as copy:
        connection.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE").fetchall()
    _settle(part)


def _proven(part: Path) -> tuple[int, int, int, str, int, str | None]:
    """What the copy holds, once every fact in it is proven. Raises Damaged when one is not."""
    with contextlib.closing(sqlite3.connect(part, isolation_level=None)) as copy:
        old = migrate(copy, part)
        if old is not None:
            old.unlink()
        verdict = verify(copy, {anchor.key for anchor in anchors(copy)})
        if verdict.breaks:
            raise Damaged(f"the copy is not sound: {verdict.breaks[0]}; `edgegw journal verify` says more")
        row = copy.execute("SELECT recorded_at FROM facts ORDER BY position DESC LIMIT 1").fetchone()
    newest = verdict.epochs[-1]
    size = part.stat().st_size
    return size, verdict.facts, verdict.blocks, newest.epoch, newest.last, None if row is None else str(row[0])


def _begin(part: Path, path: Path, now: datetime) -> tuple[str, int, bool]:
    """Begin a new epoch in the copy, above all numbers of the ledger at `path`; the epoch, the number, and if guessed.

    What that ledger gave out is told by itself, and by its memo where it can't be read. What it held and the copy does
    not is a gap from there on.
    """
    known = _present(path) or memo.read(path)
    with contextlib.closing(sqlite3.connect(part, isolation_level=None)) as copy:
        copy.execute("BEGIN IMMEDIATE")
        epochs.note_missing(copy, known, stamp(now))
        if known is not None:
            epochs.recall(copy, known)
        (number,) = copy.execute("SELECT coalesce(max(reserved), 0) FROM counters").fetchone()
        if known is None:
            number += MARGIN
            epochs.keep_counters(copy, number)
        epoch = epochs.begin(copy, "restore", stamp(now))
        copy.execute("COMMIT")
    _settle(part)
    return epoch, int(number), known is None


def _present(path: Path) -> memo.Memo | None:
    """What the ledger at `path` itself tells of its numbers, as a memo; None when it can't be read."""
    with contextlib.suppress(*DATABASE_ERRORS, JournalError), looked_into(path) as present:
        known = tuple(
            memo.EpochRow(*row)
            for row in present.execute("SELECT number, id, started_at, reason FROM epochs ORDER BY number")
        )
        heads = {}
        for table in ("facts", "blocks"):
            row = present.execute(f"SELECT position, sequence, epoch FROM {table} ORDER BY position DESC LIMIT 1")
            position, sequence, epoch = row.fetchone() or (0, 0, 0)
            heads[table] = position, sequence if epoch == known[-1].number else 0
        salt = present.execute("SELECT value FROM ledger WHERE key = 'retry_salt'").fetchone()
        return memo.Memo(
            epochs=known,
            facts=heads["facts"][1],
            blocks=heads["blocks"][1],
            position=heads["facts"][0],
            block_position=heads["blocks"][0],
            counters=dict(present.execute("SELECT name, reserved FROM counters").fetchall()),
            cursors=(),
            boots={},
            retry_salt=salt[0],
        )
    return None


def _set_aside(path: Path, now: datetime) -> Path:
    """Give the ledger at `path` a second name that says when; at its own name it stays until it is replaced."""
    with contextlib.suppress(*DATABASE_ERRORS, JournalError), contextlib.closing(connect(path, None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()  # one file is easier to keep than three
    aside = path.with_name(f"{path.stem}.aside-{now:%Y%m%dT%H%M%SZ}.db")
    for suffix in _PARTS:  # of a damaged one, what is left of its log goes along
        with contextlib.suppress(FileNotFoundError):
            path.with_name(f"{path.name}{suffix}").rename(aside.with_name(f"{aside.name}{suffix}"))
    aside.hardlink_to(path)
    with contextlib.suppress(FileNotFoundError):
        memo.path_of(path).rename(memo.path_of(aside))
    return aside


def _hand_over(part: Path, path: Path) -> None:
    """Give the copy the mode of the ledger whose place it takes, and, restored by root, the owner of its folder."""
    part.chmod(stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o640)
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.chown(part, owner.st_uid, owner.st_gid)


def _settle(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _told(error: Exception, source: Path, target: Path) -> JournalError:
    """What an error means: for the file that an OSError names, else for the copy, where most of the writing is."""
    named = getattr(error, "filename", None)
    return storage_error(error, Path(named) if named else target if isinstance(error, OSError) else source)
