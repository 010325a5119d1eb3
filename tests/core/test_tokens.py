"""Tokens that differ in case alone are one token, wherever two are compared; each keeps its spelling."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from edgegw.core.authorize import authorize, decide_authorize
from edgegw.core.local_list import effective, shadowed
from edgegw.core.tokens import same
from edgegw.model import facts as f
from edgegw.model.commands import Command
from edgegw.model.requests import AuthorizeRequest, TokenWord
from edgegw.model.site import Token
from tests.core.test_local_list import BY_PAGE, card, edit, publish
from tests.support.hubs import a_site, start, stop
from tests.support.world import World


def test_none_is_nobodys_token() -> None:
    assert same(None, None)
    assert not same(None, "")
    assert not same("AB", None)
    assert same("04a1b2", "04A1B2")
    assert not same("04a1b2", "04a1b3")
    assert same("04A1B2", " 04A1B2 ")
    assert same("04A1B2", "04A1B2\0\0")
    assert not same("04A1B2", "04A 1B2")


def authorized(world: World, id_token: str) -> str:
    return authorize(world.state, id_token, world.context).status


@pytest.mark.parametrize("listed", ["04A1B2C3", "04a1b2c3", "04a1B2c3"])
@pytest.mark.parametrize("read", ["04A1B2C3", "04a1b2c3", "04A1b2C3"])
def test_a_card_is_on_the_list_however_it_is_read(listed: str, read: str) -> None:
    of_file = World(a_site(tokens={listed: Token(listed, group="G")}))
    assert authorized(of_file, read) == "accepted"
    of_cloud = World(a_site(tokens={}))
    publish(of_cloud, 0, 1, card(listed))
    assert authorized(of_cloud, read) == "accepted"
    edit(of_cloud, None, [read])
    assert authorized(of_cloud, read) == "invalid"
    assert list(effective(of_cloud.state, of_cloud.site)) == []


def test_of_two_spellings_the_newer_list_counts_and_of_one_list_the_no() -> None:
    world = World(a_site(tokens={"AB": Token("AB", "blocked"), "ab": Token("ab")}))
    assert authorized(world, "ab") == "blocked"
    assert [entry.id_token for entry in effective(world.state, world.site)] == ["AB"]
    assert shadowed(world.state, world.site) == {"ab"}
    publish(world, 0, 1, card("aB"))
    assert authorized(world, "AB") == "accepted"
    assert [entry.id_token for entry in effective(world.state, world.site)] == ["aB"]
    publish(world, 0, 2)
    assert authorized(world, "aB") == "blocked"
    assert not world.state.spelled


def test_what_the_cloud_said_of_a_card_is_remembered_in_every_spelling() -> None:
    world = World(a_site(tokens={}))
    now = world.clock.now()
    world.tell(f.TokenDecided(at=now, station="CP01", id_token="CafE", kind="x", status="accepted", source="cloud"))
    assert authorized(world, "cafe") == "accepted"
    assert [row.id_token for row in world.state.tokens.values()] == ["CafE"]


def test_what_the_cloud_answers_is_said_of_the_card_in_any_spelling() -> None:
    world = World(a_site(tokens={}))
    context = replace(world.context, told=TokenWord("CAFE", "accepted"))
    assert authorize(world.state, "cafe", context).status == "accepted"


def test_a_remote_start_is_answered_by_the_same_card_in_other_letters() -> None:
    world = World()
    world.dispatch(Command("c1", "start_transaction", {"station": "CP01", "evse": 1, "id_token": "card1"}, by=BY_PAGE))
    begun = world.ask(start(world.clock, id_token="CARD1"))
    assert begun.authorization == "accepted"
    assert world.transaction(begun).remote_start == "c1"
    assert world.transaction(begun).id_token == "CARD1"
    assert world.state.commands["c1"].state == "done"


def test_a_stop_with_a_senseless_number_finds_the_card_in_other_letters() -> None:
    world = World()
    first = world.ask(start(world.clock, station="CP02", evse=1, id_token="CARD1"))
    second = world.ask(start(world.clock, station="CP02", evse=2, id_token="abcd"))
    ended = world.ask(stop(world.clock, second, reference="-1", station="CP02", id_token="ABCD"))
    assert ended.transaction == second.transaction != first.transaction


def test_a_reservation_is_used_by_its_card_in_other_letters() -> None:
    world = World()
    now = world.clock.now()
    world.tell(
        f.ReservationMade(
            at=now, station="CP01", reservation="r1", number=5, evse=1, id_token="card1",
            until=now + timedelta(hours=1), by="cloud",
        )
    )  # fmt: skip
    world.ask(start(world.clock, id_token="CARD1"))
    assert not world.state.reservations


def test_a_group_is_the_same_in_other_letters() -> None:
    world = World(a_site(tokens={"A": Token("A", group="Fleet"), "B": Token("B", group="FLEET")}))
    world.ask(start(world.clock, id_token="A"))
    full = replace(world.context, storage_full=True)
    request = AuthorizeRequest(station="CP01", at=world.clock.now(), id_token="B")
    assert decide_authorize(world.state, request, full).answer.status == "accepted"
