"""Opening the SQLite file for its one writer, and what its errors mean."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import sqlite3
from pathlib import Path
from typing import TextIO

from edgegw.journal.errors import Damaged, InUse, JournalError, StorageError, StorageFull
from edgegw.journal.space import Limits

PAGE_BYTES = 1024

DATABASE_ERRORS = (sqlite3.Error, UnicodeDecodeError)
"""What a database may raise: Python can't read SQLite's own message when that names what damage has made of a name."""


class Lock:
    """Holds the database at `path` for this process until `release`, or until the process is no more.

    The lock is a file beside the database: closing any other handle of the database itself would drop SQLite's locks.
    It names its holder, and is empty after a `release`, so what stands in it says that the last holder was cut off.
    Raises InUse when another process has it, and OSError.
    """

    def __init__(self, path: Path) -> None:
        self._file = _locked(path)
        self._file.seek(0)
        self._before = self._file.read()
        self.abandoned = bool(self._before)
        """The last holder has not released it: it was killed, or the power went."""
        self._write(f"{os.getpid()}\n")

    def release(self) -> None:
        """Another process may have the database."""
        self._write("")
        self._file.close()

    def give_back(self) -> None:
        """Nothing was done with the database: leave all as it was found."""
        self._write(self._before)
        self._file.close()

    def _write(self, text: str) -> None:
        # What stands there is a help and no more: a full disk must not keep anyone from the ledger.
        with contextlib.suppress(OSError):
            self._file.truncate(0)
            self._file.write(text)
            self._file.flush()
            os.fsync(self._file.fileno())


def _locked(path: Path) -> TextIO:
    file = path.with_suffix(".lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip()
        file.close()
        raise InUse(f"{path}: process {holder} works on this ledger; stop it first, or give each its folder") from None
    return file


def connect(path: Path, budget_bytes: int | None) -> sqlite3.Connection:
    """A connection for the writer. Raises StorageError, StorageFull or Damaged."""
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
    except DATABASE_ERRORS as error:
        raise storage_error(error, path) from error
    # Told to a file that has it already, this would be a write at each start.
    new = "" if path.exists() and path.stat().st_size else "PRAGMA auto_vacuum = INCREMENTAL;"
    try:
        # FULL and not NORMAL: NORMAL loses acknowledged commits in a power cut. The checkpoint is the writer's, when
        # it is idle; the automatic one comes only when it never is.
        connection.executescript(
            f"PRAGMA busy_timeout = 5000; PRAGMA page_size = {PAGE_BYTES}; {new}"
            "PRAGMA secure_delete = FAST; PRAGMA journal_mode = WAL;"  # what is erased must not stay in a page's gaps
            "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16384; PRAGMA journal_size_limit = 16777216;"
        )
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        if mode != "wal":
            raise StorageError(f"{path.parent}: this file system can't hold a ledger (no write-ahead log); use a disk")
        if budget_bytes is not None:
            limits = Limits.of(budget_bytes)
            connection.execute(f"PRAGMA max_page_count = {limits.pages(PAGE_BYTES)}")
            connection.execute(f"PRAGMA wal_autocheckpoint = {max(64, limits.log * 2 // 3 // PAGE_BYTES)}")
            connection.execute(f"PRAGMA journal_size_limit = {limits.log // 3}")
    except (*DATABASE_ERRORS, JournalError) as error:
        connection.close()
        raise storage_error(error, path) from error
    return connection


def settle(connection: sqlite3.Connection) -> None:
    """Move the whole write-ahead log into the file and begin a new one: what is there now is on the disk.

    After an fsync that failed, the system may take for written what never was, and what is appended behind it would be
    lost with it in a power cut. Raises sqlite3.Error; on a full disk the log stays, as no fsync has failed there.
    """
    try:
        (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:
        if _code(error) != sqlite3.SQLITE_FULL:
            raise
    else:
        if busy:
            raise sqlite3.OperationalError("a long read keeps the write-ahead log from being moved into the file")


def _damaged(path: Path, what: object) -> str:
    return f"{path}: the database is damaged ({what})"


def may_pass(error: JournalError) -> bool:
    """Whether the disk has reported an error that another try may be spared; a full disk is not one."""
    return error.__cause__ is not None and _code(error.__cause__) == sqlite3.SQLITE_IOERR


def is_damage(error: Exception) -> bool:
    """Whether one of DATABASE_ERRORS says that the file is not what was written."""
    # Python's own words on what SQLite has read carry no code of SQLite's.
    is_text = isinstance(error, UnicodeDecodeError) or str(error).startswith("Could not decode to UTF-8")
    return is_text or _code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def storage_error(error: Exception, path: Path) -> JournalError:
    """The error of ours that says what an OSError or one of DATABASE_ERRORS means for the database at `path`."""
    if isinstance(error, JournalError):
        return error
    code = _code(error)
    number = error.errno if isinstance(error, OSError) else None
    if code == sqlite3.SQLITE_FULL or number == errno.ENOSPC:
        return StorageFull(f"{path}: no space left on the disk or in the storage budget")
    if is_damage(error):
        return Damaged(_damaged(path, error))
    if isinstance(error, PermissionError) or code in (
        sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM,
    ) or number == errno.EROFS:  # fmt: skip
        return StorageError(f"{path.parent}: the storage folder can't be written; give it to the user edgegw runs as")
    if number is not None:
        return StorageError(f"{path.parent}: {os.strerror(number)}")
    return StorageError(f"{path}: {error}")


def _code(error: BaseException) -> int:
    """SQLite's primary result code, 0 when `error` has none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
