"""Whatever a model calls, in whatever order cards are shown, cables pulled, screens touched: nothing is moved without
what it needs. The referee here keeps its own books and knows the rules from docs/voice-policy.md, not from the code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgegw.core.consent import desk as d
from edgegw.core.consent.heard import ground_gone
from edgegw.core.consent.rules import confirmed, considered
from edgegw.core.consent.verdict import Verdict, World
from edgegw.core.context import Context
from edgegw.model import facts as f
from edgegw.model.kiosk import KioskTerms
from edgegw.model.site import ChargingStation, Connector, Evse, Site, Tariff, Token
from edgegw.model.state import ConnectorState, State, StationState, Transaction

TERMS = KioskTerms(max_cost=Decimal("50.00"))
BEGAN = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
OWNER, FRIEND, STRANGER = "OWNER", "FRIEND", "STRANGER"
GROUPS = {OWNER: "HOME", FRIEND: "HOME", STRANGER: None}
FREE, BUSY = ("CP01", 1), ("CP02", 1)


def a_site() -> Site:
    stations = {
        id: ChargingStation(id, f"Vaga {id[-1]}", (Evse(id, 1, 32.0, ("L1",), connectors=(Connector(1, "cType2"),)),))
        for id in ("CP01", "CP02")
    }
    tokens = {token: Token(token, group=group) for token, group in GROUPS.items()}
    tariffs = {"default": Tariff("default", Decimal("2.00"))}
    return Site("s", "S", "America/Sao_Paulo", "BRL", stations=stations, tokens=tokens, tariffs=tariffs)


SITE = a_site()


@dataclass
class Shown:
    """A card, as the referee saw it."""

    id: str
    token: str
    kind: str
    at_s: float
    station: str | None
    used: bool = False


@dataclass
class Referee:
    """The kiosk under test, and the books beside it."""

    now_s: float = 1000.0
    desk: d.Desk = field(default_factory=d.Desk)
    state: State = field(default_factory=State)
    shown: dict[str, Shown] = field(default_factory=dict)
    asked: dict[str, tuple[str, float, d.Order]] = field(default_factory=dict)
    """Read-backs that were made, by action: dialogue, when, what."""
    opened: dict[str, float] = field(default_factory=dict)
    pulled_s: float = float("-inf")
    effects: list[tuple[float, str, str]] = field(default_factory=list)
    numbers: int = 0

    def __post_init__(self) -> None:
        for id in ("CP01", "CP02"):
            self.state.stations[id] = StationState(id, connected=True, ocpp="1.6")
        self.state.transactions["t1"] = Transaction(
            "t1", "CP02", 1, 1, 1, "1", "1.6", BEGAN, "default", "", id_token=OWNER
        )
        self.state.at_evse[BUSY] = "t1"
        self.cable("preparing")

    # What happens

    def world(self) -> World:
        now = BEGAN + timedelta(seconds=self.now_s)
        ctx = Context(SITE, now, "synced", lambda: "id", lambda: 1, lambda station, evse: None, b"")
        return World(self.state, ctx, TERMS, self.now_s)

    def passes(self, seconds: float) -> None:
        self.now_s += seconds
        self.desk, _, over = d.sweep(self.desk, TERMS, self.now_s)
        for dialogue in over:
            self.opened.pop(dialogue, None)

    def cable(self, status: f.ConnectorStatus) -> None:
        at = BEGAN + timedelta(seconds=self.now_s)
        self.state.connectors["CP01/1/1"] = ConnectorState("CP01", 1, 1, status, at)
        if status != "preparing":
            self.pulled_s = self.now_s
        fact = f.StationStatusChanged(at=at, station="CP01", evse=1, connector=1, status=status)
        for waiting in self.desk.waiting:
            if ground_gone(fact, waiting) is not None:
                self.desk = d.drop(self.desk, waiting.id)

    def opens(self, dialogue: str, channel: Any) -> None:
        before = set(self.opened)
        self.desk, reason, _ = d.open_dialogue(self.desk, dialogue, "pt-BR", channel, TERMS, self.now_s)
        if reason is None and dialogue not in before:
            self.opened[dialogue] = self.now_s
        for each in before:
            if self.desk.dialogue(each) is None:
                del self.opened[each]

    def closes(self, dialogue: str) -> None:
        self.desk, _ = d.close_dialogue(self.desk, dialogue)
        self.opened.pop(dialogue, None)

    def shows(self, kind: Any, token: str) -> None:
        self.numbers += 1
        id = f"p{self.numbers}"
        station = "CP02" if kind == "tap" else None
        held = d.Held(
            id, kind, token, GROUPS[token], self.now_s, self.now_s + 120, station=station, evse=1 if station else None
        )
        self.shown[id] = Shown(id, token, kind, self.now_s, station)
        self.desk, shown = d.show(self.desk, held, TERMS, self.now_s)
        if shown.confirms is not None:
            _, at_s, order = self.asked[shown.confirms]
            assert kind != "pin"
            assert self.now_s - at_s >= 2
            assert kind != "tap" or order.station == station
            self.hand(shown.confirms, token)

    def calls(self, dialogue: str, tool: str, args: dict[str, Any]) -> None:
        self.numbers += 1
        action = f"a{self.numbers}"
        self.desk, verdict, _ = considered(self.desk, self.world(), dialogue, f"c{self.numbers}", tool, args, action)
        if verdict.decision == "needs_confirmation":
            assert verdict.order is not None
            assert dialogue in self.opened
            assert verdict.action is not None
            self.asked.setdefault(verdict.action, (dialogue, self.now_s, verdict.order))
        elif verdict.decision == "allowed" and verdict.order is not None:
            self.judge(dialogue, verdict, hand=False)
        elif verdict.decision == "allowed" and tool in ("my_charge", "my_history"):
            self.judge_read(dialogue, tool, verdict)

    def hand(self, action: str, token: str | None = None) -> None:
        self.desk, verdict, waiting = confirmed(self.desk, self.world(), action)
        if verdict.decision != "allowed":
            return
        dialogue, at_s, order = self.asked[action]
        assert verdict.order == order, "what was read back is what is done"
        assert self.now_s - at_s < 30, "an action waits 30 s"
        assert self.pulled_s <= at_s, "the cable has been in since the read-back"
        assert waiting is not None
        assert token in (None, waiting.id_token)
        self.judge(dialogue, verdict, hand=True)

    # What must hold

    def judge(self, dialogue: str, verdict: Verdict, *, hand: bool) -> None:
        order = verdict.order
        assert order is not None
        assert dialogue in self.opened, "the dialogue is open"
        assert self.now_s - self.opened[dialogue] < 180
        assert all(self.now_s - at_s >= 10 for at_s, _, _ in self.effects), "one in 10 s"
        assert sum(each == dialogue for _, each, _ in self.effects) < 3, "three a dialogue"
        self.effects.append((self.now_s, dialogue, order.command))
        if order.command == "report_problem":
            last_hour = [
                at_s for at_s, _, name in self.effects if name == "report_problem" and self.now_s - at_s < 3600
            ]
            assert len(last_hour) <= 3
            return
        assert verdict.held is not None
        proof = self.shown[verdict.held.id]
        assert not proof.used, "a proof moves one thing"
        proof.used = True
        age_s = self.now_s - proof.at_s
        if proof.kind != "tap":
            assert proof.at_s >= self.opened[dialogue] - 20, "it was shown to this dialogue"
        if order.command == "start_transaction":
            assert hand, "only the driver's hand starts"
            assert age_s < 90
            assert proof.kind != "tap", "the taps here are at the other station"
            assert (order.station, order.evse) == FREE
            assert self.state.connectors["CP01/1/1"].status == "preparing"
            assert Decimal(order.args["max_cost"]) <= 50
            return
        assert order.command in ("stop_transaction", "set_departure")
        assert age_s < 120
        assert GROUPS[proof.token] == "HOME", "the owner's, or his group's"
        assert order.args["transaction"] == "t1"

    def judge_read(self, dialogue: str, tool: str, verdict: Verdict) -> None:
        assert verdict.held is not None
        proof = self.shown[verdict.held.id]
        assert self.now_s - proof.at_s < 120
        assert not verdict.about or GROUPS[proof.token] == "HOME"
        assert tool != "my_history" or proof.kind != "tap"


PLACES = st.sampled_from(["Vaga 1", "CP01", "Vaga 2", "CP02", "CP09"])
DIALOGUES = st.sampled_from(["x", "y", "z"])
ARGS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "start_charge": st.fixed_dictionaries(
        {"station": PLACES},
        optional={
            "energy_kwh": st.sampled_from([1, 5.5, 90, 1000]),
            "max_cost": st.sampled_from(["1.00", "20.00", "9999.00"]),
            "leave_at": st.just("18:00"),
        },
    ),
    "stop_charge": st.fixed_dictionaries({}, optional={"station": PLACES, "evse": st.integers(0, 2)}),
    "plan_departure": st.fixed_dictionaries({"energy_kwh": st.just(5)}, optional={"station": PLACES}),
    "report_problem": st.just({"category": "other", "text": "x"}),
    "my_charge": st.just({}),
    "my_history": st.just({}),
    "reset": st.just({"station": "CP01"}),
}
Step = Callable[[Referee], None]


def call(dialogue: str, tool: str, args: dict[str, Any]) -> Step:
    return lambda referee: referee.calls(dialogue, tool, args)


CALLS = st.sampled_from(sorted(ARGS)).flatmap(lambda tool: st.builds(call, DIALOGUES, st.just(tool), ARGS[tool]))


def as_it_should_be(dialogue: str, token: str, tool: str, args: dict[str, Any]) -> Step:
    """A card, and then the call: by chance alone stories seldom come so far."""

    def step(referee: Referee) -> None:
        referee.opens(dialogue, "screen")
        referee.passes(11)
        referee.shows("reader", token)
        referee.calls(dialogue, tool, args)

    return step


GOOD: dict[str, dict[str, Any]] = {
    "start_charge": {"station": "CP01"},
    "stop_charge": {},
    "plan_departure": {"energy_kwh": 5},
}
WITH_CARD = st.builds(
    lambda dialogue, token, tool: as_it_should_be(dialogue, token, tool, GOOD[tool]),
    DIALOGUES, st.sampled_from([OWNER, FRIEND, STRANGER]), st.sampled_from(sorted(GOOD)),
)  # fmt: skip
STEPS = st.one_of(
    CALLS,
    CALLS,
    WITH_CARD,
    st.builds(
        lambda kind, token: lambda referee: referee.shows(kind, token),
        st.sampled_from(["reader", "reader", "pin", "qr", "tap"]),
        st.sampled_from([OWNER, OWNER, FRIEND, STRANGER]),
    ),
    st.builds(
        lambda seconds: lambda referee: referee.passes(seconds), st.sampled_from([0.5, 2.5, 9.0, 11.0, 29.0, 95.0])
    ),
    st.builds(
        lambda dialogue, channel: lambda referee: referee.opens(dialogue, channel),
        DIALOGUES,
        st.sampled_from(["voice", "screen"]),
    ),
    st.builds(lambda number: lambda referee: touched(referee, number), st.sampled_from([0, 0, 1, 3])),
    st.builds(lambda status: lambda referee: referee.cable(status), st.sampled_from(["preparing", "available"])),
    st.builds(lambda dialogue: lambda referee: referee.closes(dialogue), DIALOGUES),
)


def touched(referee: Referee, number: int) -> None:
    """One of the last actions, dead or alive."""
    known = list(referee.asked)
    if number < len(known):
        referee.hand(known[-1 - number])


def test_no_story_moves_anything_without_what_it_needs() -> None:
    seen: set[str] = set()

    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(st.lists(STEPS, min_size=5, max_size=60))
    def told(story: list[Step]) -> None:
        referee = Referee()
        referee.opens("x", "voice")
        for step in story:
            step(referee)
        seen.update(command for _, _, command in referee.effects)

    told()
    assert len(seen) > 1, "a referee who never saw a goal proves nothing"


def test_a_story_as_it_should_be_moves_something_each_way() -> None:
    referee = Referee()
    referee.opens("x", "voice")
    referee.calls("x", "report_problem", {"category": "other", "text": "x"})
    for tool in ("plan_departure", "start_charge"):
        as_it_should_be("x", OWNER, tool, GOOD[tool])(referee)
    referee.passes(9)
    touched(referee, 0)
    as_it_should_be("y", FRIEND, "stop_charge", {})(referee)
    assert [command for _, _, command in referee.effects] == [
        "report_problem", "set_departure", "start_transaction", "stop_transaction",
    ]  # fmt: skip


def test_the_referee_notices_a_kiosk_that_forgets_that_a_proof_was_used() -> None:
    referee = Referee()
    referee.opens("x", "voice")
    referee.shows("reader", OWNER)
    referee.calls("x", "stop_charge", {})
    referee.passes(11)
    referee.desk = replace(referee.desk, held=tuple(replace(each, spent=False) for each in referee.desk.held))
    with pytest.raises(AssertionError, match="moves one thing"):
        referee.calls("x", "stop_charge", {})
