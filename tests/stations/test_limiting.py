"""How stations take limits, by what is known of them, and what changes when more is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edgegw.model.commands import Limiting, Setpoint
from edgegw.model.facts import VariablesChanged
from edgegw.model.site import ChargingStation, Connector, Evse, Site
from edgegw.simulate.faults import Make
from edgegw.stations.limiting import ORDINARY, in_watts_by_name, limiting
from edgegw.stations.quirkfiles import Families
from edgegw.stations.quirks import PLAIN, Quirk, put_together
from tests.simulate.served import served


def post(*phases: Any, wiring: Any = "neutral", connector: str = "cType2") -> ChargingStation:
    return ChargingStation("CP01", "CP01", (Evse("CP01", 1, 32.0, phases, wiring, (Connector(1, connector),)),))


THREE = post("L1", "L2", "L3")
WATTS = Limiting(in_watts=frozenset({1}))


@pytest.mark.parametrize(
    ("station", "quirk", "told", "found"),
    [
        (THREE, PLAIN, None, ORDINARY),
        (THREE, PLAIN, "Current,Power", ORDINARY),
        (THREE, PLAIN, "Power", WATTS),
        (THREE, PLAIN, "W", WATTS),
        (THREE, Quirk(least_life_s=300), None, Limiting(least_life_s=300)),
        (THREE, put_together((), ["no_ampere"]), "Current", WATTS),
        (post("L2"), Quirk(rate_unit="W"), None, ORDINARY),
        (post("L1", "L2"), Quirk(rate_unit="W"), None, WATTS),
        (post("L1", "L2", wiring="line"), Quirk(rate_unit="W"), None, ORDINARY),
        (post("L1", "L2", "L3", connector="cCCS2"), Quirk(rate_unit="W"), None, ORDINARY),
    ],
)
def test_watts_may_flow_on_one_phase_where_an_evse_has_several(
    station: ChargingStation, quirk: Quirk, told: str | None, found: Limiting
) -> None:
    assert limiting(station, quirk, told) == found


def test_the_file_says_it_by_the_name_of_a_family(tmp_path: Path) -> None:
    (tmp_path / "hers.yaml").write_text("title: T\nmatch: {vendor: [V]}\nsources: [s]\ndoes: {rate_unit: W}\n")
    named = Site("s", "s", stations={"CP01": replace(THREE, quirks="hers"), "CP02": THREE})
    assert in_watts_by_name(named, Families([tmp_path])) == {("CP01", 1)}


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_a_station_that_turns_out_to_take_watts_alone_is_given_its_other_default_at_once(
    version: Any, tmp_path: Path
) -> None:
    def defaults(station: str) -> dict[int, float]:
        return {1: 0.0 if house.server.limitings.of(station).in_watts else 6.0}

    async with (
        served(tmp_path, defaults=defaults) as house,
        house.station(version, faults=["ampere_refused"]) as station,
    ):
        await station.until(lambda: len(station.heard("SetChargingProfile")) >= 3)
        told = [schedule_of(each) for each in station.heard("SetChargingProfile")]
        assert told == [("A", 6.0), ("W", 3726.0), ("W", 0.0)]
        assert house.server.limitings.now() == {"CP01": WATTS}


async def test_a_station_that_says_that_it_takes_watts_alone_gets_its_set_points_in_watts(tmp_path: Path) -> None:
    async with served(tmp_path) as house, house.station(faults=["ampere_refused"]) as station:
        await station.until(lambda: station.booted)
        key = {"component": "", "variable": "ChargingScheduleAllowedChargingRateUnit", "value": "Power"}
        await house.hub.record(
            VariablesChanged(station="CP01", at=house.hub.now(), action="GetConfiguration", variables=(key,))
        )  # fmt: skip
        result = await house.server.orders.apply_setpoint(Setpoint("CP01", 1, 10.0))
        assert result.accepted, result.reason
        assert [schedule_of(each) for each in station.heard("SetChargingProfile")] == [("W", 6210.0)]


async def test_a_station_that_takes_no_limit_that_ends_soon_takes_one_that_lives_as_long_as_its_driver_says(
    tmp_path: Path,
) -> None:
    (tmp_path / "stations").mkdir()
    text = "title: T\nmatch: {vendor: [V]}\nsources: [s]\ndoes: {least_life_s: 300}\n"
    (tmp_path / "stations" / "hers.yaml").write_text(text)
    families, make = Families([tmp_path / "stations"]), Make(vendor="V")
    async with (
        served(tmp_path, families=families) as house,
        house.station(make=make, faults=["short_life_refused"]) as station,
    ):
        await station.until(lambda: station.booted)
        assert house.server.limitings.now() == {"CP01": Limiting(least_life_s=300)}
        lives = [(await house.server.orders.apply_setpoint(Setpoint("CP01", 1, 10.0, life_s))).accepted
                 for life_s in (120, 300)]  # fmt: skip
        assert lives == [False, True]


def schedule_of(payload: Any) -> tuple[str, float]:
    profile = payload.get("csChargingProfiles") or payload["chargingProfile"]
    schedule = profile["chargingSchedule"]
    schedule = schedule[0] if isinstance(schedule, list) else schedule
    return schedule["chargingRateUnit"], schedule["chargingSchedulePeriod"][0]["limit"]
