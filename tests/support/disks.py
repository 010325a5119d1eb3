"""A disk that fails or waits when a test wants it: what stands between a ledger's writer and its file."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Iterator
from typing import Literal

from edgegw.hub import Hub
from edgegw.journal.errors import StorageError, StorageFull
from edgegw.journal.store import Group, Store

Fate = Literal["good", "full", "late"]
"""`full`: nothing of the commit is on the disk. `late`: all of it is, but the last fsync says that it failed."""


class Disk:
    """Takes the place of `store.write`. `fates` are those of the next commits; beyond them all are good."""

    def __init__(self, store: Store) -> None:
        self.fates: deque[Fate] = deque()
        self.commits = 0
        """Commits that were tried."""
        self._write = store.write
        self._open = threading.Event()
        self._open.set()
        self._waits = threading.Event()
        store.write = self._write_by_fate  # type: ignore[method-assign]

    def _write_by_fate(self, group: Group) -> None:
        self.commits += 1
        self._waits.set()
        self._open.wait()
        self._waits.clear()
        fate = self.fates.popleft() if self.fates else "good"
        if fate == "full":
            raise StorageFull("no space left on the disk")
        self._write(group)
        if fate == "late":
            raise StorageError("fsync failed")

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """No commit ends meanwhile."""
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    def hold(self) -> None:
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    async def commit_waits(self) -> None:
        """Return once a commit is held: what is decided from now on is in a later one."""
        while not self._waits.is_set():
            await asyncio.sleep(0)


def disk_of(hub: Hub) -> Disk:
    """Give a hub's ledger a disk that can be told to fail."""
    return Disk(hub.journal._store)
