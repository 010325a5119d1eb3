"""Numbered SQL files bring a database to today's schema: each in one transaction, after a backup of the file."""

from __future__ import annotations

import sqlite3
from importlib import resources
from pathlib import Path

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

    Raises NewerDatabase when the file is ahead of this version: an older program must not write what it can't read.
    """
    known = scripts()
    newest = known[-1][0]
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > newest:
        raise NewerDatabase(
            f"{path}: the database has schema {version}, this version of edgegw knows up to {newest}; "
            f"install the newer edgegw again, or restore the backup {path.stem}.before-{version}.db"
        )
    backup = None
    if 0 < version < newest:
        backup = path.with_name(f"{path.stem}.before-{newest}.db")
        with sqlite3.connect(backup) as copy:
            connection.backup(copy)
        copy.close()
    for number, sql in known:
        if number > version:
            connection.executescript(f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version = {number};\nCOMMIT;")
    return backup
