"""Settings of the local API and the page: `web`, `metrics`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from edgegw.scalars import Section
from edgegw.web.reader.cards import Spelling

Address = Annotated[str, Field(pattern=r"^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$")]
"""`address:port`."""


Baud = Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200]


class ReaderSettings(Section):
    """A card reader at the kiosk."""

    serial: str | None = None
    """Serial device, best by its stable name in /dev/serial/by-id."""
    hid: str | None = None
    """A reader that types like a keyboard: part of its name, or its path in /dev/input/by-id."""
    baud: Baud = 9600
    """Bits per second of a serial reader."""
    card_number: Spelling = "as_read"
    """How the reader spells a card, where stations spell it otherwise: decimal is the UID as a decimal number, reversed
    has its last byte first."""
    reads: Literal["cards", "codes"] = "cards"
    """codes: a scanner, whose QR or bar codes are id tokens."""


class KioskSettings(Section):
    """The kiosk's screen."""

    pairing: bool = True
    """A browser must be paired before it may confirm anything."""
    reader: ReaderSettings | None = None
    """A card reader."""


class WebSettings(Section):
    """The local API."""

    listen: Address | None = "127.0.0.1:8080"
    """address:port of the page; 0.0.0.0:8080 shows it to the site's network."""
    control: Path = Path("/run/edgegw/control.sock")
    """The socket through which `edgegw` commands talk to the running gateway."""
    voice_socket: Path = Path("/run/edgegw/voice.sock")
    """The socket through which the voice process talks to the running gateway; it is there with voice.enabled."""
    kiosk: KioskSettings | None = None
    """The kiosk's screen."""
    users: Path | None = None
    """A YAML file with who may do what; without it the page can only look."""


class MetricsSettings(Section):
    """Metrics on a listener of their own."""

    listen: Address = "127.0.0.1:9464"
    """address:port of /metrics."""


def split_address(address: str) -> tuple[str, int]:
    """(address, port) of `address:port`; brackets around an IPv6 address are taken off."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)
