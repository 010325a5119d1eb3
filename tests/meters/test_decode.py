import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.meters import decode
from edgegw.meters.plan import Request
from edgegw.meters.registers import Driver, Point, RawType, WordOrder

BITS = {"u16": 16, "s16": 16, "u32": 32, "s32": 32, "u64": 64, "s64": 64}


def encode(number: float, type_: RawType, order: WordOrder) -> list[int]:
    """The registers of `number`, worked out from its bytes and without the codec under test."""
    if type_ in BITS:
        data = int(number).to_bytes(BITS[type_] // 8, "big", signed=type_[0] == "s")
    else:
        data = struct.pack(">f" if type_ == "f32" else ">d", number)
    words = [int.from_bytes(data[n : n + 2], "big") for n in range(0, len(data), 2)]
    return words if order == "high_first" else words[::-1]


def driver(order: WordOrder = "high_first", **changed: object) -> Driver:
    return Driver("x", "X", order, 125, (), 0.5, **changed)  # type: ignore[arg-type]


def point(
    quantity: str = "power_w", type_: RawType = "f32", unit: str = "W", scale: float = 1, **more: object
) -> Point:
    return Point(quantity, 4, 0, type_, unit, "fast", scale, **more)  # type: ignore[arg-type]


def integers(type_: str) -> st.SearchStrategy[float]:
    low, high = (
        (-(2 ** (BITS[type_] - 1)), 2 ** (BITS[type_] - 1) - 1) if type_[0] == "s" else (0, 2 ** BITS[type_] - 1)
    )
    return st.integers(low, high)


numbers = st.one_of(
    *(st.tuples(st.just(type_), integers(type_)) for type_ in BITS),
    st.tuples(st.just("f32"), st.floats(width=32, allow_nan=False)),
    st.tuples(st.just("f64"), st.floats(allow_nan=False)),
)


@given(numbers, st.sampled_from(["high_first", "low_first"]))
def test_what_was_encoded_is_decoded(number: tuple[RawType, float], order: WordOrder) -> None:
    type_, value = number
    assert decode.raw(encode(value, type_, order), type_, order) == value


@given(st.integers(0, 2**31 - 2))
def test_an_energy_counter_in_tenths_of_a_kwh_is_exact_to_the_watt_hour(count: int) -> None:
    found = decode.value(point("import_wh", "s32", "kWh", 0.1), encode(count, "s32", "low_first"), driver("low_first"))
    assert found == count * 100
    assert isinstance(found, int)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 3e38])
def test_a_float_that_is_no_number_or_overflows_is_not_available(number: float) -> None:
    assert decode.value(point(), encode(number, "f32", "high_first"), driver()) is None


def test_a_sentinel_is_not_available_and_its_neighbour_is_a_value() -> None:
    em340 = driver("low_first", sentinels={"s32": frozenset({0x7FFFFFFF})})
    volts = point("voltage_l1_v", "s32", "V", 0.1)
    assert decode.value(volts, [0xFFFF, 0x7FFF], em340) is None
    assert decode.value(volts, [0xFFFE, 0x7FFF], em340) == pytest.approx(214748364.6)


def test_units_become_the_quantitys_own() -> None:
    assert decode.value(point("power_w", "f32", "kW"), encode(1.5, "f32", "high_first"), driver()) == 1500
    assert decode.value(point("import_wh", "f64", "MWh"), encode(1.5, "f64", "high_first"), driver()) == 1_500_000


def test_a_frequency_that_firmware_reports_tenfold_is_brought_back() -> None:
    hertz = point("frequency_hz", "f32", "Hz", tenfold_above=100)
    assert decode.value(hertz, encode(500.0, "f32", "high_first"), driver()) == 50
    assert decode.value(hertz, encode(60.0, "f32", "high_first"), driver()) == 60


def test_values_are_cut_from_the_middle_of_an_answer() -> None:
    volts = Point("voltage_l2_v", 4, 12, "f32", "V", "fast")
    registers = [0xDEAD, 0xBEEF, *encode(230.5, "f32", "high_first"), 0xDEAD]
    assert decode.values(Request(4, 10, 5, (volts,)), registers, driver()) == {"voltage_l2_v": 230.5}


def test_the_total_is_the_sum_of_three_phases_unless_it_was_read() -> None:
    phases = {"power_l1_w": 1000.0, "power_l2_w": -200.0, "power_l3_w": 50.0}
    assert decode.complete(phases)["power_w"] == 850
    assert decode.complete({**phases, "power_w": 849.0})["power_w"] == 849
    assert "power_w" not in decode.complete({"power_l1_w": 1.0})
