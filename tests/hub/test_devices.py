"""What stations tell of themselves, through the door: what is known already costs the ledger nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from edgegw.hub import Hub
from edgegw.journal.reader import StoredFact
from edgegw.model import facts as f
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub
from tests.support.ledgers import check

INVENTORY: tuple[dict[str, Any], ...] = tuple(
    {
        "component": "Part",
        "component_instance": str(number),
        "variable": "Maker",
        "attribute": "actual",
        "value": "x" * 900,
    }
    for number in range(500)
)


async def tell(hub: Hub, clock: FakeClock, *, tail: str = "x") -> list[StoredFact]:
    """A full inventory of 500 KB in 10 messages; returns the facts that came of it."""
    before = hub.journal.position("A").head
    for first in range(0, 500, 50):
        variables = tuple({**entry, "value": entry["value"] + tail} for entry in INVENTORY[first : first + 50])
        await hub.record(f.VariablesChanged(at=clock.now(), station="CP01", action="NotifyReport", variables=variables))
    return await hub.journal.reader.facts(before, 1000)


async def test_an_inventory_that_is_told_again_writes_nothing_also_after_a_restart(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        assert len(await tell(hub, clock)) >= 20
        assert len(hub.state.variables) == 500
        assert await tell(hub, clock) == []
    async with a_hub(tmp_path, clock) as hub:
        assert len(hub.state.variables) == 500
        assert await tell(hub, clock) == []
        assert len(await tell(hub, clock, tail="y")) >= 20
    check(tmp_path)


async def test_what_is_told_twice_at_once_is_written_once_and_both_are_durable(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        before = hub.journal.position("A").head
        limit = f.OutsideLimitSet(at=clock.now(), station="CP01", evse=0, source="ems")
        await asyncio.gather(hub.record(limit), hub.record(limit))
        assert hub.journal.position("A").head == before + 1
        assert hub.state.outside_limits["CP01/0/ems"].source == "ems"
