"""`edgegw doctor` as its user runs it: beside a gateway, and without one beside real ports, meters and brokers."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from edgegw.daemon.doctor import machine, neighbours
from edgegw.daemon.doctor.certificates import certificates
from edgegw.daemon.program import again
from edgegw.settings import load
from edgegw.simulate import Feeder, Meter, Station
from tests.support.certificates import Authority
from tests.support.gateway import CHECKOUT, GatewayProcess, IngestProcess, until
from tests.support.mosquitto import Mosquitto
from tests.support.ports import free_port

pytestmark = pytest.mark.timeout(120)

OF_THIS_MACHINE = {
    "no_network", "clock_unsynced", "clock_no_battery", "disk_small", "disk_full", "card_worn", "card_worn_out",
}  # fmt: skip
"""What may be so of a machine that runs tests."""


def doctor(file: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edgegw", "doctor", "-c", str(file), *words], cwd=CHECKOUT, capture_output=True,
        text=True, timeout=60, check=False, env={**os.environ, "LC_ALL": "C.UTF-8", **environment},
    )  # fmt: skip


def found(file: Path) -> dict[str, dict[str, Any]]:
    """Findings by kind, but for those that this machine may have anyway."""
    done = doctor(file, "--json")
    assert done.stderr == ""
    rows = json.loads(done.stdout)
    assert done.returncode == (1 if any(each["level"] == "bad" for each in rows) else 0)
    return {each["kind"]: each for each in rows if each["kind"] not in OF_THIS_MACHINE}


def written(folder: Path, **more: Any) -> Path:
    file = folder / "e.yaml"
    sound = {
        "site": {"id": "test-01"}, "storage": {"path": str(folder / "store")}, "stations": [{"id": "CP01"}],
        "ocpp": {"listen": [{"address": "127.0.0.1", "port": free_port()}]},
        "web": {"listen": None, "control": str(folder / "control.sock")},
    }  # fmt: skip
    file.write_text(json.dumps(sound | more))
    return file


def test_a_wrong_file_is_told_with_the_machine_around_it(tmp_path: Path) -> None:
    file = tmp_path / "e.yaml"
    file.write_text(f"site: {{id: TEST}}\nstations: []\nweb: {{control: {tmp_path}/control.sock}}\n")
    seen = found(file)
    assert seen.keys() == {"file_wrong", "hub_away"}
    assert f"{file}:1:8" in seen["file_wrong"]["what"]
    assert seen["file_wrong"]["subject"] == "site.id"


def test_without_a_gateway_ports_certificates_meters_and_brokers_are_tried_from_here(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    mine, other = authority.issue("hub", days=1), authority.issue("other")
    port, nobody = free_port(), free_port()
    with socket.create_server(("127.0.0.1", port)):
        file = written(
            tmp_path,
            ocpp={"listen": [
                {"address": "127.0.0.1", "port": port},
                {"address": "127.0.0.1", "port": free_port(),
                 "tls": {"certificate": str(mine), "key": str(other.with_suffix(".key"))}},
            ]},
            meters=[
                {"id": "grid", "measures": "supply", "driver": "eastron-sdm630",
                 "connection": {"host": "127.0.0.1", "port": nobody}},
                {"id": "pv", "measures": "solar", "driver": "eastron-sdm630",
                 "connection": {"serial": str(tmp_path / "ttyUSB7")}},
            ],
            uplink={"brokers": [f"mqtt://127.0.0.1:{nobody}"]},
            stations=[{"id": "CP01", "password": {"credential": "cp01"}}],
        )  # fmt: skip
        seen = found(file)
    assert seen.keys() == {
        "hub_away", "port_taken", "certificate_key", "certificate_expiring", "meter_silent", "serial_absent",
        "broker_away", "credential_missing",
    }  # fmt: skip
    assert seen["credential_missing"]["mend"] == "sudo edgegw credential set cp01"
    assert f"(pid {os.getpid()})" in seen["port_taken"]["what"]
    assert str(port) in seen["port_taken"]["mend"]
    assert "belongs to another certificate" in seen["certificate_key"]["what"]
    assert seen["serial_absent"]["subject"] == "meters[1].connection.serial"
    assert "Connection refused" in seen["broker_away"]["what"]


async def test_a_meter_and_a_broker_that_answer_are_nothing_to_tell(tmp_path: Path) -> None:
    feeder = Feeder(("L1", "L2", "L3"), False, [230.0] * 3, [10.0] * 3, [2300.0] * 3, [0.0] * 3, [1000.0] * 3, 0.0)
    meter = Meter(feeder)
    async with meter.serve() as port:
        with Mosquitto(tmp_path) as broker:
            file = written(
                tmp_path,
                meters=[{"id": "grid", "measures": "supply", "driver": "eastron-sdm630",
                         "connection": {"host": "127.0.0.1", "port": port}}],
                uplink={"brokers": [f"mqtt://127.0.0.1:{broker.port}"]},
            )  # fmt: skip
            assert (await asyncio.to_thread(found, file)).keys() == {"hub_away"}
            meter.fault = "silence"
            silent = await asyncio.to_thread(found, file)
    assert silent["meter_silent"]["mend"].endswith(
        f"edgegw drivers read eastron-sdm630 --host 127.0.0.1 --port {port} --framing tcp --unit 1"
    )


async def test_a_running_gateway_tells_of_its_stations_and_the_way_to_the_cloud_and_back(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker:
        url = f"mqtt://127.0.0.1:{broker.port}"
        with GatewayProcess(tmp_path, broker=url) as gateway:
            await until(lambda: gateway.get("/site")["uplink"]["connected"])
            seen = await asyncio.to_thread(found, gateway.file)
            assert seen.keys() == {"station", "watermark_missing"}
            assert "ws://HUB:PORT/ocpp/CP01" in seen["station"]["mend"]
            with IngestProcess(tmp_path, url):
                async with Station("CP01", "1.6", url=gateway.url) as station:
                    await station.until(lambda: station.booted)
                    assert await asyncio.to_thread(found, gateway.file) == {}
                async with Station("CP09", "1.6", url=gateway.url) as stranger:
                    await stranger.until(lambda: stranger.connected)
                    told = await asyncio.to_thread(doctor, gateway.file, "--language", "pt-BR")
    assert "RUIM   CP01: Está ausente desde" in told.stdout
    assert "RUIM   CP09: Espera que alguém a aceite (ocpp.unknown_stations)." in told.stdout
    assert "conserto: Se é daqui: edgegw stations accept CP09" in told.stdout
    assert told.returncode == 1


def test_a_damaged_ledger_is_told(tmp_path: Path) -> None:
    with GatewayProcess(tmp_path) as gateway:
        pass
    assert "ledger_damaged" not in found(gateway.file)
    with sqlite3.connect(gateway.database) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'facts'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with gateway.database.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * size)
    assert found(gateway.file)["ledger_damaged"]["level"] == "bad"


def test_findings_are_told_with_why_and_what_mends_them_in_the_terminals_language(tmp_path: Path) -> None:
    done = doctor(written(tmp_path), LC_ALL="es_ES.UTF-8")
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"MAL    edgegw: {tmp_path}/control.sock: ")
    assert lines[1].startswith("      por qué:  Las estaciones cargan")
    assert lines[2] == "      remedio: sudo systemctl start edgegw; journalctl -u edgegw -n 50"
    assert lines[-1].startswith("1 mal, ")


def test_a_gateway_on_its_last_good_configuration_is_told_with_the_edit_that_is_wrong(tmp_path: Path) -> None:
    gateway = GatewayProcess(tmp_path)
    with gateway:
        for _ in range(100):
            if (gateway.database.parent / "last-good.yaml").exists():
                break
            time.sleep(0.05)
    gateway.written["site"]["id"] = "PAULISTA"
    gateway.write()
    with gateway:
        seen = found(gateway.file)
    assert seen.keys() == {"file_wrong", "last_good_in_force", "station"}
    assert "'PAULISTA' is not allowed" in seen["last_good_in_force"]["what"]


def test_a_vault_that_gives_nothing_is_told(tmp_path: Path) -> None:
    file = written(
        tmp_path, stations=[{"id": "CP01", "password": {"credential": "vault:stations#cp01"}}],
        secrets={"vault": {"url": f"http://127.0.0.1:{free_port()}", "path": "secret/edgegw"}},
    )  # fmt: skip
    seen = found(file)
    assert seen.keys() == {"hub_away", "credential_missing", "vault_away"}
    assert seen["credential_missing"]["mend"].endswith("credential set vault-token")
    assert "vault:stations#cp01" in seen["vault_away"]["what"]


def test_the_voices_own_check_is_asked_for_where_she_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "edgegw"
    monkeypatch.setattr(sys, "argv", [str(program)])
    monkeypatch.setattr("edgegw.daemon.doctor.neighbours.is_installed", lambda: True)
    file = written(tmp_path, voice={"enabled": True})
    settings = load(file).settings

    def said(script: str) -> list[tuple[str, bool, str]]:
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return [(each.part, each.good, each.text) for each in neighbours.voice(settings, file)]

    rows = '[{"part": "key", "good": true, "text": "there"}, {"part": "hub", "good": false, "text": "$*"}]'
    assert said(f"echo '{rows.replace('$*', 'away')}'; exit 1") == [("key", True, "there"), ("hub", False, "away")]
    assert said("echo 'edgegw: voice is broken' >&2; exit 78") == [("check", False, "voice is broken")]
    monkeypatch.setattr("edgegw.daemon.doctor.neighbours.is_installed", lambda: False)
    assert said("exit 1") == []


def test_the_launcher_of_a_package_is_called_again_and_not_its_interpreter(tmp_path: Path) -> None:
    launcher = tmp_path / "edgegw"
    launcher.write_text("#!/bin/sh\n")
    assert again("doctor", argv=[str(launcher)]) == [sys.executable, "-m", "edgegw", "doctor"]
    launcher.chmod(0o755)
    assert again("doctor", argv=[str(launcher)]) == [str(launcher), "doctor"]
    assert again("doctor", argv=["/x/edgegw/__main__.py"]) == [sys.executable, "-m", "edgegw", "doctor"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_what_only_the_gateway_may_see_is_nothing_wrong_to_somebody_else(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    certificate = Authority(hidden).issue("hub", days=400)
    tls = {"certificate": str(certificate), "key": str(certificate.with_suffix(".key"))}
    listen = {"address": "127.0.0.1", "port": free_port(), "tls": tls}
    settings = load(written(tmp_path, ocpp={"listen": [listen]}, storage={"path": str(hidden)})).settings
    (hidden / "journal.db").write_bytes(b"no ledger")
    assert machine.disk(settings).damage is not None
    hidden.chmod(0o700)
    os.seteuid(65534)
    try:
        assert machine.disk(settings).damage is None
        (one,) = certificates(settings)
    finally:
        os.seteuid(0)
    assert (one.fault, one.key_fault, one.expires_at) == (None, None, None)
    (one,) = certificates(settings)
    assert one.expires_at is not None
