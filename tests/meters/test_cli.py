"""`edgegw drivers` as an installer types it."""

import asyncio
import contextlib
import json
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from edgegw.meters import cli
from edgegw.meters.drivers import DriverCatalogue
from tests.drivers.golden import GOLDEN, Golden
from tests.meters.lines import cable, em340, sdm630
from tests.meters.peer import Peer, Server


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgegw.meters.trial.BETWEEN_S", 0.01)


async def typed(*words: str) -> int:
    """`edgegw drivers WORDS`, in a thread of its own as it brings its own loop."""
    return await asyncio.to_thread(cli.main, list(words))


def test_the_list_names_each_driver_with_its_factory_settings(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["list"]) == 0
    assert "eastron-sdm630" in (shown := capsys.readouterr().out)
    assert "unit 1, 9600 8N1" in shown
    assert cli.main(["list", "--json"]) == 0
    assert {row["name"] for row in json.loads(capsys.readouterr().out)} == set(DriverCatalogue().names())


def test_a_good_file_is_told_with_its_cost_and_a_wrong_one_with_its_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = DriverCatalogue().path("eastron-sdm630")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(good.read_text().replace("type: f32", "type: float", 1))
    assert cli.main(["check", str(good)]) == 0
    assert cli.main(["check", str(good), str(wrong)]) == 78
    told = capsys.readouterr()
    assert "115 ms of the bus a sample" in told.out
    assert "wrong.yaml:25: points[0].type" in told.err


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["read"],
        ["read", "x", "--host", "a", "--serial", "b"],
        ["frobnicate"],
        ["read", "x", "--host", "a", "--port", "99999"],
        ["read", "x", "--host", "a", "--unit", "256"],
    ],
)
def test_wrong_usage_is_told_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(words) == 2
    assert "usage: edgegw drivers" in capsys.readouterr().err


def test_help_is_good(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    assert "list | check | read" in capsys.readouterr().out


def test_an_unknown_driver_is_told_with_78(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["read", "eastron", "--host", "127.0.0.1"]) == 78
    assert "there is no meter driver 'eastron'" in capsys.readouterr().err


async def test_a_meter_is_read_with_all_its_values_and_units(capsys: pytest.CaptureFixture[str]) -> None:
    async with Peer({7: em340()}).on_tcp() as port:
        assert (
            await typed("read", "carlo-gavazzi-em340", "--host", "127.0.0.1", "--port", str(port), "--unit", "7") == 0
        )
    lines = {line.split()[0]: line.split(maxsplit=1)[1] for line in capsys.readouterr().out.splitlines()}
    assert lines["voltage_l1_v"].split() == ["230.100", "V", "good"]
    assert lines["import_wh"].split() == ["91,132,600", "Wh", "good"]
    assert lines["power_factor"].split() == ["0.000", "good"]
    assert lines["model"] == "code: 341 (EM330, EM340, ET330 or ET340)"


async def test_a_meter_is_read_as_json_over_a_serial_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with cable(tmp_path) as (ours, theirs), Peer({1: sdm630()}).on_tty(theirs):
        assert await typed("read", "eastron-sdm630", "--serial", str(ours), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["identity"] == "12345678"
    assert told["values"]["import_l1_wh"] == 3_000_000
    assert told["line"].endswith("(9600 8N1)")
    assert told["suspect"] == []


async def test_values_that_cannot_be_are_marked_and_the_exit_code_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    async with Peer({1: em340(volts=(2301, 23, 2298))}).on_tcp() as port:
        assert await typed("read", "carlo-gavazzi-em340", "--host", "127.0.0.1", "--port", str(port)) == 1
    assert "suspect: L2 reads 2.3 V" in capsys.readouterr().out


async def test_a_meter_that_does_not_answer_is_told_with_what_to_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with cable(tmp_path) as (ours, theirs), Peer({1: Server(silent=True)}).on_tty(theirs):
        assert await typed("read", "carlo-gavazzi-em340", "--serial", str(ours)) == 1
    assert "check its power, A and B of the bus, the unit id and the serial settings" in capsys.readouterr().err


async def test_of_a_meter_that_is_not_there_nothing_but_that_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    async with Peer({1: em340()}).on_tcp() as port:
        where = ("--host", "127.0.0.1", "--port", str(port))
        assert await typed("read", "carlo-gavazzi-em340", *where, "--unit", "7") == 1
    told = capsys.readouterr()
    assert "not available" not in told.out
    assert f"check the unit id; edgegw meters scan --host 127.0.0.1 --port {port} tries them all" in told.err


async def test_a_meter_that_does_not_speak_udp_is_told_to_be_tried_by_tcp(capsys: pytest.CaptureFixture[str]) -> None:
    async with on_udp(Server(silent=True)) as port:
        where = ("--host", "127.0.0.1", "--port", str(port), "--framing", "udp")
        assert await typed("read", "carlo-gavazzi-em340", *where) == 1
    assert "few meters speak Modbus over UDP; try framing: tcp" in capsys.readouterr().err


class Datagrams(asyncio.DatagramProtocol):
    """Modbus TCP's frames in datagrams, one answer to each."""

    def __init__(self, meter: Server) -> None:
        self.peer = Peer({1: meter})
        self.answers: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        task = asyncio.ensure_future(self._answer(data, addr))
        self.answers.add(task)
        task.add_done_callback(self.answers.discard)

    async def _answer(self, data: bytes, addr: tuple[str, int]) -> None:
        number, _, _, unit = struct.unpack(">HHHB", data[:7])
        if (answer := await self.peer.answer(unit, data[7:])) is not None:
            sender, pdu = answer
            self.transport.sendto(struct.pack(">HHHB", number, 0, len(pdu) + 1, sender) + pdu, addr)


@contextlib.asynccontextmanager
async def on_udp(meter: Server) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: Datagrams(meter), local_addr=("127.0.0.1", 0))
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


async def test_a_meter_that_speaks_udp_alone_is_read_so_without_being_told(capsys: pytest.CaptureFixture[str]) -> None:
    golden = Golden(next(path for path in GOLDEN if path.stem == "victron-vm-3p75ct"))
    async with on_udp(Server(registers=dict(golden.cells))) as port:
        assert await typed("read", "victron-vm-3p75ct", "--host", "127.0.0.1", "--port", str(port), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["line"].endswith("(udp framing)")
    assert told["values"] == pytest.approx(golden.values)
    assert told["model"] == "VM-3P75CT"
    assert told["unverified"]


async def test_each_value_is_told_with_its_unit_and_quality_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    meter = em340(volts=(2301, 23, 2298))
    async with Peer({1: meter}).on_tcp() as port:
        assert await typed("read", "carlo-gavazzi-et340", "--host", "127.0.0.1", "--port", str(port), "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["driver"] == "carlo-gavazzi-em340"
    assert (told["units"]["voltage_l2_v"], told["quality"]["voltage_l2_v"]) == ("V", "suspect")
    assert told["quality"]["voltage_l1_v"] == "good"
    assert told["suspect"][0].startswith("L2 reads 2.3 V")


async def test_a_meter_with_its_own_network_port_is_unit_1_there(capsys: pytest.CaptureFixture[str]) -> None:
    golden = Golden(next(path for path in GOLDEN if path.stem == "siemens-pac3200"))
    async with Peer({1: Server(registers=dict(golden.cells))}).on_tcp() as port:
        assert await typed("read", "siemens-pac2200", "--host", "127.0.0.1", "--port", str(port)) == 0
    shown = capsys.readouterr().out
    assert "unit 1 at" in shown
    assert "frequency_hz" in shown
    assert "good, unverified" in shown


async def test_setup_is_repeated_when_something_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    async with Peer({1: em340(volts=(0, 0, 0))}).on_tcp() as port:
        assert await typed("read", "carlo-gavazzi-em340", "--host", "127.0.0.1", "--port", str(port)) == 1
    assert "at the meter: Measurement mode B (bidirectional)" in capsys.readouterr().out
