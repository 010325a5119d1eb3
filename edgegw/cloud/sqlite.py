"""The store for one desk: a file."""

from __future__ import annotations

import fcntl
import json
import sqlite3
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import IO

from edgegw.cloud.project import Rows
from edgegw.cloud.receive import Accepted, Key
from edgegw.cloud.rows import (
    BLOCK,
    COUNT_ASIDE,
    FACT,
    GAP,
    IN_ORDER,
    MAX_ASIDE,
    WATERMARK,
    WATERMARKS,
    gather,
    insert,
    reject_again,
    rejected,
    upsert,
)
from edgegw.cloud.store import (
    SET_VERSION,
    VERSION,
    Overtaken,
    StoreError,
    Unstorable,
    WrongDatabase,
    migrations,
    new_facts,
    now_text,
    project,
    rebuild,
    refuse_newer,
)
from edgegw.cloud.tables import PROJECTED

_REFUSED = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError, OverflowError)


class SqliteStore:
    """One file, write-ahead log, synchronous=FULL: what was committed survives a power cut."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._lock: IO[bytes] | None = None

    def open(self) -> None:
        try:
            self._connection = connection = sqlite3.connect(self._path, isolation_level=None)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA busy_timeout = 5000")
            self._migrate(connection)
        except WrongDatabase:
            self.close()
            raise
        except sqlite3.Error as error:
            self.close()
            raise StoreError(f"{self._path}: {error}") from error

    def _migrate(self, connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE IF NOT EXISTS edgegw_schema (version INTEGER NOT NULL)")
        connection.execute("BEGIN IMMEDIATE")
        try:
            row = connection.execute(VERSION).fetchone()
            if row is None:
                connection.execute("INSERT INTO edgegw_schema VALUES (0)")
            version, steps = 0 if row is None else row[0], migrations("sqlite")
            refuse_newer(version, steps[-1][0])
            for number, sql in steps:
                if number > version:
                    for statement in _statements(sql):
                        connection.execute(statement)
                    connection.execute(SET_VERSION, (number,))
            if 0 < version < steps[-1][0]:
                self._rebuild(connection)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _rebuild(self, connection: sqlite3.Connection) -> None:
        for table in PROJECTED:
            connection.execute(f"DELETE FROM {table}")
        rebuild(connection.execute(IN_ORDER), self._load, self._save)

    def claim(self, share: str) -> bool:
        """By a lock on a file beside the database, which the kernel lets go with the process."""
        name = sha256(share.encode()).hexdigest()[:12]
        try:
            self._lock = self._path.with_name(f"{self._path.name}.{name}.lock").open("wb")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._unlock()
            return False
        except OSError as error:
            self._unlock()
            raise StoreError(f"{self._path}: {error}") from error
        return True

    def watermarks(self) -> dict[Key, int]:
        try:
            rows = self._live().execute(WATERMARKS).fetchall()
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: {error}") from error
        return {Key(site, epoch, stream): at for site, epoch, stream, at in rows}

    def commit(self, accepted: Sequence[Accepted]) -> None:
        gathered = gather(accepted, now_text())
        connection = self._live()
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                # A later epoch may bring facts again: they must not be folded twice.
                ids = json.dumps([values[3] for values in gathered.facts])
                known = {
                    id
                    for (id,) in connection.execute(
                        "SELECT id FROM facts WHERE id IN (SELECT value FROM json_each(?))", (ids,)
                    )
                }
                connection.executemany(insert("facts", FACT), gathered.facts)
                connection.executemany(insert("blocks", BLOCK), gathered.blocks)
                connection.executemany(insert("gaps", GAP), gathered.gaps)
                connection.executemany(reject_again(), gathered.rejected)
                self._save(project(new_facts(accepted, known), self._load))
                for key, (before, after) in gathered.moves.items():
                    done = connection.execute(WATERMARK, (key.site, key.epoch, key.stream, after, before))
                    if done.rowcount != 1:
                        raise Overtaken(f"another ingest writes site {key.site}")
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        except _REFUSED as error:
            raise Unstorable(f"{self._path}: {error}") from error
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: {error}") from error

    def _load(self, rows: Rows) -> None:
        connection = self._live()
        for table, wanted in rows.items():
            where = " AND ".join(f"{name} = ?" for name in table.key)
            sql = f"SELECT {', '.join(table.columns)} FROM {table.name} WHERE {where}"
            for key in wanted:
                found = connection.execute(sql, key).fetchone()
                if found is not None:
                    wanted[key] = dict(zip(table.columns, found, strict=True))

    def _save(self, rows: Rows) -> None:
        for table, changed in rows.items():
            sql = upsert(table.name, tuple(table.columns), table.key)
            self._live().executemany(sql, [tuple(row.values()) for row in changed.values()])

    def put_aside(self, site: str, stream: str, reason: str, payload: bytes) -> bool:
        values = rejected(site, stream, reason, payload, now_text())
        connection = self._live()
        try:
            kept, known = connection.execute(COUNT_ASIDE, (values[2], site)).fetchone()
            if kept >= MAX_ASIDE and not known:
                return False
            connection.execute(reject_again(), values)
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: {error}") from error
        return True

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._unlock()

    def _live(self) -> sqlite3.Connection:
        assert self._connection is not None, "open it first"
        return self._connection

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _statements(script: str) -> list[str]:
    """A script's statements one by one: executescript would end the transaction that all of them share."""
    found, so_far = [], ""
    for line in script.splitlines(keepends=True):
        so_far += line
        if sqlite3.complete_statement(so_far):
            found.append(so_far)
            so_far = ""
    return found
