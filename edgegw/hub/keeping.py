"""The room that the ledger has, and what goes from it: the hub's housekeeping of the disk.

`look` comes round once a second. It measures, mends what it can in short steps (free pages back to the disk, the oldest
readings out, then the oldest facts that the cloud has), says in facts what was short and what was given up, and leaves
`level` behind: at `full` the hub takes no new transaction, and readings wait in memory. What runs is written to its
end, in the room that was kept for it. Nothing here needs a restart: with room, all of it goes back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from edgegw.hub.ledger import Ledger
from edgegw.journal import JournalError, StorageFull, retention
from edgegw.journal.anchors import SiteKey, anchor_at
from edgegw.journal.blocks import Filling
from edgegw.journal.metrics import DROPPED, STORAGE_FULL, STORAGE_LEFT
from edgegw.journal.rows import stamp
from edgegw.journal.space import ADVICE, MIB, Ballast, Level, Limits, Room, free_bytes, level
from edgegw.model import facts as f
from edgegw.model.value import value

log = logging.getLogger("edgegw.storage")

STEPS_A_LOOK = 50
"""While room is short, at most this many steps a second: 10,000 records, far more than a hub makes."""

FREED_BYTES = 2 * MIB
"""Of unused pages, what goes back to the disk in one step; as much has to be moved at worst."""

WORTH_BYTES = MIB // 4
"""Less than this is not given back."""

TELL_EVERY_S = 60.0
"""What is given up step by step is told in one fact a minute."""

FIRST_ROUND_S, ROUND_S = 600.0, 6 * 3600.0
"""When what is older than storage.keep goes: a while after the start, then four times a day."""


@value()
class Keep:
    """How long records stay, in seconds, and whether there is a cloud that takes them."""

    facts_s: float = 400 * 86400.0
    samples_s: float = 30 * 86400.0
    delivers: bool = True


@value()
class Storage:
    """How the ledger stands: bytes that may still be written of budget and disk, and whether the ballast is laid."""

    level: Level
    budget_bytes: int
    disk_bytes: int
    ballast: bool


class Keeping:
    """Housekeeping of one hub's ledger; without `keep` everything stays, and nothing is watched."""

    def __init__(
        self, ledger: Ledger, filling: Filling, keep: Keep | None, disk_free: Callable[[Path], int] = free_bytes
    ) -> None:
        self.keep = keep
        self.storage: Storage | None = None
        """None before the first look."""
        self.takes_samples = True
        """Readings go to the disk; while they don't, memory holds the newest."""
        self._ledger = ledger
        self._journal = ledger.journal
        self._clock = ledger.clock
        self._filling = filling
        self._disk_free = disk_free
        self._folder = ledger.journal.path.parent
        self._limits = ledger.journal.limits if keep is not None else None
        self._ballast = Ballast(self._folder, self._limits.ballast if self._limits is not None else 0)
        self._room: Room | None = None
        self._key: SiteKey | None = None
        self._may_be_untold = True
        """Something was given up that no fact tells of; in an earlier life, perhaps."""
        self._told_at = self._clock.monotonic() - TELL_EVERY_S
        self._trouble = ""
        self._looking = asyncio.Lock()
        self._round_at = self._clock.monotonic() + FIRST_ROUND_S
        self._round: list[tuple[str, int]] = []
        """Tables that this round has still to look at, and the rowid from which on."""

    @property
    def level(self) -> Level:
        return "ample" if self.storage is None else self.storage.level

    def refused(self, error: JournalError) -> None:
        """A commit failed: if for want of room, nothing new begins until the next look, and on a full disk the ballast
        gives what is under way the room to end."""
        if not isinstance(error, StorageFull) or self._limits is None:
            return
        with contextlib.suppress(OSError):
            if self._disk_free(self._folder) < self._limits.hard:
                self._give_ballast_up()
        self.takes_samples = False
        self.storage = replace(self.storage or Storage("full", 0, 0, ballast=False), level="full")

    async def begin(self) -> None:
        """Before the first fact of this life: see how the ledger stands, and lay the ballast or give it up."""
        if self._limits is not None:
            with contextlib.suppress(JournalError, OSError):
                room = await self._mind_ballast(self._limits, await self._measure())
                self._stand(level("ample", room, self._limits, ballast=self._ballast.is_laid), room)

    async def look(self) -> None:
        """One round. What the ledger does not take is tried again in the next one."""
        if self.keep is None:
            return
        try:
            async with self._looking:
                if self._limits is not None:
                    await self._watch(self._limits)
                await self._go_by_age(self.keep)
                await self._tell()
        except (JournalError, OSError) as error:
            if isinstance(error, StorageFull):
                self.refused(error)
            if str(error) != self._trouble:
                log.error("%s: %s", self._folder, error)
            self._trouble = str(error)
        else:
            self._trouble = ""

    async def end(self) -> None:
        """The hub stops while readings are not taken: those in memory go, which is told. Raises JournalError."""
        self._filling.give_up()
        await self._tell_readings()

    # Room

    async def _watch(self, limits: Limits) -> None:
        room = await self._mind_ballast(limits, await self._measure())
        gives = False
        if level(self.level, room, limits, ballast=self._ballast.is_laid) != "ample":
            if self._told is None:
                await self._say("pressed", room)
            for _ in range(STEPS_A_LOOK):
                gives = await self._make_room(limits, room)
                room = await self._measure()
                if not gives or level("pressed", room, limits, ballast=True) == "ample":
                    break
            room = await self._mind_ballast(limits, room)
        stands = level(self.level, room, limits, ballast=self._ballast.is_laid)
        # Between the limits readings are taken as long as older ones make room for them.
        self.takes_samples = stands == "ample" or (stands == "pressed" and gives)
        self._stand(stands, room)
        await self._say(stands, room)

    def _stand(self, stands: Level, room: Room) -> None:
        self.storage, self._room = Storage(stands, room.file, room.disk, self._ballast.is_laid), room
        STORAGE_LEFT.labels("budget").set(room.file)
        STORAGE_LEFT.labels("disk").set(room.disk)
        STORAGE_FULL.set(stands == "full")

    async def _measure(self) -> Room:
        return await self._journal.call(lambda store: store.room(self._disk_free(self._folder)))

    async def _mind_ballast(self, limits: Limits, room: Room) -> Room:
        """Give the ballast up below the hard limit, and lay it again once twice that would be left beside it."""
        if room.disk < limits.hard and self._ballast.is_laid:
            self._give_ballast_up()
            return await self._measure()
        if room.disk >= limits.ballast + 2 * limits.hard and not self._ballast.is_laid:
            with contextlib.suppress(OSError):  # somebody else was faster, and has the room
                await asyncio.to_thread(self._ballast.lay)
            return await self._measure()
        return room

    def _give_ballast_up(self) -> None:
        if self._ballast.remove():
            log.error("%s: the disk is full, the ballast is given up; %s", self._folder, ADVICE)

    async def _make_room(self, limits: Limits, room: Room) -> bool:
        """One step; False when there is nothing that may go any more."""
        if room.disk < limits.soft * 3 // 2 and room.unused >= WORTH_BYTES:
            await self._journal.call(lambda store: store.give_back(FREED_BYTES))
            if (await self._measure()).unused < room.unused:
                return True
        return await self._prune("B", None, others=True) or await self._prune("A", None, others=False)

    # What goes

    async def _prune(self, stream: retention.Stream, before: str | None, *, others: bool) -> bool:
        """Take out the oldest of a stream that may go, in one step; False when there are none."""
        now, delivers = self._clock.now(), self.keep is not None and self.keep.delivers
        transactions = self._ledger.pending.transactions.values()
        running = frozenset(row.id for row in transactions if row.state == "active")

        def step(connection: sqlite3.Connection) -> list[retention.Gap]:
            # Without a cloud nobody else has the facts: they are kept for as long as the installer said.
            delivered = retention.delivered(connection, stream) if delivers else (0, 0)
            rule = retention.Rule(before, delivered, others)
            return retention.prune(connection, stream, rule, now=now, running=running, anchor=self._anchor)

        gone = await self._journal.maintain(step)
        for gap in gone:
            DROPPED.labels(stream, gap.reason).inc(gap.last - gap.first + 1)
            self._may_be_untold = self._may_be_untold or gap.reason != "delivered"
        return bool(gone)

    def _anchor(self, connection: sqlite3.Connection, position: int) -> None:
        """On the writer's thread: sign the chain up to a position, from which it is proven once the facts are gone."""
        if self._key is None:
            self._key = SiteKey.open(self._folder)
        anchor_at(connection, position, self._key, self._clock.now())

    async def _go_by_age(self, keep: Keep) -> None:
        """One step of the round that takes out what is older than storage.keep; none while the time is not known."""
        now, monotonic = self._clock.now(), self._clock.monotonic()
        if self._clock.state == "unsynced":
            return
        if not self._round and monotonic >= self._round_at:
            self._round_at = monotonic + ROUND_S
            self._round = [("blocks", 0), ("facts", 0), *((table, 0) for table in retention.HISTORY)]
        if not self._round:
            await self._give_back_idle()
            return
        table, after = self._round[0]
        facts_before = stamp(now - timedelta(seconds=keep.facts_s))
        goes_on: int | None
        if table == "blocks":
            went = await self._prune("B", stamp(now - timedelta(seconds=keep.samples_s)), others=True)
            goes_on = after if went else None
        elif table == "facts":
            went = await self._prune("A", facts_before, others=not keep.delivers)
            goes_on = after if went else None
        else:
            goes_on = await self._journal.maintain(
                lambda connection: retention.prune_history(connection, table, after, facts_before)
            )
        self._round[:1] = [] if goes_on is None else [(table, goes_on)]

    async def _give_back_idle(self) -> None:
        """After much has gone, have the file shrink: a quarter of it unused is more than the next weeks will take."""
        room = self._room
        if room is not None and self._limits is not None and room.unused > max(room.taken // 4, self._limits.soft):
            await self._journal.call(lambda store: store.give_back(FREED_BYTES))

    # What is said

    @property
    def _told(self) -> Level | None:
        """How short room is by the facts."""
        site = self._ledger.pending.site.get("site")
        return None if site is None else site.storage

    async def _say(self, stands: Level, room: Room) -> None:
        """Write down that room is short, or there again, when the facts say otherwise."""
        at = self._clock.now()
        if stands == (self._told or "ample"):
            return
        fact: f.Fact
        if stands == "ample":
            fact = f.StorageRecovered(at=at, budget_bytes=room.file, disk_bytes=room.disk)
            log.warning("%s: there is room again, %d MiB", self._folder, room.left // MIB)
        else:
            fact = f.StoragePressed(at=at, level=stands, budget_bytes=room.file, disk_bytes=room.disk)
            what = "no new transaction is taken" if stands == "full" else "the oldest records go"
            log.error(
                "%s: %d MiB of the disk and %d MiB of storage.budget are left: %s; %s",
                self._folder, room.disk // MIB, room.file // MIB, what, ADVICE,
            )  # fmt: skip
        await self._ledger.commit((fact,))

    async def _tell(self) -> None:
        """Write down what was given up, one fact for each run of numbers, while there is room for it: at once when all
        is over, once a minute while more is going."""
        now, monotonic = self._clock.now(), self._clock.monotonic()
        is_over = self.level == "ample" and not self._round
        if self.level == "full" or (not is_over and monotonic - self._told_at < TELL_EVERY_S):
            return
        self._told_at = monotonic
        await self._tell_readings()
        if self._may_be_untold:
            told = await self._journal.maintain(retention.untold)
            facts = [
                f.RecordsDropped(
                    at=now, stream=each.stream, epoch=each.epoch, first=each.first, last=each.last,
                    reason=each.reason, samples=each.samples,
                )
                for each in told
            ]  # fmt: skip
            if facts:
                cursors: dict[tuple[str, str], tuple[str, int]] = {
                    (retention.TOLD, each.stream): (each.epoch, each.last) for each in told
                }
                await self._ledger.commit(facts, cursors=cursors)
            self._may_be_untold = False

    async def _tell_readings(self) -> None:
        if (count := self._filling.given_up) > 0:
            at = self._clock.now()
            await self._ledger.commit((f.RecordsDropped(at=at, stream="B", reason="not_written", samples=count),))
            self._filling.given_up -= count
