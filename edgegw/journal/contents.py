"""A copy of the database's table of contents, `journal.contents`: the few pages that say where each table lies.

They are written once, with the schema, and everything else is found through them: bytes that flip there would cost the
whole ledger. Behind a line of JSON (page size, numbers of the pages, sums) the pages as they lie in the file (SQLite's
Database File Format, 1.6).
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from edgegw.journal.connection import DATABASE_ERRORS
from edgegw.journal.header import LENGTH
from edgegw.journal.memo import settle_folder

log = logging.getLogger("edgegw.journal")

_INTERIOR, _LEAF = 5, 13
"""First bytes of a table's pages."""
_SCHEMA = "SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema ORDER BY rowid"


def path_of(ledger: Path) -> Path:
    return ledger.with_suffix(".contents")


def is_kept(connection: sqlite3.Connection, ledger: Path) -> bool:
    """Whether the copy says where the tables are today. Raises one of DATABASE_ERRORS."""
    kept = _read(ledger)
    return kept is not None and kept[0]["rows"] == _digest(connection)


def keep(ledger: Path) -> None:
    """Make the copy anew. What keeps it from that is no reason for anything else to fail.

    No connection of this process may have the ledger open: closing the file here would drop SQLite's locks on it.
    """
    path = path_of(ledger)
    part = path.with_name(f"{path.name}.part")
    try:
        with contextlib.closing(_alone(ledger)) as connection:
            rows = _digest(connection)
            (size,) = connection.execute("PRAGMA page_size").fetchone()
        with ledger.open("rb") as file:
            pages = dict(_pages(file, size))
        body = b"".join(pages.values())
        head = {"page_size": size, "pages": list(pages), "rows": rows, "sum": sha256(body).hexdigest()}
        with part.open("wb") as file:
            file.write(orjson.dumps(head) + b"\n" + body)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        settle_folder(path.parent)
    except (*DATABASE_ERRORS, OSError, IndexError) as error:
        log.warning("%s can't be written: %s", path, error)


def restore(ledger: Path) -> bool:
    """Put the kept pages back into a damaged file, if it does not say any more where its tables are; whether that was
    done. Its header stays. Raises OSError."""
    kept = _read(ledger)
    if kept is None or _reads(ledger, kept[0]["rows"]):
        return False
    head, body = kept
    size = head["page_size"]
    before = {}
    length = ledger.stat().st_size
    with ledger.open("r+b") as file:
        for index, number in enumerate(head["pages"]):
            page = body[index * size : (index + 1) * size]
            start = LENGTH if number == 1 else 0
            file.seek((number - 1) * size + start)
            before[number] = file.read(size - start)
            file.seek((number - 1) * size + start)
            file.write(page[start:])
    if _reads(ledger, head["rows"]):
        return True
    with ledger.open("r+b") as file:
        for number, page in before.items():
            file.seek((number - 1) * size + (LENGTH if number == 1 else 0))
            file.write(page)
        file.truncate(length)
    return False


def _digest(connection: sqlite3.Connection) -> str:
    return sha256(orjson.dumps(connection.execute(_SCHEMA).fetchall())).hexdigest()


def _reads(ledger: Path, rows: str) -> bool:
    """Whether the file itself, without its log, says what the copy does."""
    with contextlib.suppress(*DATABASE_ERRORS), contextlib.closing(_alone(ledger)) as connection:
        return _digest(connection) == rows
    return False


def _alone(ledger: Path) -> sqlite3.Connection:
    """The file as it is, without its log and without locks."""
    return sqlite3.connect(f"{ledger.absolute().as_uri()}?mode=ro&immutable=1", uri=True)


def _read(ledger: Path) -> tuple[dict[str, Any], bytes] | None:
    """The copy's head and pages; None when there is none that can be believed."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        line, _, body = path_of(ledger).read_bytes().partition(b"\n")
        head = orjson.loads(line)
        if sha256(body).hexdigest() == head["sum"] and len(body) == len(head["pages"]) * head["page_size"]:
            return head, body
    return None


def _pages(file: Any, size: int) -> Iterator[tuple[int, bytes]]:
    """The pages of the table of contents, which begins on page 1, by number. Raises OSError, and IndexError when they
    are none."""
    left = [(1, True)]
    while left:
        number, is_node = left.pop()
        file.seek((number - 1) * size)
        page = file.read(size)
        yield number, page
        left += _below(page, LENGTH if number == 1 else 0, size) if is_node else _next(page, 0)


def _below(page: bytes, start: int, size: int) -> list[tuple[int, bool]]:
    """The pages that a node of the tree goes on with, and for each whether it is a node."""
    cells = [_number(page, at, 2) for at in range(*_cells(page, start), 2)]
    if page[start] == _INTERIOR:
        return [(_number(page, at, 4), True) for at in (*cells, start + 8)]
    if page[start] != _LEAF:
        raise IndexError("a page of the schema is no table's")
    found = []
    for at in cells:
        length, at = _varint(page, at)
        _, at = _varint(page, at)
        least = (size - 12) * 32 // 255 - 23
        local = least + (length - least) % (size - 4)
        if length > size - 35:
            found += _next(page, at + (local if local <= size - 35 else least))
    return found


def _cells(page: bytes, start: int) -> tuple[int, int]:
    """Where a node's list of its cells begins and ends."""
    first = start + (12 if page[start] == _INTERIOR else 8)
    return first, first + 2 * _number(page, start + 3, 2)


def _next(page: bytes, at: int) -> list[tuple[int, bool]]:
    """The page on which a long row goes on."""
    number = _number(page, at, 4)
    return [(number, False)] if number else []


def _number(page: bytes, at: int, length: int) -> int:
    return int.from_bytes(page[at : at + length], "big")


def _varint(page: bytes, at: int) -> tuple[int, int]:
    """SQLite's varint at `at`, of eight bytes at most, and where it ends."""
    number = 0
    for end in range(at, at + 8):
        number = number << 7 | page[end] & 0x7F
        if page[end] < 0x80:
            return number, end + 1
    raise IndexError("a number of the schema is too long")
