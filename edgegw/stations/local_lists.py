"""The local lists of stations, kept in step with the site's (OCPP 1.6 section 5.15; 2.0.1 part 2, block D).

A station is asked for the version that it holds when it comes. When that is the one it was given last and the site's
list is the same since, nothing is sent. Otherwise it gets what changed, where that is known and little, else all of it,
in as many messages as it wants: a full one, and the rest as differentials. What it does not take as a differential it
gets as a full list. What each station holds is in the table of held lists, as version and digest; which entries that
are is remembered while the gateway runs.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

from edgegw.core.variables import KEYS, key_of
from edgegw.hub import AnswerLost, Ending
from edgegw.model.commands import Command
from edgegw.model.facts import LocalListChanged, LocalListSent
from edgegw.stations import batches, execution, list_steps
from edgegw.stations.codec import ListEntry, Peer
from edgegw.stations.link import Link
from edgegw.stations.rpc import one_line
from edgegw.stations.turns import Priority

if TYPE_CHECKING:
    from edgegw.hub import Hub

log = logging.getLogger("edgegw.stations")

GATHER_S: Final = 1.0
"""How long changes of the site's list are gathered before the stations are told: they come in rows."""

_UNSUPPORTED: Final = frozenset({"not_supported", "NotSupported", "NotImplemented"})


class NotTaken(Exception):
    """A station did not take its list; says why."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a station shall hold: `put` and `removed` are what has to be sent, as a full list or a differential."""

    wanted: Sequence[ListEntry]
    put: Sequence[ListEntry]
    removed: Sequence[str]
    full: bool


@dataclass(frozen=True, slots=True)
class _Taken:
    """What of a plan a station took: the version that it holds now, and the entries that were put into its list."""

    version: int | None = None
    entries: tuple[ListEntry, ...] = ()


class LocalLists:
    """The lists of the stations of one server. `record` writes facts down and raises nothing."""

    def __init__(self, hub: Hub, record: Callable[..., Awaitable[None]]) -> None:
        self._hub = hub
        self._record = record
        self._held: dict[str, tuple[int, list_steps.Held]] = {}
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def follow(self, links: Callable[[], Iterable[Link]]) -> None:
        """Bring the change of the site's list to each station that may be called, until cancelled."""
        async for batch in self._hub.changes():
            if any(isinstance(published.fact, LocalListChanged) for published in batch):
                await asyncio.sleep(GATHER_S)
                await self.renew(links())

    async def renew(self, links: Iterable[Link]) -> None:
        """Bring the site's list as it is now to each of these stations that may be called. Never raises."""
        await asyncio.gather(*(self._renew(link) for link in links if link.ready))

    async def _renew(self, link: Link) -> None:
        try:
            await self.keep(link)
        except Exception as error:
            if not link.closed:
                text = one_line(str(error) or type(error).__name__, 300)
                log.warning("%s: its list of id tokens: %s", link.station, text)

    async def keep(self, link: Link) -> None:
        """See that the station holds the site's list. Raises NotTaken, and AnswerLost when it does not answer."""
        async with self._turns.setdefault(link.station, asyncio.Lock()):
            known = self._hub.state.held_lists.get(link.station)
            if known is not None and known.reason is not None and known.digest == self._firmware(link):
                return
            version = await self._version(link)
            if version is None:
                await self._unsupported(link)
                return
            plan = self._plan(link, version)
            if plan is None or (not plan.wanted and version <= 0):
                return
            ended = await self._send(link, plan, None)
            if ended.state != "done":
                raise NotTaken(f"it does not take it: {ended.reason}")

    async def command(self, link: Link, number: int) -> Ending:
        """Give the station the whole list; how that ended. `number` is its version, or that of its first part."""
        async with self._turns.setdefault(link.station, asyncio.Lock()):
            wanted = self._wanted(link.peer())
            return await self._send(link, _Plan(wanted, wanted, (), full=True), number)

    def _plan(self, link: Link, version: int) -> _Plan | None:
        """What is to be sent to a station that holds `version`; None when it holds what it shall."""
        wanted = self._wanted(link.peer())
        known = self._hub.state.held_lists.get(link.station)
        if known is None or known.version != version:
            return _Plan(wanted, wanted, (), full=True)
        if known.digest == list_steps.digest(wanted, self._hub.journal.retry_salt):
            self._held[link.station] = (version, list_steps.held(wanted))
            return None
        remembered, before = self._held.get(link.station, (None, {}))
        if remembered != version:
            return _Plan(wanted, wanted, (), full=True)
        put, removed = list_steps.differences(before, wanted)
        few = 2 * (len(put) + len(removed)) <= len(wanted) or len(put) + len(removed) == 1
        return _Plan(wanted, put, removed, full=False) if few else _Plan(wanted, wanted, (), full=True)

    async def _send(self, link: Link, plan: _Plan, number: int | None) -> Ending:
        """Send what a plan says; a differential that is not taken once more as a full list."""
        self._held.pop(link.station, None)
        ended, taken = await self._parts(link, plan, number)
        if ended.state != "done" and not plan.full and ended.reason not in _UNSUPPORTED:
            plan = _Plan(plan.wanted, plan.wanted, (), full=True)
            ended, taken = await self._parts(link, plan, None)
        if ended.state == "done" or (plan.full and taken.version is not None):
            # A full list whose later part was not taken: the station has no more room, and holds what came first.
            assert taken.version is not None, "it has taken something"
            held = taken.entries if plan.full else plan.wanted
            self._held[link.station] = (taken.version, list_steps.held(held))
            await self._tell(
                link, taken.version, list_steps.digest(plan.wanted, self._hub.journal.retry_salt), len(held),
                update="full" if plan.full else "differential",
            )  # fmt: skip
            return Ending("done", None, {"version": taken.version, "entries": len(held)})
        if ended.reason in _UNSUPPORTED:
            await self._unsupported(link)
        return ended

    async def _parts(self, link: Link, plan: _Plan, number: int | None) -> tuple[Ending, _Taken]:
        """Send the messages of a plan until one is not taken; how the last one ended, and what was taken."""
        peer = link.peer()
        items: list[ListEntry | str] = [*plan.put, *plan.removed]
        taken, ended = _Taken(), Ending("done")
        for place, part in enumerate(batches.in_batches(items, _most_sent(peer))):
            sent = number if number is not None and place == 0 else self._hub.journal.number("transaction_number")
            entries = [each for each in part if isinstance(each, ListEntry)]
            args = {
                "station": link.station, "update": "full" if plan.full and place == 0 else "differential",
                "remove": [each for each in part if isinstance(each, str)],
            }  # fmt: skip
            at = replace(peer, local_list=partial(tuple, entries))
            ended = await execution.send(link, Command("", "send_local_list", args), sent, at, Priority.COMFORT)
            if ended.state != "done":
                break
            taken = _Taken(sent, (*taken.entries, *entries))
        return ended, taken

    def _wanted(self, peer: Peer) -> list[ListEntry]:
        seen = {id_token: row.at for id_token, row in self._hub.state.tokens.items()}
        return list_steps.chosen(peer.local_list(), seen, self._most_held(peer))

    def _most_held(self, peer: Peer) -> int | None:
        """LocalAuthListMaxLength of 1.6; in 2.x the most that LocalAuthListCtrlr.Entries may be."""
        if (most := batches.number(peer.variable(KEYS, "LocalAuthListMaxLength", None))) is not None:
            return most
        row = self._hub.state.variables.get(key_of(peer.station, "LocalAuthListCtrlr", "Entries"))
        return round(row.max_limit) if row is not None and row.max_limit else None

    async def _version(self, link: Link) -> int | None:
        """The version that a station holds, 0 for none; None when it can hold no list."""
        ended = await execution.carry_out(
            link, Command("", "get_local_list_version", {"station": link.station}), 0, Priority.COMFORT
        )
        if ended.state == "done":
            assert ended.result is not None, "a version was told"
            version = int(ended.result["version"])
            return None if version < 0 else version
        code = (ended.result or {}).get("error", {}).get("code")
        if code in _UNSUPPORTED:
            return None
        raise AnswerLost(str(ended.reason))

    async def _unsupported(self, link: Link) -> None:
        await self._tell(link, 0, self._firmware(link), 0, reason="not_supported")

    async def _tell(
        self, link: Link, version: int, digest: str, entries: int, *, update: str | None = None,
        reason: str | None = None,
    ) -> None:  # fmt: skip
        await self._record(
            LocalListSent(
                station=link.station, at=self._hub.now(), version=version, digest=digest, entries=entries,
                update=update, reason=reason,
            )
        )  # fmt: skip

    def _firmware(self, link: Link) -> str:
        """A digest of what runs on the station: it stands for the list of one that takes none."""
        seen = self._hub.state.stations.get(link.station)
        about = (seen.vendor, seen.model, seen.firmware, seen.ocpp) if seen is not None else ()
        return hashlib.sha256(repr(about).encode()).hexdigest()[:16]


def _most_sent(peer: Peer) -> int | None:
    """How many entries a station takes in a message."""
    for component, name in ((KEYS, "SendLocalListMaxLength"), ("LocalAuthListCtrlr", "ItemsPerMessage")):
        if (most := batches.number(peer.variable(component, name, None))) is not None:
            return most
    return None
