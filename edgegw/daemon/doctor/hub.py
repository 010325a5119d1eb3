"""What a running gateway tells through its control socket: of itself, its stations, its meters and the cloud."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from edgegw.daemon.control import Gateway, Refused, Unreachable
from edgegw.daemon.doctor.values import Broker, Hub, MeterRead

PATIENCE_S: Final = 10.0
"""How long a fact of now may take to the cloud and back. A consumer commits each batch before it confirms it."""
NOBODY: Final = "edgegw-doctor"
"""A station that no site has. A command to it is refused, which makes two facts and does nothing else."""
OLD_S: Final = 120.0
"""A reading this old is no reading."""


def asked(gateway: Gateway, path: Path) -> Hub:
    """The gateway's account of itself; `path` is its control socket."""
    try:
        site = gateway.ask("GET", "/api/v1/site")
        stations = gateway.ask("GET", "/api/v1/stations")["items"]
        knocks = gateway.ask("GET", "/api/v1/knocks")["items"]
        return Hub(site=site, storage=_storage(gateway), stations=stations, knocks=knocks)
    except (Unreachable, Refused) as error:
        return Hub(fault=str(error), denied=isinstance(error.__cause__, PermissionError))


def _storage(gateway: Gateway) -> Any:
    try:
        return gateway.ask("GET", "/health/ready")["storage"]
    except Refused:  # it is not ready; what keeps it from that stands in its services
        return None


def process_of(path: Path) -> int | None:
    """The process that listens at the control socket (SO_PEERCRED, unix(7)); None when none does, or we may not ask."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.connect(str(path))
        told = asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        pid: int = struct.unpack("3i", told)[0]
        return pid or None
    return None


def meters(hub: Hub, commands: Mapping[str, str]) -> list[MeterRead]:
    """How the running gateway gets on with each configured meter; `commands` reads one by hand, by its id."""
    configured = [each for each in hub.site.get("meters", ()) if each["measures"] is not None]
    return [MeterRead(each["id"], _fault(each), commands.get(each["id"], "-")) for each in configured]


def _fault(meter: dict[str, Any]) -> str | None:
    if meter["stale"]:
        return str(meter["reason"] or "it has not answered for a while")
    reading = meter["reading"]
    if reading is None:
        return str(meter["reason"] or "it has not answered since the gateway started")
    if reading["age_s"] > OLD_S:
        return f"its newest reading is {reading['age_s']:.0f} s old"
    return None


def broker(hub: Hub, gateway: Gateway, *, patience_s: float = PATIENCE_S) -> Broker | None:
    """How the running gateway gets on with the cloud: a fact is written down, and its confirmation waited for."""
    uplink = hub.site.get("uplink")
    if uplink is None:
        return None
    returned_s = _returned_s(gateway, patience_s) if uplink["connected"] else None
    with contextlib.suppress(Unreachable, Refused):
        uplink = gateway.ask("GET", "/api/v1/site")["uplink"] or uplink
    oldest = [each for each in uplink["oldest_s"].values() if each is not None]
    return Broker(
        url=uplink["broker"] or "the broker",
        trouble=None if uplink["connected"] else uplink["trouble"] or "it is being connected",
        waiting=sum(uplink["backlog"].values()),
        oldest_s=max(oldest, default=None),
        parked=sum(each or 0 for each in uplink["parked"].values()),
        returned_s=returned_s,
        patience_s=patience_s if uplink["connected"] else None,
    )


def _returned_s(gateway: Gateway, patience_s: float) -> float | None:
    body = {"name": "reset", "args": {"station": NOBODY, "kind": "soft"}}
    began = time.monotonic()
    with contextlib.suppress(Unreachable, Refused):
        gateway.ask("POST", "/api/v1/commands?wait=2", body)
        wanted = gateway.ask("GET", "/api/v1/site")["journal"]["A"]["head"]
        for site in _polled(lambda: gateway.ask("GET", "/api/v1/site"), began + patience_s):
            if site["uplink"] is not None and (site["uplink"]["watermark"]["A"] or 0) >= wanted:
                return time.monotonic() - began
    return None


def _polled(ask: Callable[[], Any], until: float) -> Iterator[Any]:
    while True:
        yield ask()
        if time.monotonic() > until:
            return
        time.sleep(0.2)
