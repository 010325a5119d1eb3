"""The first contact with a meter, and what an installer is told to do."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from edgegw.meters.contact import Contact, Counted, first_contact
from edgegw.meters.drivers import DriverCatalogue
from edgegw.meters.line import TcpLine
from edgegw.meters.modbus import ModbusTransport
from edgegw.meters.trial import open_bus
from tests.meters.lines import em340, sdm630
from tests.meters.peer import Peer, Server

DRIVERS = DriverCatalogue()
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgegw.meters.trial.BETWEEN_S", 0.01)


async def contact(meter: Server, name: str, watch_s: float = 0.0) -> Contact:
    async with Peer({1: meter}).on_tcp() as port, open_bus(TcpLine("127.0.0.1", port), ModbusTransport) as bus:
        return await first_contact(bus, DRIVERS.get(name), 1, DRIVERS, watch_s=watch_s)


def moved(meter: Server, to: Callable[[int, int], tuple[int, int]]) -> Server:
    """`meter` with each register (function, address) where `to` puts it."""
    meter.registers = {to(function, address): value for (function, address), value in meter.registers.items()}
    return meter


def hint(told: Contact, begin: str) -> str:
    return next((hint for hint in told.hints if hint.startswith(begin)), f"none of {told.hints}")


async def test_a_meter_that_is_as_its_driver_says_leaves_nothing_to_do() -> None:
    told = await contact(em340(), "carlo-gavazzi-em340")
    assert told.good
    assert told.hints == []
    assert told.model == "EM330, EM340, ET330 or ET340"
    assert {told.quality(point.quantity) for point in told.driver.points} == {"good"}


async def test_the_other_order_of_words_is_found_and_named() -> None:
    told = await contact(moved(sdm630(), lambda function, at: (function, at ^ 1)), "eastron-sdm630")
    assert not told.good
    assert "with word_order: low_first it reads 127.1 V, 126.5 V, 128.2 V" in hint(told, "with")


@pytest.mark.parametrize(("by", "words"), [(1, "every address 1 higher"), (-1, "every address 1 lower")])
async def test_addresses_that_are_off_by_one_are_found_and_named(by: int, words: str) -> None:
    """Of a float's first register alone the value is within 1 %, so the other order of words may come as near."""
    meter = Server()
    for phase in range(3):
        meter.hold_floats(3, 19000 + 2 * phase + by, 230.1 + phase)
        meter.hold_floats(3, 19012 + 2 * phase + by, 16.3)
        meter.hold_floats(3, 19020 + 2 * phase + by, 3600.2)
    meter.hold_floats(3, 19026 + by, 10800.6)
    told = await contact(meter, "janitza-umg96rm")
    assert f"with {words} it reads 230.1 V, 231.1 V, 232.1 V" in hint(told, "with")
    assert ("compare every digit" in hint(told, "with")) == ("; with" in hint(told, "with"))


@pytest.mark.parametrize(("by", "words"), [(1, "every address 1 higher"), (-1, "every address 1 lower")])
async def test_integers_off_by_one_are_told_for_sure(by: int, words: str) -> None:
    meter = Server()
    for phase in range(3):
        meter.hold(3, 0x5B00 + 2 * phase + by, 0, 2301 + 20 * phase)
        meter.hold(3, 0x5B0C + 2 * phase + by, 0, 1600 - 500 * phase)
        meter.hold(3, 0x5B16 + 2 * phase + by, (watts := 360000 - 112000 * phase) >> 16, watts & 0xFFFF)
    meter.hold(3, 0x5B14 + by, 744000 >> 16, 744000 & 0xFFFF)
    told = await contact(meter, "abb-b23")
    assert hint(told, "with").startswith(f"with {words} it reads 230.1 V, 232.1 V, 234.1 V: copy")
    assert "read the meter again" in hint(told, "with")


async def test_the_other_function_is_found_and_named() -> None:
    told = await contact(moved(sdm630(), lambda function, at: (7 - function, at)), "eastron-sdm630")
    assert hint(told, "with").startswith("with function: 3 it reads 127.1 V")


async def test_another_makers_meter_is_not_explained_away() -> None:
    told = await contact(moved(sdm630(), lambda function, at: (3, at)), "carlo-gavazzi-em340")
    assert not told.good
    assert hint(told, "with").startswith("none of")


async def test_a_model_of_another_driver_is_known_by_its_code() -> None:
    meter = em340()
    meter.hold(3, 0x0B, 71)
    told = await contact(meter, "carlo-gavazzi-em340")
    assert [doubt.text for doubt in told.doubts] == [
        "its model code is 71, which is not that of a Carlo Gavazzi EM330, EM340, ET330, ET340"
    ]
    assert hint(told, "a EM24") == "a EM24-DIN says 71: try the driver carlo-gavazzi-em24"


async def test_a_doubt_marks_the_values_that_it_is_about() -> None:
    meter = em340()
    meter.hold(3, 0x14, 9000, 0)
    told = await contact(meter, "carlo-gavazzi-em340")
    assert told.quality("power_l2_w") == told.quality("power_w") == "suspect"
    assert told.quality("voltage_l1_v") == told.quality("import_wh") == "good"
    assert "each current transformer on its own phase" in hint(told, "power is not volts times amperes")
    assert hint(told, "the total")


async def test_a_meter_that_reads_0_everywhere_is_taken_for_another() -> None:
    told = await contact(Server(), "carlo-gavazzi-em340")
    assert "is it a Carlo Gavazzi EM330" in hint(told, "all that it reads is 0")
    assert "fuses" not in str(told.hints)


async def test_a_meter_that_refuses_all_is_taken_for_another_in_one_sentence() -> None:
    told = await contact(Server(exception=2), "carlo-gavazzi-em340")
    assert str(told.trouble).count("illegal data address") == 1
    assert "current_l1_a" in str(told.trouble)
    assert "is it a Carlo Gavazzi EM330, EM340, ET330, ET340? edgegw meters scan --host 127.0.0.1" in str(told.trouble)


async def test_a_meter_without_voltage_is_sent_to_its_fuses() -> None:
    told = await contact(em340(volts=(0, 0, 0)), "carlo-gavazzi-em340")
    assert "fuses" in hint(told, "no phase has a voltage")


async def test_a_phase_that_gives_power_back_is_pointed_out_and_is_not_suspect() -> None:
    told = await contact(sdm630(), "eastron-sdm630")
    assert told.good
    assert "on L3 now" in hint(told, "power flows back to the grid")


async def test_an_unverified_map_and_an_unverified_value_are_said_to_be_so() -> None:
    assert "nobody has verified this map" in hint(await contact(Server(), "phoenix-eem-mb370"), "nobody")
    assert "not verified are frequency_hz" in hint(await contact(Server(), "siemens-pac3200"), "not verified")


async def test_why_a_sunspec_meter_was_not_found_is_told() -> None:
    assert "no SunSpec chain begins at 40000, 0, 50000" in str((await contact(Server(), "sunspec-meter")).trouble)


async def test_a_meter_is_watched_as_long_as_was_asked() -> None:
    told = await contact(em340(), "carlo-gavazzi-em340", watch_s=0.5)
    assert told.good


def test_what_flowed_while_it_was_watched_is_held_against_the_counters() -> None:
    """A minute of 6 kW is 100 Wh of import; the meter has counted them as export."""
    counted = Counted()
    for second in range(61):
        values = {"power_w": 6000.0}
        if second in (0, 60):
            values |= {"import_wh": 5000, "export_wh": 70 + second // 60 * 100}
        counted.add(NOON + timedelta(seconds=second), values)
    assert counted.seconds == 60
    assert [doubt.text for doubt in counted.doubts()] == [
        "export_wh rose by 100 Wh while power was 6000 W the other way"
    ]


def test_counters_that_were_seen_once_raise_no_doubt() -> None:
    counted = Counted()
    counted.add(NOON, {"power_w": 6000.0, "import_wh": 5000})
    assert counted.doubts() == []
