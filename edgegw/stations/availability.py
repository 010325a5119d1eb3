"""What somebody took out of use stays so: at a station that restarted, and at one that put it off.

A station should remember (OCPP 1.6 section 5.2; 2.0.1 part 2, G03.FR.08 and G04.FR.09), and one that said Scheduled
should follow when its transaction has ended. Those that do not are told again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from edgegw.model.commands import Command
from edgegw.model.facts import TransactionEnded
from edgegw.model.state import ConnectorState, State, WantedAvailability
from edgegw.stations import execution
from edgegw.stations.link import Link
from edgegw.stations.rpc import one_line

if TYPE_CHECKING:
    from edgegw.hub import Hub

log = logging.getLogger("edgegw.stations")

FOLLOW_S: Final = 30.0
"""How long a station may take, once its transaction has ended, to go out of use as it had promised."""


def forgotten(state: State, station: str) -> list[WantedAvailability]:
    """What shall be out of use at a station, and shows itself in use. Where a transaction runs it may be."""
    found = []
    for row in state.availability.values():
        if row.station != station or row.operative:
            continue
        if any(_is_in_use(state, row, each) for each in state.connectors.values()):
            found.append(row)
    return found


def _is_in_use(state: State, row: WantedAvailability, seen: ConnectorState) -> bool:
    """Whether a connector that shall be out of use, by `row`, is not."""
    if seen.station != row.station or seen.evse == 0 or row.evse not in (0, seen.evse):
        return False
    own = state.availability.get(f"{row.station}/{seen.evse}/0") if row.evse == 0 else None
    if row.connector not in (0, seen.connector) or (own is not None and own.operative):
        return False  # another connector, or an EVSE that was taken back into use by itself
    return seen.status not in ("unavailable", "faulted") and (row.station, seen.evse) not in state.at_evse


async def restore(link: Link, hub: Hub) -> None:
    """Tell a station again what shall be out of use, as far as it has forgotten."""
    for row in forgotten(hub.state, link.station):
        place = {name: number for name, number in (("evse", row.evse), ("connector", row.connector)) if number}
        command = Command("", "change_availability", {"station": link.station, "operative": False, **place})
        ended = await execution.carry_out(link, command, 0)
        if ended.state != "done":
            log.warning("%s: does not go out of use again: %s", link.station, ended.reason)


async def follow(hub: Hub, link_of: Callable[[str], Link | None], after_s: float = FOLLOW_S) -> None:
    """Look at each station whose transaction has ended whether it goes out of use where it shall; until cancelled."""
    looking: set[asyncio.Task[None]] = set()
    try:
        async for batch in hub.changes():
            for fact in (published.fact for published in batch):
                if isinstance(fact, TransactionEnded) and _is_wanted(hub.state, fact.station):
                    task = asyncio.get_running_loop().create_task(_look(hub, fact.station, link_of, after_s))
                    looking.add(task)
                    task.add_done_callback(looking.discard)
    finally:
        for task in looking:
            task.cancel()
        await asyncio.gather(*looking, return_exceptions=True)


def _is_wanted(state: State, station: str) -> bool:
    return any(row.station == station and not row.operative for row in state.availability.values())


async def _look(hub: Hub, station: str, link_of: Callable[[str], Link | None], after_s: float) -> None:
    await asyncio.sleep(after_s)
    link = link_of(station)
    if link is None or not link.ready:
        return  # it is told when it comes back
    try:
        await restore(link, hub)
    except Exception as error:
        text = one_line(str(error) or type(error).__name__, 300)
        log.warning("%s: what shall be out of use there: %s", station, text)
