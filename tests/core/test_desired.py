"""Desired state: taken by revision, whole or not at all; and what of prices, limits and stations follows from it."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.core.configuration import configured
from edgegw.core.desired import decide_desired, revision, tariffs_due
from edgegw.core.tariffs import read_tariffs, tariff_of, with_tariffs
from edgegw.core.unfit import Unfit
from edgegw.model import facts as f
from edgegw.model.commands import Command
from edgegw.model.site import Tariff, TariffPeriod
from tests.core.test_price import tariffs as any_tariff
from tests.support.hubs import a_site, start
from tests.support.world import World

DAY = {"energy_kwh": "3.00"}


def want(world: World, name: str, rev: Any, **body: Any) -> tuple[f.Fact, ...]:
    facts = decide_desired(world.state, name, {"rev": rev, **body}, world.context)
    world.tell(*facts)
    return facts


def energy_kwh(world: World, name: str = "default") -> Decimal:
    return with_tariffs(world.site, world.state.desired.get("tariffs")).tariffs[name].energy_kwh


# Revisions


@pytest.mark.parametrize("rev", [None, 0, -1, "3", 2.0, True, 2**53 + 1])
def test_a_document_without_a_rising_whole_number_is_refused(rev: Any) -> None:
    with pytest.raises(Unfit, match="rev is a whole number"):
        want(World(), "limits", rev, limits={})


def test_the_same_document_again_changes_nothing_and_another_of_its_revision_is_refused() -> None:
    world = World()
    assert want(world, "limits", 4, limits={"site": {"limit_a": 32}})
    assert want(world, "limits", 4, limits={"site": {"limit_a": 32}}) == ()
    with pytest.raises(Unfit, match="rev 4 was applied with other contents"):
        want(world, "limits", 4, limits={"site": {"limit_a": 33}})
    with pytest.raises(Unfit, match="rev 3 is below 4"):
        want(world, "limits", 3, limits={"site": {"limit_a": 33}})


@pytest.mark.parametrize(
    "name", ["", "token", "tokens", "tokens/", "tokens/01", "tokens/256", "tokens/0/1", "tokens/local"]
)
def test_a_name_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(Unfit, match="no desired state of this name"):
        want(World(), name, 1, tokens=[])


@pytest.mark.parametrize("name", ["tokens/0", "tariffs", "limits", "stations"])
def test_a_key_that_nobody_knows_is_refused(name: str) -> None:
    with pytest.raises(Unfit, match="unknown key 'colour'"):
        want(World(), name, 1, colour="red")


@given(st.lists(st.tuples(st.integers(1, 5), st.sampled_from(["1.00", "2.50", "3.00"])), max_size=8))
def test_the_prices_are_those_of_the_highest_revision_that_came_first(sent: list[tuple[int, str]]) -> None:
    world, newest = World(), (0, "2.00")
    for rev, price in sent:
        try:
            want(world, "tariffs", rev, tariffs={"default": {"energy_kwh": price}})
        except Unfit:
            assert rev <= newest[0]
        else:
            assert rev > newest[0] or (rev, price) == newest
            newest = rev, price
        assert energy_kwh(world) == Decimal(newest[1])
        assert revision(world.state, "tariffs") == newest[0]


# Prices


def test_new_prices_are_a_fact_of_the_site_and_what_runs_is_billed_by_its_own() -> None:
    world = World()
    digest, configuration = configured(world.site)
    world.tell(f.SiteConfigured(at=world.clock.now(), digest=digest, configuration=configuration))
    old = world.ask(start(world.clock))
    _, site = want(world, "tariffs", 1, tariffs={"default": DAY, "night": {"energy_kwh": 1}})
    assert isinstance(site, f.SiteConfigured)
    assert site.configuration["tariffs"].keys() == {"default", "night"}
    assert site.digest != digest
    world.site = with_tariffs(world.site, world.state.desired["tariffs"])
    new = world.ask(start(world.clock, "CP02"))
    assert tariff_of(world.state, world.site, world.transaction(old)).energy_kwh == Decimal("2.00")
    assert tariff_of(world.state, world.site, world.transaction(new)).energy_kwh == Decimal("3.00")


def test_a_list_that_went_from_the_document_leaves_the_files_own() -> None:
    world = World()
    want(world, "tariffs", 1, tariffs={"default": DAY})
    want(world, "tariffs", 2, tariffs={})
    assert energy_kwh(world) == Decimal("2.00")


def test_a_file_with_a_higher_revision_keeps_its_own_prices() -> None:
    world = World(a_site(tariffs={"default": Tariff("default", Decimal(9), revision=5)}))
    want(world, "tariffs", 5, tariffs={"default": DAY})
    assert energy_kwh(world) == Decimal(9)
    want(world, "tariffs", 6, tariffs={"default": DAY})
    assert energy_kwh(world) == Decimal(3)


def test_prices_of_a_later_day_wait_for_it_and_their_revision_is_taken_already() -> None:
    world = World()
    begins = world.clock.now() + timedelta(hours=1)
    (fact,) = want(world, "tariffs", 2, tariffs={"default": DAY}, effective_from=begins.isoformat())
    assert isinstance(fact, f.TariffsChanged)
    assert (energy_kwh(world), revision(world.state, "tariffs")) == (Decimal(2), 2)
    assert want(world, "tariffs", 2, tariffs={"default": DAY}, effective_from=begins.isoformat()) == ()
    assert tariffs_due(world.state, world.context) == ()
    world.clock.advance(3600)
    due = tariffs_due(world.state, world.context)
    assert [fact.type for fact in due] == ["tariffs_changed", "site_configured"]
    world.tell(*due)
    assert energy_kwh(world) == Decimal(3)
    assert tariffs_due(world.state, world.context) == ()
    assert want(world, "tariffs", 2, tariffs={"default": DAY}, effective_from=begins.isoformat()) == ()


def test_prices_that_wait_are_given_up_for_newer_ones() -> None:
    world = World()
    begins = world.clock.now() + timedelta(hours=1)
    want(world, "tariffs", 2, tariffs={"default": DAY}, effective_from=begins.isoformat())
    want(world, "tariffs", 3, tariffs={"default": {"energy_kwh": "4.00"}})
    world.clock.advance(7200)
    assert tariffs_due(world.state, world.context) == ()
    assert energy_kwh(world) == Decimal(4)


def test_the_command_takes_the_next_revision() -> None:
    world = World()
    want(world, "tariffs", 7, tariffs={"default": DAY})
    verdict = world.judge(Command("c", "set_tariffs", {"tariffs": {"default": {"energy_kwh": "5"}}}))
    world.tell(*verdict.facts)
    assert (verdict.state, verdict.result, energy_kwh(world)) == ("done", {"rev": 8}, Decimal(5))
    with pytest.raises(Unfit, match="rev 8 was applied with other contents"):
        want(world, "tariffs", 8, tariffs={"default": DAY})
    refused = world.judge(Command("d", "set_tariffs", {"tariffs": {"default": {}}}))
    assert (refused.state, refused.facts) == ("rejected", ())
    assert "tariff 'default': energy_kwh is an amount" in str(refused.reason)


def test_a_price_list_is_read_as_it_stands_in_the_file() -> None:
    body = {
        "energy_kwh": "1.89", "session": 2, "idle_minute": {"price": "0.50", "after": "10m"}, "tax_percent": "5",
        "periods": [{"days": ["fri", "mon"], "from": "18:00", "to": "24:00", "energy_kwh": 2.79}],
    }  # fmt: skip
    (found,) = read_tariffs({"day": body}, 3).values()
    assert found == Tariff(
        "day", Decimal("1.89"), Decimal(2), Decimal("0.50"), 600,
        (TariffPeriod((0, 4), time(18), time(0), Decimal("2.79")),), Decimal(5), 3,
    )  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        [], {"default": None}, {"default": {}}, {"": DAY}, {"x" * 65: DAY}, {"default": {"energy_kwh": "-1"}},
        {"default": {"energy_kwh": "1.0000001"}}, {"default": {"energy_kwh": "NaN"}}, {"default": {"energy_kwh": True}},
        {"default": {"energy_kwh": float("inf")}}, {"default": {**DAY, "idle_minute": {"after": "10m"}}},
        {"default": {**DAY, "idle_minute": {"price": 1, "after": "soon"}}}, {"default": {**DAY, "periods": {}}},
        {"default": {**DAY, "periods": [{"from": "25:00", "to": "01:00", "energy_kwh": 1}]}},
        {"default": {**DAY, "periods": [{"days": ["day"], "from": "20:00", "to": "01:00", "energy_kwh": 1}]}},
        {"default": {**DAY, "periods": [{"days": [[]], "from": "20:00", "to": "01:00", "energy_kwh": 1}]}},
        {"default": {**DAY, "colour": 1}}, {str(n): DAY for n in range(101)},
    ],
)  # fmt: skip
def test_a_price_list_that_makes_no_sense_is_refused(wrong: Any) -> None:
    world = World()
    with pytest.raises(Unfit):
        want(world, "tariffs", 1, tariffs=wrong)
    assert revision(world.state, "tariffs") == 0


@given(any_tariff)
def test_any_price_list_is_read_back_from_the_words_of_the_file(tariff: Tariff) -> None:
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    body = {
        "energy_kwh": str(tariff.energy_kwh), "session": str(tariff.session),
        "idle_minute": {"price": str(tariff.idle_minute), "after": tariff.idle_after_s},
        "tax_percent": str(tariff.tax_percent),
        "periods": [
            {"days": [days[day] for day in each.days], "from": f"{each.start:%H:%M:%S}", "to": f"{each.end:%H:%M:%S}",
             "energy_kwh": str(each.energy_kwh)}
            for each in tariff.periods
        ],
    }  # fmt: skip
    (read,) = read_tariffs({tariff.name or "x": body}, tariff.revision).values()
    for name in ("energy_kwh", "session", "idle_minute", "idle_after_s", "tax_percent", "revision"):
        assert getattr(read, name) == getattr(tariff, name)
    assert [(set(each.days), each.start, each.end, each.energy_kwh) for each in read.periods] == [
        (set(each.days), each.start, each.end, each.energy_kwh) for each in tariff.periods
    ]


# Limits and stations


def test_limits_come_change_and_go_with_the_document_and_those_of_others_stay() -> None:
    world = World()
    until = (world.clock.now() + timedelta(hours=1)).isoformat()
    world.tell(f.PolicyLimitChanged(at=world.clock.now(), target="station:CP02", limit_a=10.0, by="page"))
    want(world, "limits", 1, limits={"site": {"limit_a": 40}, "station:CP01": {"limit_w": 7000, "until": until}})
    facts = want(world, "limits", 2, limits={"site": {"limit_a": 40}})
    assert [(fact.type, getattr(fact, "target", None)) for fact in facts] == [
        ("policy_limit_changed", "station:CP01"), ("desired_applied", None),
    ]  # fmt: skip
    assert {row.target: (row.limit_a, row.by.partition(":")[0]) for row in world.state.limits.values()} == {
        "site": (40, "cloud"), "station:CP02": (10.0, "page"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "limits",
    [
        None, [], {"attic": {"limit_a": 1}}, {"station:CP77": {"limit_a": 1}}, {"site": {}}, {"site": {"limit_a": -1}},
        {"site": {"limit_a": "1"}}, {"site": {"limit_a": 1, "until": "soon"}}, {"site": {"limit_a": 1, "colour": 1}},
        {"site": {"limit_a": float("inf")}}, {"site": {"limit_a": 1}, "circuit:none": {"limit_a": 1}},
    ],
)  # fmt: skip
def test_limits_of_which_one_is_wrong_are_refused_together(limits: Any) -> None:
    world = World()
    with pytest.raises(Unfit):
        want(world, "limits", 1, limits=limits)
    assert not world.state.limits


def test_a_station_is_let_in_before_it_knocks_and_kept_out_again() -> None:
    world = World()
    want(world, "stations", 1, stations={"NEW": {"boot": "accepted"}, "CP01": {"boot": "accepted"}})
    assert world.state.stations["NEW"].admitted is True
    assert [fact.type for fact in want(world, "stations", 2, stations={"NEW": {"boot": "accepted"}})] == [
        "desired_applied"
    ]
    want(world, "stations", 3, stations={"NEW": {"boot": "rejected"}, "CP01": {"boot": "pending"}})
    assert world.state.stations["NEW"].admitted is False
    assert world.state.stations["CP01"].boot == "pending"


@pytest.mark.parametrize("stations", [None, {"NEW": {}}, {"NEW": {"boot": "yes"}}, {"CP01": {"boot": "no"}}])
def test_stations_of_which_one_is_wrong_are_refused_together(stations: Any) -> None:
    with pytest.raises(Unfit):
        want(World(), "stations", 1, stations=stations)
