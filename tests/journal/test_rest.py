"""Moving the write-ahead log into the file when nobody waits."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from edgegw.journal import Journal
from edgegw.journal import store as storing
from edgegw.journal.frames import frames
from edgegw.journal.store import Group


def locks_on(path: Path) -> int:
    """How many locks all processes hold on a file (proc(5), /proc/locks)."""
    inode = path.stat().st_ino
    return sum(line.split()[5].endswith(f":{inode}") for line in Path("/proc/locks").read_text().splitlines())


async def test_the_log_is_moved_when_it_is_long_and_sqlites_locks_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "RESTED_FRAMES", 100)
    journal = Journal.open(tmp_path, now=lambda: datetime.now(UTC))
    await journal.start()
    try:
        held = locks_on(tmp_path / "journal.db-shm")
        assert held > 0
        lengths = []
        for number in range(60):
            await journal.commit(Group(counters={f"{number} {count}": count for count in range(10)}))
            await journal.call(lambda store: store.rest())
            lengths.append(await journal.call(lambda store: frames(store._log)[1]))
            assert locks_on(tmp_path / "journal.db-shm") == held
        # It grows to the limit, is moved, and begins anew: more than once, and never much beyond.
        assert sum(later < earlier for earlier, later in pairwise(lengths)) >= 1
        assert 100 <= max(lengths) < 200
        with closing(sqlite3.connect(tmp_path / "journal.db")) as other:
            assert other.execute("SELECT count(*) FROM counters").fetchone()[0] == 600
    finally:
        await journal.close()
