"""What goes wrong on an RS485 line, on one at its real pace: nothing wrong gets into a sample, and reading goes on."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edgegw.meters.bus import Bus
from edgegw.meters.drivers import DriverCatalogue
from edgegw.meters.line import SerialLine, TcpLine
from edgegw.meters.modbus import ModbusTransport
from edgegw.meters.registers import SerialSettings
from edgegw.meters.unit import Round
from tests.meters.lines import AMPS, VOLTS, WATTS, em340, sdm630
from tests.meters.peer import Peer, Server, rtu
from tests.meters.test_bus import Meter, reading
from tests.meters.wire import Wire

SDM630 = replace(DriverCatalogue().get("eastron-sdm630"), silence_s=0.01, answer_max_s=0.2)
EM340 = replace(DriverCatalogue().get("carlo-gavazzi-em340"), answer_max_s=0.2)
BAUD = 38400
GAP_S = 0.0017
"""A little less than what ends a frame, above 19200 baud."""


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgegw.meters.unit.SHORTEST_PATIENCE_S", 0.1)
    monkeypatch.setattr("edgegw.meters.unit.FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr("edgegw.meters.unit.LONGEST_PAUSE_S", 0.2)


@contextlib.asynccontextmanager
async def two_meters(folder: Path) -> AsyncIterator[tuple[Wire, Meter, Meter]]:
    path = folder / "rs485"
    with Wire(path, Peer({1: sdm630(), 2: em340()}), BAUD, silence_s=GAP_S) as wire:
        line = SerialLine(str(path), SerialSettings(BAUD))
        eastron, gavazzi = Meter(line, 1, SDM630), Meter(line, 2, EM340)
        async with reading(line, eastron, gavazzi):
            await eastron.until(3)
            yield wire, eastron, gavazzi
    assert wire.disturbed or wire.too_soon == 0


async def until(meter: Meter, true: Callable[[Round], bool]) -> None:
    """Until a round of `meter` that has not come yet is so."""
    async with asyncio.timeout(10):
        while not true((await meter.until(len(meter.rounds) + 1))[-1]):
            pass


def assert_nothing_wrong(eastron: Meter, gavazzi: Meter) -> None:
    for one in eastron.rounds:
        for n, (volts, amps, watts) in enumerate(zip(VOLTS, AMPS, WATTS, strict=True), 1):
            assert one.values.get(f"voltage_l{n}_v", volts) == pytest.approx(volts)
            assert one.values.get(f"current_l{n}_a", amps) == pytest.approx(amps)
            assert one.values.get(f"power_l{n}_w", watts) == pytest.approx(watts)
        assert one.values.get("import_wh", 9_113_250) == 9_113_250
    assert all(one.values.get("voltage_l1_v", 230.1) == pytest.approx(230.1) for one in gavazzi.rounds)


@pytest.mark.parametrize("late_s", [0.11, 0.15, 0.19, 0.25, 0.3])
async def test_an_answer_that_comes_late_is_nobodys(late_s: float, tmp_path: Path) -> None:
    async with two_meters(tmp_path) as (wire, eastron, gavazzi):
        for _ in range(4):
            wire.faults.late_s, wire.faults.late = late_s, 1
            await until(eastron, lambda one: bool(one.values))
            await until(gavazzi, lambda one: bool(one.values))
        wire.faults.late = 0
        await until(eastron, lambda one: one.trouble is None)
    assert_nothing_wrong(eastron, gavazzi)


async def test_after_a_silence_nobody_is_asked_until_the_meter_can_no_longer_answer(tmp_path: Path) -> None:
    async with two_meters(tmp_path) as (wire, eastron, gavazzi):
        count = len(wire.asked_at)
        wire.faults.swallow = 1
        bad = len(eastron.rounds) + len(gavazzi.rounds)
        await until(eastron, lambda one: one.trouble is None and bool(one.values))
        await until(gavazzi, lambda one: one.trouble is None and bool(one.values))
        assert len(eastron.rounds) + len(gavazzi.rounds) > bad
    pauses = [later - at for at, later in itertools.pairwise(wire.asked_at[count - 1 :])]
    assert max(pauses) >= SDM630.answer_max_s


async def test_the_silence_before_a_request_counts_from_what_others_said_too(tmp_path: Path) -> None:
    path, wants = tmp_path / "rs485", replace(SDM630, silence_s=0.06)
    with Wire(path, Peer({1: sdm630()}), BAUD, silence_s=0.06) as wire:
        line = SerialLine(str(path), SerialSettings(BAUD))
        meter = Meter(line, 1, wants)
        async with reading(line, meter):
            await meter.until(3)
            for _ in range(12):
                wire.say(b"\x55\xaa")
                await asyncio.sleep(0.21)
    # One or two of theirs may fall upon a request of ours.
    assert wire.too_soon <= 3


@pytest.mark.parametrize("fault", ["spoil", "swallow", "garble"])
async def test_a_bad_answer_costs_its_meter_a_round_and_nobody_a_wrong_value(fault: str, tmp_path: Path) -> None:
    """A turned bit, a lost answer, and two that talk at once."""
    async with two_meters(tmp_path) as (wire, eastron, gavazzi):
        for _ in range(3):
            setattr(wire.faults, fault, 2)
            await until(eastron, lambda one: one.trouble is None and bool(one.values))
            await until(gavazzi, lambda one: one.trouble is None and bool(one.values))
    bad = [one for one in (*eastron.rounds, *gavazzi.rounds) if one.trouble]
    assert bad
    assert all("did not answer" in (one.trouble or "") for one in bad)
    assert_nothing_wrong(eastron, gavazzi)


async def test_bytes_that_are_no_answer_are_told(tmp_path: Path) -> None:
    async with two_meters(tmp_path) as (wire, eastron, gavazzi):
        wire.faults.spoil = 1000
        await until(eastron, lambda one: "make no answer (another baud rate or parity" in (one.trouble or ""))
        wire.faults.spoil = 0
        await until(eastron, lambda one: one.trouble is None)
    assert_nothing_wrong(eastron, gavazzi)


async def test_noise_before_answers_does_not_make_values(tmp_path: Path) -> None:
    async with two_meters(tmp_path) as (wire, eastron, gavazzi):
        for noise in (b"\x00", b"\xff\xff", b"\x01\x04", bytes(range(40))):
            wire.faults.noise = noise
            await asyncio.sleep(0.3)
        wire.faults.noise = b""
        await until(eastron, lambda one: one.trouble is None)
    assert_nothing_wrong(eastron, gavazzi)


async def test_a_second_talker_does_not_make_values(tmp_path: Path) -> None:
    """Another master asks the same meter on the same wires, now and again while we wait for an answer."""
    async with two_meters(tmp_path) as (wire, eastron, gavazzi):
        for n in range(15):
            wire.say(bytes.fromhex("0104000000127007"), 0.02 * n)
        await asyncio.sleep(0.5)
        await until(eastron, lambda one: one.trouble is None)
        await until(gavazzi, lambda one: one.trouble is None)
    assert_nothing_wrong(eastron, gavazzi)


async def test_an_adapter_that_echoes_is_told_and_read_all_the_same(tmp_path: Path) -> None:
    async with two_meters(tmp_path) as (wire, eastron, gavazzi):
        wire.faults.echo = True
        await until(eastron, lambda one: "echoes what it sends" in (one.trouble or ""))
        await until(eastron, lambda one: one.trouble is None)
        seen = len(eastron.rounds)
        await eastron.until(seen + 3)
    assert not any(one.trouble for one in eastron.rounds[seen:])
    assert_nothing_wrong(eastron, gavazzi)


async def test_the_supply_is_read_in_time_beside_a_dead_unit(tmp_path: Path) -> None:
    path = tmp_path / "rs485"
    with Wire(path, Peer({1: sdm630(), 9: Server(silent=True)}), BAUD) as wire:
        line = SerialLine(str(path), SerialSettings(BAUD))
        alive, dead = Meter(line, 1, SDM630, 0.1, first=True), Meter(line, 9, SDM630, 0.1)
        async with reading(line, alive, dead):
            await dead.until(1)
            count, begun = len(alive.rounds), asyncio.get_running_loop().time()
            await alive.until(count + 20)
            took_s = asyncio.get_running_loop().time() - begun
    assert not any(one.trouble for one in alive.rounds)
    assert took_s < 20 * 0.1 * 3
    assert wire.too_soon == 0


@pytest.mark.parametrize(("ours", "theirs"), [("tcp", "rtu"), ("rtu", "tcp")])
async def test_a_gateway_that_is_set_to_the_other_framing_is_told(ours: str, theirs: str) -> None:
    async with Peer({1: sdm630()}).on_tcp(rtu if theirs == "rtu" else None) as port:
        line = TcpLine("127.0.0.1", port, "rtu" if ours == "rtu" else "tcp")
        meter = Meter(line, 1, SDM630)
        async with reading(line, meter):
            rounds = await meter.until(2)
    assert all(f"set framing: {theirs}" in (one.trouble or "") for one in rounds)


async def test_a_host_that_is_only_silent_is_not_told_to_have_another_framing() -> None:
    async with Peer({1: Server(silent=True)}).on_tcp() as port:
        line = TcpLine("127.0.0.1", port)
        meter = Meter(line, 1, replace(SDM630, identity=None))
        async with reading(line, meter):
            (one,) = await meter.until(1)
    assert "did not answer" in (one.trouble or "")


async def test_all_units_of_a_host_share_one_connection() -> None:
    connections = 0

    async def counted(peer: Peer, read: object, write: object) -> None:
        nonlocal connections
        connections += 1
        await rtu(peer, read, write)  # type: ignore[arg-type]

    async with Peer({1: sdm630(), 2: em340()}).on_tcp(counted) as port:
        line = TcpLine("127.0.0.1", port, "rtu")
        eastron, gavazzi = Meter(line, 1, SDM630), Meter(line, 2, EM340)
        async with reading(line, eastron, gavazzi) as bus:
            assert isinstance(bus, Bus)
            await eastron.until(4)
            await gavazzi.until(4)
    assert connections == 1


async def test_a_host_that_hangs_up_on_every_request_is_not_called_without_a_pause() -> None:
    calls = 0

    async def hangs_up(peer: Peer, read: Callable[[int], Awaitable[bytes]], write: object) -> None:
        nonlocal calls
        calls += 1
        await read(8)

    async with Peer({}).on_tcp(hangs_up) as port:
        line = TcpLine("127.0.0.1", port)
        meter = Meter(line, 1, SDM630)
        async with reading(line, meter):
            await asyncio.sleep(2.5)  # one try in the other framing is among it
            before = calls
            await asyncio.sleep(1.5)
    assert 0 < calls - before <= 3
    assert "was lost" in (meter.rounds[-1].trouble or "")


async def test_the_port_is_free_when_the_bus_has_ended(tmp_path: Path) -> None:
    path = tmp_path / "rs485"
    with Wire(path, Peer({1: sdm630()}), BAUD):
        line = SerialLine(str(path), SerialSettings(BAUD))
        meter = Meter(line, 1, SDM630)
        async with reading(line, meter):
            await meter.until(1)
        transport = ModbusTransport(line)
        await transport.connect()
        transport.close()
        await asyncio.sleep(0)
