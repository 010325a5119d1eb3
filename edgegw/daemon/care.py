"""What a gateway does for its ledger's proof and for people's data: signs each day, signs and erases when asked.

Who erases a token has the stations forget it as well (`forgetting`)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from edgegw.daemon.forgetting import Forgetting
from edgegw.hub import Ending, Hub
from edgegw.journal import Journal, JournalError
from edgegw.journal.anchors import Anchor
from edgegw.journal.connection import DATABASE_ERRORS
from edgegw.journal.erase import Chosen, NotErased
from edgegw.journal.maintenance import due, sign
from edgegw.model.commands import Command

log = logging.getLogger("edgegw")

LOOK_EVERY_S = 30.0
"""How often it is looked whether a day has ended."""

CHOICES = ("id_token", "transaction", "before")


class Care:
    """`carry_out` puts it in charge of its commands; `keep_signing` and `keep_forgetting` run until cancelled."""

    def __init__(self, hub: Hub, journal: Journal) -> None:
        self._hub = hub
        self._journal = journal
        self._forgetting = Forgetting(hub)
        self._signed: date | None = None

    def carry_out(self) -> None:
        self._hub.carry_out(["sign_journal"], self._sign)
        self._hub.carry_out(["erase_personal_data"], self._erase)

    async def keep_forgetting(self) -> None:
        """Follow the stations that were asked to forget somebody to the end."""
        await self._forgetting.keep()

    async def keep_signing(self) -> None:
        """Sign each day soon after it has ended, and the last one before a pause after it."""
        while True:
            try:
                await self.sign_day()
            except (JournalError, *DATABASE_ERRORS) as error:
                log.error("yesterday's facts could not be signed, it is tried again: %s", error)
            await asyncio.sleep(LOOK_EVERY_S)

    async def sign_day(self) -> Anchor | None:
        """Sign what was recorded before today began at the site, if that is not done; nothing while no clock is set."""
        if self._hub.clock.state == "unsynced":
            return None
        today, midnight = begin_of_day(self._hub.now(), self._hub.site.timezone)
        if self._signed == today:
            return None
        position = await due(self._journal, midnight)
        anchor = None
        if position is not None:
            yesterday = today - timedelta(days=1)
            anchor = await sign(self._journal, self._hub.record, self._hub.now(), position, yesterday)
        self._signed = today
        return anchor

    async def _sign(self, command: Command, number: int) -> Ending:
        try:
            anchor = await sign(self._journal, self._hub.record, self._hub.now())
        except JournalError as error:
            return Ending("failed", str(error))
        return Ending("done", result=signed(anchor))

    async def _erase(self, command: Command, number: int) -> Ending:
        try:
            which = chosen(command.args)
            found = await self._hub.erase(which)
            asked = [] if which.token is None else await self._forgetting.ask(which.token)
        except ValueError as error:
            return Ending("rejected", str(error))
        except NotErased as error:
            return Ending("rejected", str(error))
        except JournalError as error:
            return Ending("failed", str(error))
        return Ending("done", result={
            "values": found.values, "rows": found.rows, "settled": found.settled, "stations": asked,
        })  # fmt: skip


def begin_of_day(now: datetime, timezone: str) -> tuple[date, datetime]:
    """The day that it is in `timezone` (an IANA name), and when it began."""
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    return today, datetime.combine(today, time(0), zone)


def chosen(args: Mapping[str, Any]) -> Chosen:
    """What the arguments of `erase_personal_data` name. Raises ValueError in words for who asked."""
    given = [name for name in CHOICES if args.get(name) is not None]
    if len(given) != 1:
        raise ValueError("erase_personal_data takes one of id_token, transaction, before")
    before = args.get("before")
    return Chosen(
        args.get("id_token"), args.get("transaction"), None if before is None else datetime.fromisoformat(before)
    )


def signed(anchor: Anchor) -> dict[str, Any]:
    """A new signature as its asker is told of it."""
    return {
        "epoch": anchor.epoch, "sequence": anchor.sequence, "hash": anchor.hash.hex(),
        "signed_at": anchor.signed_at, "key": anchor.key.hex(),
    }  # fmt: skip
