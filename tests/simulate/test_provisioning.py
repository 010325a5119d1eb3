"""What virtual stations are set to when they come, over a real websocket, in every version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edgegw.core.variables import key_of
from edgegw.model import facts as f
from edgegw.simulate import Station
from edgegw.stations.settings import Provision
from tests.simulate.served import VERSIONS, Served, served
from tests.support.hubs import a_site

all_versions = pytest.mark.parametrize("version", VERSIONS)
SAMPLES = {
    "1.6": "MeterValueSampleInterval", "2.0.1": "SampledDataCtrlr.TxUpdatedInterval",
    "2.1": "SampledDataCtrlr.TxUpdatedInterval",
}  # fmt: skip
ATTEMPTS = {
    "1.6": "TransactionMessageAttempts", "2.0.1": "OCPPCommCtrlr.MessageAttempts",
    "2.1": "OCPPCommCtrlr.MessageAttempts",
}  # fmt: skip
ALIGNED = {
    "1.6": "ClockAlignedDataInterval", "2.0.1": "AlignedDataCtrlr.Interval", "2.1": "AlignedDataCtrlr.Interval"
}  # fmt: skip


async def provisioned(gateway: Served, times: int = 1) -> dict[str, Any]:
    await gateway.until(lambda: len(gateway.facts(f.StationProvisioned)) == times)
    return {each["setting"]: each for each in gateway.facts(f.StationProvisioned)[-1].settings}


def written(station: Any) -> int:
    return len(station.heard("ChangeConfiguration")) + len(station.heard("SetVariables"))


@all_versions
async def test_a_station_is_set_to_what_keeps_its_records_whole(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path, calm_s=0) as gateway, gateway.station(version, meter_every_s=900) as station:
        station.cabinet.most_items = 3
        told = await provisioned(gateway)
        assert (told["sample_interval"]["status"], told["sample_interval"]["value"]) == ("set", "30")
        assert station.meter_every_s == 30
        assert station.settings[ATTEMPTS[version]] == "10"
        assert station.settings[ALIGNED[version]] == "900"
        assert told["heartbeat"] == {"setting": "heartbeat", "status": "in_place", "value": "300"}
        assert told["websocket_ping"]["status"] == "lacking"
        component, _, name = ATTEMPTS[version].rpartition(".")
        instance = "TransactionEvent" if component else None
        assert gateway.hub.state.variables[key_of("CP01", component, name, instance)].value == "10"
        sizes = [len(each["key"]) for each in station.heard("GetConfiguration") if "key" in each]  # not the inventory's
        sizes += [len(each["getVariableData"]) for each in station.heard("GetVariables")]
        assert max(sizes) == 3, "no more than the station takes in a message"


def asked_of(station: Station) -> list[Any]:
    """What it was asked about its settings. Whether a 2.1 station reckons prices is asked each time that it comes."""
    reckons = [{"component": {"name": "TariffCostCtrlr"}, "variable": {"name": "Enabled", "instance": "Tariff"}}]
    told = [*station.heard("GetConfiguration"), *station.heard("GetVariables")]
    return [each for each in told if each.get("getVariableData") != reckons]


@all_versions
async def test_a_station_that_only_lost_its_connection_is_left_alone(tmp_path: Path, version: Any) -> None:
    site = a_site(display_cost="off")  # that is asked at each connection
    async with served(tmp_path, site, calm_s=0) as gateway, gateway.station(version) as station:
        await provisioned(gateway)
        await gateway.until(lambda: not gateway.server.visits)
        asked = len(asked_of(station))
        station.cut()
        await gateway.until(lambda: not gateway.hub.state.stations["CP01"].connected)
        station.restore()
        await gateway.until(lambda: len(gateway.facts(f.StationConnected)) == 2)
        await station.until(lambda: gateway.server.links.live("CP01").ready)
        await gateway.until(lambda: not gateway.server.visits)
        assert asked == len(asked_of(station))


@all_versions
async def test_one_that_restarts_is_read_again_and_nothing_is_written_or_told_twice(
    tmp_path: Path, version: Any
) -> None:
    async with served(tmp_path, calm_s=0) as gateway, gateway.station(version, meter_every_s=900) as station:
        await provisioned(gateway)
        before = written(station)
        station.reboot("PowerUp", down_s=0.05)
        await gateway.until(lambda: len(gateway.facts(f.StationBooted)) == 2)
        await gateway.until(lambda: not gateway.server.visits)
        assert written(station) == before
        assert len(gateway.facts(f.StationProvisioned)) == 1


@all_versions
async def test_a_limit_of_the_station_counts(tmp_path: Path, version: Any) -> None:
    """1.6 can't say its limits, so a longer interval is tried; 2.x tells MinSet."""
    async with served(tmp_path, calm_s=0) as gateway, gateway.station(version, meter_every_s=900) as station:
        station.cabinet.bounds = {SAMPLES[version]: (45, 3600)}
        told = await provisioned(gateway)
        best = "60" if version == "1.6" else "45"
        assert told["sample_interval"] == {"setting": "sample_interval", "status": "limited", "value": best}
        station.reboot("PowerUp", down_s=0.05)
        await gateway.until(lambda: len(gateway.facts(f.StationBooted)) == 2)
        await gateway.until(lambda: not gateway.server.visits)
        assert len(gateway.facts(f.StationProvisioned)) == 1, "what it took last is what it takes"


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_a_wish_is_cut_to_the_most_that_a_station_tells(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path, calm_s=0) as gateway, gateway.station(version) as station:
        station.cabinet.bounds = {ATTEMPTS[version]: (1, 4)}
        told = await provisioned(gateway)
        assert told["message_attempts"] == {"setting": "message_attempts", "status": "limited", "value": "4"}


@all_versions
async def test_what_a_station_refuses_is_not_asked_again_until_its_firmware_is_another(
    tmp_path: Path, version: Any
) -> None:
    async with served(tmp_path, calm_s=0) as gateway, gateway.station(version) as station:
        station.cabinet.bounds = {ATTEMPTS[version]: (1, 3)}
        station.cabinet.lacks = {ALIGNED[version]}
        station.settings[ATTEMPTS[version]] = "3"
        told = await provisioned(gateway)
        assert told["aligned_interval"]["status"] == "lacking"
        assert told["message_attempts"]["status"] in ("refused", "limited")
        before = written(station)
        station.reboot("PowerUp", down_s=0.05)
        await gateway.until(lambda: len(gateway.facts(f.StationBooted)) == 2)
        await gateway.until(lambda: not gateway.server.visits)
        assert written(station) == before


@all_versions
async def test_what_needs_a_restart_is_told_and_so_is_that_it_came(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path, calm_s=0) as gateway, gateway.station(version) as station:
        station.cabinet.after_restart = {ATTEMPTS[version]}
        told = await provisioned(gateway)
        assert told["message_attempts"]["status"] == "reboot_required"
        station.cabinet.after_restart = set()
        station.reboot("PowerUp", down_s=0.05)
        told = await provisioned(gateway, 2)
        assert told["message_attempts"] == {"setting": "message_attempts", "status": "in_place", "value": "10"}


@all_versions
async def test_a_site_may_wish_otherwise_or_nothing(tmp_path: Path, version: Any) -> None:
    own = Provision.model_validate({"sample_interval": None, "message_attempts": 7})
    wishes = Provision().with_own(own)
    about: Any = {"site": a_site(display_cost="off"), "calm_s": 0, "wishes": lambda station: wishes}
    async with served(tmp_path, **about) as gateway, gateway.station(version, meter_every_s=900) as station:
        told = await provisioned(gateway)
        assert "sample_interval" not in told
        assert station.meter_every_s == 900
        assert station.settings[ATTEMPTS[version]] == "7"
    wishes = Provision(enabled=False)
    async with served(tmp_path / "other", **about) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        await gateway.until(lambda: gateway.server.links.live("CP01").ready and not gateway.server.visits)
        assert [each for each in asked_of(station) if each] == []  # without a key: the inventory
        assert written(station) == 0
