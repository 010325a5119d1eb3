"""What there is at a site before anything is configured: adapters, meters that answer, stations that knock."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from edgegw.daemon.control import Gateway, Refused, Unreachable
from edgegw.meters.drivers import DriverCatalogue
from edgegw.meters.errors import LineDown
from edgegw.meters.line import Line, SerialLine, TcpLine
from edgegw.meters.modbus import ModbusTransport
from edgegw.meters.scan import Found, Scan, likely_units, serial_settings

BY_ID: Final = Path("/dev/serial/by-id")
UNSTABLE: Final = ("ttyUSB*", "ttyACM*", "ttyAMA*")

HEAD_BYTES: Final = 8192
HEAD_S: Final = 5.0
_REQUEST: Final = re.compile(rb"GET (\S+) HTTP/1\.1\r\n")
_IDENTITY: Final = re.compile(r"[A-Za-z0-9*\-_=:+|@.]{1,48}")
LATER: Final = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\nretry-after: 30\r\n\r\n"
"""A station that gets this comes again by itself."""


def adapters(by_id: Path = BY_ID, dev: Path = Path("/dev")) -> list[str]:
    """Serial devices by their stable names; where there are none, by those that may move."""
    if by_id.is_dir() and (stable := sorted(str(each) for each in by_id.iterdir())):
        return stable
    return sorted(str(each) for pattern in UNSTABLE for each in dev.glob(pattern))


async def meters(places: Sequence[str], hosts: Sequence[str], say: Callable[[str], None]) -> list[Found]:
    """Who answers at the usual unit ids on these adapters, and at these addresses. All at once: each is a bus of its
    own."""
    catalogue = DriverCatalogue()
    drivers = [catalogue.get(name) for name in catalogue.names()]
    likely = likely_units(drivers)

    async def scanned(lines: Sequence[Line]) -> list[Found]:
        scan = Scan(lines, likely, likely, drivers, ModbusTransport)
        found: list[Found] = []
        try:
            async with contextlib.aclosing(scan.run()) as running:
                async for one in running:
                    found.append(one)
                    named = one.matches[0].title if one.matches else "no driver fits"
                    say(f"  unit {one.unit} at {one.line}: {named}")
        except LineDown as error:
            say(f"  {error}")
        return found

    all_lines: list[Sequence[Line]] = [[SerialLine(place, one) for one in serial_settings(drivers)] for place in places]
    for host in hosts:
        name, _, port = host.partition(":")
        all_lines.append([TcpLine(name, int(port or 502), "tcp"), TcpLine(name, int(port or 502), "rtu")])
    return [found for each in await asyncio.gather(*map(scanned, all_lines)) for found in each]


def known_to(gateway: Gateway) -> list[str] | None:
    """The stations that a running gateway sees, or that knock at it, by identity; None when none runs."""
    try:
        stations = gateway.ask("GET", "/api/v1/stations")["items"]
        knocks = gateway.ask("GET", "/api/v1/knocks")["items"]
    except (Unreachable, Refused):
        return None
    found = [*(each["id"] for each in stations), *(each["station"] for each in knocks)]
    return [each for each in dict.fromkeys(found) if each is not None and _IDENTITY.fullmatch(each)]


async def knocking(port: int, seconds: float, say: Callable[[str], None]) -> list[str]:
    """Identities of the stations that come to `port` of any address within this time; they are told to come again.
    Raises OSError when the port can't be had."""
    found: dict[str, None] = {}

    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, TimeoutError, asyncio.LimitOverrunError, asyncio.IncompleteReadError):
            async with asyncio.timeout(HEAD_S):
                identity = identity_in(await reader.readuntil(b"\r\n\r\n"))
                if identity is not None and identity not in found:
                    found[identity] = None
                    say(f"  {identity} from {_address(writer)}")
                writer.write(LATER)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(met, None, port, limit=HEAD_BYTES)
    async with server:
        await asyncio.sleep(seconds)
    return list(found)


def identity_in(head: bytes) -> str | None:
    """The identity in a websocket's opening request, the last part of its path; None when it is no such request."""
    request = _REQUEST.match(head)
    if request is None or b"upgrade: websocket" not in head.lower():
        return None
    identity = unquote(request[1].decode("ascii", "replace").partition("?")[0].rstrip("/").rpartition("/")[2])
    return identity if _IDENTITY.fullmatch(identity) else None


def _address(writer: asyncio.StreamWriter) -> str:
    peer: Any = writer.get_extra_info("peername")
    return str(peer[0]).removeprefix("::ffff:") if peer else "?"
