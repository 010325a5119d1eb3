"""What of the configuration is a fact: all that money or limits depend on, and nothing else."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from edgegw.core.configuration import configured
from edgegw.core.tariffs import FREE, from_json, tariff_of, to_json
from edgegw.model import facts as f
from edgegw.model.site import Circuit, Supply, Tariff, Token
from tests.core.test_price import tariffs
from tests.support.hubs import a_site, a_station, start
from tests.support.world import World


@pytest.mark.parametrize(
    "changed",
    [
        {"currency": "EUR"}, {"timezone": "UTC"}, {"strategy": "first_come"}, {"supply": None},
        {"supply": Supply(limit_a=62.0)}, {"supply": Supply(limit_a=63.0, circuits=(Circuit("row-a", 32),))},
        {"tariffs": {"default": Tariff("default", Decimal("2.01"))}},
        {"stations": {"CP01": a_station("CP01", max_a=16)}},
        {"stations": {"CP01": dataclasses.replace(a_station("CP01"), tariff="day")}},
        {"stations": {"CP01": a_station("CP01", "L2")}},
    ],
)  # fmt: skip
def test_the_digest_changes_with_money_and_limits(changed: dict[str, Any]) -> None:
    assert configured(a_site(**changed))[0] != configured(a_site())[0]


def test_the_digest_does_not_change_with_names_or_tokens() -> None:
    named = a_site(name="Other", tokens={"X": Token("X")}, heartbeat_s=60)
    assert configured(named) == configured(a_site())


def test_the_fact_is_plain_json() -> None:
    _, configuration = configured(a_site(supply=Supply(limit_a=63.0, circuits=(Circuit("row-a", 32),))))
    assert json.loads(json.dumps(configuration)) == configuration


@given(tariffs)
def test_a_tariff_comes_back_from_its_json(tariff: Tariff) -> None:
    body = json.loads(json.dumps(to_json(tariff)))
    assert from_json(body) == tariff


def test_a_transaction_is_billed_by_the_list_of_its_start_also_when_a_new_one_has_its_name() -> None:
    world = World()
    for cents in ("2.00", "3.00"):
        world.site = a_site(tariffs={"default": Tariff("default", Decimal(cents))})
        digest, configuration = configured(world.site)
        body = json.loads(json.dumps(configuration))
        world.tell(f.SiteConfigured(at=world.clock.now(), digest=digest, configuration=body))
        if cents == "2.00":
            row = world.transaction(world.ask(start(world.clock)))
    assert tariff_of(world.state, world.site, row).energy_kwh == Decimal("2.00")
    new = world.transaction(world.ask(start(world.clock, "CP02")))
    assert tariff_of(world.state, world.site, new).energy_kwh == Decimal("3.00")
    world.state.tariffs.clear()
    assert tariff_of(world.state, world.site, row) == FREE
