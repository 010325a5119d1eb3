"""`edgegw init` as an installer runs it: with a file of answers, at a terminal, beside meters and stations."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edgegw.cli import main
from edgegw.daemon.init.answers import Answers, site_id, time_zone
from edgegw.daemon.init.looking import adapters, identity_in, knocking
from edgegw.daemon.init.writing import configuration
from edgegw.settings import load
from edgegw.simulate import Feeder, Meter, Station
from tests.daemon.gateways import CHECKOUT
from tests.support.ports import free_port

pytestmark = pytest.mark.timeout(90)


def init(folder: Path, answers: str | None, *words: str) -> subprocess.CompletedProcess[str]:
    if answers is not None:
        (folder / "answers.yaml").write_text(answers)
        words = ("--answers", str(folder / "answers.yaml"), *words)
    return subprocess.run(
        [sys.executable, "-m", "edgegw", "init", "-c", str(folder / "etc" / "e.yaml"), *words], cwd=CHECKOUT,
        capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def test_a_few_answers_become_a_file_that_check_accepts_and_what_is_next(tmp_path: Path) -> None:
    done = init(tmp_path, (
        "id: paulista-01\nname: 'Hub: Paulista'\ntimezone: America/Sao_Paulo\nserial: []\nstations: [CP01, '007']\n"
        "supply: {limit_a: 63, voltage_v: 127, building_max_a: 20}\nenergy_kwh: '1.89'\n"
        "broker: mqtts://mqtt.example.com:8883\nusername: paulista-01\n"
        "meters: [{id: grid, measures: supply, driver: eastron-sdm630, unit: 2, connection: {host: 10.0.0.9}}]\n"
    ))  # fmt: skip
    file = tmp_path / "etc" / "e.yaml"
    assert (done.returncode, done.stderr) == (0, "")
    settings = load(file).settings
    assert settings.site.name == "Hub: Paulista"
    assert [station.id for station in settings.stations] == ["CP01", "007"]
    assert (settings.meters[0].unit, settings.supply and settings.supply.limit_a) == (2, 63.0)
    assert main(["check", str(file)]) == 0
    assert [path.name for path in file.parent.iterdir()] == ["e.yaml"]
    steps = re.findall(r"^  \d\. (.*)$", done.stdout, re.MULTILINE)
    assert steps[0] == "its secret: sudo edgegw credential set mqtt"
    assert steps[1].endswith("sudo systemctl enable --now edgegw")
    assert re.search(r"ws://\S+:9000/ocpp/", steps[2])
    assert steps[3].endswith("sudo edgegw doctor")


def test_an_empty_file_of_answers_takes_all_defaults(tmp_path: Path) -> None:
    assert init(tmp_path, "serial: []\n").returncode == 0
    settings = load(tmp_path / "etc" / "e.yaml").settings
    assert (settings.site.timezone, settings.stations) == (time_zone(), [])


def test_a_configuration_is_never_written_over_unasked(tmp_path: Path) -> None:
    assert init(tmp_path, "id: first\nserial: []\n").returncode == 0
    file = tmp_path / "etc" / "e.yaml"
    again = init(tmp_path, "id: second\nserial: []\n")
    assert (again.returncode, again.stderr) == (
        1,
        f"edgegw: {file} is there and stays as it is; --force writes over it\n",
    )
    assert load(file).settings.site.id == "first"
    assert init(tmp_path, "id: second\nserial: []\n", "--force").returncode == 0
    assert load(file).settings.site.id == "second"
    assert load(file.with_name("e.yaml.old")).settings.site.id == "first"


def test_wrong_answers_are_told_with_their_places_and_nothing_is_written(tmp_path: Path) -> None:
    done = init(tmp_path, "id: PAULISTA\nport: x\nsupplies: 1\nsupply: {limit_a: 0}\n")
    place = tmp_path / "answers.yaml"
    assert done.returncode == 78
    assert (
        done.stderr.splitlines()[0]
        == f"edgegw: {place}:1:1: id: 'PAULISTA' is not allowed; allowed: 1 to 48 of a-z, 0-9 and -"
    )
    assert f"{place}:3:1: supplies: unknown key; did you mean supply?" in done.stderr
    assert f"{place}:4:10: supply.limit_a: 0 is out of range; it must be above 0" in done.stderr
    assert not (tmp_path / "etc").exists()


def test_answers_that_make_no_sound_site_are_told_and_shown(tmp_path: Path) -> None:
    done = init(tmp_path, "serial: []\nstations: [A]\ntimezone: Mars/Base\n")
    assert done.returncode == 78
    assert "Mars/Base" in done.stderr.splitlines()[0]
    assert str(tmp_path / "etc" / "e.yaml:") in done.stderr
    assert "so nothing was written:" in done.stderr
    assert list((tmp_path / "etc").iterdir()) == []


def test_without_a_terminal_answers_are_wanted(tmp_path: Path) -> None:
    done = init(tmp_path, None)
    assert (done.returncode, "--answers FILE" in done.stderr) == (2, True)


class Typing:
    """A person at a terminal of its own."""

    def __init__(self, *words: str) -> None:
        self.said = ""
        self._read = 0
        """So much of it has been looked for and found."""
        ours, theirs = pty.openpty()
        self._ours = ours
        self.process = subprocess.Popen(
            [sys.executable, "-m", "edgegw", "init", *words], cwd=CHECKOUT, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)

    def answer(self, question: str, text: str) -> None:
        self.until(question)
        os.write(self._ours, f"{text}\n".encode())

    def until(self, text: str, within_s: float = 20.0) -> None:
        deadline = time.monotonic() + within_s
        while (found := self.said.find(text, self._read)) < 0:
            assert time.monotonic() < deadline, f"no {text!r} in {self.said}"
            if select.select([self._ours], [], [], 0.1)[0]:
                try:
                    self.said += os.read(self._ours, 4096).decode()
                except OSError:  # it has ended
                    break
        assert found >= 0, self.said
        self._read = found + len(text)

    def ended(self) -> int:
        code = self.process.wait(20)
        os.close(self._ours)
        return code


def test_an_installer_is_asked_with_defaults_and_asked_again_when_an_answer_makes_no_sense(tmp_path: Path) -> None:
    file = tmp_path / "e.yaml"
    one = Typing("-c", str(file))
    one.answer("Site id", "Hub 7")
    one.until("is not allowed; allowed: 1 to 48 of a-z")
    one.answer("Site id", "hub-7")
    for question in ("What people call it", "Time zone", "Language", "Currency"):
        one.answer(question, "")
    one.answer("Price of a kWh", "1.89")
    for question in ("Port where", "Most amperes"):
        one.answer(question, "")
    one.answer("Main breaker", "63")
    one.answer("Phases", "2")
    one.answer("Phases", "")
    for question in ("Volts", "Most that the building", "Meters on the network", "MQTT broker"):
        one.answer(question, "")
    one.answer("Stations' identities", "CP01, CP02")
    one.until("next:")
    assert one.ended() == 0
    settings = load(file).settings
    assert (settings.site.id, settings.site.currency) == ("hub-7", "BRL")
    assert settings.supply is not None
    assert (settings.supply.limit_a, settings.supply.phases, settings.supply.voltage_v) == (63.0, 3, 127.0)
    assert [station.id for station in settings.stations] == ["CP01", "CP02"]
    again = Typing("-c", str(file))
    again.answer("Write over it", "")
    assert again.ended() == 1
    assert load(file).settings.site.id == "hub-7"


async def test_stations_that_knock_are_named_in_the_file_and_told_to_come_again(tmp_path: Path) -> None:
    port = free_port()
    url = f"ws://127.0.0.1:{port}/ocpp"
    running = asyncio.create_task(asyncio.to_thread(init, tmp_path, f"serial: []\nport: {port}\nlisten_for: 4s\n"))
    async with Station("CP01", "1.6", url=url, backoff_s=(0.1, 0.2)), Station("CP 2", "2.0.1", url=url), \
            Station("CP03", "2.0.1", url=url, backoff_s=(0.1, 0.2)):  # fmt: skip
        done = await running
    assert done.returncode == 0, done.stderr
    assert "CP01 from 127.0.0.1" in done.stdout
    stations = [station.id for station in load(tmp_path / "etc" / "e.yaml").settings.stations]
    assert sorted(stations) == ["CP01", "CP03"]


async def test_a_port_in_use_is_no_end(tmp_path: Path) -> None:
    async with await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        done = await asyncio.to_thread(init, tmp_path, f"serial: []\nport: {port}\nlisten_for: 1s\n")
    assert (done.returncode, f"port {port} can't be had" in done.stdout) == (0, True)


def test_only_an_opening_of_a_websocket_names_a_station() -> None:
    upgrade = b"Host: x\r\nUpgrade: websocket\r\n\r\n"
    assert identity_in(b"GET /ocpp/CP%2D01 HTTP/1.1\r\n" + upgrade) == "CP-01"
    assert identity_in(b"GET /CP01/?x=1 HTTP/1.1\r\n" + upgrade) == "CP01"
    assert identity_in(b"GET /ocpp/CP01 HTTP/1.1\r\nHost: x\r\n\r\n") is None
    assert identity_in(b"POST /ocpp/CP01 HTTP/1.1\r\n" + upgrade) is None
    assert identity_in(b"GET /ocpp/%00 HTTP/1.1\r\n" + upgrade) is None


async def test_who_says_nothing_keeps_no_station_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgegw.daemon.init.looking.HEAD_S", 0.2)
    port = free_port()
    listening = asyncio.create_task(knocking(port, 0.8, lambda line: None))
    await asyncio.sleep(0.1)
    _, silent = await asyncio.open_connection("127.0.0.1", port)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /ocpp/CP01 HTTP/1.1\r\nUpgrade: websocket\r\n\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 503")
    assert await listening == ["CP01"]
    for each in (silent, writer):
        each.close()


async def test_a_meter_that_answers_is_in_the_file_and_is_the_supplys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("edgegw.meters.scan.NETWORK_PATIENCE_S", 0.05)
    monkeypatch.setattr("edgegw.meters.scan.IDENTIFY_S", 0.3)
    feeder = Feeder(("L1", "L2", "L3"), False, [230.0] * 3, [10.0] * 3, [2300.0] * 3, [0.0] * 3, [1000.0] * 3, 0.0)
    file, answers = tmp_path / "e.yaml", tmp_path / "a.yaml"
    async with Meter(feeder, unit=3).serve() as port:
        answers.write_text(f"serial: []\nhosts: ['127.0.0.1:{port}']\nsupply: {{limit_a: 40}}\n")
        assert await asyncio.to_thread(main, ["init", "-c", str(file), "--answers", str(answers)]) == 0
    (meter,) = load(file).settings.meters
    assert (meter.driver, meter.unit, meter.measures) == ("eastron-sdm630", 3, "supply")
    assert "unit 3 at 127.0.0.1" in capsys.readouterr().out


def test_adapters_go_by_their_stable_names_where_there_are_some(tmp_path: Path) -> None:
    (tmp_path / "ttyUSB0").touch()
    assert adapters(tmp_path / "by-id", tmp_path) == [str(tmp_path / "ttyUSB0")]
    (tmp_path / "by-id").mkdir()
    (tmp_path / "by-id" / "usb-FTDI-port0").symlink_to("../ttyUSB0")
    assert adapters(tmp_path / "by-id", tmp_path) == [str(tmp_path / "by-id" / "usb-FTDI-port0")]


def test_a_host_and_a_machine_name_a_site(tmp_path: Path) -> None:
    assert site_id("Edge_Box.local") == "edge-box-local"
    assert site_id("ÄÖ") == "hub-01"
    (tmp_path / "zoneinfo" / "America").mkdir(parents=True)
    (tmp_path / "zoneinfo" / "America" / "Recife").touch()
    (tmp_path / "localtime").symlink_to(tmp_path / "zoneinfo" / "America" / "Recife")
    assert time_zone(tmp_path) == "America/Recife"
    (tmp_path / "timezone").write_text("Europe/Lisbon\n")
    assert time_zone(tmp_path) == "Europe/Lisbon"


@pytest.mark.parametrize("name", ["no", "1.5", "a: b", "Ä", "a #b", "-", "CP01", "a@b", "~", "'", "null"])
def test_any_text_is_the_same_text_in_the_file(tmp_path: Path, name: str) -> None:
    file = tmp_path / "e.yaml"
    file.write_text(configuration(Answers(id="a", name=name), [], []), encoding="utf-8")
    assert load(file).settings.site.name == name
