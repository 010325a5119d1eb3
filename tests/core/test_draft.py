"""How registers and an end go into a decision."""

from __future__ import annotations

from datetime import timedelta

import pytest

from edgegw.model import facts as f
from edgegw.model.requests import TransactionRequest
from tests.support.hubs import start, stop
from tests.support.world import World, register


def test_a_register_that_falls_is_written_down_as_suspect_and_not_billed() -> None:
    world = World()
    begun = world.ask(start(world.clock))
    world.clock.advance(60)
    ended = world.ask(stop(world.clock, begun, import_wh=0))
    assert world.metered(begun)[-1] == ("end", 0, "suspect")
    assert ended.cost == "0.00"


@pytest.mark.parametrize("last", [2**32 - 1, 2**31 - 1, 13_000_000])
def test_a_register_that_no_evse_can_have_given_is_suspect_and_the_newest_reading_is_billed(last: int) -> None:
    """The -1 of a register that was not there; a meter that had not been read yet at the beginning."""
    world = World()
    begun = world.ask(start(world.clock))
    world.clock.advance(1800)
    world.registers["CP01", 1] = (world.clock.now(), 1_007_000)
    world.clock.advance(60)
    ended = world.ask(stop(world.clock, begun, import_wh=last))
    assert world.metered(begun)[1:] == [("end", last, "suspect"), ("periodic", 1_007_000, "good")]
    assert ended.cost == "14.00"
    assert world.state.transactions[begun.transaction].energy_wh == 7_000


def test_an_end_of_nothing_is_billed_by_the_newest_reading() -> None:
    """Some stations have lost the register by the time that they tell of a power cut."""
    world = World()
    begun = world.ask(start(world.clock))
    world.clock.advance(600)
    world.registers["CP01", 1] = (world.clock.now(), 1_002_000)
    ended = world.ask(stop(world.clock, begun, import_wh=0))
    assert (ended.cost, world.state.transactions[begun.transaction].energy_wh) == ("4.00", 2_000)


def test_a_charge_that_a_station_without_a_clock_tells_in_no_time_is_billed() -> None:
    world = World()
    begun = world.ask(start(world.clock))
    ended = world.ask(stop(world.clock, begun, import_wh=1_600_000))
    assert ended.cost == "1200.00"


def test_a_signed_value_is_a_fact_once_though_the_station_says_it_again_at_the_end() -> None:
    world = World()
    clock = world.clock
    begun = world.ask(start(clock))
    clock.advance(60)
    signed = register(clock, 1_001_000, signed="OCMF|{}|{}")
    update = TransactionRequest(
        station="CP01", at=clock.now(), stage="updated", evse=1, reference=str(begun.number), readings=(signed,)
    )
    world.ask(update)
    world.ask(update)
    clock.advance(60)
    end = register(clock, 1_002_000, "end", "OCMF|{}|{}")
    world.ask(stop(clock, begun, import_wh=1_002_000, readings=(signed, end)))
    assert world.metered(begun) == [
        ("begin", 1_000_000, "good"), ("signed", 1_001_000, "good"), ("end", 1_002_000, "good"),
    ]  # fmt: skip
    facts = [fact for fact in world.facts if isinstance(fact, f.TransactionMetered)]
    assert [fact.signed is not None for fact in facts] == [False, True, True]


def test_an_end_dated_before_its_start_ends_at_the_start() -> None:
    world = World()
    begun = world.ask(start(world.clock))
    early = world.clock.now() - timedelta(hours=1)
    assert world.ask(stop(world.clock, begun, at=early)).cost == "20.00"
    assert world.transaction(begun).ended_at == world.clock.now()
