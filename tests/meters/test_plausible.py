import pytest

from edgegw.meters.plausible import Counters, doubts, found, movement

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


def test_a_doubt_names_the_quantities_that_it_is_about() -> None:
    of = [doubt.of for doubt in found({**GOOD, "power_l2_w": 3000.0, "frequency_hz": 500.0, "power_w": 9000.0})]
    assert of == [
        {"voltage_l2_v", "current_l2_a", "power_l2_w"},
        {"frequency_hz"},
        {"power_w", "power_l1_w", "power_l2_w", "power_l3_w"},
    ]


def test_a_meter_that_saves_its_counters_may_begin_again_at_a_value_that_old_and_not_lower() -> None:
    """An hour of 36 kW, 10 Wh a second, read each ten seconds; then the power fails."""
    counters = Counters(saved_s=300)
    assert not any(counters.doubts({"import_wh": 100 * n}, 10.0 * n) for n in range(361))
    assert counters.doubts({"import_wh": 36_000 - 3000}, 3700.0) == []
    assert counters.doubts({"import_wh": 33_100}, 3710.0) == []
    lower = Counters(saved_s=300)
    assert not any(lower.doubts({"import_wh": 100 * n}, 10.0 * n) for n in range(361))
    assert lower.doubts({"import_wh": 36_000 - 3200}, 3700.0) == ["import_wh went from 36000 to 32800 Wh in 100 s"]


def test_a_meter_that_keeps_its_counters_may_not() -> None:
    counters = Counters()
    assert not any(counters.doubts({"import_wh": 100 * n}, 10.0 * n) for n in range(361))
    assert counters.doubts({"import_wh": 35_900}, 3700.0) != []


@pytest.mark.parametrize(
    ("import_wh", "export_wh", "watts", "what"),
    [
        (50, 0, 3000.0, []),
        (0, 0, 3000.0, []),
        (0, 40, -3000.0, []),
        (1000, 0, 3000.0, []),
        (0, 50, 3000.0, ["export_wh rose by 50 Wh while power was 3000 W the other way"]),
        (50, 0, -3000.0, ["import_wh rose by 50 Wh while power was -3000 W the other way"]),
        (50_000, 0, 3000.0, ["import_wh rose by 50000 Wh where 3000 W make 50 Wh"]),
        (-10, 0, 3000.0, ["import_wh fell by 10 Wh"]),
        (5, 5, 100.0, []),
    ],
)
def test_counters_have_to_move_as_the_power_does(import_wh: int, export_wh: int, watts: float, what: list[str]) -> None:
    first, last = {"import_wh": 9000, "export_wh": 70}, {"import_wh": 9000 + import_wh, "export_wh": 70 + export_wh}
    assert [doubt.text for doubt in movement(first, last, watts, 60.0)] == what
    assert movement({}, last, watts, 60.0) == []
