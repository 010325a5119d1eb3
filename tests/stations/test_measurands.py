"""Sampled values to quantities: the rules on defaults, units, phases and what does not count."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import ocpp.v16.enums
import ocpp.v21.enums
import ocpp.v201.enums
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edgegw.model.samples import QUANTITIES
from edgegw.model.site import PHASES, Evse, Phase
from edgegw.stations.measurands import MAX_COLUMNS, MEASURANDS, Table
from edgegw.stations.samples import key_2, key_16, place_of, samples, values_of
from tests.stations.peers import NOW, evse, peer

NOT_KEPT = {
    # what the registers tell better: energy of an interval, reactive and apparent energy
    "Energy.Active.Export.Interval", "Energy.Active.Import.Interval", "Energy.Active.Net", "Energy.Apparent.Export",
    "Energy.Apparent.Import", "Energy.Apparent.Net", "Energy.Reactive.Export.Interval",
    "Energy.Reactive.Export.Register", "Energy.Reactive.Import.Interval", "Energy.Reactive.Import.Register",
    "Energy.Reactive.Net", "Power.Reactive.Export", "RPM",
    # 2.1: the car's display and wishes, bidirectional charging
    "Current.Export.Minimum", "Current.Export.Offered", "Current.Import.Minimum", "Display.BatteryEnergyCapacity",
    "Display.ChargingComplete", "Display.InletHot", "Display.MaximumSOC", "Display.MinimumSOC", "Display.PresentSOC",
    "Display.RemainingTimeToMaximumSOC", "Display.RemainingTimeToMinimumSOC", "Display.RemainingTimeToTargetSOC",
    "Display.TargetSOC", "Energy.Active.Import.CableLoss", "Energy.Active.Import.LocalGeneration.Register",
    "Energy.Active.Setpoint.Interval", "EnergyRequest.Bulk", "EnergyRequest.Maximum", "EnergyRequest.Maximum.V2X",
    "EnergyRequest.Minimum", "EnergyRequest.Minimum.V2X", "EnergyRequest.Target", "Power.Active.Residual",
    "Power.Active.Setpoint", "Power.Export.Minimum", "Power.Export.Offered", "Power.Import.Minimum",
    "Voltage.Maximum", "Voltage.Minimum",
}  # fmt: skip


def v(measurand: str | None, value: object, unit: str | None = None, phase: str | None = None, **more: Any) -> Any:
    fields = {"measurand": measurand, "value": str(value), "unit": unit, "phase": phase, **more}
    return {key: field for key, field in fields.items() if field is not None}


def read(*sampled: Any, at: Evse | None = None, reports: tuple[Phase, ...] | None = None) -> dict[str, float]:
    return values_of(sampled, place_of(peer(at or evse(), reports=reports), 1).table, key_16)


def test_every_measurand_of_every_version_is_kept_or_left_out_on_purpose() -> None:
    standard = (
        {each.value for each in ocpp.v16.enums.Measurand}
        | {each.value for each in ocpp.v201.enums.MeasurandEnumType}
        | {each.value for each in ocpp.v21.enums.MeasurandEnumType}
    )
    assert standard == set(MEASURANDS) | NOT_KEPT
    assert not set(MEASURANDS) & NOT_KEPT


def test_every_phase_and_location_of_the_standard_is_understood_without_an_error() -> None:
    table = place_of(peer(), 1).table
    for phase in ocpp.v21.enums.PhaseEnumType:
        for location in ocpp.v21.enums.LocationEnumType:
            for measurand in MEASURANDS:
                column = table[measurand, phase.value, None, location.value, None]
                if column is not None:
                    assert column.name.lstrip("-") in {*QUANTITIES, "~current", "~voltage"}


@pytest.mark.parametrize(
    ("sampled", "expected"),
    [
        (v(None, "123456"), {"import_wh": 123456}),
        (v(None, "123.4567", "kWh"), {"import_wh": 123457}),
        (v("Energy.Active.Import.Register", "1.2", "MWh"), {"import_wh": 1_200_000}),
        (v("Energy.Active.Export.Register", "5"), {"export_wh": 5}),
        (v("Power.Active.Import", "7.36", "kW"), {"power_w": 7360.0}),
        (v("Power.Active.Import", "7360"), {"power_w": 7360.0}),
        (v("Power.Active.Export", "2", "kW"), {"power_w": -2000.0}),
        (v("Power.Offered", "11", "kW"), {"offered_w": 11000.0}),
        (v("Current.Offered", "16"), {"offered_a": 16.0}),
        (v("Current.Import", "7", "A", "N"), {"current_n_a": 7.0}),
        (v("Frequency", "50.01", "Hz"), {"frequency_hz": 50.01}),
        (v("Frequency", "59.9", "Hertz"), {"frequency_hz": 59.9}),
        (v("SoC", "55", "Percent", location="EV"), {"soc_percent": 55.0}),
        (v("Temperature", "31.5", "Celsius"), {"temperature_c": 31.5}),
        (v("Temperature", "31.5", "Celcius", location="Body"), {"temperature_c": 31.5}),
        (v("Temperature", "300.15", "K"), {"temperature_c": 27.0}),
        (v("Temperature", "77", "Fahrenheit"), {"temperature_c": 25.0}),
        (v("Power.Factor", "0.98"), {"power_factor": 0.98}),
        (v("Power.Factor", "98", "Percent"), {"power_factor": 0.98}),
        (v("Power.Reactive.Import", "1.1", "kvar"), {"reactive_var": 1100.0}),
        (v("Voltage", "230.1", "V", "L2-N"), {"voltage_l2_v": 230.1}),
    ],
)
def test_a_single_value_becomes_its_quantity(sampled: Any, expected: dict[str, float]) -> None:
    assert read(sampled) == expected


@pytest.mark.parametrize(
    "sampled",
    [
        v("Request.Energy", "1"),
        v("Energy.Active.Import.Interval", "12"),
        v("Power.Active.Import", "1", "Wh"),
        v("Voltage", "230", "furlong"),
        v("Voltage", "400", "V", "L1-L2"),
        v("Power.Active.Import", "abc"),
        v("Power.Active.Import", "nan"),
        v("Power.Active.Import", "inf"),
        v("Power.Active.Import", "1e400"),
        v("Power.Active.Import", ""),
        v(None, "-5"),
        v(None, "5", location="Inlet"),
        v("Current.Import", "5", location="Body"),
        v("Temperature", "5", location="EV"),
        v("Energy.Active.Export.Register", "5", phase="L1"),
    ],
)
def test_what_is_not_known_or_no_number_is_left_out_and_the_rest_counts(sampled: Any) -> None:
    assert read(sampled) == {}
    assert read(sampled, v("SoC", "40")) == {"soc_percent": 40.0}


def test_terminals_are_turned_into_the_sites_phases() -> None:
    amps = [v("Current.Import", str(n), "A", f"L{n}") for n in (1, 2, 3)]
    assert read(*amps, at=evse("L3", "L1", "L2")) == {"current_l3_a": 1.0, "current_l1_a": 2.0, "current_l2_a": 3.0}


def test_a_meter_that_names_phases_itself_is_believed_over_the_wiring() -> None:
    amps = [v("Current.Import", str(n), "A", f"L{n}") for n in (1, 2, 3)]
    assert read(*amps, at=evse("L3", "L1", "L2"), reports=("L1", "L2", "L3")) == {
        "current_l1_a": 1.0, "current_l2_a": 2.0, "current_l3_a": 3.0,
    }  # fmt: skip


@pytest.mark.parametrize("phase", [None, "L1", "L3", "L1-N"])
@pytest.mark.parametrize("reports", [None, ("L1", "L2")])
def test_an_evse_on_one_phase_has_one_whatever_its_meter_calls_it(phase: str | None, reports: Any) -> None:
    assert read(v("Current.Import", "16", "A", phase), at=evse("L3"), reports=reports) == {"current_l3_a": 16.0}


@pytest.mark.parametrize("order", [("L1", "L2", "L3"), ("L3", "L2", "L1")])
def test_terminals_that_are_not_connected_do_not_hide_the_one_that_is(order: tuple[str, ...]) -> None:
    amps = {"L1": "16.2", "L2": "0", "L3": "0.0"}
    assert read(*(v("Current.Import", amps[p], "A", p) for p in order), at=evse("L3")) == {"current_l3_a": 16.2}


def test_registers_of_terminals_that_are_not_connected_do_not_hide_the_one_that_is() -> None:
    registers = [v(None, wh, "Wh", phase) for phase, wh in (("L1", "5000"), ("L2", "0"), ("L3", "0"))]
    assert read(*registers, at=evse("L2")) == {"import_l2_wh": 5000, "import_wh": 5000}


def test_a_current_without_phase_holds_for_each_phase_of_the_evse() -> None:
    assert read(v("Current.Import", "10", "A")) == {"current_l1_a": 10.0, "current_l2_a": 10.0, "current_l3_a": 10.0}
    assert read(v("Current.Import", "10", "A"), at=evse("L2", "L3")) == {"current_l2_a": 10.0, "current_l3_a": 10.0}


def test_a_current_without_phase_gives_way_to_those_with_one() -> None:
    assert read(v("Current.Import", "10", "A"), v("Current.Import", "9", "A", "L1")) == {"current_l1_a": 9.0}


def test_a_load_between_two_phases_loads_both_and_its_voltage_is_not_to_neutral() -> None:
    line = evse("L1", "L2", wiring="line")
    both = {"current_l1_a": 16.0, "current_l2_a": 16.0}
    assert read(v("Current.Import", "16", "A"), at=line) == both
    assert read(v("Current.Import", "16", "A", "L1"), at=line) == both
    assert read(v("Current.Import", "16", "A", "L1"), v("Current.Import", "16", "A", "L2"), at=line) == both
    assert read(v("Current.Import", "16", "A", "L1-L2"), v("Voltage", "220", "V"), at=line) == both
    assert read(v("Power.Active.Import", "3520", "W", "L1"), at=line) == {"power_w": 3520.0}
    assert read(v(None, "10", "kWh", "L1"), at=line) == {"import_wh": 10000}


def test_a_direct_current_is_on_no_phase_but_its_power_and_register_count() -> None:
    direct = evse(connector="cCCS2")
    assert read(
        v("Current.Import", "200", "A"), v("Voltage", "400", "V"), v("Power.Active.Import", "80", "kW"), at=direct
    ) == {"power_w": 80000.0}


def test_power_and_register_without_total_are_the_sum_of_their_phases() -> None:
    powers = [v("Power.Active.Import", "1.5", "kW", f"L{n}") for n in (1, 2, 3)]
    registers = [v(None, "1.0004", "kWh", f"L{n}") for n in (1, 2, 3)]
    found = read(*powers, *registers)
    assert found["power_w"] == 4500.0
    assert found["import_wh"] == 3000


def test_a_register_of_some_phases_only_is_no_total() -> None:
    assert "import_wh" not in read(v(None, "1000", "Wh", "L1"))
    assert read(v(None, "1000", "Wh", "L1"), at=evse("L2")) == {"import_l2_wh": 1000, "import_wh": 1000}


def test_export_counts_against_import_in_either_order() -> None:
    pair = [v("Power.Active.Import", "0"), v("Power.Active.Export", "3000")]
    assert read(*pair) == read(*reversed(pair)) == {"power_w": -3000.0}
    assert read(v("Current.Export", "13", "A", "L2"))["current_l2_a"] == -13.0


@pytest.mark.parametrize(("multiplier", "value"), [(3, 7.36), (0, 7360), (-1, 73600), (1, 736.0)])
def test_2x_scales_by_a_power_of_ten(multiplier: int, value: float) -> None:
    sampled = {"value": value, "measurand": "Power.Active.Import", "unitOfMeasure": {"multiplier": multiplier}}
    assert values_of([sampled], place_of(peer(), 1).table, key_2) == {"power_w": 7360.0}


def test_2x_takes_a_missing_unit_for_the_default_of_the_measurand() -> None:
    table = place_of(peer(), 1).table
    assert values_of([{"value": 12.0}], table, key_2) == {"import_wh": 12}
    assert values_of([{"value": 12.0, "unitOfMeasure": {}}], table, key_2) == {"import_wh": 12}
    assert values_of([{"value": 1.0, "unitOfMeasure": {"unit": "kWh", "multiplier": 99}}], table, key_2) == {}


def test_each_entry_is_a_sample_at_its_own_time_and_the_newest_comes_last() -> None:
    entries = [
        {"timestamp": "2026-11-24T09:00:10-03:00", "sampledValue": [v(None, "2")]},
        {"timestamp": "2026-11-24T12:00:05", "sampledValue": [v(None, "1")]},
        {"timestamp": "2026-11-24T12:00:20Z", "sampledValue": [v("Nonsense", "1")]},
    ]
    found = samples(entries, place_of(peer(), 1), NOW, key_16)
    assert [(each.at, each.values, each.source) for each in found] == [
        (datetime(2026, 11, 24, 12, 0, 5, tzinfo=UTC), {"import_wh": 1}, "stations/CP01/1"),
        (datetime(2026, 11, 24, 12, 0, 10, tzinfo=UTC), {"import_wh": 2}, "stations/CP01/1"),
    ]


@pytest.mark.parametrize("text", ["1970-01-01T00:10:00Z", "yesterday", "", "0001-01-01T00:00:00+05:00"])
def test_an_entry_without_a_usable_time_is_dated_by_its_arrival_and_marked(text: str) -> None:
    (sample,) = samples([{"timestamp": text, "sampledValue": [v(None, "2")]}], place_of(peer(), 1), NOW, key_16)
    assert (sample.at, sample.quality) == (NOW, "suspect")


@pytest.mark.parametrize("phase", [None, "L1", "L1-N"])
@pytest.mark.parametrize("wiring", ["neutral", "line"])
def test_a_register_that_no_meter_reaches_is_left_out_and_the_rest_counts(phase: str | None, wiring: Any) -> None:
    place = place_of(peer(evse("L1", "L2", wiring=wiring)), 1)
    wild = {"value": 9e11, "unitOfMeasure": {"unit": "kWh", "multiplier": 9}, **({"phase": phase} if phase else {})}
    power = {"value": 7, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "kW"}}
    assert values_of([wild, power], place.table, key_2) == {"power_w": 7000.0}


def test_a_new_configuration_is_seen_at_once() -> None:
    amps = [v("Current.Import", "16", "A", "L1")]
    assert values_of(amps, place_of(peer(evse("L1")), 1).table, key_16) == {"current_l1_a": 16.0}
    assert values_of(amps, place_of(peer(evse("L2")), 1).table, key_16) == {"current_l2_a": 16.0}


def test_a_station_that_invents_measurands_does_not_fill_the_memory() -> None:
    table = Table(PHASES, PHASES, False, False)
    for number in range(2 * MAX_COLUMNS):
        assert table[f"Vendor.{number}", None, None, None, None] is None
    assert len(table) == MAX_COLUMNS


@given(
    st.lists(
        st.fixed_dictionaries(
            {"value": st.text() | st.decimals().map(str)},
            optional={
                "measurand": st.sampled_from([*MEASURANDS, "RPM", "x"]) | st.text(),
                "unit": st.sampled_from(["Wh", "kWh", "W", "A", "V", "K"]) | st.text(),
                "phase": st.sampled_from(["L1", "L2", "L3", "N", "L1-N", "L1-L2"]) | st.text(),
                "location": st.sampled_from(["Outlet", "Inlet", "EV"]) | st.text(),
                "format": st.sampled_from(["Raw", "SignedData"]) | st.text(),
                "context": st.text(),
            },
        ),
        max_size=12,
    ),
    st.sampled_from([evse(), evse("L2"), evse("L1", "L2", wiring="line"), evse(connector="cCCS1")]),
)
@example([{"value": "-1", "phase": "L1"}], evse("L1", "L2", wiring="line"))
def test_any_sampled_value_gives_quantities_that_are_finite_numbers(sampled: Any, at: Evse) -> None:
    found = read(*sampled, at=at)
    assert set(found) <= set(QUANTITIES)
    json.dumps(found, allow_nan=False)
    assert all(type(value) is int and value >= 0 for name, value in found.items() if name.endswith("_wh"))


@given(
    st.lists(
        st.fixed_dictionaries(
            {"value": st.floats() | st.integers()},
            optional={
                "measurand": st.sampled_from([*MEASURANDS]) | st.text(),
                "phase": st.sampled_from(["L1", "L2", "L3", "N", "L1-N", "L3-L1"]),
                "unitOfMeasure": st.fixed_dictionaries(
                    {}, optional={"unit": st.text() | st.sampled_from(["kWh", "W"]), "multiplier": st.integers()}
                ),
            },
        ),
        max_size=12,
    )
)
def test_any_2x_sampled_value_gives_quantities_that_are_finite_numbers(sampled: Any) -> None:
    found = values_of(sampled, place_of(peer(), 1).table, key_2)
    assert set(found) <= set(QUANTITIES)
    json.dumps(found, allow_nan=False)


def test_letter_case_and_punctuation_do_not_count_in_what_is_measured() -> None:
    odd = {"value": "16,5", "measurand": "current.import", "phase": "l1", "location": "outlet", "unit": "a"}
    known = values_of([odd], place_of(peer(evse("L1", "L2", "L3")), 1).table, key_16)
    assert known == {"current_l1_a": 16.5}
