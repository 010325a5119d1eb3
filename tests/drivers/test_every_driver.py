"""Every shipped driver against the schema, the quantities and its golden registers."""

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from edgegw.meters import decode
from edgegw.meters.drivers import SHIPPED_DRIVERS, load
from edgegw.meters.plan import cost, plan
from edgegw.meters.registers import SerialSettings
from edgegw.model.samples import QUANTITIES

SHIPPED = sorted((SHIPPED_DRIVERS[1] / "meters").glob("*.yaml"))
GOLDEN = Path(__file__).parent
LINES = [SerialSettings(2400), SerialSettings(9600), SerialSettings(115200), None]


def golden(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = YAML(typ="safe").load((GOLDEN / path.name).read_text())
    content["cells"] = {
        (function, start + offset): register
        for function, runs in content["registers"].items()
        for start, run in runs.items()
        for offset, register in enumerate(run)
    }
    return content


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
@pytest.mark.parametrize("serial", LINES, ids=lambda line: str(line or "tcp"))
def test_a_driver_reads_its_golden_registers_whatever_the_line(path: Path, serial: SerialSettings | None) -> None:
    driver, expected = load(path), golden(path)
    reads = plan(driver, cost(driver, serial))
    values: dict[str, float] = {}
    for request in (*reads.fast, *reads.slow):
        span = range(request.address, request.end)
        registers = [expected["cells"].get((request.function, address), 0) for address in span]
        values |= decode.values(request, registers, driver)
    assert values == pytest.approx(expected["values"], rel=1e-6)
    assert all(isinstance(number, int) for name, number in values.items() if name.endswith("_wh"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_driver_has_phase_volts_amps_and_watts_in_its_fast_reads(path: Path) -> None:
    fast = {point.quantity for point in load(path).points if point.group == "fast"}
    assert {
        f"{kind}_l{n}_{unit}" for kind, unit in (("voltage", "v"), ("current", "a"), ("power", "w")) for n in (1, 2, 3)
    } <= fast


def test_the_schema_knows_only_quantities_of_the_model() -> None:
    schema = json.loads((SHIPPED_DRIVERS[1] / "schema" / "meter.json").read_text())
    assert set(schema["$defs"]["points"]["items"]["properties"]["quantity"]["enum"]) <= set(QUANTITIES)
