"""Opening the ledger's file: locked, checked after an unclean stop, at today's schema, salvaged where damaged."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

from edgegw.journal import contents, memo
from edgegw.journal.beginning import begin
from edgegw.journal.connection import DATABASE_ERRORS, Lock, connect, storage_error
from edgegw.journal.errors import Damaged, JournalError
from edgegw.journal.exchange import finish
from edgegw.journal.header import check_header
from edgegw.journal.migrations import migrate
from edgegw.journal.salvage import Working, salvage
from edgegw.journal.soundness import check, check_newest

T = TypeVar("T")

NOT_WHAT_WAS_WRITTEN: Final = (ValueError, TypeError, LookupError, ArithmeticError)
"""What reading a value may raise that damage has changed."""


def opening(
    path: Path,
    budget_bytes: int | None,
    now: Callable[[], datetime],
    working: Working,
    made: Callable[[sqlite3.Connection, Lock], T],
    noted: Callable[[T], None],
) -> T:
    """Open or create the database at `path`; what `made` makes of the connection and the lock, which are its from then.

    `noted` is called with it once it stands; see `Store.open` for the rest.
    """
    with contextlib.ExitStack() as undo:
        try:
            path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            held = Lock(path)
            undo.callback(held.give_back)
            finish(path)
            known = memo.read(path)

            def opened(*, doubtful: bool) -> T:
                check_header(path)
                connection = connect(path, budget_bytes)
                try:
                    if doubtful:
                        check(connection, path, working)
                    migrate(connection, path)
                    if not contents.is_kept(connection, path):
                        connection.close()  # which moves the log into the file
                        contents.keep(path)
                        connection = connect(path, budget_bytes)
                    if doubtful:
                        check_newest(connection, path)
                    try:
                        begin(connection, known, now())
                        return made(connection, held)
                    except NOT_WHAT_WAS_WRITTEN as error:
                        raise Damaged(f"{path}: what the ledger knows of itself is damaged ({error})") from error
                except DATABASE_ERRORS as error:
                    connection.close()
                    raise storage_error(error, path) from error
                except BaseException:
                    connection.close()
                    raise

            try:
                stands = opened(doubtful=held.abandoned)
            except Damaged as damage:
                salvage(path, known, damage, now(), working)
                stands = opened(doubtful=False)
            noted(stands)
        except (*DATABASE_ERRORS, OSError, JournalError) as error:
            raise storage_error(error, path) from error
        undo.pop_all()
        return stands
