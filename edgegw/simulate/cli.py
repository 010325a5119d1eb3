"""`edgegw simulate` on the command line."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Awaitable, Sequence
from typing import Any, cast

from edgegw.simulate.days import cli as days
from edgegw.simulate.dialect import VERSIONS
from edgegw.simulate.faults import FAULTS as FAULTS_OF_STATIONS
from edgegw.simulate.faults import Make
from edgegw.simulate.live import cli as live
from edgegw.simulate.meter import FAULTS, Meter
from edgegw.simulate.registers import MODELS
from edgegw.simulate.site import Site, spots, traffic
from edgegw.simulate.world import Building

GOOD, AGAIN = 0, 1


def main(words: Sequence[str]) -> int:
    """Run until SIGTERM or SIGINT. Exit 0 then, 1 when a port is taken, 2 usage."""
    parser = _parser()
    options = parser.parse_args(words)
    if getattr(options, "days", None) is not None:
        return days.main(options)
    if options.run is live.run:
        return live.main(options, _until_told)
    if "url" in options and options.url is None:
        parser.error("--url is missing: where do the stations connect? (or --days, to simulate without)")
    level = logging.INFO if options.verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(message)s")
    code = GOOD
    try:
        asyncio.run(_until_told(options.run(options)))
    except* OSError as errors:
        for error in errors.exceptions:
            sys.stderr.write(f"edgegw simulate: {getattr(error, 'strerror', None) or error}\n")
        code = AGAIN
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="edgegw simulate",
        description="Virtual charging stations, energy meters, a whole site of both, or a live model.",
    )
    parts = parser.add_subparsers(title="what", metavar="stations | meter | site | live", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--speed", type=_positive, default=1.0, metavar="N", dest="haste",
                        help="batteries fill and the building's day passes N times faster; meters don't")  # fmt: skip
    common.add_argument("--seed", type=int, default=1, help="another number, another day (%(default)s)")
    common.add_argument("--voltage", type=_positive, default=127.0, help="phase to neutral (%(default)s)")
    common.add_argument("--verbose", action="store_true", help="say what goes wrong on the way")
    cars = argparse.ArgumentParser(add_help=False)
    cars.add_argument("--url", help="where stations connect, such as ws://127.0.0.1:9000")
    cars.add_argument("--count", type=int, default=6, help="stations (%(default)s)")
    cars.add_argument("--version", choices=(*VERSIONS, "mixed"), default="mixed", help="OCPP (%(default)s)")
    cars.add_argument("--prefix", default="CP", help="ids are PREFIX01, PREFIX02, ... (%(default)s)")
    cars.add_argument("--password", help="for basic auth, of all stations")
    faults = sorted(FAULTS_OF_STATIONS)
    cars.add_argument("--station-fault", action="append", dest="faults", choices=faults, metavar="NAME",
                      help=f"what all stations do wrong: {', '.join(faults)}")  # fmt: skip
    cars.add_argument("--make", nargs=3, metavar=("VENDOR", "MODEL", "FIRMWARE"), help="what they say that they are")
    cars.add_argument("--token", action="append", dest="tokens", help="id token of a driver; may be repeated")
    cars.add_argument("--meter-every", type=_positive, default=10.0, metavar="S", help="meter values (%(default)s s)")
    cars.add_argument("--pause", type=float, default=30.0, metavar="S", help="between two cars, about (%(default)s s)")
    meters = argparse.ArgumentParser(add_help=False)
    meters.add_argument("--driver", choices=sorted(MODELS), default="eastron-sdm630", help="kind (%(default)s)")
    meters.add_argument("--listen", type=_address, default=("127.0.0.1", 5020), metavar="HOST:PORT",
                        help="Modbus TCP (127.0.0.1:5020)")  # fmt: skip
    meters.add_argument("--unit", type=int, default=1, help="Modbus unit (%(default)s)")
    meters.add_argument("--building", type=float, default=20.0, metavar="A", help="its load per phase (%(default)s)")
    meters.add_argument("--fault", choices=FAULTS, help="what is wrong with it")
    for name, run, text, parents in (
        ("stations", _stations, "charging stations with cars that come and go", (common, cars)),
        ("meter", _meter, "an energy meter with a building's load behind it", (common, meters)),
        ("site", _site, "stations, and the supply's meter that sees them and the building", (common, cars, meters)),
    ):
        part = parts.add_parser(name, help=text, description=text, parents=list(parents))
        if name == "stations":
            part.add_argument("--fault", action="append", dest="faults", choices=sorted(FAULTS_OF_STATIONS),
                              metavar="NAME", help="the same as --station-fault")  # fmt: skip
        if name == "site":
            days.arguments(part)
        part.set_defaults(run=run)
    live.arguments(parts.add_parser("live", help=live.WHAT, description=live.WHAT))
    return parser


def _positive(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return value


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit():
        raise argparse.ArgumentTypeError("is host:port, such as 127.0.0.1:5020")
    return host.strip("[]"), int(port)


async def _until_told(work: Awaitable[None]) -> None:
    running = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wanted, running.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def _stations(options: argparse.Namespace) -> None:
    await _live(options, meter=False)


async def _site(options: argparse.Namespace) -> None:
    await _live(options, meter=True)


async def _meter(options: argparse.Namespace) -> None:
    site = Site([], url="", voltage_v=options.voltage, building=_building(options), haste=options.haste)
    async with asyncio.TaskGroup() as group:
        group.create_task(site.step())
        group.create_task(_serve_meter(options, site))


async def _live(options: argparse.Namespace, *, meter: bool) -> None:
    version = None if options.version == "mixed" else cast(Any, options.version)
    site = Site(
        spots(options.count, version, options.prefix),
        url=options.url,
        voltage_v=options.voltage,
        building=_building(options) if meter else None,
        haste=options.haste,
        password=options.password,
        meter_every_s=options.meter_every,
        make=Make(*options.make) if options.make else None,
        faults=options.faults or (),
    )
    tokens = options.tokens or ["04A1B2C3", "04D4E5F6"]
    _say(f"{options.count} stations on their way to {options.url}; cards {', '.join(tokens)}")
    async with asyncio.TaskGroup() as group:
        if meter:
            group.create_task(_serve_meter(options, site))
        group.create_task(site.run())
        for station in site.stations.values():
            group.create_task(
                traffic(station, tokens, seed=options.seed, haste=options.haste, pause_s=options.pause)
            )  # fmt: skip


async def _serve_meter(options: argparse.Namespace, site: Site) -> None:
    meter = Meter(site.world.feeder(), options.driver, unit=options.unit)
    meter.fault = options.fault
    host, port = options.listen
    await meter.run(host, port, lambda bound: _say(f"{options.driver}, unit {options.unit}, at {host}:{bound}"))


def _building(options: argparse.Namespace) -> Building:
    return Building(options.building, seed=options.seed)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
