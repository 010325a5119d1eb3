"""Room for the ledger: what it may take of the disk, how much is left, and a ballast to get out of a full disk with.

`storage.budget` is cut into three: the database file, which SQLite itself keeps below `file`; the write-ahead log; and
the ballast, a file of zeros whose blocks are really taken. In WAL mode a full disk can't be freed by a DELETE, which
has to be written first. Removing the ballast gives the log that room, and what is under way can end in it.

    left in the file, free on the disk     ample ──► below `soft`: pressed, the oldest readings and facts go
                                                └──► below `hard`, or the ballast is gone: full, nothing new is begun
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from edgegw.journal.errors import StorageFull
from edgegw.model.value import value

MIB = 1024 * 1024
BALLAST_NAME = "ballast"

TO_OPEN_BYTES = 256 * 1024
"""What SQLite needs of the disk to open a ledger: the index of its log, and a lock. With less, on a file system of
blocks smaller than a page, it does not fail but is killed (SIGBUS), as the index is mapped before its blocks are."""

Level = Literal["ample", "pressed", "full"]


@value()
class Limits:
    """How a budget is cut, and from when on room is short; bytes."""

    file: int
    log: int
    ballast: int
    soft: int
    hard: int

    @classmethod
    def of(cls, budget: int) -> Limits:
        """The cut of `budget`: fixed sizes where it is large, parts of it where it is small."""
        ballast, log = min(16 * MIB, budget // 16), min(24 * MIB, budget // 8)
        return cls(budget - ballast - log, log, ballast, min(64 * MIB, budget // 8), min(16 * MIB, budget // 32))

    def pages(self, page_bytes: int) -> int:
        """SQLite's `max_page_count`; a file of fewer than 64 pages can't hold the tables."""
        return max(64, self.file // page_bytes)


@value()
class Room:
    """What there is, in bytes: `file` may still be written within the database's limit, of which `unused` lies in free
    pages; `disk` is free on its file system; `taken` is the size of the database file."""

    file: int
    unused: int
    disk: int
    taken: int

    @property
    def left(self) -> int:
        return min(self.file, self.disk)


def measure(connection: sqlite3.Connection, disk: int) -> Room:
    """The room of the database behind `connection` when `disk` bytes are free. Raises sqlite3.Error."""
    page, most, pages, unused = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_size", "max_page_count", "page_count", "freelist_count")
    )
    return Room((most - pages + unused) * page, unused * page, disk, pages * page)


def level(before: Level, room: Room, limits: Limits, *, ballast: bool) -> Level:
    """How the ledger stands. What was short is ample again only with half as much more, so that it does not flutter."""
    hard = limits.hard if before != "full" else limits.hard * 3 // 2
    soft = limits.soft if before == "ample" else limits.soft * 3 // 2
    if room.left < hard or not ballast:
        return "full"
    return "pressed" if room.left < soft else "ample"


def free_bytes(folder: Path) -> int:
    """What the gateway's user may still write in the file system of `folder`. Raises OSError."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


class Ballast:
    """The file that is given up when the disk is full. Every method may block for as long as the disk takes."""

    def __init__(self, folder: Path, size: int) -> None:
        self.path = folder / BALLAST_NAME
        self._size = size

    @property
    def is_laid(self) -> bool:
        """Whether it takes the room that it should."""
        try:
            return self.path.stat().st_blocks * 512 >= self._size
        except OSError:
            return False

    def lay(self) -> None:
        """Take the room. Raises OSError when there is not enough of it; then none is taken."""
        part = self.path.with_suffix(".part")
        try:
            with part.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, self._size)
                os.fsync(file.fileno())
            part.replace(self.path)
        finally:
            part.unlink(missing_ok=True)

    def remove(self) -> bool:
        """Give the room back; False when there is none to give."""
        try:
            self.path.unlink()
        except FileNotFoundError:
            return False
        except OSError:  # a disk that refuses this too will say why to whoever writes next
            return False
        return True


def make_way(folder: Path, disk_free: Callable[[Path], int] = free_bytes) -> None:
    """Before a ledger in `folder` is opened: on a full disk, remove the ballast.

    Raises StorageFull with what to do when that is not enough, and OSError.
    """
    if disk_free(folder) < TO_OPEN_BYTES:
        Ballast(folder, 0).remove()
        if disk_free(folder) < TO_OPEN_BYTES:
            raise StorageFull(f"{folder}: the disk is full, not even the ledger can be opened; {ADVICE}")


ADVICE = "make room there (journalctl --vacuum-size=100M; apt clean), or give storage.path a larger disk"
