"""Numbered SQL files bring a database to today's schema: each in one transaction, after a backup of the file."""

from __future__ import annotations

import contextlib
import sqlite3
from importlib import resources
from pathlib import Path

from edgegw.journal.connection import DATABASE_ERRORS, storage_error
from edgegw.journal.errors import NewerDatabase


def scripts() -> list[tuple[int, str]]:
    """(number, SQL) of every migration, in order, numbered from 1 without a gap."""
    found = []
    for entry in resources.files("edgegw.journal").joinpath("schema").iterdir():
        if entry.name.endswith(".sql"):
            found.append((int(entry.name.split("_")[0]), entry.read_text(encoding="utf-8")))
    return sorted(found)


def migrate(connection: sqlite3.Connection, path: Path) -> Path | None:
    """Bring the database at `path` to the newest schema; return the backup that was made of it, if it was older.

    All steps are one transaction: either every one is made, or the file is as it was and the version that wrote it
    still reads it. Raises NewerDatabase when the file is ahead of this version (an older program must not write what
    it can't read), and StorageError or StorageFull.
    """
    known = scripts()
    newest = known[-1][0]
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > newest:
        raise newer(path, version)
    if version == newest:
        return None
    backup = None
    if version > 0:
        backup = path.with_name(f"{path.stem}.before-{newest}.db")
        _back_up(connection, backup)
    steps = "\n".join(f"{sql}\nPRAGMA user_version = {number};" for number, sql in known if number > version)
    try:
        connection.executescript(f"BEGIN IMMEDIATE;\n{steps}\nCOMMIT;")
    except DATABASE_ERRORS as error:
        connection.rollback()
        cause = storage_error(error, path)
        raise type(cause)(f"{cause}: the migration to schema {newest} failed, and the file is as it was") from error
    return backup


def newer(path: Path, version: int) -> NewerDatabase:
    """The error that the database at `path` has a schema which this version does not know."""
    return NewerDatabase(
        f"{path}: the database has schema {version}, this version of edgegw knows up to {scripts()[-1][0]}; "
        f"install the newer edgegw again, or restore the backup {path.stem}.before-{version}.db"
    )


def _back_up(connection: sqlite3.Connection, backup: Path) -> None:
    """Copy the database to `backup`, which comes into being whole or not at all."""
    part = backup.with_suffix(".part")
    try:
        with contextlib.closing(sqlite3.connect(part)) as copy:
            connection.backup(copy)
        part.replace(backup)
    finally:
        part.unlink(missing_ok=True)
