"""`edgegw drivers`: list what is known, check a file, try a meter before it is configured."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from edgegw.meters.drivers import DriverCatalogue, DriverError, load
from edgegw.meters.line import Line, SerialLine, TcpLine
from edgegw.meters.modbus import ModbusTransport
from edgegw.meters.plan import cost, plan
from edgegw.meters.plausible import doubts
from edgegw.meters.registers import Driver, SerialSettings
from edgegw.meters.trial import advice, first_rounds, open_bus
from edgegw.meters.unit import Round

GOOD, FAILED, WRONG_FILE = 0, 1, 78

UNITS: Final = {"wh": "Wh", "w": "W", "a": "A", "v": "V", "hz": "Hz", "var": "var", "va": "VA", "c": "°C"}
"""By the last part of a quantity's name."""


class Others(Protocol):
    """Drivers of another kind, which `list` and `check` show as well."""

    def rows(self) -> Sequence[Mapping[str, Any]]:
        """Each as JSON shows it, with `name`, `title` and `text`. Raises DriverError."""

    def is_one(self, path: Path) -> bool:
        """Whether a file is meant to be one of these."""

    def check(self, path: Path) -> str:
        """What a good file holds, in a line. Raises DriverError."""


def main(args: list[str], others: Others | None = None) -> int:
    """Run `edgegw drivers ARGS` and return the exit code: 0 good, 1 no good answer, 2 usage, 78 a driver is wrong."""
    try:
        options = _parser().parse_args(args, argparse.Namespace(others=others))
    except SystemExit as end:
        return int(end.code or 0)
    try:
        return int(options.run(options))
    except DriverError as error:
        sys.stderr.write(f"{error}\n")
        return WRONG_FILE
    except KeyboardInterrupt:
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="edgegw drivers", description="Drivers of meters and stations: list, check, try one."
    )
    verbs = parser.add_subparsers(required=True, metavar="list | check | read")
    verb = verbs.add_parser("list", help="the drivers of this machine")
    verb.add_argument("--json", action="store_true")
    verb.set_defaults(run=_list)
    verb = verbs.add_parser("check", help="check driver files")
    verb.add_argument("files", nargs="+", metavar="FILE", type=Path)
    verb.set_defaults(run=_check)
    verb = verbs.add_parser("read", help="read a meter once, with all its values")
    verb.add_argument("name", metavar="NAME", help="a driver, see `edgegw drivers list`")
    where = verb.add_mutually_exclusive_group(required=True)
    where.add_argument("--host", help="a meter or gateway on the LAN")
    where.add_argument("--serial", metavar="PORT", help="an RS485 adapter, best by /dev/serial/by-id")
    verb.add_argument("--port", type=int, default=502)
    verb.add_argument("--framing", choices=("tcp", "rtu"), default="tcp", help="rtu: a transparent RS485 gateway")
    verb.add_argument("--baud", type=int, help="default: the meter's factory setting, as for the next two")
    verb.add_argument("--parity", choices=("N", "E", "O"))
    verb.add_argument("--stop-bits", type=int, choices=(1, 2))
    verb.add_argument("--unit", type=int, help="default: the meter's factory setting")
    verb.add_argument("--json", action="store_true")
    verb.set_defaults(run=_read)
    return parser


def _list(options: argparse.Namespace) -> int:
    catalogue = DriverCatalogue()
    drivers = [catalogue.get(name) for name in catalogue.names()]
    if options.json:
        rows: list[Mapping[str, Any]] = [
            {
                "kind": "meter",
                "name": d.name,
                "title": d.title,
                "models": d.models,
                "tier": d.tier,
                "confidence": d.confidence,
            }
            for d in drivers
        ]
        rows += options.others.rows() if options.others is not None else ()
        _say(json.dumps(rows, ensure_ascii=False))
        return GOOD
    for driver in drivers:
        factory = f"unit {driver.unit}, {driver.serial}" if driver.serial else f"unit {driver.unit}"
        _say(f"{driver.name:<24} {driver.title:<24} {driver.tier:<7} {driver.confidence}  {factory}")
    for row in options.others.rows() if options.others is not None else ():
        _say(f"{row['name']:<24} {row['title']:<24} station {row['text']}")
    return GOOD


def _check(options: argparse.Namespace) -> int:
    worst = GOOD
    for path in options.files:
        try:
            if options.others is not None and options.others.is_one(path):
                text = options.others.check(path)
            else:
                driver = load(path)
                reads = plan(driver, cost(driver, driver.serial))
                text = f"{driver.title}, {len(driver.points)} values: {reads}"
        except DriverError as error:
            sys.stderr.write(f"{error}\n")
            worst = WRONG_FILE
        else:
            _say(f"{path}: {text}")
    return worst


def _read(options: argparse.Namespace) -> int:
    driver = DriverCatalogue().get(options.name)
    unit = driver.unit if options.unit is None else options.unit
    line = _line(options, driver)
    one = asyncio.run(_all_values(driver, line, unit))
    odd = doubts(one.values)
    if options.json:
        found = {"driver": driver.name, "line": str(line), "unit": unit, "identity": one.identity}
        _say(json.dumps({**found, "values": one.values, "suspect": odd, "trouble": one.trouble}, ensure_ascii=False))
        return FAILED if odd or one.trouble else GOOD
    if one.identity is not None and driver.identity is not None:
        _say(f"{driver.identity.what}: {one.identity}")
    for point in driver.points:
        number = one.values.get(point.quantity)
        _say(f"{point.quantity:<16} {_shown(number, point.quantity)}")
    for text in odd:
        _say(f"suspect: {text}")
    if one.trouble:
        sys.stderr.write(f"{advice(one, line, driver)}\n")
    return FAILED if odd or one.trouble else GOOD


def _line(options: argparse.Namespace, driver: Driver) -> Line:
    if options.host is not None:
        return TcpLine(options.host, options.port, options.framing)
    factory = driver.serial or SerialSettings()
    return SerialLine(
        options.serial,
        SerialSettings(
            options.baud or factory.baud, options.parity or factory.parity, options.stop_bits or factory.stop_bits
        ),
    )


async def _all_values(driver: Driver, line: Line, unit: int) -> Round:
    """The rounds of one meter in one, until each slow read has had its turn or something went wrong."""
    together = Round(None, {})
    tries = max(1, len(plan(driver, cost(driver, line.serial)).slow))
    async with open_bus(line, ModbusTransport) as bus:
        rounds = first_rounds(bus, driver, unit, tries=tries)
        async with contextlib.aclosing(rounds):
            async for one in rounds:
                values = {**together.values, **one.values}
                identity = one.identity or together.identity
                together = Round(one.at, values, one.missing, one.trouble, identity)
                if one.trouble:
                    break
    return together


def _shown(number: float | None, quantity: str) -> str:
    if number is None:
        return "not available"
    unit = UNITS.get(quantity.rsplit("_", 1)[-1], "")
    return f"{number:>14,.0f} {unit}" if unit == "Wh" else f"{number:>14,.3f} {unit}".rstrip()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
