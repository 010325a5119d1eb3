"""`edgegw drivers`: list what is known, check a file, try a meter before it is configured."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from edgegw.meters.contact import Contact, first_contact
from edgegw.meters.drivers import DriverCatalogue, DriverError, layouts, load
from edgegw.meters.line import Framing, Line, SerialLine, TcpLine
from edgegw.meters.modbus import ModbusTransport
from edgegw.meters.plan import cost, plan
from edgegw.meters.registers import Driver, Point, SerialSettings
from edgegw.meters.table import factory, markdown, quantities
from edgegw.meters.trial import open_bus

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
    shape = verb.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true")
    shape.add_argument("--markdown", action="store_true", help="the meters as the table of the README")
    verb.set_defaults(run=_list)
    verb = verbs.add_parser("check", help="check driver files")
    verb.add_argument("files", nargs="+", metavar="FILE", type=Path)
    verb.set_defaults(run=_check)
    verb = verbs.add_parser("read", help="try a meter: all its values, what is doubtful, what to do about it")
    verb.add_argument("name", metavar="NAME", help="a driver, see `edgegw drivers list`")
    where = verb.add_mutually_exclusive_group(required=True)
    where.add_argument("--host", help="a meter or gateway on the LAN")
    where.add_argument("--serial", metavar="PORT", help="an RS485 adapter, best by /dev/serial/by-id")
    verb.add_argument("--port", type=port, default=502)
    verb.add_argument(
        "--framing",
        choices=typing.get_args(Framing),
        help="tcp: Modbus TCP, as most meters and gateways; rtu: a transparent RS485 gateway; udp: Modbus over UDP",
    )
    verb.add_argument("--baud", type=int, help="default: the meter's factory setting, as for the next two")
    verb.add_argument("--parity", choices=("N", "E", "O"))
    verb.add_argument("--stop-bits", type=int, choices=(1, 2))
    verb.add_argument("--unit", type=_unit_id, help="default: the meter's factory setting")
    verb.add_argument(
        "--watch", type=float, default=0.0, metavar="SECONDS", help="see whether the counters move as the power does"
    )
    verb.add_argument("--json", action="store_true")
    verb.set_defaults(run=_read)
    return parser


def port(text: str) -> int:
    """A TCP or UDP port of a command line. Raises ArgumentTypeError."""
    return _within(text, 1, 65535, "a port")


def _unit_id(text: str) -> int:
    return _within(text, 0, 255, "a unit id")


def _within(text: str, least: int, most: int, what: str) -> int:
    if not (text.isdecimal() and least <= int(text) <= most):
        raise argparse.ArgumentTypeError(f"{what} is a number from {least} to {most}")
    return int(text)


def _list(options: argparse.Namespace) -> int:
    catalogue = DriverCatalogue()
    drivers = [catalogue.get(name) for name in catalogue.names()]
    if options.markdown:
        _say(markdown(drivers))
        return GOOD
    if options.json:
        rows: list[Mapping[str, Any]] = [
            {
                "kind": "meter",
                "name": d.name,
                "aliases": d.aliases,
                "title": d.title,
                "models": d.models,
                "tier": d.tier,
                "confidence": d.confidence,
                "unverified": d.unverified,
                "links": d.links,
                "measures": quantities(d),
            }
            for d in drivers
        ]
        rows += options.others.rows() if options.others is not None else ()
        _say(json.dumps(rows, ensure_ascii=False))
        return GOOD
    others = options.others.rows() if options.others is not None else ()
    wide = max(len(title) for title in (*(driver.title for driver in drivers), *(row["title"] for row in others)))
    for driver in drivers:
        sure = "unverified" if driver.unverified else driver.confidence
        _say(f"{driver.name:<24} {driver.title:<{wide}} {driver.tier:<7} {sure:<10} {factory(driver)}")
        if driver.aliases:
            _say(f"{'':<24} also {', '.join(driver.aliases)}")
    for row in others:
        _say(f"{row['name']:<24} {row['title']:<{wide}} station {row['text']}")
    return GOOD


def _check(options: argparse.Namespace) -> int:
    worst = GOOD
    for path in options.files:
        try:
            if options.others is not None and options.others.is_one(path):
                text = options.others.check(path)
            else:
                driver = load(path)
                forms = [f"{len(one.points)} values: {plan(one, cost(one, driver.serial))}" for one in layouts(driver)]
                text = f"{driver.title}, {'; or '.join(forms)}"
        except DriverError as error:
            sys.stderr.write(f"{error}\n")
            worst = WRONG_FILE
        else:
            _say(f"{path}: {text}")
    return worst


def _read(options: argparse.Namespace) -> int:
    catalogue = DriverCatalogue()
    driver = catalogue.get(options.name)
    unit = _usual_unit(options, driver) if options.unit is None else options.unit
    line = _line(options, driver)
    contact = asyncio.run(_contact(driver, line, unit, catalogue, options.watch))
    if options.json:
        _say(json.dumps(_as_json(contact, line, unit), ensure_ascii=False))
    else:
        _show(contact, line, unit)
    return GOOD if contact.good else FAILED


def _usual_unit(options: argparse.Namespace, driver: Driver) -> int:
    """A meter with a network port of its own is unit 1 there, whatever it is on RS485."""
    return driver.unit if options.serial is not None or driver.links == ("rtu",) else 1


async def _contact(driver: Driver, line: Line, unit: int, drivers: DriverCatalogue, watch_s: float) -> Contact:
    async with open_bus(line, ModbusTransport) as bus:
        return await first_contact(bus, driver, unit, drivers, watch_s=watch_s)


def _as_json(contact: Contact, line: Line, unit: int) -> Mapping[str, Any]:
    return {
        "driver": contact.driver.name,
        "title": contact.driver.title,
        "unverified": contact.driver.unverified,
        "line": str(line),
        "unit": unit,
        "identity": contact.identity,
        "model": contact.model,
        "values": contact.values,
        "units": {quantity: _unit(quantity) for quantity in contact.values},
        "quality": {quantity: contact.quality(quantity) for quantity in contact.values},
        "suspect": [doubt.text for doubt in contact.doubts],
        "hints": contact.hints,
        "trouble": contact.trouble,
    }


def _show(contact: Contact, line: Line, unit: int) -> None:
    driver = contact.driver
    _say(f"{driver.title} ({driver.name}), unit {unit} at {line}")
    if contact.identity is not None and driver.identity is not None:
        _say(f"{driver.identity.what}: {contact.identity}" + (f" ({contact.model})" if contact.model else ""))
    for point in driver.points if contact.values else ():
        _say(_row(contact, point))
    for doubt in contact.doubts:
        _say(f"suspect: {doubt.text}")
    for hint in contact.hints:
        _say(f"to do: {hint}")
    if contact.trouble or contact.doubts:
        for sentence in driver.setup:
            _say(f"at the meter: {sentence}")
    if contact.trouble:
        sys.stderr.write(f"{contact.trouble}\n")


def _row(contact: Contact, point: Point) -> str:
    quantity = point.quantity
    number, quality = contact.values.get(quantity), contact.quality(quantity)
    if number is None:
        return f"{quantity:<16} {'':>14} {'':<4} {quality}"
    unit = _unit(quantity)
    shown = f"{number:>14,.0f}" if unit == "Wh" else f"{number:>14,.3f}"
    unsure = ", unverified" if point.unverified or contact.driver.unverified else ""
    return f"{quantity:<16} {shown} {unit:<4} {quality}{unsure}"


def _unit(quantity: str) -> str:
    return UNITS.get(quantity.rsplit("_", 1)[-1], "")


def _line(options: argparse.Namespace, driver: Driver) -> Line:
    if options.host is not None:
        usual: Framing = "udp" if driver.links == ("udp",) else "tcp"
        return TcpLine(options.host, options.port, options.framing or usual)
    factory = driver.serial or SerialSettings()
    return SerialLine(
        options.serial,
        SerialSettings(
            options.baud or factory.baud, options.parity or factory.parity, options.stop_bits or factory.stop_bits
        ),
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
