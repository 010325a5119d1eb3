"""What a ticket is good for, whichever way a station comes with it: a file is kept and becomes a fact, or goes out."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from edgegw.files.shelf import FileRefused, Shelf, StoredFile
from edgegw.files.tickets import Ticket, Tickets
from edgegw.journal import JournalError
from edgegw.journal.ids import uuid7

log = logging.getLogger("edgegw.files")


class Handover:
    """`received` is told of a file that came, before its station gets an answer."""

    def __init__(
        self, shelf: Shelf, tickets: Tickets, received: Callable[[StoredFile, Ticket], Awaitable[None]]
    ) -> None:
        self.max_bytes = shelf.max_bytes
        self._shelf = shelf
        self._tickets = tickets
        self._received = received

    def find(self, token: str) -> Ticket | None:
        """The ticket of this token, None when there is none, or no more."""
        return self._tickets.find(token)

    async def take(self, ticket: Ticket, chunks: AsyncIterator[bytes], name: Callable[[], str | None]) -> StoredFile:
        """A station's file, durable and written down on return; `name` is asked for what it called it at the end.

        Raises FileRefused, and what `chunks` raises: then nothing is left of it, and the ticket is as good as before.
        """
        stored = await self._shelf.take(
            uuid7(), chunks, kind=ticket.kind, station=ticket.station, command=ticket.command,
            name=lambda: fit_name(ticket.file or name() or ticket.kind),
        )  # fmt: skip
        try:
            await self._received(stored, ticket)
        except JournalError as error:
            # Not written down, so not taken: the station still has it, and its ticket.
            self._shelf.remove(stored.id)
            log.error("%s: its %s can't be written down: %s", ticket.station, ticket.kind, error)
            raise FileRefused("unavailable", "not stored, try again") from error
        self._tickets.use(ticket)
        log.info("%s: %s of %d bytes received", ticket.station, stored.name, stored.size)
        return stored

    def offered(self, ticket: Ticket) -> tuple[StoredFile, Path]:
        """What a ticket lets a station fetch, and where it lies. Raises FileRefused when it was taken away."""
        assert ticket.file is not None
        stored = self._shelf.get(ticket.file)
        return stored, self._shelf.path(stored.id)

    def fetched(self, ticket: Ticket, stored: StoredFile) -> None:
        """The last byte of it went out."""
        self._tickets.use(ticket)
        log.info("%s: has fetched %s", ticket.station, stored.name)


def fit_name(text: str) -> str:
    """A file's name as a station gave it, without what would do harm in a path, a header or a terminal."""
    kept = "".join(each if each.isalnum() or each in "._- " else "_" for each in text.rpartition("\\")[2])
    return kept.encode("ascii", "replace").decode().replace("?", "_").strip(". ")[:100] or "file"
