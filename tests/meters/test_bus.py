"""The bus on real lines: TCP, RTU over TCP and RTU through a pair of ttys, against a Modbus server of our own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from edgegw.meters.bus import Bus
from edgegw.meters.drivers import DriverCatalogue
from edgegw.meters.line import Line, SerialLine, TcpLine
from edgegw.meters.modbus import ModbusTransport
from edgegw.meters.plan import cost, plan
from edgegw.meters.registers import Driver, SerialSettings
from edgegw.meters.unit import Round, Unit
from tests.meters.lines import AMPS, VOLTS, WATTS, cable, em340, sdm630
from tests.meters.peer import Peer, Server, rtu

FAST = SerialSettings(115200)
SDM630 = replace(DriverCatalogue().get("eastron-sdm630"), silence_s=0.0)
EM340 = DriverCatalogue().get("carlo-gavazzi-em340")


class Meter:
    """A unit on a bus and the rounds that it brought."""

    def __init__(self, line: Line, number: int, driver: Driver, every_s: float = 0.02, *, first: bool = False) -> None:
        self.rounds: list[Round] = []
        self._arrived = asyncio.Event()
        self.unit = Unit(number, driver, plan(driver, cost(driver, line.serial)), every_s, self._take, first=first)

    def _take(self, one: Round) -> None:
        self.rounds.append(one)
        self._arrived.set()

    async def until(self, count: int) -> list[Round]:
        """The first `count` rounds."""
        while len(self.rounds) < count:
            self._arrived.clear()
            await self._arrived.wait()
        return self.rounds[:count]


@contextlib.asynccontextmanager
async def reading(line: Line, *meters: Meter) -> AsyncIterator[Bus]:
    bus = Bus(line, ModbusTransport(line))
    for meter in meters:
        bus.add(meter.unit)
    task = asyncio.create_task(bus.run())
    try:
        yield bus
    finally:
        bus.stop()
        await task
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def every_line(kind: str, peer: Peer, folder: Path) -> AsyncIterator[Line]:
    if kind == "serial":
        async with cable(folder) as (ours, theirs), peer.on_tty(theirs):
            yield SerialLine(str(ours), FAST)
    else:
        async with peer.on_tcp(rtu if kind == "rtu over tcp" else None) as port:
            yield TcpLine("127.0.0.1", port, "rtu" if kind == "rtu over tcp" else "tcp")


def quick(driver: Driver, answer_max_s: float = 0.1) -> Driver:
    return replace(driver, answer_max_s=answer_max_s)


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a silence costs a test 0.1 s instead of 0.3 s, and the pause after it 0.1 s instead of 1 s."""
    monkeypatch.setattr("edgegw.meters.unit.SHORTEST_PATIENCE_S", 0.1)
    monkeypatch.setattr("edgegw.meters.unit.FIRST_PAUSE_S", 0.1)


@pytest.mark.parametrize("kind", ["tcp", "rtu over tcp", "serial"])
async def test_two_makes_of_meters_share_a_line(kind: str, tmp_path: Path) -> None:
    peer = Peer({1: sdm630(), 2: em340()})
    async with every_line(kind, peer, tmp_path) as line:
        eastron, gavazzi = Meter(line, 1, SDM630), Meter(line, 2, EM340)
        async with reading(line, eastron, gavazzi):
            rounds = await eastron.until(4)
            await gavazzi.until(4)
    first, together = rounds[0], {name: value for one in rounds for name, value in one.values.items()}
    assert [first.values[f"voltage_l{n}_v"] for n in (1, 2, 3)] == pytest.approx(VOLTS)
    assert [first.values[f"current_l{n}_a"] for n in (1, 2, 3)] == pytest.approx(AMPS)
    assert [first.values[f"power_l{n}_w"] for n in (1, 2, 3)] == pytest.approx(WATTS)
    assert first.identity == "12345678"
    assert together["import_wh"] == 9_113_250
    assert together["frequency_hz"] == pytest.approx(60.02)
    assert gavazzi.rounds[0].values["voltage_l2_v"] == pytest.approx(231.1)
    assert not any(one.trouble for one in (*eastron.rounds, *gavazzi.rounds))


async def test_slow_values_come_in_turn_and_fast_ones_each_time() -> None:
    peer = Peer({1: sdm630()})
    async with peer.on_tcp() as port:
        line = TcpLine("127.0.0.1", port)
        meter = Meter(line, 1, SDM630)
        async with reading(line, meter):
            rounds = await meter.until(5)
    assert all("current_l1_a" in one.values for one in rounds)
    assert ["import_wh" in one.values for one in rounds] == [True, False, False, False, False]
    assert ["import_l1_wh" in one.values for one in rounds] == [False, False, False, True, False]
    assert [request.address for request in peer.requests[:4]] == [0xFC00, 0x48, 0x00, 0x34]


async def test_the_supply_meter_goes_first_but_never_twice_while_another_waits() -> None:
    peer = Peer({number: sdm630() for number in (1, 2, 3)})
    async with peer.on_tcp() as port:
        line = TcpLine("127.0.0.1", port)
        plain = replace(SDM630, points=SDM630.points[:9], identity=None)
        meters = [Meter(line, number, plain, 0.0, first=number == 3) for number in (1, 2, 3)]
        async with reading(line, *meters):
            await meters[2].until(6)
    assert [request.unit for request in peer.requests[:9]] == [3, 1, 3, 2, 3, 1, 3, 2, 3]


@pytest.mark.parametrize("kind", ["tcp", "serial"])
async def test_a_dead_unit_does_not_slow_the_others_and_is_asked_ever_more_seldom(kind: str, tmp_path: Path) -> None:
    peer = Peer({1: sdm630(), 2: Server(silent=True)})
    async with every_line(kind, peer, tmp_path) as line:
        alive, dead = Meter(line, 1, quick(SDM630)), Meter(line, 2, quick(SDM630))
        async with reading(line, alive, dead):
            await dead.until(1)
            before = len(alive.rounds)
            await dead.until(2)
            assert len(alive.rounds) - before >= 3
    assert "did not answer" in (dead.rounds[0].trouble or "")
    # Identification, the first read, and one probe: nothing between.
    assert len(peer.asked(2)) == 3
    assert not any(one.trouble for one in alive.rounds)


async def test_a_unit_that_returns_is_read_again(tmp_path: Path) -> None:
    peer = Peer({1: Server(silent=True)})
    async with every_line("serial", peer, tmp_path) as line:
        meter = Meter(line, 1, quick(SDM630))
        async with reading(line, meter):
            await meter.until(1)
            peer.units[1] = sdm630()
            rounds = await meter.until(2)
    assert rounds[0].values == {}
    assert rounds[0].missing[:2] == ("voltage_l1_v", "voltage_l2_v")
    assert rounds[1].trouble is None
    assert rounds[1].values["voltage_l1_v"] == pytest.approx(VOLTS[0])


@pytest.mark.parametrize("kind", ["rtu over tcp", "serial"])
@pytest.mark.parametrize("delay_s", [0.2, 0.3, 0.4])
async def test_a_late_answer_is_never_taken_for_another_request(kind: str, delay_s: float, tmp_path: Path) -> None:
    """Volts are asked, nothing comes, and then their answer does: in the quiet, or while a probe waits for its own."""
    slow = sdm630()
    peer = Peer({1: slow, 2: em340()})
    async with every_line(kind, peer, tmp_path) as line:
        meter, other = Meter(line, 1, quick(SDM630)), Meter(line, 2, quick(EM340))
        async with reading(line, meter, other):
            await meter.until(3)
            slow.delay_s = delay_s
            seen = len(meter.rounds)
            while not any(one.trouble for one in meter.rounds[seen:]):
                await meter.until(len(meter.rounds) + 1)
            await meter.until(len(meter.rounds) + 1)
            slow.delay_s = 0.0
            count = len(meter.rounds)
            await meter.until(count + 3)
    for one in meter.rounds:
        for n, (volts, amps, watts) in enumerate(zip(VOLTS, AMPS, WATTS, strict=True), 1):
            assert one.values.get(f"voltage_l{n}_v", volts) == pytest.approx(volts)
            assert one.values.get(f"current_l{n}_a", amps) == pytest.approx(amps)
            assert one.values.get(f"power_l{n}_w", watts) == pytest.approx(watts)
        assert one.values.get("import_wh", 9_113_250) == 9_113_250
    assert all(one.values.get("voltage_l1_v", 230.1) == pytest.approx(230.1) for one in other.rounds)
    assert meter.rounds[-1].trouble is None


@pytest.mark.parametrize("kind", ["rtu over tcp", "serial"])
async def test_a_meter_that_is_always_one_answer_behind_brings_nothing_rather_than_wrong_values(
    kind: str, tmp_path: Path
) -> None:
    """Volts, amps and watts are read with the same length here, so only the probe between them tells them apart."""
    sixes = replace(SDM630, max_registers=6, identity=None, points=SDM630.points[:9])
    meter_there = sdm630()
    async with every_line(kind, Peer({1: meter_there}), tmp_path) as line:
        meter = Meter(line, 1, quick(sixes))
        async with reading(line, meter):
            await meter.until(2)
            meter_there.behind = True
            begun = len(meter.rounds) + 1
            rounds = (await meter.until(begun + 2))[begun:]
            meter_there.behind, meter_there.owed = False, None
            while meter.rounds[-1].trouble:
                await meter.until(len(meter.rounds) + 1)
    assert all(one.trouble for one in rounds)
    for one in meter.rounds:
        assert [one.values.get(f"current_l{n}_a", amps) for n, amps in enumerate(AMPS, 1)] == pytest.approx(AMPS)
        assert [one.values.get(f"power_l{n}_w", watts) for n, watts in enumerate(WATTS, 1)] == pytest.approx(WATTS)


async def test_an_exception_marks_the_group_and_the_meter_keeps_its_pace() -> None:
    peer = Peer({1: em340()})
    peer.units[1].absent = {0x0C}
    async with peer.on_tcp() as port:
        line = TcpLine("127.0.0.1", port)
        meter = Meter(line, 1, EM340)
        async with reading(line, meter):
            rounds = await meter.until(4)
    for one in rounds:
        assert one.values["voltage_l1_v"] == pytest.approx(230.1)
        assert "current_l1_a" not in one.values
        assert "current_l1_a" in one.missing
        assert "Modbus exception 2 (illegal data address) for current_l1_a" in (one.trouble or "")


async def test_an_optional_value_that_the_meter_lacks_is_asked_for_once() -> None:
    points = tuple(replace(p, optional=p.quantity == "export_wh") for p in EM340.points)
    peer = Peer({1: em340()})
    peer.units[1].absent = {0x4E, 0x4F}
    async with peer.on_tcp() as port:
        line = TcpLine("127.0.0.1", port)
        meter = Meter(line, 1, replace(EM340, points=points), 10.0)
        meter.unit.every_s = 0.02
        async with reading(line, meter):
            rounds = await meter.until(6)
    assert not any(one.trouble for one in rounds)
    assert len([request for request in peer.requests if request.address == 0x4E]) == 1
    assert any("import_wh" in one.values for one in rounds)


async def test_a_meter_that_refuses_gaps_is_read_around_them() -> None:
    peer = Peer({1: em340()})
    peer.units[1].absent = set(range(0x2E, 0x31))
    async with peer.on_tcp() as port:
        line = TcpLine("127.0.0.1", port)
        meter = Meter(line, 1, EM340)
        async with reading(line, meter):
            rounds = await meter.until(8)
    values = {name: value for one in rounds for name, value in one.values.items()}
    assert values["import_wh"] == 91_132_600
    assert values["frequency_hz"] == pytest.approx(60.0)
    assert not any(one.trouble for one in rounds)


@pytest.mark.parametrize("fault", ["short", "foreign", "gateway"])
@pytest.mark.parametrize("kind", ["tcp", "serial"])
async def test_a_wrong_answer_brings_no_values(fault: str, kind: str, tmp_path: Path) -> None:
    meter_there = sdm630()
    if fault == "short":
        meter_there.drop = 2
    elif fault == "foreign":
        meter_there.answers_as = 9
    else:
        meter_there.exception = 11
    async with every_line(kind, Peer({1: meter_there}), tmp_path) as line:
        meter = Meter(line, 1, quick(replace(SDM630, identity=None)))
        async with reading(line, meter):
            (one,) = await meter.until(1)
    assert one.values == {}
    assert one.at is None
    assert one.trouble is not None
    expected = {"short": "and answered 2 with", "foreign": "did not answer", "gateway": "gateway target device failed"}
    assert expected[fault] in one.trouble


async def test_a_pulled_cable_is_told_and_reading_goes_on_when_it_is_back(tmp_path: Path) -> None:
    peer = Peer({1: sdm630()})
    ours = tmp_path / "a"
    line = SerialLine(str(ours), FAST)
    meter = Meter(line, 1, quick(SDM630))
    async with reading(line, meter):
        await meter.until(1)
        assert "is not there" in (meter.rounds[0].trouble or "")
        async with cable(tmp_path) as (_, theirs), peer.on_tty(theirs):
            while not meter.rounds[-1].values:
                await meter.until(len(meter.rounds) + 1)
        while meter.rounds[-1].values:
            await meter.until(len(meter.rounds) + 1)
        async with cable(tmp_path) as (_, theirs), peer.on_tty(theirs):
            while not meter.rounds[-1].values:
                await meter.until(len(meter.rounds) + 1)


async def test_a_port_that_another_program_uses_is_named(tmp_path: Path) -> None:
    async with cable(tmp_path) as (ours, theirs), Peer({1: sdm630()}).on_tty(theirs):
        line = SerialLine(str(ours), FAST)
        holder, late = Meter(line, 1, quick(SDM630)), Meter(line, 1, quick(SDM630))
        async with reading(line, holder):
            await holder.until(1)
            async with reading(line, late):
                (one,) = await late.until(1)
    assert "another program uses it" in (one.trouble or "")


async def test_settings_that_an_adapter_does_not_have_are_told(tmp_path: Path) -> None:
    """A tty of this kind has no parity."""
    async with cable(tmp_path) as (ours, _):
        line = SerialLine(str(ours), SerialSettings(9600, "E"))
        meter = Meter(line, 1, SDM630)
        async with reading(line, meter):
            (one,) = await meter.until(1)
    assert "(9600 8E1)" in (one.trouble or "")
    assert "cannot be set" in (one.trouble or "")


async def test_nobody_listening_is_told_with_the_address() -> None:
    async with Peer({}).on_tcp() as port:
        pass
    line = TcpLine("127.0.0.1", port)
    meter = Meter(line, 1, SDM630)
    async with reading(line, meter):
        (one,) = await meter.until(1)
    assert f"no connection to 127.0.0.1:{port}" in (one.trouble or "")


async def test_the_bus_is_quiet_before_a_request_for_as_long_as_the_meter_wants() -> None:
    peer = Peer({1: sdm630()})
    async with peer.on_tcp() as port:
        line = TcpLine("127.0.0.1", port)
        meter = Meter(line, 1, replace(SDM630, silence_s=0.06), 0.0)
        async with reading(line, meter):
            started = asyncio.get_running_loop().time()
            await meter.until(2)
    assert asyncio.get_running_loop().time() - started >= 0.06 * (len(peer.requests) - 1)
