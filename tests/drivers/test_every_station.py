"""Every shipped station driver against its schema, and each quirk through the real server at a station that has it."""

import json
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edgegw.driverfiles import SHIPPED_DRIVERS
from edgegw.model.commands import Setpoint
from edgegw.model.facts import StationStatusChanged
from edgegw.simulate import Car, Station
from edgegw.simulate.faults import FAULTS, Make
from edgegw.stations.quirkfiles import Families, load
from edgegw.stations.quirks import LEARNED, PLAIN, Quirk, effects, put_together
from tests.simulate.served import Served, served

SHIPPED = sorted((SHIPPED_DRIVERS[1] / "stations").glob("*.yaml"))
VERSIONS = ("1.6", "2.0.1")

MAKES: dict[str, Make] = {
    "abb-terra-ac": Make("ABB", "TAC-W11-G5-R0", "1.6.6"),
    "abb-terra-ac-1.8": Make("abb", "TAC-W22-T-0", "1.8.21"),
    "autel-maxicharger": Make("Autel", "MaxiCharger AC", "1.18.00"),
    "efr-secc": Make("EFR", "SECC-01"),
    "en-plus": Make("EN+", "AC7000-AE-25"),
    "enercab-smart": Make("enercab", "EVCC01"),
    "evbox-elvi": Make("EV-BOX", "EVB-P20482857"),
    "go-e": Make("go-e", "go-eCharger"),
    "grizzl-e-smart": Make("United Chargers", "Grizzl-E Smart", "5.621"),
    "growatt-thor": Make("Growatt", "THOR-11AS"),
    "huawei-scharger": Make("", "ACChargePoint"),
    "openevse": Make("OpenEVSE", "Open", "4.2.2"),
    "schneider-evlink": Make("Schneider Electric", "EVlink"),
    "teison": Make("TEISON", "TeisonMe@7KW", "V1.5@25238bf+100"),
    "timxon-a0": Make("Timxon", "A0"),
    "wallbox": Make("Wall Box Chargers", "CPB1-S-2-4", "6.6.20"),
    "wallbox-pulsar-plus-3p": Make("Wall Box Chargers", "PLP1-M-2-4", "6.7.38"),
}
"""What a station of each file says when it boots, as it stands in the sources."""


@pytest.fixture
def families() -> Families:
    return Families([SHIPPED_DRIVERS[1] / "stations"])


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_driver_is_recognised_by_what_its_stations_say_of_themselves(path: Path, families: Families) -> None:
    family, make = load(path), MAKES[path.stem]
    found = families.of(None, make._asdict())
    assert family.name in [each.name for each in found]
    quirk = put_together(found)
    assert effects(quirk) or quirk.notes
    assert families.of(None, {"vendor": "edgegw", "model": "Virtual station", "firmware": "1.0"}) == ()
    assert all("#" in source or "://" in source for source in family.sources)


def test_there_are_files_for_at_least_fifteen_families() -> None:
    assert len(SHIPPED) >= 15


def test_each_key_of_the_schema_is_one_that_some_place_asks_for() -> None:
    schema = json.loads((SHIPPED_DRIVERS[1] / "schema" / "station.json").read_text())
    known = {field.name for field in fields(Quirk)} - {"names", "notes"}
    assert set(schema["properties"]["does"]["properties"]) == known


def test_nothing_that_is_learned_lets_more_flow_than_was_asked_for() -> None:
    for does in LEARNED.values():
        assert 0 < does.get("pause_a", 0.1) < 6


async def charging(house: Served, station: Station, **car: Any) -> None:
    await station.until(lambda: station.booted)
    station.plug(Car(**car))
    assert await station.present("CARD1")
    await station.until(lambda: station.places[1].power_w > 0 and not station.waiting)


async def told(house: Served, station: Station, *names: str) -> dict[str, float]:
    """The newest reading that holds `names`."""

    def values() -> dict[str, float]:
        latest = house.hub.latest(f"stations/{station.id}/1")
        return {} if latest is None else dict(latest.sample.values)

    await house.until(lambda: all(values().get(name) for name in names))
    return values()


async def follows(house: Served, station: Station, limit_a: float) -> dict[str, Any]:
    """Give a set point to a station; the profile that it has taken."""
    result = await house.server.orders.apply_setpoint(Setpoint(station.id, 1, limit_a, life_s=120))
    assert result.accepted, result
    asked: dict[str, Any] = station.heard("SetChargingProfile")[-1]
    return dict(asked.get("csChargingProfiles") or asked["chargingProfile"])


def schedule_of(profile: dict[str, Any]) -> dict[str, Any]:
    schedule = profile["chargingSchedule"]
    return dict(schedule[0] if isinstance(schedule, list) else schedule)


def limits(profile: dict[str, Any]) -> Iterable[float]:
    return [period["limit"] for period in schedule_of(profile)["chargingSchedulePeriod"]]


LIMITED = [
    ("abb-terra-ac", ["level_zero_only"]),
    ("abb-terra-ac-1.8", ["level_zero_only", "absolute_refused", "zero_limit_refused"]),
    ("autel-maxicharger", ["ampere_refused", "no_units"]),
    ("efr-secc", ["ampere_refused"]),
    ("go-e", ["level_zero_refused"]),
    ("huawei-scharger", ["ampere_refused"]),
    ("timxon-a0", ["tx_profile_refused", "absolute_refused"]),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("name", "faults"), LIMITED, ids=lambda each: each if isinstance(each, str) else "")
async def test_a_station_that_is_particular_about_profiles_takes_them_and_never_draws_more(
    name: str, faults: list[str], version: Any, tmp_path: Path
) -> None:
    async with (
        served(tmp_path, defaults=lambda station: {1: 8.0}) as house,
        house.station(version, make=MAKES[name], faults=faults) as station,
    ):
        await house.until(lambda: station.booted and house.server.links.live("CP01").peculiar.lasting_a == {1: 8.0})
        place = station.places[1]
        await station.until(lambda: place.offered_a <= 8.0)
        await follows(house, station, 0.0)
        assert place.offered_a == 0.0
        await follows(house, station, 7.0)
        assert 0 < place.offered_a <= 7.0
        await charging(house, station)
        for limit_a in (10.0, 6.0, 0.0):
            await follows(house, station, limit_a)
            assert place.offered_a <= limit_a
        assert house.hub.state.quirks == {}  # nothing had to be learned


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_relative_limit_ends_with_its_life_though_it_counts_from_the_start(
    version: Any, tmp_path: Path
) -> None:
    async with (
        served(tmp_path, defaults=lambda station: {1: 8.0}) as house,
        house.station(version, make=MAKES["timxon-a0"], faults=["absolute_refused", "tx_profile_refused"]) as station,
    ):
        await charging(house, station)
        running = house.transactions[0]
        profile = await follows(house, station, 12.0)
        passed_s = (house.hub.now() - running.started_at).total_seconds()
        assert profile["chargingProfileKind"] == "Relative"
        assert 120 <= schedule_of(profile)["duration"] <= 121 + passed_s
        assert "startSchedule" not in schedule_of(profile)
        held = max(station.profiles, key=lambda each: each.level)
        ends_in = (held.valid_to - house.hub.now()).total_seconds()
        assert 115 < ends_in <= 121


@pytest.mark.parametrize("name", ["evbox-elvi", "schneider-evlink", "wallbox"])
async def test_a_purpose_that_a_family_refuses_is_refused_here_in_words(name: str, tmp_path: Path) -> None:
    async with (
        served(tmp_path) as house,
        house.station(make=MAKES[name], faults=["max_profile_refused"]) as station,
    ):
        await station.until(lambda: station.booted)
        profile = {"limit_a": 10, "purpose": "station_max_profile"}
        outcome = await house.command("set_charging_profile", station="CP01", evse=0, profile=profile)
        assert (outcome.state, outcome.reason) == (
            "rejected", "this station is known to refuse ChargePointMaxProfile",
        )  # fmt: skip
        assert station.heard("SetChargingProfile") == []


@pytest.mark.parametrize("version", VERSIONS)
async def test_kwh_labelled_wh_are_wh_a_thousand_times(version: Any, tmp_path: Path) -> None:
    async with (
        served(tmp_path) as house,
        house.station(version, make=MAKES["openevse"], faults=["kwh_as_wh"]) as station,
    ):
        await station.until(lambda: station.booted)
        station.places[1].register_wh = 361_400.0
        station.tell_readings(1)
        assert (await told(house, station, "import_wh"))["import_wh"] == 361_000


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_current_of_one_phase_stands_for_all(version: Any, tmp_path: Path) -> None:
    async with (
        served(tmp_path) as house,
        house.station(version, make=MAKES["enercab-smart"], faults=["one_current"]) as station,
    ):
        await charging(house, station)
        values = await told(house, station, "current_l1_a", "current_l2_a", "current_l3_a")
        assert values["current_l1_a"] == values["current_l2_a"] == values["current_l3_a"] > 0


async def test_power_that_is_not_told_is_worked_out(tmp_path: Path) -> None:
    async with (
        served(tmp_path) as house,
        house.station(make=MAKES["wallbox-pulsar-plus-3p"], faults=["no_power"]) as station,
    ):
        await charging(house, station)
        values = await told(house, station, "power_w")
        assert values["power_w"] == pytest.approx(station.places[1].power_w, rel=0.02)


async def test_an_export_in_wh_is_power(tmp_path: Path) -> None:
    reading = {"measurand": "Power.Active.Export", "unit": "Wh", "value": "500"}
    entry = {"timestamp": datetime.now(UTC).isoformat(), "sampledValue": [reading]}
    async with served(tmp_path) as house, house.station(make=MAKES["teison"]) as station:
        await station.until(lambda: station.booted)
        await station.connection.call("MeterValues", {"connectorId": 1, "meterValue": [entry]})
        assert (await told(house, station, "power_w"))["power_w"] == -500


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_meter_that_names_the_sites_phases_is_not_turned_by_the_wiring(version: Any, tmp_path: Path) -> None:
    from tests.support.hubs import a_site

    site = a_site()
    configured = site.stations["CP01"]
    turned = replace(configured, evses=(replace(configured.evses[0], phases=("L2", "L3", "L1")),))
    site = replace(site, stations={**site.stations, "CP01": turned})
    reading = {"measurand": "Current.Import", "phase": "L2", "value": "9.5" if version == "1.6" else 9.5}
    entry = {"timestamp": datetime.now(UTC).isoformat(), "sampledValue": [reading]}
    payload = {"connectorId" if version == "1.6" else "evseId": 1, "meterValue": [entry]}
    for make, phase in ((MAKES["evbox-elvi"], "l2"), (Make(), "l3")):
        async with served(tmp_path / phase, site) as house, house.station(version, make=make) as station:
            await station.until(lambda: station.booted)
            await station.connection.call("MeterValues", payload)
            latest = house.hub.latest("stations/CP01/1")
            assert latest is not None
            assert latest.sample.values == {f"current_{phase}_a": 9.5}


async def test_a_station_that_cannot_bear_a_call_around_its_boot_gets_none_and_is_not_asked_to_boot(
    tmp_path: Path, families: Families
) -> None:
    quirk = put_together(families.of(None, MAKES["wallbox"]._asdict()))
    assert (quirk.quiet_after_boot_s, quirk.boot_on_request) == (20, False)
    async with (
        served(tmp_path, defaults=lambda station: {1: 8.0}) as house,
        house.station(make=MAKES["wallbox"]) as station,
        house.station(id="CP02") as other,
    ):
        await house.until(lambda: other.heard("SetChargingProfile") and station.booted)
        await station.until(lambda: station.said("StatusNotification"))
        assert station.heard("SetChargingProfile") == []


async def test_a_station_without_pongs_is_not_pinged(families: Families) -> None:
    assert not put_together(families.of(None, MAKES["en-plus"]._asdict())).pings


async def test_local_time_told_as_utc_is_put_right_from_the_first_word_on(tmp_path: Path) -> None:
    from tests.support.hubs import a_site

    site = replace(a_site(), timezone="America/Sao_Paulo")
    async with (
        served(tmp_path, site) as house,
        house.station(make=MAKES["growatt-thor"], faults=["local_time"]) as station,
    ):
        await house.until(lambda: "CP01/1/1" in house.hub.state.connectors)
        told = house.facts(StationStatusChanged)
        assert all(abs((fact.at - house.hub.now()).total_seconds()) < 30 for fact in told)
        assert all(round((fact.at - fact.told_at).total_seconds()) == 3 * 3600 for fact in told)
        assert station.booted


def test_the_configuration_has_the_last_word(families: Families) -> None:
    boot = MAKES["abb-terra-ac-1.8"]._asdict()
    assert [each.name for each in families.of(None, boot)] == ["abb-terra-ac-1.8", "abb-terra-ac"]
    assert [each.name for each in families.of("go-e", boot)] == ["go-e"]
    assert families.quirk("none", None, None) is PLAIN


def test_every_fault_of_the_virtual_stations_has_a_meaning() -> None:
    used = {fault for _, faults in LIMITED for fault in faults}
    assert used <= set(FAULTS)
