"""What the cloud wants to be so here: retained documents with a rising revision, brought into force by the hub."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from edgegw.core.unfit import Unfit
from edgegw.hub import Hub
from edgegw.journal import JournalError
from edgegw.mqtt import Message
from edgegw.uplink.codec.asking import decode_document
from edgegw.uplink.codec.messages import BadMessage

log = logging.getLogger("edgegw.uplink")

RETRY_S = 1.0
MAX_REFUSED = 300
"""Refusals that are kept at most: whoever may publish there could make up any number of names."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the newest document of a name is not in force. `rev` is its own, None when it could not be read."""

    rev: int | None
    error: str
    at: datetime


class Desired:
    """Takes documents in. `refused` are those that could not be applied, by name; nothing of them was."""

    def __init__(self, hub: Hub) -> None:
        self.refused: dict[str, Refusal] = {}
        self._hub = hub
        self._taken: dict[str, bytes] = {}

    async def take(self, name: str, message: Message) -> None:
        """Apply the document in a message on `dn/cfg/{name}`; on return it is in force and durable, or refused.

        An empty message is how a retained one is taken away: what it said stays in force.
        """
        digest = blake2b(message.payload, digest_size=16).digest()
        if not message.payload or self._taken.get(name) == digest:  # it comes again with every connection
            return
        rev = None
        try:
            body = decode_document(message.payload)
            rev = body.get("rev") if type(body.get("rev")) is int else None
            await self._apply(name, body)
        except (BadMessage, Unfit) as error:
            self._refuse(name, rev, str(error))
        except Exception:
            # A fault of ours must not bring the same message back for ever, nor stop those behind it.
            log.exception("desired state %.64s could not be taken", name)
            self._refuse(name, rev, "the gateway failed to take it; its log says why")
        else:
            self.refused.pop(name, None)
            self._taken[name] = digest  # of names that exist, so their number is bounded
            log.info("desired state %s: revision %s is in force", name, rev)

    async def _apply(self, name: str, body: dict[str, object]) -> None:
        while True:
            try:
                await self._hub.desire(name, body)
                return
            except JournalError as error:
                log.warning("desired state %s waits for the ledger: %s", name, error)
                await asyncio.sleep(RETRY_S)

    def _refuse(self, name: str, rev: int | None, error: str) -> None:
        log.warning("desired state %.64s, revision %s, is refused: %s", name, rev, error)
        if name in self.refused or len(self.refused) < MAX_REFUSED:
            self.refused[name] = Refusal(rev, error, self._hub.now())
