"""The load loop on a real hub: stations are the one who answers, and the clock is the test's."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from edgegw.core.fallback import fallback
from edgegw.hub import Hub
from edgegw.journal import StorageFull
from edgegw.journal.rows import stamp
from edgegw.load.service import LoadLoop
from edgegw.model import facts as f
from edgegw.model.commands import Command, Setpoint, SetpointResult
from edgegw.model.requests import TransactionAnswer
from edgegw.model.samples import MeterSample
from edgegw.model.site import Supply
from edgegw.web.neighbours import Neighbours
from edgegw.web.places import stations
from edgegw.web.power import circuits
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub, a_site, minutes, start, stop
from tests.support.ledgers import types_in


class Stations:
    """Takes setpoints as the stations' server does. `slow`, `refuses` and `breaks` name stations."""

    def __init__(self) -> None:
        self.given: list[Setpoint] = []
        self.accepted: dict[tuple[str, int], float] = {}
        self.slow: dict[str, asyncio.Event] = {}
        self.refuses: set[str] = set()
        self.breaks: set[str] = set()
        self.under_way = 0

    async def apply(self, setpoint: Setpoint) -> SetpointResult:
        self.given.append(setpoint)
        self.under_way += 1
        try:
            if setpoint.station in self.slow:
                await self.slow[setpoint.station].wait()
            if setpoint.station in self.breaks:
                raise RuntimeError("a fault of ours")
        finally:
            self.under_way -= 1
        if setpoint.station in self.refuses:
            return SetpointResult(setpoint, accepted=False, reason="Rejected")
        self.accepted[setpoint.station, setpoint.evse] = setpoint.limit_a
        return SetpointResult(setpoint, accepted=True)

    def told(self, station: str) -> list[float]:
        return [setpoint.limit_a for setpoint in self.given if setpoint.station == station]


class Bench:
    """A loop on a hub whose clock stands still: `turns` moves it, a second a turn. The cars draw nothing, so the supply
    carries the building alone."""

    def __init__(self, hub: Hub, clock: FakeClock, roles: dict[str, str]) -> None:
        self.hub = hub
        self.clock = clock
        self.stations = Stations()
        self.building_a: float | None = 20.0
        self._go = asyncio.Queue[None]()
        self._done = asyncio.Event()
        self.loop = LoadLoop(hub, self.stations.apply, roles, sleep=self._sleep)

    async def _sleep(self, seconds: float) -> None:
        assert seconds == 1.0
        self._done.set()
        await self._go.get()

    async def turns(self, count: int) -> None:
        for _ in range(count):
            self.clock.advance(1)
            if self.building_a is not None:
                values = {f"current_l{phase}_a": self.building_a for phase in (1, 2, 3)}
                self.hub.observe([MeterSample("meters/grid", self.clock.now(), values)])
            nothing = {"current_l1_a": 0.0, "current_l2_a": 0.0, "current_l3_a": 0.0}
            for station, evse in self.hub.state.at_evse:
                self.hub.observe([MeterSample(f"stations/{station}/{evse}", self.clock.now(), nothing)])
            await self.once()

    async def once(self) -> None:
        """One turn, and what its setpoints and facts set going, as far as it can get."""
        self._done.clear()
        self._go.put_nowait(None)
        await self._done.wait()
        for _ in range(3):
            await asyncio.sleep(0)
        if self.loop._notes._task is not None:
            await asyncio.wait({self.loop._notes._task})

    async def connect(self, *stations: str) -> None:
        for station in stations:
            await self.hub.record(f.StationConnected(at=self.hub.now(), station=station, ocpp="1.6"))

    async def begin(self, station: str, evse: int = 1) -> TransactionAnswer:
        answer = await self.hub.request(start(self.clock, station, evse))
        assert isinstance(answer, TransactionAnswer)
        return answer


@contextlib.asynccontextmanager
async def bench(
    folder: Path, *, roles: dict[str, str] | None = None, clock: FakeClock | None = None, **supply: Any
) -> AsyncIterator[Bench]:
    clock = clock or FakeClock()
    site = a_site(supply=Supply(**{"limit_a": 63.0, "building_max_a": 20.0} | supply))
    async with a_hub(folder, clock, site) as hub:
        made = Bench(hub, clock, {"supply": "grid"} if roles is None else roles)
        started = asyncio.Event()
        running = asyncio.create_task(made.loop.run(started.set))
        await started.wait()
        await made._done.wait()
        try:
            yield made
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            assert made.stations.under_way == 0


async def test_two_cars_share_and_the_page_sees_it(tmp_path: Path) -> None:
    async with bench(tmp_path) as made:
        await made.connect("CP01", "CP02")
        await made.begin("CP01")
        await made.begin("CP02", 1)
        await made.turns(2)
        assert made.stations.accepted == {("CP01", 1): 18.5, ("CP02", 1): 18.5}
        shown = made.loop.snapshot()
        main = shown["circuits"][0]
        assert main["id"] == "main"
        assert main["phases"]["L2"] == {
            "limit_a": 63.0, "measured_a": 20.0, "building_a": 20.0,
            "given_a": 37.0, "reserved_a": 43.0, "margin_a": 0.0,
        }  # fmt: skip
        assert shown["evses"][0] == {
            "station": "CP01", "evse": 1, "setpoint_a": 18.5, "reserved_a": 18.5, "accepted": True,
            "binding": "main L1", "reason": "main L1 is full",
        }  # fmt: skip
        page = circuits(made.hub, Neighbours(load=made.loop.snapshot))
        assert page[0]["phases"]["L1"]["given_a"] == 37.0


async def test_a_car_that_leaves_gives_its_share_to_the_other(tmp_path: Path) -> None:
    async with bench(tmp_path) as made:
        await made.connect("CP01", "CP02")
        begun = await made.begin("CP01")
        await made.begin("CP02", 1)
        await made.turns(5)
        await made.hub.request(stop(made.clock, begun))
        await made.turns(30)
        assert made.stations.accepted["CP02", 1] == 31.0  # beside the two defaults of places that may have a car


async def test_a_slow_station_holds_up_neither_the_loop_nor_another_and_then_gets_the_newest(tmp_path: Path) -> None:
    async with bench(tmp_path) as made:
        await made.connect("CP01", "CP02")
        await made.begin("CP01")
        await made.turns(20)
        assert made.stations.told("CP01") == [31.0]
        made.stations.slow["CP01"] = asyncio.Event()
        await made.begin("CP02", 1)
        await made.turns(1)
        assert made.stations.told("CP01") == [31.0, 18.5]
        assert made.stations.told("CP02") == [6.0]
        made.building_a = 30.0
        await made.turns(1)
        assert made.stations.told("CP01") == [31.0, 18.5]
        assert made.stations.told("CP02") == [6.0]  # no raise: the other one has not answered
        made.stations.slow.pop("CP01").set()
        await made.turns(7)
        assert made.stations.told("CP01") == [31.0, 18.5, 13.5]
        await made.turns(30)
        assert made.stations.told("CP02")[-1] == 13.5


async def test_who_has_not_answered_is_not_waited_for_and_others_make_room(tmp_path: Path) -> None:
    async with bench(tmp_path) as made:
        await made.connect("CP01", "CP02")
        await made.begin("CP01")
        await made.begin("CP02", 1)
        await made.turns(40)
        assert made.stations.told("CP01")[-1] == made.stations.told("CP02")[-1] == 18.5
        made.stations.slow["CP01"] = asyncio.Event()
        made.building_a = 30.0
        await made.turns(1)
        assert (made.stations.told("CP01")[-1], made.stations.told("CP02")[-1]) == (13.5, 13.5)
        await made.turns(5)
        assert made.stations.told("CP02")[-1] == 8.5  # 57 A less the building's 30 and what the silent one may draw
        made.stations.slow.pop("CP01").set()


async def test_a_fault_in_sending_costs_one_station_and_not_the_loop(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with bench(tmp_path, limit_a=100.0) as made:
        await made.connect("CP01", "CP02")
        made.stations.breaks.add("CP01")
        await made.begin("CP01")
        await made.begin("CP02", 1)
        await made.turns(5)
        assert made.stations.accepted[("CP02", 1)] > 0
        assert "a setpoint for EVSE 1 failed inside the gateway" in caplog.text
        made.stations.breaks.clear()
        await made.turns(10)
        assert ("CP01", 1) in made.stations.accepted


async def test_refusals_are_facts_once_for_each_time(tmp_path: Path) -> None:
    async with bench(tmp_path) as made:
        await made.connect("CP01", "CP02")
        made.stations.refuses.add("CP01")
        await made.begin("CP01")
        await made.turns(40)
        made.stations.refuses.clear()
        await made.turns(10)
        made.stations.refuses.add("CP01")
        await made.turns(70)
    assert types_in(tmp_path / "journal.db").count("station_disobeyed") == 2


async def test_an_offline_station_is_no_disobedient_one(tmp_path: Path) -> None:
    async with bench(tmp_path) as made:
        await made.connect("CP01")
        await made.begin("CP01")
        await made.turns(5)
        await made.hub.record(f.StationDisconnected(at=made.hub.now(), station="CP01", reason="gone"))
        made.stations.refuses.add("CP01")
        await made.turns(120)
        shown = made.loop.snapshot()["evses"][0]
        assert (shown["setpoint_a"], shown["reserved_a"]) == (None, 31.0)
        await made.turns(20)
        assert made.loop.snapshot()["evses"][0]["reserved_a"] == fallback(made.hub.site)["CP01", 1] == 6.0
    assert "station_disobeyed" not in types_in(tmp_path / "journal.db")


async def test_fallback_is_a_fact_once_when_it_begins_and_once_when_it_ends_also_over_a_restart(tmp_path: Path) -> None:
    clock = FakeClock()
    async with bench(tmp_path, clock=clock) as made:
        await made.connect("CP01")
        await made.begin("CP01")
        await made.turns(20)
        made.building_a = None
        await made.turns(62)
        assert made.hub.state.site["site"].fallback == "meter grid has brought no good reading for too long"
        assert made.stations.accepted["CP01", 1] == 6.0
        assert made.loop.snapshot()["evses"][0]["reason"].startswith("safe share: meter grid")
        await made.turns(30)
    async with bench(tmp_path, clock=clock) as made:
        made.building_a = None
        await made.turns(40)
    async with bench(tmp_path, clock=clock) as made:
        await made.turns(5)
        assert made.hub.state.site["site"].fallback is None
        await made.turns(20)
    types = types_in(tmp_path / "journal.db")
    assert (types.count("fallback_entered"), types.count("fallback_left")) == (1, 1)


async def test_without_a_supply_meter_there_is_no_fallback(tmp_path: Path) -> None:
    async with bench(tmp_path, roles={}) as made:
        made.building_a = None
        await made.connect("CP01")
        await made.begin("CP01")
        await made.turns(100)
        assert made.stations.accepted["CP01", 1] == 31.0
    assert "fallback_entered" not in types_in(tmp_path / "journal.db")


async def test_a_limit_of_the_cloud_holds_until_it_ends(tmp_path: Path) -> None:
    async with bench(tmp_path) as made:
        await made.connect("CP01")
        await made.begin("CP01")
        await made.turns(3)
        until = (made.clock.now() + minutes(1)).isoformat()
        await made.hub.submit(Command("c1", "set_limit", {"target": "station:CP01", "limit_a": 10, "until": until}))
        await made.turns(2)
        assert made.stations.accepted["CP01", 1] == 10.0
        await made.turns(70)
        assert made.stations.accepted["CP01", 1] == 31.0


async def test_a_setpoint_is_refreshed_at_half_of_its_life_and_is_no_fact(tmp_path: Path) -> None:
    async with bench(tmp_path) as made:
        await made.connect("CP01")
        await made.begin("CP01")
        await made.turns(1)
        before = made.hub.journal.position("A").head
        await made.turns(58)
        assert made.stations.told("CP01") == [31.0]
        await made.turns(3)
        assert made.stations.told("CP01") == [31.0, 31.0]
        assert made.hub.journal.position("A").head == before


async def test_a_full_disk_stops_no_limit_and_the_facts_come_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with bench(tmp_path) as made:
        await made.connect("CP01", "CP02")
        await made.begin("CP01")
        await made.turns(10)
        full, tries = True, 0
        record: Callable[..., Any] = made.hub.record

        async def refused(*facts: f.Fact) -> None:
            nonlocal tries
            tries += 1
            if full:
                raise StorageFull("no space left")
            await record(*facts)

        monkeypatch.setattr(made.hub, "record", refused)
        made.building_a = 70.0
        await made.turns(3)
        assert made.stations.accepted["CP01", 1] == 0.0
        assert "facts can't be written down" in caplog.text
        made.building_a = None
        await made.turns(70)
        assert tries <= 16  # one in five seconds
        full = False
        await made.turns(10)
    types = types_in(tmp_path / "journal.db")
    assert (types.count("overload_seen"), types.count("fallback_entered")) == (3, 1)


async def test_limits_go_out_while_a_slow_disk_takes_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(tmp_path) as made:
        await made.connect("CP01", "CP02")
        await made.begin("CP01")
        await made.turns(10)
        given = asyncio.Event()
        record: Callable[..., Any] = made.hub.record

        async def slow(*facts: f.Fact) -> None:
            await given.wait()
            await record(*facts)

        monkeypatch.setattr(made.hub, "record", slow)
        monkeypatch.setattr(made, "once", _without_waiting_for_facts(made))
        made.building_a = 70.0
        await made.turns(2)
        given.set()
        assert made.stations.accepted["CP01", 1] == 0.0


def _without_waiting_for_facts(made: Bench) -> Callable[[], Any]:
    async def once() -> None:
        made._done.clear()
        made._go.put_nowait(None)
        await made._done.wait()
        for _ in range(3):
            await asyncio.sleep(0)

    return once


async def test_wiring_that_is_doubted_is_told_once_and_shown(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with bench(tmp_path) as made:
        await made.connect("CP02")
        await made.begin("CP02", 1)
        await made.turns(15)
        circuit = made.loop.snapshot()["circuits"][0]
        assert circuit["doubt"] is None
        made.loop._balance._doubt.places = {"main": ("main", "L2")}
        for _ in range(2):
            made.loop._tell_doubts()
        assert [record.getMessage()[:32] for record in caplog.records if record.levelname == "WARNING"] == [
            "circuit main: L2 stayed above it"
        ]
        assert made.loop.snapshot()["circuits"][0]["doubt"] == "L2"


async def test_whoever_asks_for_phases_where_no_car_charges_is_told(tmp_path: Path) -> None:
    async with bench(tmp_path) as made:
        await made.connect("CP01", "CP02")
        for args, reason in (
            ({"station": "CP01"}, "no car charges there"),
            ({"station": "CP02", "evse": 2}, "no car charges there"),
            ({"station": "CP09", "evse": 1}, "there is no such EVSE"),
        ):
            outcome = await made.hub.submit(Command(str(args), "learn_phases", args))
            assert outcome.state == "dispatched"
            await made.turns(2)
            outcome = await made.hub.submit(Command(str(args), "learn_phases", args), wait_s=5.0)
            assert (outcome.state, outcome.reason) == ("failed", reason)


async def test_with_two_cars_at_a_station_its_evse_has_to_be_named(tmp_path: Path) -> None:
    async with bench(tmp_path) as made:
        await made.connect("CP02")
        await made.begin("CP02", 1)
        await made.begin("CP02", 2)
        outcome = await made.hub.submit(Command("c", "learn_phases", {"station": "CP02"}), wait_s=5.0)
        assert (outcome.state, outcome.reason) == ("failed", "several cars charge there: name the EVSE")


async def test_what_was_learned_of_phases_is_shown_and_outlasts_new_firmware(tmp_path: Path) -> None:
    async with bench(tmp_path) as made:
        hub = made.hub
        boot: dict[str, Any] = {
            "station": "CP01",
            "vendor": "V",
            "model": "M",
            "status": "accepted",
            "ocpp": "1.6",
            "interval_s": 300,
        }
        await hub.record(
            f.StationBooted(at=hub.now(), firmware="1", **boot),
            f.StationQuirkLearned(at=hub.now(), station="CP01", quirk="no_pong", evidence="3 pings"),
            f.PhasesLearned(
                at=hub.now(), station="CP01", evse=1, phases=("L2", None, None), told=("L1", "L2", "L3"),
                contradicts=True, odds=36.4, steps=3, text="CP01's L1 is the site's L2",
            ),
            f.StationBooted(at=hub.now(), firmware="2", **boot),
        )  # fmt: skip
        shown = stations(hub, Neighbours(load=made.loop.snapshot), masked=False)[0]["evses"][0]
        assert shown["phases"] == ["L1", "L2", "L3"]
        assert shown["wired"] == {
            "phases": ["L2", None, None], "contradicts": True, "odds": 36.4, "steps": 3,
            "at": stamp(hub.now()), "text": "CP01's L1 is the site's L2",
        }  # fmt: skip
        assert hub.state.quirks["CP01"].learned == ()
    async with bench(tmp_path) as made:
        (again,) = made.hub.state.quirks["CP01"].phases
        assert again.phases == ("L2", None, None)
