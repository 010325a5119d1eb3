"""Which price list was in force when, and what a late story costs by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from edgegw.core.configuration import configured
from edgegw.core.desired import decide_desired, tariffs_due
from edgegw.core.price import tariff_digest
from edgegw.core.tariff_history import tariff_at
from edgegw.core.tariffs import with_tariffs
from edgegw.model import facts as f
from edgegw.model.site import Site, Tariff
from edgegw.model.state import TariffState
from tests.support.clock import FakeClock
from tests.support.hubs import a_site, minutes, start, stop
from tests.support.world import World, event, register

CHEAP, DEAR, NIGHT = Tariff("default", Decimal(2)), Tariff("default", Decimal(9)), Tariff("night", Decimal(1))


def bring_into_force(world: World, *tariffs: Tariff, station: str = "default") -> datetime:
    """The configuration as it is from now on; CP01 charges by the list `station`."""
    known = a_site()
    stations = {**known.stations, "CP01": replace(known.stations["CP01"], tariff=station)}
    world.site = a_site(tariffs={each.name: each for each in tariffs}, stations=stations)
    digest, configuration = configured(world.site)
    world.tell(f.SiteConfigured(at=world.clock.now(), digest=digest, configuration=configuration))
    return world.clock.now()


def ruled(world: World, at: datetime, station: str = "CP01") -> Decimal:
    """The price of a kWh at the station at `at`."""
    _, digest = tariff_at(world.state, world.site, station, at)
    return Decimal(world.state.tariffs[digest].tariff["energy_kwh"])


def days(count: float) -> float:
    return 86400 * count


def test_each_list_rules_from_when_it_came_to_when_it_went_also_when_it_comes_back() -> None:
    world = World()
    turns = []
    for tariff in (CHEAP, DEAR, CHEAP):
        turns.append(bring_into_force(world, tariff))
        world.clock.advance(days(1))
    second = timedelta(seconds=1)
    assert [ruled(world, at) for at in turns] == [2, 9, 2]
    assert [ruled(world, at - second) for at in turns] == [2, 2, 9]
    assert ruled(world, world.clock.now()) == 2


def test_a_time_before_all_that_is_known_has_the_oldest_list() -> None:
    world = World()
    bring_into_force(world, CHEAP)
    world.clock.advance(days(1))
    bring_into_force(world, DEAR)
    assert ruled(world, datetime(2025, 1, 1, tzinfo=UTC)) == 2


def test_a_list_that_ruled_when_that_was_not_yet_written_down_ruled_until_the_first_that_was() -> None:
    world = World()
    tariff = {"energy_kwh": "3", "name": "default", "digest": "old"}
    world.state.tariffs["old"] = TariffState("old", "default", tariff)
    came = bring_into_force(world, DEAR)
    assert ruled(world, came - minutes(1)) == 3
    assert ruled(world, came) == 9


def test_a_station_that_changes_its_list_keeps_the_old_one_for_what_was() -> None:
    world = World()
    first = bring_into_force(world, CHEAP, NIGHT, station="night")
    world.clock.advance(days(1))
    second = bring_into_force(world, CHEAP, NIGHT)
    world.clock.advance(days(1))
    third = bring_into_force(world, CHEAP, NIGHT, station="night")
    assert [ruled(world, at) for at in (first - minutes(1), first, second, third)] == [1, 1, 2, 1]
    assert [ruled(world, at, "CP02") for at in (first, second, third)] == [2, 2, 2]


def test_a_list_whose_time_came_while_the_gateway_was_off_rules_from_its_time_on() -> None:
    world = World()
    bring_into_force(world, CHEAP)
    begins = world.clock.now() + timedelta(hours=2)
    body = {"rev": 1, "tariffs": {"default": {"energy_kwh": "9"}}, "effective_from": begins.isoformat()}
    world.tell(*decide_desired(world.state, "tariffs", body, world.context))
    world.clock.advance(days(1))
    world.tell(*tariffs_due(world.state, world.context))
    world.site = with_tariffs(world.site, world.state.desired["tariffs"])
    assert [ruled(world, begins - minutes(1)), ruled(world, begins)] == [2, 9]


def test_a_list_that_comes_after_its_time_rules_from_when_it_came() -> None:
    world = World()
    bring_into_force(world, CHEAP)
    world.clock.advance(days(1))
    begins = world.clock.now() - timedelta(hours=2)
    body = {"rev": 1, "tariffs": {"default": {"energy_kwh": "9"}}, "effective_from": begins.isoformat()}
    world.tell(*decide_desired(world.state, "tariffs", body, world.context))
    assert [ruled(world, begins), ruled(world, world.clock.now())] == [2, 9]


def test_a_corrected_clock_moves_when_a_list_came() -> None:
    world = World()
    came = bring_into_force(world, CHEAP)
    world.clock.advance(600)
    went = bring_into_force(world, DEAR, NIGHT, station="night")
    world.clock.advance(600)
    now = world.clock.now()
    world.tell(
        f.ClockCorrected(
            at=now, boot=None, was="unsynced", by="source", offset_ms=86_400_000, since_at=came, before_at=now,
            after_at=now + timedelta(days=1),
        )
    )  # fmt: skip
    assert [ruled(world, went, "CP02"), ruled(world, went + timedelta(days=1), "CP02")] == [2, 9]
    # A list that was not there yet is no more than the oldest that is known of its name.
    assert [ruled(world, went), ruled(world, went + timedelta(days=1))] == [2, 1]


# What stories cost


def changed_meanwhile(station: str = "CP01") -> tuple[World, datetime]:
    """A station was offline for three days; yesterday the prices rose."""
    world = World()
    bring_into_force(world, CHEAP)
    at = world.clock.now() + minutes(10)
    world.clock.advance(days(2))
    bring_into_force(world, DEAR)
    world.clock.advance(days(1))
    return world, at


def test_a_late_story_costs_what_it_would_have_cost_then() -> None:
    world, at = changed_meanwhile()
    begun = world.ask(start(world.clock, at=at))
    ended = world.ask(stop(world.clock, begun, at=at + minutes(60)))
    assert ended.cost == "20.00"
    assert world.transaction(begun).tariff_digest == tariff_digest(CHEAP)
    now = world.ask(start(world.clock, import_wh=1_010_000))
    world.clock.advance(3600)
    assert world.ask(stop(world.clock, now, import_wh=1_020_000)).cost == "90.00"


def test_a_bill_that_was_made_by_todays_list_is_made_again_when_the_start_is_told() -> None:
    world, at = changed_meanwhile()

    def queued(stage: str, seq_no: int, after: float, **changed: Any) -> Any:
        return world.ask(event(world.clock, stage, seq_no, at=at + minutes(after), offline=True, **changed))

    late = world.clock.now() - minutes(10)
    ended = world.ask(
        event(world.clock, "ended", 2, at=late, evse=1, offline=True, reason="local",
              readings=(register(_at(late), 10_000, "end"),))
    )  # fmt: skip
    assert world.transaction(ended).tariff_digest == tariff_digest(DEAR)
    queued("started", 0, 0, id_token="CARD1", readings=(register(_at(at), 0, "begin"),))
    bills = [fact for fact in world.facts if isinstance(fact, f.CdrClosed)]
    assert [(fact.total, fact.tariff_digest) for fact in bills] == [
        ("0.00", tariff_digest(DEAR)), ("20.00", tariff_digest(CHEAP)),
    ]  # fmt: skip
    assert world.transaction(ended).tariff_digest == tariff_digest(CHEAP)


def test_what_begins_now_costs_what_is_shown_now_whatever_the_history_says() -> None:
    world, _ = changed_meanwhile()
    world.site = a_site(tariffs={"default": NIGHT})
    begun = world.ask(start(world.clock, at=world.clock.now() - minutes(1)))
    assert world.transaction(begun).tariff_digest == tariff_digest(NIGHT)


def test_a_site_whose_configuration_is_no_fact_yet_prices_by_what_it_has() -> None:
    world = World()
    begun = world.ask(start(world.clock, at=world.clock.now() - timedelta(days=3)))
    assert world.transaction(begun).tariff_digest == tariff_digest(_default(world.site))


def _default(site: Site) -> Tariff:
    return site.tariffs["default"]


def _at(at: datetime) -> Any:
    return FakeClock(at)
