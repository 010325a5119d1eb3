"""Tokens of one group, the master pass, and reservations that more than one token may use."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from edgegw.core.authorize import decide_authorize, group_of
from edgegw.model import facts as f
from edgegw.model.commands import Command
from edgegw.model.requests import AuthorizeRequest
from edgegw.model.site import Token
from tests.support.hubs import a_site, start, stop
from tests.support.world import World, event

TOKENS = {
    "CARD1": Token("CARD1", group="fleet"), "CARD3": Token("CARD3", group="fleet"), "CARD4": Token("CARD4"),
    "GUARD": Token("GUARD", group="STAFF"), "LOST": Token("LOST", "blocked", group="STAFF"),
}  # fmt: skip


def a_world() -> World:
    return World(a_site(tokens=TOKENS, master_pass_group="STAFF"))


def authorized(world: World, id_token: str, ocpp: str, station: str = "CP01") -> Any:
    world.tell(f.StationConnected(at=world.clock.now(), station=station, ocpp=ocpp))
    request = AuthorizeRequest(station=station, at=world.clock.now(), id_token=id_token)
    return decide_authorize(world.state, request, world.context).answer


def test_a_master_pass_begins_nothing_in_any_version() -> None:
    for request in (
        lambda world: start(world.clock, id_token="GUARD"),
        lambda world: event(world.clock, "started", 0, id_token="GUARD"),
    ):
        world = a_world()
        assert world.ask(request(world)).authorization == "invalid"
    world = a_world()
    world.ask(event(world.clock, "started", 0))
    assert world.ask(event(world.clock, "updated", 1, id_token="GUARD")).authorization == "invalid"
    refused = world.judge(Command("c", "start_transaction", {"station": "CP01", "evse": 1, "id_token": "GUARD"}))
    assert refused.reason == "this id token is a master pass: it ends transactions and begins none"


def test_a_master_pass_ends_what_another_token_began() -> None:
    world = a_world()
    begun = world.ask(start(world.clock))
    world.clock.advance(60)
    ended = world.ask(stop(world.clock, begun, id_token="GUARD"))
    assert (ended.authorization, ended.group, world.transaction(begun).state) == ("accepted", "STAFF", "ended")
    other = world.ask(event(world.clock, "started", 0, id_token="CARD1"))
    assert world.ask(event(world.clock, "updated", 1, id_token="GUARD")).authorization == "accepted"
    assert world.ask(event(world.clock, "ended", 2, id_token="GUARD", reason="master_pass")).group == "STAFF"
    assert world.transaction(other).end_reason == "master_pass"


def test_a_master_pass_is_told_as_such_to_stations_that_know_what_it_is() -> None:
    world = a_world()
    assert (authorized(world, "GUARD", "2.0.1").status, authorized(world, "GUARD", "2.0.1").group) == (
        "accepted", "STAFF",
    )  # fmt: skip
    assert authorized(world, "GUARD", "1.6").status == "invalid"
    assert authorized(world, "LOST", "2.0.1").status == "blocked"
    assert authorized(world, "CARD1", "1.6").status == "accepted"


def test_without_a_master_group_no_token_is_one() -> None:
    world = World(a_site(tokens=TOKENS))
    assert world.ask(start(world.clock, id_token="GUARD")).authorization == "accepted"


def test_a_group_is_known_from_the_list_or_from_what_the_cloud_said() -> None:
    world = a_world()
    assert [group_of(world.state, world.site, each) for each in ("CARD1", "CARD4", "X")] == ["fleet", None, None]
    world.tell(
        f.TokenDecided(
            at=world.clock.now(), station="CP01", id_token="X", kind="ISO14443", status="accepted", source="cloud",
            group="taxis",
        )
    )  # fmt: skip
    assert group_of(world.state, world.site, "X") == "taxis"


# Reservations


def reserve(world: World, station: str = "CP01", evse: int | None = 1) -> None:
    args = {"station": station, "evse": evse or 0, "id_token": "CARD1"}
    until = (world.clock.now() + timedelta(hours=1)).isoformat()
    world.dispatch(Command("r1", "reserve", {**args, "until": until}), 55)
    result = {"reservation": "r1", "group": "fleet"}
    world.tell(f.CommandEnded(at=world.clock.now(), command="r1", state="done", result=result))
    held = world.state.reservations["r1"]
    assert (held.number, held.group) == (55, "fleet")


def ended(world: World) -> list[str]:
    return [fact.reason for fact in world.facts if isinstance(fact, f.ReservationEnded)]


def test_another_card_of_the_group_uses_a_reservation_and_a_stranger_does_not() -> None:
    world = a_world()
    reserve(world)
    begun = world.ask(start(world.clock, id_token="CARD4"))
    world.ask(stop(world.clock, begun))
    assert ended(world) == []
    world.ask(start(world.clock, id_token="CARD3"))
    assert ended(world) == ["used"]


def test_the_group_uses_it_too_when_the_card_is_shown_after_the_cable() -> None:
    world = a_world()
    reserve(world, "CP02")
    world.ask(event(world.clock, "started", 0))
    world.ask(event(world.clock, "updated", 1, id_token="CARD3"))
    assert ended(world) == ["used"]


def test_what_the_station_says_of_a_reservation_counts_whoever_charges() -> None:
    world = a_world()
    reserve(world)
    world.ask(start(world.clock, id_token="CARD4", reservation_number=55))
    assert ended(world) == ["used"]
    world = a_world()
    reserve(world, "CP02")
    world.ask(event(world.clock, "started", 0))
    world.ask(event(world.clock, "updated", 1, reservation_number=55))
    assert ended(world) == ["used"]


def test_a_station_that_names_another_reservation_leaves_this_one() -> None:
    world = a_world()
    reserve(world)
    world.ask(start(world.clock, id_token="CARD1", reservation_number=56))
    assert ended(world) == ["used"], "a number that means nothing: the token tells"
    world = a_world()
    reserve(world)
    world.tell(
        f.ReservationMade(
            at=world.clock.now(), station="CP01", reservation="r2", number=56, id_token="CARD1", by="cloud",
            until=world.clock.now(),
        )
    )  # fmt: skip
    world.ask(start(world.clock, id_token="CARD1", reservation_number=56))
    assert list(world.state.reservations) == ["r1"]
