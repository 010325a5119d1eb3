"""The virtual meters read by the gateway's own drivers over a real socket, and their faults."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable

import pytest

from edgegw.meters.plausible import doubts
from edgegw.model.facts import MeterIdentified, MeterStale
from edgegw.simulate import Building, Car, Feeder, Meter, Place, World
from edgegw.simulate.registers import MODELS, ModbusException
from tests.meters.site import Hub, meter, meters, running, tcp

every_model = pytest.mark.parametrize("model", sorted(MODELS))


def a_world() -> tuple[World, Feeder]:
    """A building and three cars: on three phases, on L3 alone, and between L1 and L2."""
    places = [
        Place(1, car=Car(), closed=True, offered_a=16.0),
        Place(1, ("L3",), car=Car(phases=1), closed=True, offered_a=10.0),
        Place(1, ("L1", "L2"), line=True, car=Car(phases=1), closed=True, offered_a=20.0),
    ]
    world = World(places, voltage_v=127.0, building=Building(15.0))
    feeder = world.feeder()
    for _ in range(200):
        world.step(0.5)
    return world, feeder


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgegw.meters.unit.SHORTEST_PATIENCE_S", 0.05)
    monkeypatch.setattr("edgegw.meters.unit.FIRST_PAUSE_S", 0.05)


@every_model
async def test_the_driver_reads_what_the_feeder_carries(model: str) -> None:
    _, feeder = a_world()
    hub = Hub()
    async with Meter(feeder, model).serve() as port, running(meters(hub, meter("grid", tcp(port), driver=model))):
        await hub.until(lambda: any("import_l3_wh" in sample.values for sample in hub.samples) and len(hub.samples) > 4)
    assert {sample.quality for sample in hub.samples} == {"good"}
    values: dict[str, float] = {}
    for sample in hub.samples:
        values |= sample.values
    for n in range(3):
        assert values[f"voltage_l{n + 1}_v"] == pytest.approx(feeder.volts[n], abs=0.1)
        assert values[f"current_l{n + 1}_a"] == pytest.approx(feeder.amps[n], abs=0.001)
        assert values[f"power_l{n + 1}_w"] == pytest.approx(feeder.watts[n], abs=0.1)
        assert values[f"import_l{n + 1}_wh"] == pytest.approx(feeder.import_wh[n], abs=100.0)
    assert values["power_w"] == pytest.approx(sum(feeder.watts), abs=0.2)
    assert values["reactive_var"] == pytest.approx(sum(feeder.vars), abs=0.1)
    assert 0.9 < values["power_factor"] < 1.0
    assert values["frequency_hz"] == 60.0
    assert values["import_wh"] == pytest.approx(sum(feeder.import_wh), abs=100.0)
    assert doubts(values) == []
    assert any(isinstance(fact, MeterIdentified) for fact in hub.facts)


@pytest.mark.parametrize("fault", ["silence", "exception"])
async def test_a_meter_that_fails_becomes_stale(fault: str, short_patience: None) -> None:
    _, feeder = a_world()
    hub, there = Hub(), Meter(feeder)
    driver = {"driver": "eastron-sdm630"}
    async with there.serve() as port, running(meters(hub, meter("grid", tcp(port), **driver))):
        await hub.until(lambda: len(hub.samples) > 2)
        there.fault = fault  # type: ignore[assignment]
        hub.ahead_s = 6.0
        await hub.until(lambda: any(isinstance(fact, MeterStale) for fact in hub.facts))
        there.fault = None
        before = len(hub.samples)
        await hub.until(lambda: len(hub.samples) > before + 2)


async def test_a_frozen_meter_goes_on_saying_what_it_said() -> None:
    world, feeder = a_world()
    there = Meter(feeder)
    read = MODELS["eastron-sdm630"].read
    before = read(4, 0, 76, feeder)
    there.fault = "frozen"
    world.step(60.0)
    assert read(4, 0, 76, feeder) != before
    async with there.serve() as port:
        assert await ask(port, struct.pack(">HH", 0, 76)) == before
        there.fault = None
        assert await ask(port, struct.pack(">HH", 0, 76)) == read(4, 0, 76, feeder)


async def ask(port: int, body: bytes, function: int = 4, unit: int = 1) -> list[int]:
    """The words that a plain request brings; the exception code as a list of one negative number."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(struct.pack(">HHHBB", 7, 0, len(body) + 2, unit, function) + body)
    try:
        header = await asyncio.wait_for(reader.readexactly(9), 0.3)
        assert header[:4] == b"\x00\x07\x00\x00"
        if header[7] & 0x80:
            return [-header[8]]
        return list(struct.unpack(f">{header[8] // 2}H", await reader.readexactly(header[8])))
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    ("model", "function", "address", "count", "code"),
    [
        ("eastron-sdm630", 4, 0, 82, 3),  # more than 40 values
        ("eastron-sdm630", 4, 0, 3, 3),  # an odd count
        ("eastron-sdm630", 4, 0x2000, 2, 2),
        ("eastron-sdm630", 6, 0, 2, 1),
        ("carlo-gavazzi-em340", 3, 0, 21, 3),
        ("carlo-gavazzi-em340", 3, 0x1000, 2, 2),
    ],
)
def test_a_read_that_the_meter_does_not_allow_is_refused(
    model: str, function: int, address: int, count: int, code: int
) -> None:
    with pytest.raises(ModbusException) as caught:
        MODELS[model].read(function, address, count, a_world()[1])
    assert caught.value.code == code


async def test_an_exception_goes_over_the_wire_with_its_code_and_another_unit_is_not_answered_for() -> None:
    async with Meter(a_world()[1], unit=3).serve() as port:
        assert await ask(port, struct.pack(">HH", 0, 82), unit=3) == [-3]
        assert await ask(port, b"\x00\x00\x00\x02", function=16, unit=3) == [-1]
        with pytest.raises(TimeoutError):
            await ask(port, struct.pack(">HH", 0, 2), unit=1)


def word_pairs(model: str, address: int) -> Callable[[Feeder], list[int]]:
    return lambda feeder: MODELS[model].read(3 if model.startswith("carlo") else 4, address, 2, feeder)


def test_the_two_meters_order_their_words_differently() -> None:
    feeder = Feeder((), False, volts=[230.0, 0.0, 0.0])
    assert word_pairs("eastron-sdm630", 0)(feeder) == list(struct.unpack(">HH", struct.pack(">f", 230.0)))
    assert word_pairs("carlo-gavazzi-em340", 0)(feeder) == [2300, 0]
    feeder.watts[0] = -100.0
    assert word_pairs("carlo-gavazzi-em340", 0x12)(feeder) == [65536 - 1000, 65535]


def test_the_model_code_of_an_em340_stands_only_in_a_read_of_its_own() -> None:
    feeder = Feeder((), False)
    read = MODELS["carlo-gavazzi-em340"].read
    assert read(3, 0x0B, 1, feeder) != [0]
    assert read(3, 0x0A, 2, feeder) == [0, 0]
    assert read(3, 0x0B, 2, feeder) == [0, 0]
