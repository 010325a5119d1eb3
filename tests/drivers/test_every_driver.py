"""Every shipped meter driver against the schema, the model and its golden registers (NAME.yaml, NAME.VARIANT.yaml)."""

import json
import typing
from collections import Counter
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from edgegw.meters import decode, registers
from edgegw.meters.drivers import SHIPPED_DRIVERS, DriverCatalogue, layouts, load
from edgegw.meters.plan import Request, cost, plan
from edgegw.meters.plausible import doubts
from edgegw.meters.registers import Driver, SerialSettings
from edgegw.model.samples import QUANTITIES
from tests.drivers.golden import EACH, GOLDEN, METERS, PAIRS, Golden

SHIPPED = sorted(METERS.glob("*.yaml"))
LINES = [SerialSettings(2400), SerialSettings(9600), SerialSettings(115200), None]
SCHEMA = json.loads((SHIPPED_DRIVERS[1] / "schema" / "meter.json").read_text())
PHASES = ("l1", "l2", "l3")


@EACH
@pytest.mark.parametrize("serial", LINES, ids=lambda line: str(line or "tcp"))
def test_a_driver_reads_its_golden_registers_whatever_the_line(
    name: str, golden: Golden, serial: SerialSettings | None
) -> None:
    driver = golden.driver(name)
    reads = plan(driver, cost(driver, serial))
    values: dict[str, float] = {}
    for request in (*reads.fast, *reads.slow):
        values |= decode.values(request, golden.answer(request), driver)
    assert values == pytest.approx(golden.values, rel=1e-6)
    assert all(isinstance(number, int) for name, number in values.items() if name.endswith("_wh"))


@EACH
def test_the_golden_registers_hold_every_point_and_could_be_true(name: str, golden: Golden) -> None:
    driver = golden.driver(name)
    for point in driver.points:
        assert all((point.function, at) in golden.cells for part in point.parts for at in range(*part)), point.quantity
    assert doubts(golden.values) == []


@EACH
def test_a_meter_is_known_by_its_golden_identity(name: str, golden: Golden) -> None:
    of = golden.driver(name).identity
    if of is None:
        assert golden.identity is None
        return
    told = decode.identity(of, golden.answer(Request(of.function, of.address, of.words, ())))
    assert told == golden.identity
    assert (of.model(told) is not None) == bool(of.known)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_driver_has_golden_registers(path: Path) -> None:
    assert path.stem in {golden.name.split(".")[0] for golden in GOLDEN}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_driver_reads_what_load_management_needs_with_every_sample(path: Path) -> None:
    driver = load(path)
    for one in layouts(driver):
        fast = {point.quantity for point in one.points if point.group == "fast"}
        phases = [n for n in PHASES if f"voltage_{n}_v" in fast]
        assert phases in ([], ["l1"], list(PHASES))
        assert {f"current_{n}_a" for n in phases} | {f"power_{n}_w" for n in phases} <= fast
        assert phases or "power_w" in fast
        if len(phases) < len(PHASES):
            assert driver.setup, "an installer has to be told what it does not measure"
        assert "import_wh" in {point.quantity for point in one.points}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_the_sources_disagree_about_is_marked(path: Path) -> None:
    driver = load(path)
    assert driver.unverified == (driver.confidence == "C")
    if driver.unverified:
        assert driver.tier == "bronze"
        assert not any(point.unverified for point in driver.points), "the whole of it is"
    assert driver.serial is None or "rtu" in driver.links


def test_each_name_and_alias_means_one_driver() -> None:
    names = [name for path in SHIPPED for name in (path.stem, *load(path).aliases)]
    assert [name for name, n in Counter(names).items() if n > 1] == []
    catalogue = DriverCatalogue([METERS])
    assert all(catalogue.get(name).name in {path.stem for path in SHIPPED} for name in names)
    assert catalogue.get("carlo-gavazzi-et330").name == "carlo-gavazzi-em340"


def keys(part: Any) -> set[str]:
    return set(part["properties"])


def names(type_: Any) -> set[str]:
    return {field.name for field in fields(type_)}


def test_the_schema_and_the_model_have_the_same_fields() -> None:
    points = SCHEMA["$defs"]["points"]["items"]
    assert keys(points) == names(registers.Point)
    assert keys(SCHEMA["properties"]["identify"]) == names(registers.Identity)
    assert keys(SCHEMA["properties"]["identify"]["properties"]["known"]["items"]) == names(registers.Known)
    assert keys(SCHEMA["properties"]["serial"]) == names(registers.SerialSettings)
    assert keys(SCHEMA["properties"]["layouts"]["items"]) == names(registers.Layout)
    renamed = {
        "answer_max_s": "answer_ms",
        "answer_typical_s": "answer_ms",
        "silence_s": "silence_ms",
        "identity": "identify",
    }
    fields_of_file = (names(Driver) - {"name"} | {"function", "layouts"}) - set(renamed) | set(renamed.values())
    assert keys(SCHEMA) == fields_of_file


def test_the_schema_and_the_model_have_the_same_words() -> None:
    points = SCHEMA["$defs"]["points"]["items"]["properties"]
    top = SCHEMA["properties"]
    assert set(points["type"]["enum"]) == set(typing.get_args(registers.RawType)) == set(registers.WORDS)
    assert set(points["group"]["enum"]) == set(typing.get_args(registers.Group))
    assert set(top["word_order"]["enum"]) == set(typing.get_args(registers.WordOrder))
    assert set(top["links"]["items"]["enum"]) == set(typing.get_args(registers.Link))
    assert set(top["identify"]["properties"]["type"]["enum"]) == set(typing.get_args(registers.IdentityType))
    assert set(points["quantity"]["enum"]) <= set(QUANTITIES)
    plain = {"V", "A", "W", "Wh", "var", "VA", "Hz", "degC", "1"}
    assert set(points["unit"]["enum"]) == plain | set(decode.FACTORS)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_each_point_has_a_value_in_some_golden_registers(path: Path) -> None:
    """Else a wrong address of a value that is never there would pass."""
    told = {quantity for name, golden in PAIRS if name == path.stem for quantity in golden.values}
    assert {point.quantity for layout in layouts(load(path)) for point in layout.points} == told
