"""How registers and an end go into a decision."""

from __future__ import annotations

from datetime import timedelta

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
