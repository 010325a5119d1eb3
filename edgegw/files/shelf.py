"""The shelf: files on disk, each with what is known of it beside it.

    folder/data/ID         the file
    folder/about/ID.json   what is known of it

What the disk holds is the truth; memory mirrors it. Of what came from stations the oldest goes when its time is over
or the budget is reached. Firmware was put there by somebody, and stays until somebody takes it away.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson

from edgegw.journal.rows import dump, load
from edgegw.journal.space import free_bytes
from edgegw.model.value import value

log = logging.getLogger("edgegw.files")

FIRMWARE: Final = "firmware"

RESERVE: Final = 128 * 1024 * 1024
"""Bytes of the disk that no file may take: they are the ledger's."""

WRITE: Final = 256 * 1024
"""Bytes that go to the disk at once."""

NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"


class FileRefused(ValueError):
    """A file is not taken or not there. `kind`: not-found, conflict, too-large, invalid, unavailable."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


@value(slots=False)
class StoredFile:
    """`id` names it here, `name` is what it was called; `kind` is firmware, or the kind of log that get_log has."""

    id: str
    kind: str
    name: str
    size: int
    sha256: str
    at: datetime
    station: str | None = None
    """Whose it is, of what came from one."""
    command: str | None = None
    """The get_log that asked for it."""
    certificate: str | None = None
    signature: str | None = None


class Shelf:
    """Files below `folder`, `budget_bytes` in all and `max_bytes` each; what stations sent goes after `keep_s`."""

    def __init__(
        self,
        folder: Path,
        *,
        budget_bytes: int,
        max_bytes: int,
        keep_s: float,
        now: Callable[[], datetime],
        disk_free: Callable[[Path], int] = free_bytes,
    ) -> None:
        self.max_bytes = max_bytes
        self._folder = folder
        self._budget = budget_bytes
        self._keep = timedelta(seconds=keep_s)
        self._now = now
        self._disk_free = disk_free
        self._files: dict[str, StoredFile] = {}
        self._coming: dict[str, int] = {}
        """Bytes so far of files that are on their way, by id."""

    def open(self) -> None:
        """Look at what the disk holds; what was cut off half-way goes. Raises OSError."""
        for folder in (self._folder, self._data, self._about):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = {}
        for path in self._about.glob("*.json"):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                stored = load(StoredFile, orjson.loads(path.read_bytes()))
                if self.path(stored.id).stat().st_size == stored.size:
                    found[stored.id] = stored
        self._files = found
        for path in [*self._data.iterdir(), *self._about.iterdir()]:
            if path.name.removesuffix(".json") not in found and path.name not in found:
                path.unlink(missing_ok=True)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _about(self) -> Path:
        return self._folder / "about"

    @property
    def tickets(self) -> Path:
        """Where the tickets for its files are kept."""
        return self._folder / "tickets.json"

    def path(self, id: str) -> Path:
        return self._data / id

    def files(self) -> list[StoredFile]:
        """Every file, the newest first."""
        return sorted(self._files.values(), key=lambda each: (each.at, each.id), reverse=True)

    def get(self, id: str) -> StoredFile:
        """Raises FileRefused."""
        found = self._files.get(id)
        if found is None:
            raise FileRefused("not-found", f"there is no file {id!r}")
        return found

    async def take(
        self, id: str, chunks: AsyncIterator[bytes], *, kind: str, name: Callable[[], str], **about: Any
    ) -> StoredFile:
        """Write what comes in `chunks` to the disk; durable on return. `name` is asked at the end.

        Raises FileRefused, and what `chunks` raises: then nothing is left of it.
        """
        if re.fullmatch(NAME, id) is None:
            raise FileRefused("invalid", "a file's name has letters, digits and . _ -, and at most 100 of them")
        if id in self._files or id in self._coming:
            raise FileRefused("conflict", f"there is a file {id!r} already; take it away first, or choose another name")
        part = self._data / f"{id}.part~"
        self._coming[id] = 0
        try:
            with part.open("wb") as file:
                size, digest = await self._write(id, file, chunks)
            stored = StoredFile(id, kind, name(), size, digest, self._now(), **about)
            await asyncio.to_thread(self._settle, stored, part)
        except OSError as error:
            raise FileRefused("unavailable", f"the disk does not take it: {error.strerror or error}") from error
        finally:
            del self._coming[id]
            part.unlink(missing_ok=True)
        self._files[id] = stored
        return stored

    async def _write(self, id: str, file: BinaryIO, chunks: AsyncIterator[bytes]) -> tuple[int, str]:
        digest, size, held = sha256(), 0, bytearray()

        async def flush() -> None:
            self._make_room(len(held))
            block = bytes(held)
            held.clear()
            await asyncio.to_thread(file.write, block)

        async for chunk in chunks:
            size += len(chunk)
            if size > self.max_bytes:
                raise FileRefused("too-large", f"a file may have {self.max_bytes} bytes")
            digest.update(chunk)
            held += chunk
            self._coming[id] = size
            if len(held) >= WRITE:
                await flush()
        await flush()
        file.flush()
        await asyncio.to_thread(os.fsync, file.fileno())
        return size, digest.hexdigest()

    def _settle(self, stored: StoredFile, part: Path) -> None:
        """Make a written file one of the shelf's: what is known of it comes last, so that half a file never counts."""
        part.replace(self.path(stored.id))
        self._note(stored)
        for folder in (self._data, self._about):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def _note(self, stored: StoredFile) -> None:
        new = self._about / f"{stored.id}.json~"
        with new.open("w") as file:
            file.write(dump(stored))
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._about / f"{stored.id}.json")

    def sign(self, id: str, certificate: str, signature: str) -> StoredFile:
        """Keep what proves a firmware beside it. Raises FileRefused."""
        stored = replace(self.get(id), certificate=certificate, signature=signature)
        self._note(stored)
        self._files[id] = stored
        return stored

    def remove(self, id: str) -> None:
        """Raises FileRefused when there is none."""
        self.get(id)
        (self._about / f"{id}.json").unlink(missing_ok=True)
        self.path(id).unlink(missing_ok=True)
        del self._files[id]

    def tidy(self) -> None:
        """Let go of what stations sent and whose time is over."""
        for each in self._of_stations():
            if self._now() - each.at >= self._keep:
                log.info("%s of %s is %s old and goes", each.id, each.station, self._now() - each.at)
                self.remove(each.id)

    def _make_room(self, count: int) -> None:
        """Have room for `count` bytes more than what is written or coming. Raises FileRefused."""
        if self._disk_free(self._folder) - count < RESERVE:
            raise FileRefused("unavailable", "the disk is nearly full, and what is left of it is the ledger's")
        for oldest in self._of_stations():
            if self._taken() <= self._budget:
                break
            log.warning("%s of %s goes: the files' budget is reached", oldest.id, oldest.station)
            self.remove(oldest.id)
        if self._taken() > self._budget:
            raise FileRefused("unavailable", f"the files' budget of {self._budget} bytes is reached")

    def _taken(self) -> int:
        return sum(each.size for each in self._files.values()) + sum(self._coming.values())

    def _of_stations(self) -> list[StoredFile]:
        return [each for each in reversed(self.files()) if each.kind != FIRMWARE]
