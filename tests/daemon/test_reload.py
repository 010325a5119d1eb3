"""A running gateway reads its file again: by SIGHUP and by `edgegw reload`."""

from __future__ import annotations

import asyncio
import base64
import json
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from edgegw.cli import main
from edgegw.daemon.control import Refused
from tests.daemon.gateways import Running, closed, gateway, station
from tests.meters.lines import em340
from tests.meters.peer import Peer


def reload(running: Running, *options: str) -> int:
    return main(["reload", "-c", str(running.file), *options])


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"}


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline, "it did not become so"
        time.sleep(0.02)


def test_sighup_brings_a_good_file_into_force_and_leaves_what_did_not_change() -> None:
    with gateway() as running:
        running.ready()
        with station(running) as one:
            assert one.boot()["interval"] == 300
            running.write(ocpp=", heartbeat: 60s")
            running.forget()
            running.signal(signal.SIGHUP)
            running.until("RELOADING=1")
            assert running.told[-1].startswith("MONOTONIC_USEC=")
            running.until("READY=1")
            assert one.boot()["interval"] == 60  # over the same connection
        assert "configuration reloaded: site" in running.log.read_text()
        assert running.stop() == 0


def test_a_wrong_file_changes_nothing_and_the_status_says_so_until_a_good_one_comes() -> None:
    with gateway() as running:
        running.ready()
        good = running.file.read_text()
        running.file.write_text(good.replace("CP01", "CP 01"))
        running.signal(signal.SIGHUP)
        running.status(
            "0 of 1 stations connected, 0 charging; the edited configuration is refused, the old one is in force: "
            f"{running.file}:4:13: stations[0].id: 'CP 01' is not allowed"
        )
        with station(running) as one:
            assert one.boot()["status"] == "Accepted"
        running.file.write_text(good)
        running.forget()
        running.signal(signal.SIGHUP)
        assert running.status("0 of 1").endswith("0 charging")
        assert running.stop() == 0


def test_the_command_waits_for_the_result(capsys: pytest.CaptureFixture[str]) -> None:
    with gateway() as running:
        running.ready()
        assert reload(running) == 0
        assert capsys.readouterr().out == "reloaded: nothing had changed\n"
        running.write(
            more="tariffs: {default: {energy_kwh: '1'}}\nlog: {level: debug}\ntracing: {otlp: http://127.0.0.1:4318}\n"
        )
        text = running.file.read_text()
        running.file.write_text(text.replace("/store}", "/elsewhere, linger: 5s}"))
        assert reload(running) == 0
        assert capsys.readouterr().out.splitlines() == [
            "reloaded: site, log",
            "storage counts from the next start on",
            "tracing counts from the next start on",
        ]
        assert reload(running, "--json") == 0
        outcome = json.loads(capsys.readouterr().out)
        assert (outcome["state"], outcome["result"]["changed"]) == ("done", [])
        assert running.api().ask("GET", "/api/v1/config/effective")["configuration"]["storage"]["linger"] == "15s"
        assert running.stop() == 0


def test_the_command_prints_every_error_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    with gateway() as running:
        running.ready()
        running.write(stations="[{id: CP 01}]", more="nothing: 1\n")
        assert reload(running) == 1
        lines = capsys.readouterr().err.splitlines()
        assert [line.split(": ")[:3] for line in lines[:-1]] == [
            ["edgegw", f"{running.file}:4:13", "stations[0].id"], ["edgegw", f"{running.file}:6:1", "nothing"],
        ]  # fmt: skip
        assert lines[-1] == "edgegw: the old configuration stays in force"
        assert reload(running, "--json") == 1
        assert json.loads(capsys.readouterr().out)["state"] == "failed"
        assert running.stop() == 0


def test_stations_that_go_come_or_change_are_taken_at_their_new_word() -> None:
    with gateway(stations="[{id: CP01}, {id: CP02}, {id: CP03}]", ocpp=", unknown_stations: reject") as running:
        running.ready()
        with pytest.raises(InvalidStatus, match="404"), station(running, "CP04"):
            pass
        with station(running, "CP01") as stays, station(running, "CP02") as goes, station(running, "CP03") as changes:
            for one in (stays, goes, changes):
                one.boot()
            running.write(
                stations="[{id: CP01, name: Vaga 1}, {id: CP03, evses: [{id: 1}, {id: 2}]}, {id: CP04}]",
                ocpp=", unknown_stations: reject",
            )
            assert reload(running) == 0
            assert closed(goes) == 1012
            assert closed(changes) == 1012
            assert stays.call("Heartbeat", {})
        with pytest.raises(InvalidStatus, match="404"), station(running, "CP02"):
            pass
        with station(running, "CP04") as new:
            assert new.boot()["status"] == "Accepted"
        assert running.stop() == 0


def test_a_connected_station_gets_the_low_default_limit_of_the_new_configuration() -> None:
    def amperes(profile: dict[str, Any]) -> float:
        assert profile["chargingProfilePurpose"] == "TxDefaultProfile"
        return float(profile["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"])

    with gateway(more="supply: {limit_a: 63, fallback_a: 16}\n") as running:
        running.ready()
        with station(running) as one:
            one.boot()
            assert amperes(one.profile()) == 16
            running.write(more="supply: {limit_a: 63, fallback_a: 10}\n")
            assert reload(running) == 0
            assert amperes(one.profile()) == 10
        assert running.stop() == 0


def test_a_station_that_was_away_when_its_default_was_lowered_counts_at_its_maximum_until_it_comes() -> None:
    def reserved_a(running: Running) -> float:
        setpoint = running.api().ask("GET", "/api/v1/stations/CP01")["evses"][0]["setpoint"] or {"reserved_a": -1}
        return float(setpoint["reserved_a"])

    with gateway(more="supply: {limit_a: 63, fallback_a: 16}\n") as running:
        running.ready()
        with station(running) as one:
            one.boot()
            one.profile()
            until(lambda: reserved_a(running) == 16)
        until(lambda: not running.api().ask("GET", "/api/v1/stations/CP01")["connected"])
        running.write(more="supply: {limit_a: 63, fallback_a: 20}\n")
        assert reload(running) == 0
        until(lambda: reserved_a(running) == 20)
        running.write(more="supply: {limit_a: 63, fallback_a: 10}\n")
        assert reload(running) == 0
        until(lambda: reserved_a(running) == 32)
        with station(running) as one:
            one.boot()
            one.profile()
            until(lambda: reserved_a(running) == 10)
        assert running.stop() == 0


def test_a_new_password_counts_from_the_next_connection(capsys: pytest.CaptureFixture[str]) -> None:
    with gateway(stations="[{id: CP01, security_profile: 1, password: {credential: cp01}}]") as running:
        folder = running.folder / "credentials"
        folder.mkdir()
        (folder / "cp01").write_text("first-password-16\n")
        running.ready()
        with station(running, additional_headers=basic("CP01", "first-password-16")) as one:
            one.boot()
            (folder / "cp01").write_text("other-password-16\n")
            assert reload(running) == 0
            assert capsys.readouterr().out == "reloaded: passwords\n"
            assert one.call("Heartbeat", {})
        with pytest.raises(InvalidStatus, match="401"):  # noqa: SIM117
            with station(running, additional_headers=basic("CP01", "first-password-16")):
                pass
        with station(running, additional_headers=basic("CP01", "other-password-16")) as one:
            assert one.boot()["status"] == "Accepted"
        assert running.stop() == 0


def test_the_stations_port_moves_and_not_to_one_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with gateway() as running, socket.create_server(("127.0.0.1", 0)) as taken:
        running.ready()
        old, running.port = running.port, taken.getsockname()[1]
        running.write()
        assert reload(running) == 1
        fault = f"edgegw: ocpp.listen[0]: can't listen on 127.0.0.1:{running.port}: the port is in use"
        assert capsys.readouterr().err.splitlines()[0] == fault
        new, running.port = running.port, old
        with station(running) as one:
            one.boot()
            taken.close()
            running.port = new
            running.write()
            assert reload(running) == 0
            assert closed(one) == 1012
        with station(running) as one:
            assert one.boot()["status"] == "Accepted"
        assert running.stop() == 0


def test_a_renewed_certificate_is_shown_and_a_broken_one_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with gateway() as running:
        certificate, key = running.folder / "hub.pem", running.folder / "hub.key"

        def renew() -> str:
            words = f"openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=hub -keyout {key} -out {certificate}"
            subprocess.run(words.split(), check=True, capture_output=True)
            return certificate.read_text()

        first = renew()
        tls = f"tls: {{certificate: {certificate}, key: {key}}}"
        running.file.write_text(running.file.read_text().replace("address:", f"{tls}, address:"))
        running.ready()
        assert ssl.get_server_certificate(("127.0.0.1", running.port)) == first
        second = renew()
        assert reload(running) == 0
        assert capsys.readouterr().out == "reloaded: listeners\n"
        assert ssl.get_server_certificate(("127.0.0.1", running.port)) == second
        key.write_text("no key")
        assert reload(running) == 1
        assert f"ocpp.listen[0].tls: certificate {certificate} with key {key}" in capsys.readouterr().err
        assert ssl.get_server_certificate(("127.0.0.1", running.port)) == second
        assert running.stop() == 0


def test_pages_and_the_control_socket_come_go_and_move() -> None:
    with gateway() as running:
        running.ready()
        text = running.file.read_text()
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        running.file.write_text(
            text.replace("listen: null", f"listen: '127.0.0.1:{port}'") + "metrics: {listen: '127.0.0.1:0'}\n"
        )
        assert reload(running) == 0
        services = running.api().ask("GET", "/api/v1/site")["services"]
        assert {services[name]["state"] for name in ("web", "metrics", "control")} == {"running"}
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            pass
        running.file.write_text(text.replace("control.sock", "moved.sock"))
        running.signal(signal.SIGHUP)
        until(lambda: (running.folder / "moved.sock").exists())
        until(lambda: not (running.folder / "control.sock").exists())
        assert reload(running) == 0
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", port), timeout=5)
        assert running.stop() == 0


async def test_a_changed_meter_is_probed_first_and_stale_never_absent_while_it_is_swapped(
    capsys: pytest.CaptureFixture[str],
) -> None:
    peer = Peer({1: em340(), 2: em340()})
    async with peer.on_tcp() as port:
        with gateway() as running:
            await asyncio.to_thread(_swap, running, port, peer, capsys)


def _meters(port: int, unit: int) -> str:
    connection = f"connection: {{host: 127.0.0.1, port: {port}}}"
    return f"meters: [{{id: grid, measures: supply, driver: carlo-gavazzi-em340, unit: {unit}, {connection}}}]\n"


def _swap(running: Running, port: int, peer: Peer, capsys: pytest.CaptureFixture[str]) -> None:
    running.write(more=_meters(port, 1))
    running.ready()

    def meter() -> dict[str, Any]:
        (one,) = running.api().ask("GET", "/api/v1/meters")["items"]
        assert one["id"] == "grid"
        return dict(one)

    until(lambda: meter()["reading"] is not None)

    running.write(more=_meters(port, 3))  # nobody there
    assert reload(running) == 1
    assert "meter grid: " in capsys.readouterr().err
    assert not meter()["stale"]
    assert [fact["data"]["reason"] for fact in running.facts("meter_stale")] == []

    running.write(more=_meters(port, 2))
    assert reload(running) == 0
    assert capsys.readouterr().out == "reloaded: meters\n"
    until(lambda: meter()["stale"] is False)
    assert [fact["data"]["reason"] for fact in running.facts("meter_stale")] == ["its settings were changed"]
    assert len(running.facts("meter_recovered")) == 1
    asked = len(peer.asked(1))
    until(lambda: len(peer.asked(2)) > 10)
    assert len(peer.asked(1)) == asked
    assert running.stop() == 0


def test_a_supply_brings_a_forecast_and_one_that_goes_takes_it_along() -> None:
    with gateway() as running:
        running.ready()
        with pytest.raises(Refused, match="names no supply"):
            running.api().ask("GET", "/api/v1/forecast")
        running.write(more="supply: {limit_a: 63}\n")
        assert reload(running) == 0
        until(lambda: running.api().ask("GET", "/api/v1/forecast")["ready"])
        shown = running.api().ask("GET", "/api/v1/forecast")
        assert (shown["timezone"], shown["building"], shown["quarters"]) == ("UTC", None, [])
        assert running.api().ask("GET", "/api/v1/site")["services"]["forecast"]["state"] == "running"
        running.write()
        assert reload(running) == 0
        with pytest.raises(Refused, match="names no supply"):
            running.api().ask("GET", "/api/v1/forecast")
        assert running.stop() == 0
