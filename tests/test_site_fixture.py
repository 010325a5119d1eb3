"""The `site` fixture: a test of a whole hub takes three lines, in every version of OCPP."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgegw.model import facts as f
from edgegw.stations.codec import Version
from tests.support.hubs import a_site
from tests.support.site import Refused, VirtualSite

every_version = pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])


@every_version
async def test_a_charge_is_billed(site: VirtualSite, version: Version) -> None:
    station = await site.station("CP01", version)
    await station.start(import_wh=1_000)
    await site.advance(3600)
    await station.stop(import_wh=11_000)
    assert site.bills() == ["20.00"]


@every_version
async def test_a_blocked_card_is_refused_and_the_attempt_written_down(site: VirtualSite, version: Version) -> None:
    answer = await (await site.station("CP01", version)).start(id_token="CARD2")
    assert (answer.get("idTagInfo") or answer["idTokenInfo"])["status"] == "Blocked"
    assert len(site.facts("transaction_started")) == 1


@every_version
async def test_a_charge_that_pauses_is_told(site: VirtualSite, version: Version) -> None:
    station = await site.station("CP02", version)
    await station.start(evse=2)
    for state in ("Charging", "SuspendedEV", "Charging"):
        await site.advance(60)
        await station.charging_state(state, evse=2)
    told = site.facts("energy_transfer_started", "transaction_suspended", "transaction_resumed")
    assert [fact.type for fact in told] == ["energy_transfer_started", "transaction_suspended", "transaction_resumed"]


@every_version
async def test_meter_values_are_seen_and_the_register_is_a_fact_in_time(site: VirtualSite, version: Version) -> None:
    station = await site.station("CP01", version)
    await station.start()
    await site.advance(900)
    await station.meter_values(import_wh=2_500, power_w=10_000, current_l1_a=14.5)
    latest = site.hub.latest("stations/CP01/1")
    assert latest is not None
    assert latest.sample.values == {"import_wh": 2_500, "power_w": 10_000, "current_l1_a": 14.5}
    await site.hub.flush()
    assert [fact.reason for fact in site.facts("transaction_metered") if isinstance(fact, f.TransactionMetered)] == [
        "begin", "periodic",
    ]  # fmt: skip


@every_version
async def test_a_command_reaches_the_station_and_its_answer_is_the_outcome(site: VirtualSite, version: Version) -> None:
    station = await site.station("CP01", version)
    station.answers["Reset"] = {"status": "Rejected"}
    assert (await site.command("reset", station="CP01", kind="soft")).state == "rejected"
    assert (await site.command("unlock_connector", station="CP01", evse=1)).state == "done"
    asked = ("GetConfiguration", "GetVariables")  # by the errands of a station that has booted
    assert [action for action, _ in station.heard if action not in asked] == ["Reset", "UnlockConnector"]


async def test_a_station_that_stays_silent_leaves_a_start_open_until_a_minute_has_passed(site: VirtualSite) -> None:
    station = await site.station("CP01", "1.6")
    station.answers["Reset"] = station.answers["RemoteStartTransaction"] = lambda payload: None
    assert (await site.command("reset", station="CP01", kind="soft")).state == "unknown"  # nothing would ever tell
    start = await site.command("start_transaction", id="s", station="CP01", evse=1, id_token="CARD1")
    assert start.state == "dispatched"
    await site.advance(61)
    assert site.hub.state.commands["s"].state == "unknown"


async def test_a_remote_start_is_told_by_the_transaction_that_follows(site: VirtualSite) -> None:
    station = await site.station("CP01", "1.6")
    await site.command("start_transaction", id="s", station="CP01", evse=1, id_token="CARD1")
    await station.start()
    assert [row.remote_start for row in site.hub.state.transactions.values()] == ["s"]


async def test_a_transaction_goes_on_after_a_restart(site: VirtualSite) -> None:
    station = await site.station("CP01", "1.6")
    await station.start(import_wh=0)
    await site.restart()
    await station.connect()
    await station.stop(import_wh=5_000)
    await station.hang_up()
    assert site.bills() == ["10.00"]


async def test_a_second_connection_of_a_station_takes_over(site: VirtualSite) -> None:
    first = await site.station("CP01", "1.6")
    await site.station("CP01", "1.6")
    assert first.link.closed
    assert site.server.links.connected == {"CP01"}
    assert [fact.type for fact in site.facts("station_connected", "station_disconnected")] == [
        "station_connected", "station_disconnected", "station_connected",
    ]  # fmt: skip


async def test_a_station_that_is_not_configured_waits_for_the_installer(site: VirtualSite) -> None:
    station = await site.station("NEW", "2.1", boot=False)
    assert (await station.boot())["status"] == "Pending"
    with pytest.raises(Refused, match="SecurityError"):
        await station.call("Heartbeat")
    await site.command("accept_station", station="NEW")
    assert (await station.boot())["status"] == "Accepted"


async def test_a_meter_is_read_as_time_passes_and_goes_stale(site: VirtualSite) -> None:
    grid = site.meter("grid")
    await grid.reads(power_w=4_200.0)
    await site.advance(10, every=1)
    latest = site.hub.latest("meters/grid")
    assert latest is not None
    assert (latest.age_s, latest.sample.at) == (0.0, site.clock.now())
    await grid.falls_silent()
    await site.advance(10, every=1)
    assert site.hub.state.meters["grid"].stale
    late = site.hub.latest("meters/grid")
    assert late is not None
    assert late.age_s == 10.0
    await grid.reads(power_w=1.0)
    assert not site.hub.state.meters["grid"].stale


async def test_another_site_is_a_context_manager(tmp_path: Path) -> None:
    async with VirtualSite(tmp_path, a_site(unknown_stations="accept")) as site:
        station = await site.station("NEW", "1.6")
        assert (await station.call("Heartbeat"))["currentTime"].startswith("2026-03-02T12:00")


async def test_a_ledger_that_is_not_whole_fails_the_test(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        async with VirtualSite(tmp_path) as site:
            await site.hub.journal.call(lambda store: store._connection.execute("DELETE FROM tariffs"))
