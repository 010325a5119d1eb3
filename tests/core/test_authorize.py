"""Who may charge, and which station may speak."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from edgegw.core.authorize import PENDING_INTERVAL_S, Authorization, authorize, decide_authorize, decide_boot
from edgegw.model import facts as f
from edgegw.model.commands import Command
from edgegw.model.requests import AuthorizeRequest, BootRequest
from edgegw.model.site import Token
from tests.support.hubs import a_site, start
from tests.support.world import World


def cloud_says(world: World, status: Any = "accepted") -> None:
    world.tell(
        f.TokenDecided(
            at=world.clock.now(), station="CP01", id_token="X", kind="ISO14443", status=status, source="cloud"
        )
    )  # fmt: skip


def test_the_local_list_rules_over_what_the_cloud_said() -> None:
    world = World(a_site(tokens={"X": Token("X", "blocked", "fleet", "pt-BR")}))
    cloud_says(world)
    assert authorize(world.state, "X", world.context) == Authorization("blocked", "list", "fleet", "pt-BR")


def test_what_the_cloud_said_holds_for_a_week_however_often_it_is_asked() -> None:
    world = World()
    cloud_says(world)
    for _ in range(7):
        assert authorize(world.state, "X", world.context) == Authorization("accepted", "cache")
        world.tell(
            *decide_authorize(
                world.state, AuthorizeRequest(station="CP01", at=world.clock.now(), id_token="X"), world.context
            ).facts
        )
        world.clock.advance(86400)
    assert authorize(world.state, "X", world.context) == Authorization("invalid", "policy")


@pytest.mark.parametrize(("policy", "status"), [("accept", "accepted"), ("reject", "invalid")])
def test_a_token_that_nobody_knows_is_a_matter_of_policy(policy: str, status: str) -> None:
    world = World(a_site(offline_unknown=policy))
    request = AuthorizeRequest(station="CP01", at=world.clock.now(), id_token="X")
    decision = decide_authorize(world.state, request, world.context)
    assert decision.answer.status == status
    world.tell(*decision.facts)
    assert authorize(world.state, "X", world.context).source == "policy", "a policy's word is no cache"


@pytest.mark.parametrize(
    ("policy", "said", "status"),
    [
        ("reject", None, "rejected"),
        ("pending", None, "pending"),
        ("accept", None, "accepted"),
        ("reject", "accept_station", "accepted"),
        ("accept", "reject_station", "rejected"),
    ],
)
def test_a_station_that_is_not_configured_boots_by_the_installers_word_else_by_policy(
    policy: str, said: str | None, status: str
) -> None:
    world = World(a_site(unknown_stations=policy))
    boot = BootRequest(station="NEW", at=world.clock.now(), ocpp="1.6", vendor="V", model="M", serial="S")
    world.tell(*decide_boot(world.state, boot, world.context).facts)
    if said is not None:
        world.tell(*world.judge(Command("c", said, {"station": "NEW"})).facts)
    decision = decide_boot(world.state, boot, world.context)
    assert (decision.answer.status, decision.answer.current_time) == (status, world.clock.now())
    assert decision.answer.interval_s == (300 if status == "accepted" else PENDING_INTERVAL_S)
    (fact,) = decision.facts
    assert isinstance(fact, f.StationBooted)
    assert (fact.status, fact.known, fact.serial) == (status, False, "S")


def test_a_configured_station_is_always_accepted() -> None:
    world = World(a_site(unknown_stations="reject"))
    boot = BootRequest(station="CP01", at=world.clock.now() - timedelta(days=1), ocpp="1.6", vendor="V", model="M")
    assert decide_boot(world.state, boot, world.context).answer.status == "accepted"


def ask(world: World, station: str = "CP01", id_token: str = "CARD1") -> tuple[str, int]:
    """What a token is answered while the storage is full, and how many facts that costs."""
    context = replace(world.context, storage_full=True)
    request = AuthorizeRequest(station=station, at=world.clock.now(), id_token=id_token)
    decision = decide_authorize(world.state, request, context)
    return decision.answer.status, len(decision.facts)


def test_while_there_is_no_room_a_good_token_is_told_not_now_and_no_other_is() -> None:
    world = World()
    assert ask(world) == ("not_now", 0)
    assert ask(world, id_token="CARD2") == ("blocked", 0)
    assert ask(world, id_token="nobody's") == ("invalid", 0)


def test_who_comes_to_end_a_charge_is_let_in_without_room_as_well_and_so_is_the_group() -> None:
    fleet = {name: Token(name, "accepted", "fleet") for name in ("CARD1", "CARD3")}
    world = World(a_site(tokens={**fleet, "CARD4": Token("CARD4")}))
    world.ask(start(world.clock))
    assert ask(world) == ("accepted", 1)
    assert ask(world, id_token="CARD3") == ("accepted", 1)
    assert ask(world, id_token="CARD4") == ("not_now", 0)
    assert ask(world, station="CP02") == ("not_now", 0)
