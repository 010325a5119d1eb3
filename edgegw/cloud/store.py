"""Where the cloud keeps what arrived: one small Protocol, over SQLite for one desk and PostgreSQL for a fleet.

Rows and watermarks are one transaction. A store belongs to one thread; the ingest gives it one of its own.
"""

from __future__ import annotations

import importlib
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from edgegw.cloud.project import Statement, Values
from edgegw.cloud.receive import Key

SCHEMA = Path(__file__).parent / "schema"

Rows = Mapping[Statement, Sequence[Values]]
Moves = Mapping[Key, tuple[int, int]]
"""Watermarks before and after."""

_WATERMARK = (
    "INSERT INTO watermarks (site, epoch, stream, sequence) VALUES (?, ?, ?, ?) ON CONFLICT (site, epoch, stream) "
    "DO UPDATE SET sequence = excluded.sequence WHERE watermarks.sequence = ?"
)
_WATERMARKS = "SELECT site, epoch, stream, sequence FROM watermarks"
_VERSION = "SELECT version FROM edgegw_schema"
_SET_VERSION = "UPDATE edgegw_schema SET version = ?"


class StoreError(Exception):
    """The database can't be used now; another try may help. The text is for people."""


class WrongDatabase(StoreError):
    """Another try won't help: a URL that can't be, a newer schema, a missing library."""


class Overtaken(StoreError):
    """Another ingest writes the same site: its watermark is not where we left it."""


class Store(Protocol):
    """A database that takes rows and watermarks together. Every method may raise StoreError."""

    def open(self) -> None:
        """Connect and bring the schema up to date."""

    def watermarks(self) -> dict[Key, int]: ...

    def commit(self, rows: Rows, moves: Moves) -> None:
        """Write all of it durably, or nothing. Raises Overtaken when a watermark was moved by somebody else."""

    def close(self) -> None: ...


def store_for(url: str) -> Store:
    """`sqlite:///file.db` (four slashes for an absolute path) or `postgresql://...`. Raises WrongDatabase."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite" and not parts.netloc and len(parts.path) > 1:
        return SqliteStore(Path(unquote(parts.path[1:])))
    if parts.scheme in ("postgresql", "postgres"):
        return PostgresStore(url)
    raise WrongDatabase(f"{parts.scheme or url}: a database is sqlite:///path.db or postgresql://user@host/name")


def _migrations(dialect: str) -> list[tuple[int, str]]:
    found = sorted(SCHEMA.glob(f"*.{dialect}.sql"))
    return [(int(path.name.split("_")[0]), path.read_text(encoding="utf-8")) for path in found]


def _refuse_newer(version: int, known: int) -> None:
    if version > known:
        raise WrongDatabase(f"the database has schema {version}, this version knows {known}: use a newer edgegw")


class SqliteStore:
    """One file, write-ahead log, synchronous=FULL: what was committed survives a power cut."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

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
        row = connection.execute(_VERSION).fetchone()
        if row is None:
            connection.execute("INSERT INTO edgegw_schema VALUES (0)")
        version, steps = 0 if row is None else row[0], _migrations("sqlite")
        _refuse_newer(version, steps[-1][0])
        for number, sql in steps:
            if number > version:
                # executescript commits what is open before it begins, so the transaction stands in the script.
                connection.executescript(f"BEGIN; {sql}; {_SET_VERSION.replace('?', str(number))}; COMMIT")

    def watermarks(self) -> dict[Key, int]:
        assert self._connection is not None
        return {Key(site, epoch, stream): at for site, epoch, stream, at in self._connection.execute(_WATERMARKS)}

    def commit(self, rows: Rows, moves: Moves) -> None:
        connection = self._connection
        assert connection is not None
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                for statement, values in rows.items():
                    connection.executemany(statement, values)
                for key, (before, after) in moves.items():
                    done = connection.execute(_WATERMARK, (key.site, key.epoch, key.stream, after, before))
                    if done.rowcount != 1:
                        raise Overtaken(f"another ingest writes site {key.site}")
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: {error}") from error

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class PostgresStore:
    """A PostgreSQL database through psycopg 3 (the extra `edgegw[cloud]`)."""

    def __init__(self, url: str) -> None:
        try:
            self._psycopg: Any = importlib.import_module("psycopg")
        except ImportError as error:
            raise WrongDatabase("PostgreSQL needs psycopg: pip install 'edgegw[cloud]'") from error
        self._url = url
        self._where = urlsplit(url).hostname or "PostgreSQL"
        self._connection: Any = None

    def open(self) -> None:
        try:
            self._connection = self._psycopg.connect(self._url, connect_timeout=10, application_name="edgegw ingest")
            with self._connection.transaction():
                self._migrate(self._connection)
        except WrongDatabase:
            self.close()
            raise
        except self._psycopg.Error as error:
            self.close()
            raise StoreError(f"{self._where}: {str(error).strip()}") from error

    def _migrate(self, connection: Any) -> None:
        # Two that start side by side must not both migrate.
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('edgegw_schema'))")
        connection.execute("CREATE TABLE IF NOT EXISTS edgegw_schema (version integer NOT NULL)")
        row = connection.execute(_VERSION).fetchone()
        if row is None:
            connection.execute("INSERT INTO edgegw_schema VALUES (0)")
        version, steps = 0 if row is None else row[0], _migrations("postgresql")
        _refuse_newer(version, steps[-1][0])
        for number, sql in steps:
            if number > version:
                connection.execute(sql)
                connection.execute(_SET_VERSION.replace("?", "%s"), (number,))

    def watermarks(self) -> dict[Key, int]:
        try:
            with self._connection.transaction():
                found = self._connection.execute(_WATERMARKS).fetchall()
        except self._psycopg.Error as error:
            raise StoreError(f"{self._where}: {str(error).strip()}") from error
        return {Key(site, epoch, stream): at for site, epoch, stream, at in found}

    def commit(self, rows: Rows, moves: Moves) -> None:
        try:
            with self._connection.transaction(), self._connection.cursor() as cursor:
                for statement, values in rows.items():
                    cursor.executemany(statement.replace("?", "%s"), values)
                for key, (before, after) in moves.items():
                    cursor.execute(_WATERMARK.replace("?", "%s"), (key.site, key.epoch, key.stream, after, before))
                    if cursor.rowcount != 1:
                        raise Overtaken(f"another ingest writes site {key.site}")
        except self._psycopg.Error as error:
            raise StoreError(f"{self._where}: {str(error).strip()}") from error

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
