"""Tickets: what a station may do with the URL that it was given, how often, and until when.

The token in a URL is 192 random bits. On disk stands only its SHA-256, so that who reads the file can't use it. Tickets
outlive a restart of the gateway: a station may fetch hours after it was told to.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

import orjson

from edgegw.journal import durable
from edgegw.journal.rows import dump, load
from edgegw.model.value import value

log = logging.getLogger("edgegw.files")

TOKEN_LENGTH: Final = 32
"""Characters of a token: whatever a station adds behind it is a file's name."""

MOST: Final = 1000
"""Tickets at once; beyond, those that end first go."""


@value(slots=False)
class Ticket:
    """`way` is what the station does with it: `fetch` a file of ours, or `put` one of its own."""

    digest: str
    way: Literal["fetch", "put"]
    station: str
    kind: str
    expires_at: datetime
    left: int
    """Whole files that may still go over it."""
    file: str | None = None
    """Which one is fetched; for one that is put, the name that it shall have."""
    command: str | None = None


class Tickets:
    """The tickets of a gateway, kept in the file `path`."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self._path = path
        self._now = now
        self._held: dict[str, Ticket] = {}
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            self._held = {row["digest"]: load(Ticket, row) for row in orjson.loads(path.read_bytes())}

    def issue(
        self,
        way: Literal["fetch", "put"],
        *,
        station: str,
        kind: str,
        expires_at: datetime,
        left: int,
        file: str | None = None,
        command: str | None = None,
    ) -> str:
        """A new ticket; its token. Raises OSError when it can't be kept."""
        token = secrets.token_urlsafe(TOKEN_LENGTH * 3 // 4)
        ticket = Ticket(_digest(token), way, station, kind, expires_at, left, file, command)
        self._keep({**self._held, ticket.digest: ticket})
        return token

    def find(self, token: str) -> Ticket | None:
        """The ticket of this token, None when there is none, or no more."""
        ticket = self._held.get(_digest(token))
        return ticket if ticket is not None and ticket.expires_at > self._now() else None

    def use(self, ticket: Ticket) -> None:
        """Count a file that went over it whole. Never raises: it did."""
        held = self._held.get(ticket.digest)
        if held is not None:
            rest = {digest: each for digest, each in self._held.items() if digest != ticket.digest}
            try:
                self._keep(rest | ({ticket.digest: replace(held, left=held.left - 1)} if held.left > 1 else {}))
            except OSError as error:
                log.error("a ticket's use can't be kept, it is good again after a restart: %s", error.strerror or error)

    def _keep(self, tickets: dict[str, Ticket]) -> None:
        now = self._now()
        living = sorted((each for each in tickets.values() if each.expires_at > now), key=lambda each: each.expires_at)
        self._held = {each.digest: each for each in living[-MOST:]}
        durable.replace(self._path, dump(list(self._held.values())).encode(), 0o600)


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()
