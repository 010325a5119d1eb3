"""`edgegw meters scan` as an installer types it, on a line at its pace and through gateways of both kinds."""

import asyncio
import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from edgegw.meters import scan_cli
from edgegw.meters.drivers import DriverCatalogue
from edgegw.meters.line import SerialLine, TcpLine
from edgegw.meters.modbus import ModbusTransport
from edgegw.meters.registers import Known, SerialSettings
from edgegw.meters.scan import Scan, likely_units, serial_settings
from tests.meters.lines import cable, em340, sdm630
from tests.meters.peer import Peer, Server, rtu
from tests.meters.wire import Wire


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgegw.meters.scan.PATIENCE_S", 0.05)
    monkeypatch.setattr("edgegw.meters.scan_cli.ALL_UNITS", tuple(range(1, 30)))
    monkeypatch.setattr("edgegw.meters.scan.NETWORK_PATIENCE_S", 0.05)
    monkeypatch.setattr("edgegw.meters.scan.IDENTIFY_S", 0.3)
    monkeypatch.setattr("edgegw.meters.scan.SILENCE_S", 0.005)


async def typed(*words: str) -> int:
    return await asyncio.to_thread(scan_cli.main, ["scan", *words])


def known_em340() -> Server:
    meter = em340()
    meter.hold(3, 0x0B, 341)
    return meter


async def test_meters_are_found_with_their_settings_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rs485"
    with Wire(path, Peer({2: sdm630(), 7: known_em340(), 14: sdm630()}), 38400, heed_baud=True):
        assert await typed("--serial", str(path)) == 0
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert [line.split(":")[0] for line in lines if line.startswith("unit")] == [
        "unit 2, 38400 8N1", "unit 7, 38400 8N1", "unit 14, 38400 8N1",
    ]  # fmt: skip
    assert "Eastron SDM630" in lines[0]
    assert "volts, amperes and watts are possible" in lines[0]
    assert "Carlo Gavazzi EM330, EM340" in lines[2]
    assert f"driver: eastron-sdm630, unit: 2, connection: {{serial: {path}, baud: 38400" in lines[1]
    assert "this takes at most" in told.err


async def test_a_transparent_gateway_and_one_of_modbus_tcp_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    for serve, framing in ((rtu, "rtu"), (None, "tcp")):
        async with Peer({3: sdm630()}).on_tcp(serve) as port:
            assert await typed("--host", "127.0.0.1", "--port", str(port), "--units", "2-4", "--json") == 0
        (found,) = json.loads(capsys.readouterr().out)
        assert found["unit"] == 3
        assert found["connection"] == {"host": "127.0.0.1", "port": port, "framing": framing}
        assert "eastron-sdm630" in {row["driver"] for row in found["drivers"]}


async def test_behind_a_gateway_that_tells_of_silent_meters_all_units_are_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    units = {number: Server(exception=11) for number in range(1, 248)} | {1: sdm630(), 27: sdm630()}
    async with Peer(units).on_tcp() as port:
        assert await typed("--host", "127.0.0.1", "--port", str(port), "--json") == 0
    assert [row["unit"] for row in json.loads(capsys.readouterr().out)] == [1, 27]


async def test_a_meter_that_answers_to_every_unit_id_is_one_meter(capsys: pytest.CaptureFixture[str]) -> None:
    async with Peer({number: sdm630() for number in range(1, 248)}).on_tcp() as port:
        assert await typed("--host", "127.0.0.1", "--port", str(port)) == 0
    assert capsys.readouterr().out.count("it answers to every unit id") == 1


async def test_what_a_meter_says_of_itself_goes_before_what_its_values_look_like() -> None:
    em = DriverCatalogue().get("carlo-gavazzi-em340")
    assert em.identity is not None
    told = replace(em, identity=replace(em.identity, known=(Known(341, "EM341", 345),)))
    async with Peer({1: known_em340()}).on_tcp() as port:
        line = TcpLine("127.0.0.1", port)
        scan = Scan([line], [1], [1], [replace(em, name="twin", identity=None), told], ModbusTransport)
        found = [one async for one in scan.run()]
    ((match,),) = [one.matches for one in found]
    assert match.driver == "carlo-gavazzi-em340"
    assert "341 is that of EM341" in match.why


async def test_an_adapter_that_is_pulled_out_meanwhile_ends_it_with_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with cable(tmp_path) as (ours, _):
        scanning = asyncio.create_task(typed("--serial", str(ours), "--baud", "9600"))
        await asyncio.sleep(0.5)
    async with asyncio.timeout(10):
        assert await scanning == 1
    assert "is the adapter plugged in" in capsys.readouterr().err


async def test_an_unknown_meter_is_found_without_a_driver(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Wire(tmp_path / "rs485", Peer({9: Server(exception=2)}), 115200):
        assert await typed("--serial", str(tmp_path / "rs485"), "--units", "9", "--baud", "115200") == 0
    assert "unit 9, 115200 8N1: no driver fits" in capsys.readouterr().out


async def test_an_adapter_that_echoes_hides_no_meter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Wire(tmp_path / "rs485", Peer({4: sdm630()}), 115200) as wire:
        wire.faults.echo = True
        assert await typed("--serial", str(tmp_path / "rs485"), "--units", "3-5", "--baud", "115200", "--json") == 0
    assert [row["unit"] for row in json.loads(capsys.readouterr().out)] == [4]


async def test_nobody_is_told_with_what_to_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Wire(tmp_path / "rs485", Peer({}), 115200):
        assert await typed("--serial", str(tmp_path / "rs485"), "--units", "1-2", "--baud", "9600") == 1
    assert "swap A and B" in capsys.readouterr().err


async def test_on_a_screen_it_shows_what_is_asked_and_how_long_it_can_take(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with Wire(tmp_path / "rs485", Peer({4: sdm630()}), 9600):
        assert await typed("--serial", str(tmp_path / "rs485"), "--units", "3-4", "--baud", "9600") == 0
    shown = capsys.readouterr().err
    assert re.search(r"\(9600 8N1\): unit 3 \(0 s of at most \d+ s\)", shown)
    assert shown.endswith("\r\x1b[K")


async def test_a_port_that_is_in_use_is_left_alone_and_its_holder_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rs485"
    with Wire(path, Peer({1: sdm630()}), 115200):
        holder = ModbusTransport(SerialLine(str(path), SerialSettings(115200)))
        await holder.connect()
        assert await typed("--serial", str(path), "--units", "1") == 1
        holder.close()
        await asyncio.sleep(0)
    told = capsys.readouterr().err
    assert "another program uses it" in told
    assert "pytest" in told
    assert "systemctl stop edgegw" in told


def test_the_time_is_bounded_and_told_before() -> None:
    catalogue = DriverCatalogue()
    drivers = [catalogue.get(name) for name in catalogue.names()]
    lines = [SerialLine("/dev/ttyUSB0", settings) for settings in serial_settings(drivers)]
    likely = likely_units(drivers)
    scan = Scan(lines, likely, range(1, 248), drivers, ModbusTransport)
    assert scan.longest_s < 600
    assert {driver.serial for driver in drivers if driver.serial} <= {line.serial for line in lines}


@pytest.mark.parametrize("words", ["", "scan", "scan --serial a --host b", "scan --host a --units 0", "oops"])
def test_wrong_usage_is_told_with_2(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert scan_cli.main(words.split()) == 2
    assert "usage: edgegw meters" in capsys.readouterr().err
