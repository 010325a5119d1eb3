"""Has the stations forget a person as well, whose values the ledger has just erased.

A station of 2.x is told by CustomerInformation (OCPP 2.0.1 part 2, N10); one of 1.6 has no message for it and clears
its whole cache. These are commands that wait for stations that are away. What they say of the token is in the ledger
until the last of them has ended, and is erased then.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from edgegw.core.tokens import same
from edgegw.hub import Hub
from edgegw.journal import JournalError
from edgegw.journal.erase import Chosen
from edgegw.journal.ids import uuid7
from edgegw.model import facts as f
from edgegw.model.commands import ENDED, Asker, Command
from edgegw.model.state import CommandState

log = logging.getLogger("edgegw")

WITHIN: Final = timedelta(days=30)
"""So long a station that is away is waited for: a right to be forgotten is granted within a month (LGPD, GDPR)."""

BY: Final = Asker("gateway", "erasure")
_BY: Final = f"{BY.kind}:{BY.name}"


class Forgetting:
    """`ask` once for each erasure; `keep` runs until it is cancelled."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def ask(self, id_token: str) -> list[str]:
        """Have every station that was ever here forget the token; which ones. Raises JournalError."""
        asked = []
        for seen in list(self._hub.state.stations.values()):
            if seen.ocpp is None:
                continue
            name, args = "customer_information", {"station": seen.id, "id_token": id_token, "clear": True}
            if seen.ocpp == "1.6":
                name, args = "clear_cache", {"station": seen.id}
            order = Command(uuid7(), name, args, expires_at=self._hub.now() + WITHIN, by=BY, wait=True)
            await self._hub.submit(order, wait_s=0)
            asked.append(seen.id)
        return asked

    async def keep(self) -> None:
        """Erase what the commands say of a token when the last of them has ended, also those of an earlier run."""
        for row in self._ours():
            await self._ended(row)
        async for batch in self._hub.changes():
            for fact in (published.fact for published in batch):
                ended = self._hub.state.commands.get(fact.command) if isinstance(fact, f.CommandEnded) else None
                if ended is not None and ended.by == _BY:
                    await self._ended(ended)

    async def _ended(self, row: CommandState) -> None:
        token = row.id_token
        if token is None or any(each.state not in ENDED and same(each.id_token, token) for each in self._ours()):
            return
        try:
            await self._hub.erase(Chosen(token=token))
        except JournalError as error:  # it is listed, or charges, again: then it is not forgotten
            log.warning("what the stations were asked to forget could not be erased again: %s", error)

    def _ours(self) -> list[CommandState]:
        return [row for row in self._hub.state.commands.values() if row.by == _BY]
