"""Which readings become facts that a bill may rest on."""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest

from edgegw.hub.metering import Metering, evse_of
from edgegw.model import facts as f
from edgegw.model.requests import TransactionAnswer
from edgegw.model.samples import MeterSample
from edgegw.model.site import Tariff, TariffPeriod
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub, a_site, minutes, start, stop
from tests.support.ledgers import check
from tests.support.world import World

EVENING = Tariff(
    "default", Decimal("2.00"), periods=(TariffPeriod(tuple(range(7)), time(18), time(21), Decimal("4.00")),)
)  # fmt: skip


def sample(world: World, import_wh: int, quality: str = "good") -> MeterSample:
    return MeterSample("stations/CP01/1", world.clock.now(), {"import_wh": import_wh}, quality)  # type: ignore[arg-type]


def test_only_a_register_of_an_evse_with_a_transaction_matters() -> None:
    world, metering = World(), Metering()
    assert metering.facts(world.state, world.site, sample(world, 5), world.clock.now()) == ()
    world.ask(start(world.clock, import_wh=None))
    for source in ("meters/grid", "stations/CP01/0", "stations/CP02/1", "stations/CP01/1/x"):
        other = MeterSample(source, world.clock.now(), {"import_wh": 5})
        assert metering.facts(world.state, world.site, other, world.clock.now()) == ()
    assert (
        metering.facts(
            world.state, world.site, MeterSample("stations/CP01/1", world.clock.now(), {"x": 1}), world.clock.now()
        )
        == ()
    )
    (fact,) = metering.facts(world.state, world.site, sample(world, 5), world.clock.now())
    assert isinstance(fact, f.TransactionMetered)
    assert (fact.reason, fact.import_wh, fact.source) == ("begin", 5, "stations/CP01/1")


@pytest.mark.parametrize(
    ("source", "place"),
    [("stations/CP01/2", ("CP01", 2)), ("stations/CP01/0", None), ("meters/grid", None), ("stations/a/b/2", None)],
)
def test_an_evse_is_found_in_the_source(source: str, place: tuple[str, int] | None) -> None:
    assert evse_of(source) == place


def test_the_first_rise_of_the_register_starts_the_transfer_once() -> None:
    world, metering = World(), Metering()
    world.ask(start(world.clock))
    told = []
    for import_wh in (1_000_000, 1_000_001, 1_000_002):
        world.clock.advance(10)
        facts = metering.facts(world.state, world.site, sample(world, import_wh), world.clock.now())
        world.tell(*facts)
        told += [fact.type for fact in facts]
    assert told == ["energy_transfer_started"]


def test_a_reading_in_doubt_and_one_that_falls_are_suspect() -> None:
    world, metering = World(), Metering()
    world.ask(start(world.clock))
    told = []
    for import_wh, quality in ((1_000_500, "good"), (1_000_600, "suspect"), (400, "good")):
        world.clock.advance(900)
        facts = metering.facts(world.state, world.site, sample(world, import_wh, quality), world.clock.now())
        world.tell(*facts)
        told += [fact.quality for fact in facts if isinstance(fact, f.TransactionMetered)]
    assert told == ["good", "suspect", "suspect"]


def test_delivered_energy_never_falls_and_a_dropout_delivers_nothing() -> None:
    world, metering = World(), Metering()
    begun = world.ask(start(world.clock))
    seen = []
    for import_wh in (1_000_000, 1_000_500, 0, 1_000_600, 3, 1_000_700):
        world.clock.advance(10)
        metering.facts(world.state, world.site, sample(world, import_wh), world.clock.now())
        seen.append(metering.delivered_wh)
    assert seen == [0, 500, 500, 600, 600, 700]
    world.ask(stop(world.clock, begun))
    world.clock.advance(60)
    world.ask(start(world.clock, import_wh=1_005_000))
    metering.facts(world.state, world.site, sample(world, 1_005_000), world.clock.now())
    assert metering.delivered_wh == 700, "what flowed between two transactions is in none"


async def test_a_charge_over_a_boundary_is_read_there_and_every_15_minutes_and_billed_by_both_prices(
    tmp_path: Path,
) -> None:
    clock = FakeClock(datetime(2026, 3, 2, 17, 40, tzinfo=UTC))
    site = a_site(timezone="UTC", tariffs={"default": EVENING})
    async with a_hub(tmp_path, clock, site) as hub:
        begun = await hub.request(start(clock))
        assert isinstance(begun, TransactionAnswer)
        for minute in range(1, 41):  # 6 kW: 100 Wh a minute
            clock.advance(60)
            hub.observe([MeterSample("stations/CP01/1", clock.now(), {"import_wh": 1_000_000 + 100 * minute})])
        ended = await hub.request(stop(clock, begun, import_wh=1_004_000))
        assert isinstance(ended, TransactionAnswer)
        assert ended.cost == "12.00"
    told = [
        (fact.reason, fact.at - clock.now() + minutes(40)) for fact in check(tmp_path)
        if isinstance(fact, f.TransactionMetered)
    ]  # fmt: skip
    assert told == [
        ("begin", minutes(0)), ("periodic", minutes(15)), ("boundary", minutes(20)), ("periodic", minutes(35)),
        ("end", minutes(40)),
    ]  # fmt: skip


def test_the_register_of_a_transaction_is_the_newest_that_can_be_true() -> None:
    world, metering = World(), Metering()
    assert metering.register("CP01", 1) is None
    world.ask(start(world.clock))
    for import_wh in (1_001_000, 1_002_000, 2**32 - 1, 0):
        world.clock.advance(60)
        metering.facts(world.state, world.site, sample(world, import_wh), world.clock.now())
    assert metering.register("CP01", 1) == (world.clock.now() - minutes(2), 1_002_000)
    metering.facts(
        world.state, world.site, MeterSample("stations/CP01/1", world.clock.now(), {"power_w": 1}), world.clock.now()
    )
    assert metering.register("CP01", 1) == (world.clock.now() - minutes(2), 1_002_000)
