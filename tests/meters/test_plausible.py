import pytest

from edgegw.meters.plausible import Counters, doubts

GOOD = {
    "voltage_l1_v": 127.0, "voltage_l2_v": 126.0, "voltage_l3_v": 128.0,
    "current_l1_a": 32.0, "current_l2_a": 0.0, "current_l3_a": 10.0,
    "power_l1_w": 4050.0, "power_l2_w": 0.0, "power_l3_w": -1270.0,
    "power_w": 2790.0, "frequency_hz": 60.0,
}  # fmt: skip


def test_an_honest_meter_raises_no_doubt() -> None:
    assert doubts(GOOD) == []
    assert doubts({}) == []


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ({"voltage_l1_v": 12.7}, "L1 reads 12.7 V"),
        ({"voltage_l2_v": 2.3e38}, "L2 reads 2.3e"),
        ({"voltage_l1_v": 0.0}, "L1 reads 0 V at 32 A"),
        ({"voltage_l1_v": 0.0, "voltage_l2_v": 0.0, "voltage_l3_v": 0.0}, "every phase reads 0 V"),
        ({"power_l2_w": 3000.0}, "L2 reads 3000 W, but 126 V and 0 A"),
        ({"frequency_hz": 500.0}, "the frequency reads 500 Hz"),
        ({"power_w": 9000.0}, "the total reads 9000 W, the phases together 2780 W"),
    ],
)
def test_what_cannot_be_is_named(wrong: dict[str, float], what: str) -> None:
    assert any(what in doubt for doubt in doubts({**GOOD, **wrong}))


def test_a_phase_that_is_not_connected_is_no_reason_for_doubt() -> None:
    alone = {
        **GOOD,
        "voltage_l2_v": 0.0,
        "voltage_l3_v": 0.0,
        "current_l3_a": 0.0,
        "power_l3_w": 0.0,
        "power_w": 4050.0,
    }
    assert doubts(alone) == []


def test_a_rising_counter_raises_no_doubt() -> None:
    counters = Counters()
    assert not any(counters.doubts({"import_wh": 1_000_000 + 60 * n, "power_w": -5.0 * n}, 10.0 * n) for n in range(50))


@pytest.mark.parametrize("wild", [999_999, 0, 9_113_000_000])
def test_a_counter_that_falls_or_jumps_once_is_suspect_and_then_forgotten(wild: int) -> None:
    counters = Counters()
    assert counters.doubts({"import_wh": 1_000_000}, 0.0) == []
    assert counters.doubts({"import_wh": wild}, 10.0) == [f"import_wh went from 1000000 to {wild} Wh in 10 s"]
    assert counters.doubts({"import_wh": 1_000_050}, 20.0) == []


def test_a_replaced_meter_is_believed_after_three_readings_in_line() -> None:
    counters = Counters()
    counters.doubts({"import_wh": 1_000_000}, 0.0)
    told = [bool(counters.doubts({"import_wh": 10 * n}, 10.0 * n)) for n in range(1, 6)]
    assert told == [True, True, True, False, False]
