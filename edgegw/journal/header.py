"""The first 100 bytes of a database (SQLite's Database File Format, 1.3), of which SQLite takes much on trust."""

from __future__ import annotations

import contextlib
import sqlite3
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

from edgegw.journal.errors import Damaged

MAGIC = b"SQLite format 3\0"
LENGTH = 100
PAGE_SIZES = (1024, 4096)
"""What our own ledgers have had."""
MOST_VERSIONS = 10_000
"""A schema number above this is no newer version's."""

_FIELDS = struct.Struct(">16sH6B12I20sII")
"""Magic, page size, write and read version, reserved bytes, the three payload fractions; change counter, pages, first
free page, free pages, schema cookie, schema format, cache, largest root page, encoding, user version, vacuum mode,
application; reserved, change counter for which the number of pages is valid, SQLite's version."""


def check_header(path: Path) -> None:
    """Look whether the header is one of ours: damage there is a newer version, a read-only file or an unknown feature
    to SQLite. A file that is not there, or empty, is sound. Raises Damaged, and OSError."""
    if not path.exists():
        return
    with path.open("rb") as file:
        head = file.read(LENGTH)
    if not head:
        return
    magic, page, write, read, *rest = _FIELDS.unpack(head.ljust(LENGTH, b"\xff"))
    (reserved, *fractions), (schema_format, _, _, encoding, version) = rest[:4], rest[9:14]
    sound = (
        magic == MAGIC
        and (page == 1 or (page >= 512 and page & (page - 1) == 0))
        and write in (1, 2) and read in (1, 2) and [reserved, *fractions] == [0, 64, 32, 32]
        and schema_format in (0, 1, 2, 3, 4) and encoding in (0, 1) and version <= MOST_VERSIONS
    )  # fmt: skip
    if not sound:
        raise Damaged(f"{path}: the database is damaged (its header is none of ours)")


def mend(path: Path, opens: Callable[[Path], bool]) -> str | None:
    """Give a damaged file a header with which it `opens`, if it does not as it is; what stood there before, in hex.

    None when nothing was done: the header serves, or none does. Raises OSError.
    """
    with path.open("rb") as file:
        found = file.read(LENGTH)
    if len(found) < LENGTH or opens(path):
        return None
    for head in _candidates(found, path.stat().st_size):
        _write(path, head)
        if opens(path):
            return found.hex()
    _write(path, found)
    return None


def _candidates(found: bytes, size: int) -> Iterator[bytes]:
    """Headers that a ledger of ours of `size` bytes may have had. What reading needs not is kept as it was `found`."""
    (*_, changes, _, first_free, free, cookie, _, _, root, _, version, _, _, _, _, sqlite) = _FIELDS.unpack(found)
    for page in PAGE_SIZES:
        yield _FIELDS.pack(
            MAGIC, page, 2, 2, 0, 64, 32, 32, changes, size // page, first_free, free, cookie, 4, 0, root, 1,
            version if version <= MOST_VERSIONS else 0, 1, 0, bytes(20), changes, sqlite,
        )  # fmt: skip


def opens(path: Path) -> bool:
    """Whether SQLite finds all pages and the tables' names, without the log beside the file."""
    with contextlib.suppress(sqlite3.Error, UnicodeDecodeError):
        address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
            connection.execute("SELECT count(name) FROM sqlite_schema").fetchone()
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            (size,) = connection.execute("PRAGMA page_size").fetchone()
            return bool(pages == path.stat().st_size // size)
    return False


def _write(path: Path, head: bytes) -> None:
    with path.open("r+b") as file:
        file.write(head)
