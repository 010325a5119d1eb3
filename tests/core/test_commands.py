"""The verdict on a command: whoever asks, in whatever state the site is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.core.commands import received, target_station
from edgegw.model import facts as f
from edgegw.model.commands import CATALOGUE, Asker, Command
from edgegw.model.site import Circuit, Supply
from edgegw.model.state import State
from tests.support.hubs import a_site, start, stop
from tests.support.world import World, event

RESET = {"station": "CP01", "kind": "soft"}
START = {"station": "CP01", "evse": 1, "id_token": "CARD1"}


def test_a_received_command_hides_its_token_and_names_its_asker() -> None:
    world = World()
    command = Command("c", "start_transaction", START, by=Asker("page", "Ana", "pin"), wait=True)
    fact = received(command, world.clock.now())
    assert (fact.args, fact.id_token) == ({"station": "CP01", "evse": 1}, "CARD1")
    assert (fact.by, fact.proof, fact.wait) == ("page:Ana", "pin", True)
    assert received(Command("c", "reload", by=Asker("cli")), world.clock.now()).by == "cli"


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (Command("c", "fly"), "there is no command 'fly'; known: accept_station"),
        (Command("c", "reset", {"station": "CP01"}), "reset needs kind"),
        (Command("c", "reset", {**RESET, "how": 1, "why": 2}), "reset does not take how, why; it takes evse, kind"),
        (Command("c", "reload", {"x": 1}), "it takes no arguments"),
        (Command("c", "reset", {**RESET, "evse": [1]}), "evse is a whole number"),
        (Command("c", "reset", {**RESET, "evse": True}), "evse is a whole number"),
        (Command("c", "reset", {**RESET, "evse": -1}), "evse is a whole number"),
        (Command("c", "start_transaction", {**START, "id_token": 5}), "start_transaction needs id_token"),
        (Command("c", "start_transaction", {**START, "evse": 9}), "station CP01 has no EVSE 9"),
        (Command("c", "reset", {**RESET, "station": "CP77"}), "there is no station 'CP77'"),
        (Command("c", "reset", {**RESET, "station": {"a": 1}}), "there is no such transaction, or it has ended"),
        (Command("c", "stop_transaction"), "there is no such transaction, or it has ended"),
        (Command("c", "stop_transaction", {"transaction": "gone"}), "there is no such transaction, or it has ended"),
        (Command("c", "stop_transaction", {"station": "CP01", "evse": 1}), "no such transaction is running"),
        (Command("c", "stop_transaction", {"station": "CP01"}), "no such transaction is running"),
        (Command("c", "accept_station", {"station": "CP77"}), "no station 'CP77' has knocked"),
        (Command("c", "set_limit", {"target": "moon", "limit_a": 1}), "there is no target 'moon'"),
        (Command("c", "set_limit", {"target": ["site"], "limit_a": 1}), "there is no target ['site']"),
        (Command("c", "set_limit", {"target": "site", "limit_a": "6"}), "are numbers of 0 or more"),
        (Command("c", "set_limit", {"target": "site", "limit_w": -1}), "are numbers of 0 or more"),
        (Command("c", "set_limit", {"target": "site", "limit_a": float("inf")}), "are numbers of 0 or more"),
        (Command("c", "set_limit", {"target": "site", "limit_a": float("nan")}), "are numbers of 0 or more"),
        (Command("c", "set_limit", {"target": "site", "limit_a": True}), "are numbers of 0 or more"),
        (Command("c", "set_limit", {"target": "site", "limit_a": 1, "until": "soon"}), "until is a time such as"),
        (Command("c", "set_limit", {"target": "site", "limit_a": 1, "until": 5}), "until is a time such as"),
        (Command("c", "set_limit", {"target": "site", "limit_a": 1, "until": "2026-03-02T12:00"}), "needs its zone"),
    ],
)
def test_a_senseless_command_is_rejected_in_words(command: Command, reason: str) -> None:
    verdict = World().judge(command)
    assert (verdict.action, verdict.state) == ("end", "rejected")
    assert reason in str(verdict.reason)


json = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-1, 40) | st.sampled_from(["CP01", "site", "1", "soft"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)


@given(st.sampled_from(sorted(CATALOGUE)), st.data(), st.sampled_from(["synced", "unsynced"]))
def test_no_json_makes_the_decision_fail(name: str, data: st.DataObject, clock: Any) -> None:
    known = sorted(CATALOGUE[name].required | CATALOGUE[name].optional)
    args = {key: data.draw(json) for key in known if key in CATALOGUE[name].required or data.draw(st.booleans())}
    world = World()
    world.clock_state = clock
    world.tell(f.PolicyLimitChanged(at=world.clock.now(), target="site", limit_a=20, by="cli"))
    verdict = world.judge(Command("c", name, args))
    assert verdict.action in ("dispatch", "hold", "end")


# Time


def test_a_command_from_before_now_says_whether_it_came_or_became_too_late() -> None:
    world = World()
    late = world.judge(Command("c1", "reset", RESET, expires_at=world.clock.now()))
    assert (late.state, late.reason) == ("expired", "it arrived after its time")
    waiting = Command("c2", "reset", RESET, expires_at=world.clock.now() + timedelta(seconds=5), wait=True)
    assert world.judge(waiting, connected=False).action == "hold"
    world.clock.advance(5)
    verdict = world.again(waiting, connected=False)
    assert (verdict.state, verdict.reason) == ("expired", "its time passed while it waited")


def test_an_unset_clock_holds_a_command_for_a_minute_whatever_its_expiry_says() -> None:
    world = World()
    world.clock_state = "unsynced"
    command = Command("c", "reset", RESET, expires_at=world.clock.now() - timedelta(days=9000))
    assert world.judge(command).action == "hold"
    world.clock.advance(59)
    assert world.again(command).action == "hold"
    world.clock.advance(1)
    assert "clock is not set" in str(world.again(command).reason)


@pytest.mark.parametrize(
    ("old", "new", "held"),
    [
        (None, {"limit_a": 10}, False),
        ({"limit_a": 20}, {"limit_a": 10}, False),
        ({"limit_a": 20}, {"limit_a": 20}, False),
        ({"limit_a": 20}, {"limit_a": 21}, True),
        ({"limit_a": 20}, {"limit_w": 100}, True),
        ({"limit_a": 20, "limit_w": 100}, {"limit_a": 10, "limit_w": 100}, False),
        ({"limit_a": 20, "limit_w": 100}, {"limit_a": 10, "limit_w": 200}, True),
        ({"limit_a": 20}, {}, True),
        ({"limit_a": 20}, {"limit_a": "x"}, True),
    ],
)
def test_an_unset_clock_does_not_hold_a_limit_that_only_lowers(old: Any, new: dict[str, Any], held: bool) -> None:
    world = World()
    world.clock_state = "unsynced"
    if old is not None:
        world.tell(f.PolicyLimitChanged(at=world.clock.now(), target="site", by="cli", **old))
    assert (world.judge(Command("c", "set_limit", {"target": "site", **new})).action == "hold") is held


# The station


def test_an_offline_station_is_waited_for_only_with_wait_and_a_time() -> None:
    world = World()
    expires_at = world.clock.now() + timedelta(minutes=5)
    verdicts = [
        world.judge(Command(id, "reset", RESET, expires_at=expires, wait=wait), connected=False).action
        for id, expires, wait in (("1", expires_at, True), ("2", expires_at, False), ("3", None, True))
    ]
    assert verdicts == ["hold", "end", "end"]


def test_what_nobody_here_carries_out_is_rejected() -> None:
    assert "nothing here carries out reload" in str(World().judge(Command("c", "reload"), able=False).reason)


def test_a_stop_finds_its_station_by_the_transaction() -> None:
    world = World()
    begun = world.ask(start(world.clock, "CP02", 2))
    assert target_station(world.state, {"transaction": begun.transaction}) == "CP02"
    assert world.judge(Command("c1", "stop_transaction", {"transaction": begun.transaction})).action == "dispatch"
    assert world.judge(Command("c2", "stop_transaction", {"station": "CP02", "evse": 2})).action == "dispatch"
    world.ask(stop(world.clock, begun, "CP02"))
    assert world.judge(Command("c3", "stop_transaction", {"transaction": begun.transaction})).action == "end"
    assert target_station(State(), {"transaction": "x"}) is None


# Starts


@pytest.mark.parametrize("status", ["unavailable", "faulted"])
def test_a_start_at_an_evse_out_of_order_is_rejected(status: Any) -> None:
    world = World()
    world.tell(f.StationStatusChanged(at=world.clock.now(), station="CP01", evse=1, connector=1, status=status))
    assert f"EVSE 1 of CP01 is {status}" in str(world.judge(Command("c", "start_transaction", START)).reason)


def test_a_start_at_a_busy_evse_is_rejected() -> None:
    world = World()
    world.ask(start(world.clock))
    assert "in use" in str(world.judge(Command("c", "start_transaction", START)).reason)
    other = Command("c2", "start_transaction", {**START, "station": "CP02"})
    assert world.judge(other).action == "dispatch"


def test_a_start_for_a_2x_transaction_that_has_begun_with_the_cable_goes_out() -> None:
    world = World()
    world.ask(event(world.clock, "started", 0))
    args = {"station": "CP02", "evse": 1, "id_token": "CARD1"}
    assert world.judge(Command("c1", "start_transaction", args)).action == "dispatch"
    world.clock.advance(60)
    world.ask(event(world.clock, "updated", 1, id_token="CARD1"))
    assert "in use" in str(world.judge(Command("c2", "start_transaction", args)).reason)


def test_a_start_is_refused_while_another_is_under_way_at_its_evse() -> None:
    world = World()
    world.dispatch(Command("c1", "start_transaction", START))
    second = Command("c2", "start_transaction", {**START, "id_token": "CARD3"})
    assert "another start is under way" in str(world.judge(second).reason)
    world.clock.advance(59)
    assert world.again(second).action == "end"
    world.clock.advance(1)
    assert world.again(second).action == "dispatch"


@pytest.mark.parametrize(("ended", "free"), [("rejected", True), ("failed", True), ("unknown", True), ("done", False)])
def test_a_start_that_failed_makes_room_and_one_that_was_done_keeps_it_until_it_is_seen(ended: Any, free: bool) -> None:
    world = World()
    world.dispatch(Command("c1", "start_transaction", START))
    world.tell(f.CommandEnded(at=world.clock.now(), command="c1", state=ended))
    second = Command("c2", "start_transaction", START)
    assert (world.judge(second).action == "dispatch") is free
    world.clock.advance(5)
    begun = world.ask(start(world.clock))
    world.clock.advance(5)
    world.ask(stop(world.clock, begun))
    assert world.again(second).action == "dispatch"


# What the hub carries out itself


def test_a_limit_is_a_fact_of_its_own() -> None:
    site = a_site(supply=Supply(limit_a=63, circuits=(Circuit("row-a", 32),)))
    for target in ("site", "circuit:main", "circuit:row-a", "station:CP02"):
        world = World(site)
        until = "2026-03-02T18:00:00Z"
        verdict = world.judge(
            Command("c", "set_limit", {"target": target, "limit_a": 10.5, "until": until}, by=Asker("eva"))
        )
        assert (verdict.action, verdict.state) == ("end", "done")
        world.tell(*verdict.facts)
        limit = world.state.limits[target]
        assert (limit.limit_a, limit.limit_w, limit.by) == (10.5, None, "eva")
        assert limit.until == world.clock.now() + timedelta(hours=6)
    assert World().judge(Command("c", "set_limit", {"target": "circuit:row-a", "limit_a": 1})).state == "rejected"


def test_a_limit_without_a_number_takes_the_limit_away() -> None:
    world = World()
    world.tell(*world.judge(Command("c1", "set_limit", {"target": "site", "limit_a": 10})).facts)
    world.tell(*world.judge(Command("c2", "set_limit", {"target": "site"})).facts)
    assert world.state.limits == {}


@pytest.mark.parametrize(("name", "registration"), [("accept_station", "accepted"), ("reject_station", "rejected")])
def test_an_installer_lets_a_station_in_or_not(name: str, registration: str) -> None:
    world = World()
    world.tell(f.StationConnected(at=world.clock.now(), station="NEW", ocpp="1.6"))
    world.tell(*world.judge(Command("c", name, {"station": "NEW"})).facts)
    assert world.state.stations["NEW"].registration == registration
