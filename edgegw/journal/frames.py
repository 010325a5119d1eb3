"""How long SQLite's write-ahead log is, read from the file itself."""

from __future__ import annotations

import contextlib
from bisect import bisect_left
from pathlib import Path


def frames(log: Path) -> tuple[bytes, int]:
    """The salts of the log, other ones each time it begins anew, and how many pages are in it: those from its
    beginning whose frames bear its salts (SQLite's database file format, 4.1 and 4.2). No pragma tells it without
    moving them, and the wal-index, which does, must not be opened: closing any file of it drops SQLite's locks.
    """
    with contextlib.suppress(OSError), log.open("rb") as file:
        head = file.read(32)
        if len(head) == 32:
            frame, salts = 24 + int.from_bytes(head[8:12], "big"), head[16:24]

            def is_over(number: int) -> bool:
                file.seek(32 + number * frame + 8)
                return file.read(8) != salts

            return salts, bisect_left(range(file.seek(0, 2) // frame), True, key=is_over)
    return b"", 0
