"""A transaction as its station knows it, and what a station measures of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from edgegw.simulate.world import Place


@dataclass(slots=True)
class Transaction:
    """`reference` is its name on the wire: from the start on in 2.x, given by the gateway in 1.6 (None until then)."""

    evse: int
    token: str
    began_at: datetime
    begin_wh: int
    reference: str | None = None
    remote_start_id: int | None = None
    state: str = "EVConnected"
    """ChargingStateEnumType of 2.x, also for 1.6."""
    end_wh: int | None = None
    reason: str | None = None
    ended_by: str | None = None
    """The card that ended it, where it was not its own."""
    reservation: int | None = None
    """The number of the reservation that it uses."""
    sequence: int = 0
    """seqNo of the next TransactionEvent."""
    limit: dict[str, Any] | None = None
    """2.1: what ends it, as TransactionLimitType; set by its driver or by the gateway."""
    priority: bool = False
    """2.1: it charges by the priority charging profile."""
    metered_s: float = 0.0
    """Monotonic time of the last meter values."""

    def count(self) -> int:
        number, self.sequence = self.sequence, self.sequence + 1
        return number


class Measured(NamedTuple):
    """One sampled value before it gets a version's spelling."""

    measurand: str
    value: float
    unit: str
    phase: str | None = None


def measure(place: Place) -> Iterator[Measured]:
    """What the station's meter reads at an EVSE: register, power, offered current, each terminal, state of charge."""
    yield Measured("Energy.Active.Import.Register", int(place.register_wh), "Wh")
    yield Measured("Power.Active.Import", round(place.power_w, 1), "W")
    yield Measured("Current.Offered", round(place.offered_a, 1), "A")
    for n, amps in enumerate(place.currents_a(), 1):
        yield Measured("Current.Import", round(amps, 2), "A", f"L{n}")
    for n, volts in enumerate(place.volts, 1):
        yield Measured("Voltage", round(volts, 1), "V", "L1-L2" if place.line else f"L{n}-N")
    if place.car is not None:
        yield Measured("SoC", round(100.0 * place.car.soc, 1), "Percent")


@dataclass(slots=True)
class Message:
    """A CALL that waits to be sent. `keep`: also while the link is down, as it belongs to a transaction; `light`: the
    bill stands without it, so it goes first when too many wait."""

    action: str
    payload: dict[str, Any]
    keep: bool
    transaction: Transaction | None = None
    light: bool = False
    attempts: int = 0
