"""Settings of the site's meters: `meters`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from edgegw.scalars import Duration, Port, Section


class SerialConnection(Section):
    """A meter on a serial line (RS485)."""

    serial: str
    """Device, best by its stable name in /dev/serial/by-id."""
    baud: Annotated[int, Field(ge=300, le=1_000_000)] | None = None
    """Bits per second; the driver knows the factory setting."""
    parity: Literal["N", "E", "O"] | None = None
    """None, even or odd; the driver knows the factory setting."""
    stop_bits: Literal[1, 2] | None = None
    """Stop bits; the driver knows the factory setting."""


class NetworkConnection(Section):
    """A meter on the network."""

    host: str
    """Address or name."""
    port: Port = 502
    """TCP or UDP port."""
    framing: Literal["tcp", "rtu", "udp"] = "tcp"
    """tcp: Modbus TCP; rtu: a transparent RS485 gateway; udp: Modbus over UDP."""


def _kind(value: Any) -> str:
    named = isinstance(value, dict) and "serial" in value
    return "(serial)" if named or isinstance(value, SerialConnection) else "(network)"


Connection = Annotated[
    Annotated[SerialConnection, Tag("(serial)")] | Annotated[NetworkConnection, Tag("(network)")], Discriminator(_kind)
]


class MeterSettings(Section):
    """A meter of the site."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,48}$")]
    """Its name in messages and pages."""
    measures: Annotated[str, Field(pattern=r"^(supply|building|solar|battery|circuit:[^:]+|station:[^:]+)$")]
    """supply, building, solar, battery, circuit:ID or station:ID."""
    driver: str
    """A file of drivers/meters."""
    connection: Connection
    """serial: ... or host: ..."""
    unit: Annotated[int, Field(ge=0, le=255)] = 1
    """Modbus unit id."""
    every: Annotated[Duration, Field(ge=0.1)] = 1.0
    """How often volts, amperes and watts are read."""
    invert: bool = False
    """All its current transformers are the wrong way round: powers change their sign, import and export change
    places."""
