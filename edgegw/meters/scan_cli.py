"""`edgegw meters scan`: who is on a bus or behind an address, before it is configured."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edgegw.meters.cli import port
from edgegw.meters.drivers import DriverCatalogue, DriverError
from edgegw.meters.errors import LineDown
from edgegw.meters.line import Line, SerialLine, TcpLine
from edgegw.meters.modbus import ModbusTransport
from edgegw.meters.registers import Driver, SerialSettings
from edgegw.meters.scan import ALL_UNITS, Found, Scan, likely_units, serial_settings

GOOD, FAILED, WRONG_FILE = 0, 1, 78


def main(args: list[str]) -> int:
    """Run `edgegw meters ARGS` and return the exit code: 0 a meter was found, 1 none, 2 usage, 78 a driver is wrong."""
    try:
        options = _parser().parse_args(args)
    except SystemExit as end:
        return int(end.code or 0)
    try:
        return asyncio.run(_scan(options))
    except DriverError as error:
        sys.stderr.write(f"{error}\n")
        return WRONG_FILE
    except KeyboardInterrupt:
        sys.stderr.write("\nstopped; what stands above was found\n")
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="edgegw meters", description="Find the meters of a site.")
    verbs = parser.add_subparsers(required=True, metavar="scan")
    verb = verbs.add_parser("scan", help="find unit ids, serial settings and framing, and name the driver")
    where = verb.add_mutually_exclusive_group(required=True)
    where.add_argument("--serial", metavar="PORT", help="an RS485 adapter, best by /dev/serial/by-id")
    where.add_argument("--host", help="a meter or gateway on the LAN; both framings are tried")
    verb.add_argument("--port", type=port, default=502, help="TCP port (default: 502)")
    verb.add_argument("--baud", type=int, help="only this one, as for the next two")
    verb.add_argument("--parity", choices=("N", "E", "O"))
    verb.add_argument("--stop-bits", type=int, choices=(1, 2))
    verb.add_argument("--units", type=_units, metavar="1-32,126", help="only these")
    verb.add_argument("--json", action="store_true", help="a list at the end, for scripts")
    return parser


def _units(text: str) -> list[int]:
    """`1-3,7` as [1, 2, 3, 7]."""
    units: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        units += range(int(first), int(last or first) + 1)
    if not units or not set(units) <= set(ALL_UNITS):
        raise argparse.ArgumentTypeError("unit ids are 1 to 247")
    return list(dict.fromkeys(units))


def _lines(options: argparse.Namespace, drivers: Sequence[Driver]) -> list[Line]:
    if options.host is not None:
        return [TcpLine(options.host, options.port, "tcp"), TcpLine(options.host, options.port, "rtu")]
    asked = {"baud": options.baud, "parity": options.parity, "stop_bits": options.stop_bits}
    fixed = {key: value for key, value in asked.items() if value is not None}
    settings = [
        one for one in serial_settings(drivers) if all(getattr(one, key) == value for key, value in fixed.items())
    ]
    return [SerialLine(options.serial, one) for one in settings or [SerialSettings(**fixed)]]


async def _scan(options: argparse.Namespace) -> int:
    catalogue = DriverCatalogue()
    drivers = [catalogue.get(name) for name in catalogue.names()]
    lines = _lines(options, drivers)
    shown = _Shown(quiet=options.json)
    scan = Scan(
        lines,
        options.units or likely_units(drivers),
        options.units or ALL_UNITS,
        drivers,
        ModbusTransport,
        progress=shown.progress,
    )
    shown.longest_s = scan.longest_s
    sys.stderr.write(f"{_plan(scan)}\n")
    found: list[Found] = []
    try:
        async with contextlib.aclosing(scan.run()) as running:
            async for one in running:
                found.append(one)
                if not options.json:
                    shown.clear()
                    sys.stdout.write(f"{_text(one)}\n")
                    sys.stdout.flush()
    except LineDown as error:
        shown.clear()
        sys.stderr.write(f"{error}{_holders(options.serial) if options.serial else ''}\n")
        return FAILED
    shown.clear()
    if options.json:
        sys.stdout.write(f"{json.dumps([_row(one) for one in found], ensure_ascii=False)}\n")
    elif not found:
        sys.stderr.write(f"{_nobody(options)}\n")
    return GOOD if found else FAILED


def _plan(scan: Scan) -> str:
    line = scan.lines[0]
    ways = f"{len(scan.lines)} serial settings" if isinstance(line, SerialLine) else "both framings"
    if set(scan.units) <= set(scan.likely):
        who = f"{len(scan.units)} unit id{'s' if len(scan.units) > 1 else ''} each until one answers"
    else:
        who = f"{len(scan.likely)} likely unit ids each, then all {len(scan.units)} where one answers"
    return f"{line.place}: {ways}, {who}; this takes at most {_duration(scan.longest_s)}, Ctrl-C ends it"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _text(found: Found) -> str:
    """What was found, and the lines of the configuration for it."""
    any_id = " (it answers to every unit id)" if found.every_unit else ""
    how = str(found.line.serial) if isinstance(found.line, SerialLine) else f"{found.line.framing} framing"
    head = f"unit {found.unit}, {how}{any_id}: "
    if not found.matches:
        return f"{head}no driver fits; `edgegw drivers list` shows those there are, docs/extending.md how to add one"
    best = found.matches[0]
    others = f"; or {', '.join(match.driver for match in found.matches[1:])}" if len(found.matches) > 1 else ""
    connection = json.dumps(_connection(found.line)).replace('"', "")
    return (
        f"{head}{best.title}, {best.why}{others}\n"
        f"  - {{id: meter-{found.unit}, measures: supply, driver: {best.driver}, unit: {found.unit}, "
        f"connection: {connection}}}"
    )


def _connection(line: Line) -> dict[str, Any]:
    if isinstance(line, SerialLine):
        serial = line.serial
        return {"serial": line.path, "baud": serial.baud, "parity": serial.parity, "stop_bits": serial.stop_bits}
    return {"host": line.host, "port": line.port, "framing": line.framing}


def _row(found: Found) -> dict[str, Any]:
    matches = [{"driver": match.driver, "title": match.title, "why": match.why} for match in found.matches]
    return {
        "unit": found.unit,
        "connection": _connection(found.line),
        "every_unit": found.every_unit,
        "drivers": matches,
    }


def _nobody(options: argparse.Namespace) -> str:
    if options.host is not None:
        return (
            f"nobody answered at {options.host}:{options.port}, in neither framing: check the unit id (--units), that "
            "Modbus is switched on, and that no other program holds the meter's only connection"
        )
    return (
        f"nobody answered on {options.serial}: check the meter's power, swap A and B, look for a second program on the "
        "bus and for its terminators; an unusual unit id or baud rate is found with --units 1-247 or --baud"
    )


def _holders(path: str) -> str:
    """Which programs have `path` open, as far as we may look, and what to do."""
    try:
        device = Path(path).stat().st_rdev
    except OSError:
        return ""
    holders = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any(handle.stat().st_rdev == device for handle in (folder / "fd").iterdir()):
                words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                holders.append(f"{words[:60]} (pid {folder.name})")
    if not holders:
        return ""
    return (
        f"; it is open in {', '.join(holders)}. If that is the gateway: stop it (systemctl stop edgegw), scan, and "
        "start it again"
    )


class _Shown:
    """What is being done, in one line of stderr that overwrites itself; on a screen only, and one a second."""

    def __init__(self, *, quiet: bool) -> None:
        self.longest_s = 0.0
        self._quiet = quiet or not sys.stderr.isatty()
        self._begun = time.monotonic()
        self._told = 0.0

    def progress(self, text: str) -> None:
        now = time.monotonic()
        if not self._quiet and now - self._told >= 1:
            self._told = now
            spent = f"{now - self._begun:.0f} s of at most {self.longest_s:.0f} s"
            sys.stderr.write(f"\r\x1b[K{text} ({spent})")
            sys.stderr.flush()

    def clear(self) -> None:
        if not self._quiet:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
