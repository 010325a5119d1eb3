"""The bill as a fact."""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Decimal

from edgegw.core.configuration import configured
from edgegw.core.price import tariff_digest
from edgegw.model import facts as f
from edgegw.model.site import Tariff, TariffPeriod
from tests.support.clock import FakeClock
from tests.support.hubs import a_site, start, stop
from tests.support.world import World


def test_the_bill_is_made_by_the_tariff_that_was_in_force_at_the_start() -> None:
    world = World()
    old = world.site.tariffs["default"]
    digest, configuration = configured(world.site)
    world.tell(f.SiteConfigured(at=world.clock.now(), digest=digest, configuration=configuration))
    begun = world.ask(start(world.clock))
    world.site = a_site(tariffs={"default": Tariff("default", Decimal("9.00"))})
    assert world.ask(stop(world.clock, begun)).cost == "20.00"
    closed = next(fact for fact in world.facts if isinstance(fact, f.CdrClosed))
    assert closed.tariff_digest == tariff_digest(old)


def test_a_charge_over_a_tariff_boundary_has_a_line_for_each_price() -> None:
    evening = TariffPeriod(tuple(range(7)), time(18), time(21), Decimal("4.00"))
    world = World(
        a_site(timezone="UTC", tariffs={"default": Tariff("default", Decimal("2.00"), periods=(evening,))}),
        FakeClock(datetime(2026, 3, 2, 17, 30, tzinfo=UTC)),
    )
    begun = world.ask(start(world.clock))
    world.clock.advance(1800)
    world.tell(
        f.TransactionMetered(
            at=world.clock.now(), station="CP01", evse=1, transaction=begun.transaction, import_wh=1_004_000,
            reason="boundary", source="stations/CP01/1",
        )
    )  # fmt: skip
    world.clock.advance(1800)
    assert world.ask(stop(world.clock, begun)).cost == "32.00"
    lines = next(fact.lines for fact in world.facts if isinstance(fact, f.CdrClosed))
    assert [(line["quantity"], line["price"], line["amount"]) for line in lines] == [
        ("4.000", "2.00", "8.00"), ("6.000", "4.00", "24.00"),
    ]  # fmt: skip
