"""A line: the serial port or the network address that meters are read through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edgegw.meters.registers import Driver, SerialSettings
from edgegw.meters.settings import MeterSettings, NetworkConnection

Framing = Literal["tcp", "rtu", "udp"]
"""tcp: Modbus TCP; rtu: RTU frames through TCP, as a transparent gateway passes them; udp: Modbus TCP's frames in
datagrams."""


@dataclass(frozen=True, slots=True)
class SerialLine:
    """An RS485 adapter; name it by /dev/serial/by-id so that it stays the same after a replug."""

    path: str
    serial: SerialSettings

    @property
    def place(self) -> str:
        """What only one bus can own at a time."""
        return self.path

    @property
    def pairs_by_order(self) -> bool:
        """Answers carry no number, so a late one can be taken for the answer to the next request."""
        return True

    def __str__(self) -> str:
        return f"{self.path} ({self.serial})"


@dataclass(frozen=True, slots=True)
class TcpLine:
    """A meter or gateway on the LAN; framing `rtu` is a transparent RS485 gateway. All units of a host share one."""

    host: str
    port: int = 502
    framing: Framing = "tcp"

    @property
    def place(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def serial(self) -> SerialSettings | None:
        """What is known of the wire behind it: of a transparent gateway the commonest baud rate is assumed."""
        return SerialSettings() if self.framing == "rtu" else None

    @property
    def pairs_by_order(self) -> bool:
        return self.framing == "rtu"

    def __str__(self) -> str:
        return f"{self.place} ({self.framing} framing)"


Line = SerialLine | TcpLine


def line_of(settings: MeterSettings, driver: Driver | None) -> Line:
    """The line that `settings.connection` names; what it leaves open is as the driver's meters leave the factory."""
    connection = settings.connection
    if isinstance(connection, NetworkConnection):
        return TcpLine(connection.host, connection.port, connection.framing)
    factory = (driver and driver.serial) or SerialSettings()
    return SerialLine(
        connection.serial,
        SerialSettings(
            connection.baud or factory.baud,
            connection.parity or factory.parity,
            connection.stop_bits or factory.stop_bits,
        ),
    )
