"""The API beside the real neighbours: what they say has the shape that is described and shown."""

from __future__ import annotations

from pathlib import Path

from edgegw.load.outlook import Outlook
from edgegw.load.service import LoadLoop
from edgegw.model import facts as f
from edgegw.model.commands import Setpoint, SetpointResult
from edgegw.model.samples import MeterSample
from edgegw.stations.server import StationServer
from edgegw.stations.settings import OcppSettings
from edgegw.stations.surroundings import Surroundings
from edgegw.stations.tolerances import Reception, Tolerances
from edgegw.web.neighbours import Neighbours
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub, start
from tests.web.served import running, serving
from tests.web.test_metrics import values
from tests.web.test_openapi import named


async def test_what_the_load_loop_decides_is_shown_per_phase_and_evse(tmp_path: Path) -> None:
    clock = FakeClock()
    given: list[Setpoint] = []

    async def obey(setpoint: Setpoint) -> SetpointResult:
        given.append(setpoint)
        return SetpointResult(setpoint, accepted=True)

    async with a_hub(tmp_path, clock) as hub:
        loop = LoadLoop(hub, obey, {"supply": "grid"})
        async with serving(hub, tmp_path, Neighbours(load=loop.snapshot)) as web:
            before = (await web.guest.get("/api/v1/circuits")).json["items"]
            await hub.record(
                f.StationConnected(at=clock.now(), station="CP01", ocpp="1.6"),
                f.StationStatusChanged(at=clock.now(), station="CP01", evse=1, connector=1, status="charging"),
            )
            await hub.request(start(clock))
            currents = dict.fromkeys(("current_l1_a", "current_l2_a", "current_l3_a"), 12.0)
            hub.observe([MeterSample("meters/grid", clock.now(), currents)])
            async with running(loop):
                while not given:
                    loop.turn()
                    await hub.flush()
            (main,) = (await web.guest.get("/api/v1/circuits")).json["items"]
            station = (await web.guest.get("/api/v1/stations/CP01")).json
            found = values((await web.guest.get("/metrics")).body.decode())
    named("Circuit").validate(before[0])
    named("Circuit").validate(main)
    named("Station").validate(station)
    assert main["phases"]["L2"]["measured_a"] == 12.0
    assert station["evses"][0]["setpoint"]["setpoint_a"] == given[-1].limit_a
    assert found["edgegw_circuit_measured_amperes", (("circuit", "main"), ("phase", "L2"))] == 12.0


async def test_what_was_learned_of_a_station_is_shown_to_all_and_forgotten_by_an_installer(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        server = StationServer(hub, OcppSettings(), {}, around=Surroundings(hub))
        about = {"at": clock.now(), "station": "CP01"}
        await hub.record(
            f.StationQuirkLearned(**about, quirk="no_pong", evidence="3 pings without a pong"),
            f.StationClockOff(**about, skew_s=95.0, fault="off"),
        )
        async with serving(
            hub, tmp_path, Neighbours(peculiar=server.peculiarities.of, forget=server.peculiarities.forget)
        ) as web:
            before = (await web.guest.get("/api/v1/stations/CP01")).json
            path = "/api/v1/stations/CP01/quirks/no_pong"
            assert (await web.guest.ask("DELETE", path)).status in (401, 403)
            after = (await web.installer.ask("DELETE", path)).json
            assert (await web.installer.ask("DELETE", path)).status == 404
    named("Station").validate(before)
    named("Station").validate(after)
    assert (before["skew_s"], before["clock_fault"]) == (95.0, "off")
    assert before["quirks"]["effects"] == {"pings": False}
    assert [each["evidence"] for each in before["quirks"]["learned"]] == ["3 pings without a pong"]
    assert after["quirks"]["learned"] == []


async def test_what_a_station_is_let_off_with_is_shown_with_it(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub:
        kept = Tolerances(hub.now)
        Reception("CP01", "1.6", kept).take("Authorize", "request", {"idTag": 4711})
        async with serving(hub, tmp_path, Neighbours(tolerated=kept.of)) as web:
            station = (await web.guest.get("/api/v1/stations/CP01")).json
            found = values((await web.guest.get("/metrics")).body.decode())
    named("Station").validate(station)
    (tolerated,) = station["tolerated"]
    assert (tolerated["kind"], tolerated["where"], tolerated["count"]) == ("text_as_number", "Authorize: idTag", 1)
    assert "4711" not in str(tolerated)
    assert found["edgegw_ocpp_tolerated_total", (("kind", "text_as_number"),)] >= 1


async def test_what_the_outlook_expects_is_shown_with_its_error_and_measured(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        outlook = Outlook(hub, {"supply": "grid"})
        async with serving(hub, tmp_path, Neighbours(forecast=outlook.snapshot)) as web:
            before = (await web.guest.get("/api/v1/forecast")).json
            for _ in range(3 * 60):
                hub.observe([MeterSample("meters/grid", clock.now(), {"power_w": 7000.0})])
                clock.advance(60)
            await hub.flush()
            clock.advance(60)
            await outlook.look()
            after = (await web.guest.get("/api/v1/forecast")).json
            found = values((await web.guest.get("/metrics")).body.decode())
    for shown in (before, after):
        named("Forecast").validate(shown)
    assert before["quarters"] == []
    assert after["quarters"][0]["building"] == {"mean_w": 7000, "low_w": 0, "high_w": 7000}
    assert found["edgegw_forecast_watts", (("of", "building"),)] == 7000
    assert found["edgegw_forecast_days", (("of", "cars"),)] == 0.1
    assert found["edgegw_forecast_error_watts", (("ahead", "hour"), ("of", "building"))] == 0


async def test_where_nothing_is_forecast_the_answer_says_why(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path, Neighbours()) as web:
        answer = await web.guest.get("/api/v1/forecast")
    assert (answer.status, answer.kind) == (404, "not-found")
    assert "names no supply" in answer.json["detail"]
