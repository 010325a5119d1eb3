"""The verdict on a command: whoever asks, in whatever state the site is."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.core.commands import all_args, is_same, received, target_station
from edgegw.core.fold import received_row
from edgegw.core.passwords import seal
from edgegw.core.stations import profile_of, registration_of
from edgegw.model import facts as f
from edgegw.model.commands import CATALOGUE, Asker, Command
from edgegw.model.site import Circuit, Supply
from edgegw.model.state import State
from tests.support.hubs import a_site, a_station, start, stop
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
        (Command("c", "reset", {**RESET, "station": {"a": 1}}), "station is a text of 1 to 255 characters"),
        (Command("c", "stop_transaction"), "there is no such transaction, or it has ended"),
        (Command("c", "stop_transaction", {"transaction": "gone"}), "there is no such transaction, or it has ended"),
        (Command("c", "stop_transaction", {"station": "CP01", "evse": 1}), "no such transaction is running"),
        (Command("c", "stop_transaction", {"station": "CP01"}), "no such transaction is running"),
        (Command("c", "accept_station", {"station": "CP77"}), "no station 'CP77' has knocked"),
        (Command("c", "set_limit", {"target": "moon", "limit_a": 1}), "there is no target 'moon'"),
        (Command("c", "set_limit", {"target": ["site"], "limit_a": 1}), "target is a text of 1 to 255"),
        (Command("c", "set_limit", {"target": "site", "limit_a": "6"}), "limit_a is a number of 0 or more"),
        (Command("c", "set_limit", {"target": "site", "limit_w": -1}), "limit_w is a number of 0 or more"),
        (Command("c", "set_limit", {"target": "site", "limit_a": float("inf")}), "limit_a is a number of 0 or more"),
        (Command("c", "set_limit", {"target": "site", "limit_a": float("nan")}), "limit_a is a number of 0 or more"),
        (Command("c", "set_limit", {"target": "site", "limit_a": True}), "limit_a is a number of 0 or more"),
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


def test_a_limit_or_a_departure_that_lies_in_the_past_is_refused() -> None:
    world = World()
    begun = world.ask(start(world.clock))
    past = world.clock.now().isoformat()
    for command, reason in (
        (Command("1", "set_limit", {"target": "site", "limit_a": 9, "until": past}), "until has passed"),
        (Command("2", "start_transaction", {**START, "station": "CP02", "departure_at": past}), "departure_at has"),
        (Command("3", "set_departure", {"transaction": begun.transaction, "departure_at": past}), "departure_at has"),
        (Command("4", "reserve", {"station": "CP02", "id_token": "X", "until": past}), "until has passed"),
    ):
        verdict = world.judge(command)
        assert verdict.state == "rejected"
        assert str(verdict.reason).startswith(reason)


@pytest.mark.parametrize("boot", ["pending", "rejected"])
def test_a_word_on_a_station_of_the_file_rules_until_it_is_taken_back(boot: str) -> None:
    world = World()
    assert world.judge(Command("c0", "set_station", {"station": "CP01", "boot": "accepted"})).facts == ()
    world.tell(*world.judge(Command("c1", "set_station", {"station": "CP01", "boot": boot})).facts)
    assert registration_of(world.state, "CP01", world.site) == boot
    assert world.judge(Command("c2", "set_station", {"station": "CP01", "boot": boot})).facts == ()
    world.tell(*world.judge(Command("c3", "set_station", {"station": "CP01", "as_configured": True})).facts)
    assert registration_of(world.state, "CP01", world.site) == "accepted"


def test_a_stranger_that_was_let_in_waits_again_when_somebody_says_so() -> None:
    world = World()
    world.tell(f.StationConnected(at=world.clock.now(), station="NEW", ocpp="1.6"))
    for number, boot in enumerate(("accepted", "pending", "rejected", "pending")):
        world.tell(*world.judge(Command(f"c{number}", "set_station", {"station": "NEW", "boot": boot})).facts)
        assert registration_of(world.state, "NEW", world.site) == boot


def test_a_word_on_a_stranger_does_not_rule_once_the_file_names_it() -> None:
    world = World()
    world.tell(f.StationConnected(at=world.clock.now(), station="NEW", ocpp="1.6"))
    world.tell(*world.judge(Command("c", "reject_station", {"station": "NEW"})).facts)
    assert registration_of(world.state, "NEW", a_site(stations={"NEW": a_station("NEW")})) == "accepted"


def test_a_security_profile_rises_with_a_password_and_falls_by_the_file_alone() -> None:
    world, password = World(), seal(b"salt", "CP01", "correct horse battery")
    said = count()

    def say(**args: Any) -> str | None:
        verdict = world.judge(Command(f"c{next(said)}", "set_station", {"station": "CP01", **args}))
        world.tell(*verdict.facts)
        return verdict.reason

    def in_force() -> tuple[int, str | None]:
        return profile_of(world.state, "CP01", world.site), world.state.stations["CP01"].password

    assert "needs a password" in str(say(security_profile=2))
    assert "is a text of" in str(say(password=""))
    assert "16 to 40 characters" in str(say(password="plain"))
    assert say(security_profile=2, password=password) is None
    assert in_force() == (2, password)
    assert "only rises" in str(say(security_profile=1))
    assert say(security_profile=3) is None
    assert "leave boot out" in str(say(as_configured=True, boot="accepted"))
    assert say(as_configured=True) is None
    assert in_force() == (0, None)
    assert "say boot, password" in str(say())


def test_where_strangers_are_turned_away_at_the_door_one_is_accepted_by_its_name() -> None:
    world = World(a_site(unknown_stations="reject"))
    world.tell(*world.judge(Command("c1", "accept_station", {"station": "NEW"})).facts)
    assert world.state.stations["NEW"].admitted is True
    assert "has knocked" in str(world.judge(Command("c2", "reject_station", {"station": "OTHER"})).reason)


def test_a_call_that_works_against_load_or_money_needs_force() -> None:
    args = {"station": "CP01", "action": "SetChargingProfile", "payload": {}}
    assert 'say "force": true' in str(World().judge(Command("c", "call_station", args)).reason)
    assert World().judge(Command("c", "call_station", {**args, "force": True})).action == "dispatch"
    assert World().judge(Command("c", "call_station", {**args, "action": "ClearCache"})).action == "dispatch"


def test_a_password_is_not_changed_as_a_variable() -> None:
    for name in ("AuthorizationKey", "BasicAuthPassword"):
        args = {"station": "CP01", "variables": [{"variable": name, "value": "x"}]}
        verdict = World().judge(Command("c", "set_variables", args))
        assert (verdict.action, verdict.state) == ("end", "rejected")
        assert str(verdict.reason).startswith(name)


def test_what_is_private_stands_beside_the_arguments_and_comes_back_into_them() -> None:
    world = World()
    given = {"station": "CP01", "action": "ClearCache", "payload": {"idTag": "04A1"}}
    command = Command("c", "call_station", given)
    fact = received(command, world.clock.now())
    assert "payload" not in fact.args
    assert "04A1" not in str(fact.args)
    assert "private" in fact.personal
    row = received_row(fact)
    assert all_args(row) == given
    assert is_same(row, command)
    assert not is_same(row, Command("c", "call_station", {**given, "payload": {}}))


def test_this_installation_says_why_it_does_not_upgrade() -> None:
    assert "can't upgrade itself" in str(World().judge(Command("c", "upgrade"), able=False).reason)


# What a driver wants of a charge


def test_what_a_start_asked_for_becomes_the_transactions() -> None:
    world = World()
    leaves = world.clock.now() + timedelta(hours=8)
    wishes = {"energy_wh": 5000, "departure_at": leaves.isoformat(), "max_cost": "20.00"}
    world.dispatch(Command("c1", "start_transaction", {**START, **wishes}, by=Asker("cloud", "ana")))
    row = world.transaction(world.ask(start(world.clock)))
    assert (row.wanted_wh, row.departure_at, row.max_cost) == (5000, leaves, Decimal("20.00"))
    assert [fact.by for fact in world.facts if isinstance(fact, f.TransactionPlanned)] == ["cloud:ana"]


def test_a_2x_transaction_that_began_with_the_cable_takes_over_what_the_start_asked_for() -> None:
    world = World()
    begun = world.ask(event(world.clock, "started", 0))
    args = {"station": "CP02", "evse": 1, "id_token": "CARD1", "energy_wh": 5000}
    world.dispatch(Command("c1", "start_transaction", args))
    world.tell(f.CommandEnded(at=world.clock.now(), command="c1", state="done"))
    world.ask(event(world.clock, "updated", 1, id_token="CARD1"))
    assert world.transaction(begun).wanted_wh == 5000


def test_a_departure_keeps_the_other_wishes_and_can_be_taken_back() -> None:
    world = World()
    world.dispatch(Command("c1", "start_transaction", {**START, "energy_wh": 5000, "max_cost": "20.00"}))
    begun = world.ask(start(world.clock))
    leaves = world.clock.now() + timedelta(hours=1)
    args = {"transaction": begun.transaction, "departure_at": leaves.isoformat()}
    world.tell(*world.judge(Command("c2", "set_departure", args)).facts)
    row = world.transaction(begun)
    assert (row.wanted_wh, row.departure_at, row.max_cost) == (5000, leaves, Decimal("20.00"))
    world.tell(*world.judge(Command("c4", "set_departure", {"transaction": begun.transaction})).facts)
    row = world.transaction(begun)
    assert (row.wanted_wh, row.departure_at, row.max_cost) == (5000, None, Decimal("20.00")), "taken back"
    world.ask(stop(world.clock, begun))
    assert "has ended" in str(world.judge(Command("c3", "set_departure", args)).reason)


# Reservations


def reserved(world: World, id: str = "r1", **args: Any) -> None:
    until = (world.clock.now() + timedelta(hours=1)).isoformat()
    order = {"station": "CP02", "evse": 1, "id_token": "CARD1", "until": until, **args}
    world.dispatch(Command(id, "reserve", order), remote_start_id=7)
    world.tell(f.CommandEnded(at=world.clock.now(), command=id, state="done"))


def test_a_reservation_is_made_when_the_station_accepts_it_and_ends_with_its_charge() -> None:
    world = World()
    reserved(world)
    held = world.state.reservations["r1"]
    assert (held.number, held.evse, held.id_token) == (7, 1, "CARD1")
    world.ask(start(world.clock, "CP02", 1, id_token="CARD2"))
    assert "r1" in world.state.reservations
    world.ask(start(world.clock, "CP02", 1, id_token="CARD1", at=world.clock.now() + timedelta(seconds=9)))
    assert world.state.reservations == {}
    assert [fact.reason for fact in world.facts if isinstance(fact, f.ReservationEnded)] == ["used"]


def test_a_reservation_that_the_station_refuses_is_none() -> None:
    world = World()
    until = (world.clock.now() + timedelta(hours=1)).isoformat()
    world.dispatch(Command("r1", "reserve", {"station": "CP02", "id_token": "X", "until": until}))
    world.tell(f.CommandEnded(at=world.clock.now(), command="r1", state="rejected", reason="occupied"))
    assert world.state.reservations == {}


def test_an_evse_is_reserved_once_and_given_up_by_name() -> None:
    world = World()
    reserved(world)
    until = (world.clock.now() + timedelta(hours=1)).isoformat()
    second = {"station": "CP02", "evse": 1, "id_token": "X", "until": until}
    assert "is reserved already" in str(world.judge(Command("c1", "reserve", second)).reason)
    assert world.judge(Command("c2", "reserve", {**second, "evse": 2})).action == "dispatch"
    assert "no such reservation" in str(world.judge(Command("c3", "cancel_reservation", {"reservation": "x"})).reason)
    world.dispatch(Command("c4", "cancel_reservation", {"reservation": "r1"}))
    world.tell(f.CommandEnded(at=world.clock.now(), command="c4", state="done"))
    assert "r1" not in world.state.reservations


# Money and problems


def test_a_payment_is_written_down_once_and_given_back_at_most_once() -> None:
    world = World()
    begun = world.ask(start(world.clock))
    world.ask(stop(world.clock, begun))
    args = {"transaction": begun.transaction, "amount": "20.00", "currency": "BRL", "reference": "pix-1"}
    world.tell(*world.judge(Command("c1", "confirm_payment", args)).facts)
    assert world.transaction(begun).paid == Decimal("20.00")
    for command, reason in (
        (Command("c2", "confirm_payment", args), "reference 'pix-1' is confirmed already"),
        (Command("c3", "confirm_payment", {**args, "currency": "EUR", "reference": "2"}), "is billed in BRL"),
        (Command("c4", "refund", {**args, "amount": "20.01"}), "20.00 BRL has been paid"),
        (Command("c5", "refund", {**args, "transaction": "gone"}), "there is no such transaction"),
    ):
        assert reason in str(world.judge(command).reason)
    world.tell(*world.judge(Command("c6", "refund", {**args, "amount": "15.50"})).facts)
    assert world.transaction(begun).paid == Decimal("4.50")


def test_a_problem_keeps_the_words_of_who_reports_it_beside_the_fact() -> None:
    world = World()
    order = Command("p1", "report_problem", {"text": "o cabo está quebrado", "station": "CP01", "category": "cable"})
    verdict = world.judge(order)
    (fact,) = verdict.facts
    assert isinstance(fact, f.ProblemReported)
    assert (fact.text, fact.station, fact.problem) == ("o cabo está quebrado", "CP01", "p1")
    assert "text" in fact.personal
    elsewhere = Command("p2", "report_problem", {"text": "x", "station": "CP77"})
    assert "there is no station 'CP77'" in str(world.judge(elsewhere).reason)


@pytest.mark.parametrize(
    ("profile", "against"),
    [
        ({"limit_a": 9, "purpose": "priority_charging"}, True),
        ({"limit_a": 9, "purpose": "local_generation"}, True),
        ({"limit_a": 9, "purpose": "tx_profile", "stack_level": 1}, True),
        ({"limit_a": 9, "purpose": "tx_profile", "stack_level": 0}, False),
        ({"limit_a": 9}, False),
    ],
)
def test_a_profile_above_the_set_points_is_sent_only_if_that_is_meant(profile: Any, against: bool) -> None:
    args = {"station": "CP01", "evse": 1, "profile": profile}
    verdict = World().judge(Command("c", "set_charging_profile", args))
    assert (verdict.action == "end") is against
    assert ('say "force": true' in str(verdict.reason)) is against
    assert World().judge(Command("c", "set_charging_profile", {**args, "force": True})).action == "dispatch"


def test_a_start_with_a_profile_of_its_own_needs_force_where_limits_are_set() -> None:
    args = {**START, "profile": {"limit_a": 9}}
    assert 'say "force": true' in str(World().judge(Command("c", "start_transaction", args)).reason)
    assert World().judge(Command("c", "start_transaction", {**args, "force": True})).action == "dispatch"
