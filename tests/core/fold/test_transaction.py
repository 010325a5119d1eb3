"""What facts change in a transaction's row."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.core.fold import fold
from edgegw.model import facts as f
from edgegw.model.state import State
from tests.support.clock import FakeClock
from tests.support.hubs import start, stop
from tests.support.world import World


def test_facts_about_a_transaction_that_is_not_held_change_nothing() -> None:
    where = {"at": FakeClock().now(), "station": "S", "evse": 1, "transaction": "gone"}
    metered = f.TransactionMetered(**where, import_wh=1, reason="periodic", source="s")  # type: ignore[arg-type]
    began = f.EnergyTransferStarted(**where)  # type: ignore[arg-type]
    assert (fold(State(), metered), fold(State(), began)) == ((), ())


@pytest.mark.parametrize(
    ("by", "resumed", "idle_s"), [("ev", True, 60), ("evse", True, 0), ("ev", False, 60), ("evse", False, 0)]
)
def test_idle_time_is_what_passed_while_the_car_took_nothing(by: Any, resumed: bool, idle_s: int) -> None:
    world = World()
    begun = world.ask(start(world.clock))
    where = {"station": "CP01", "evse": 1, "transaction": begun.transaction}
    world.tell(f.EnergyTransferStarted(at=world.clock.now(), **where))  # type: ignore[arg-type]
    world.clock.advance(100)
    world.tell(f.TransactionSuspended(at=world.clock.now(), by=by, **where))  # type: ignore[arg-type]
    world.clock.advance(60)
    if resumed:
        world.tell(f.TransactionResumed(at=world.clock.now(), **where))  # type: ignore[arg-type]
        world.clock.advance(100)
    world.ask(stop(world.clock, begun))
    row = world.transaction(begun)
    assert (row.idle_s, row.idle_since, row.charging_state) == (idle_s, None, None)
