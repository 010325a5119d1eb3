"""What stands at the site, as configured: stations, feeders, meters, tariffs. Values only.

Units stand in the names: `_w` watt, `_wh` watt-hour, `_a` ampere, `_v` volt, `_s` second. Phases are the site's own
`L1`, `L2`, `L3`; a station's terminals are listed in terms of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import time
from decimal import Decimal
from typing import Literal

from edgegw.model.value import value

Phase = Literal["L1", "L2", "L3"]
PHASES: tuple[Phase, Phase, Phase] = ("L1", "L2", "L3")

Wiring = Literal["neutral", "line"]
"""`neutral`: each phase of the EVSE to neutral; `line`: one load between two phases, so both carry the same current."""

Strategy = Literal["fair", "first_come", "deadline"]


@value()
class Connector:
    """One outlet of an EVSE; `type` is the OCPP 2.x ConnectorEnumType, such as `cType2`."""

    id: int
    type: str


@value()
class Evse:
    """One car's place. `phases` are the site phases on its terminals, in order (its phase rotation). `auto`: the file
    leaves them to be learned; they only name the terminals then, and so do they in its readings."""

    station: str
    id: int
    max_a: float
    phases: tuple[Phase, ...]
    wiring: Wiring = "neutral"
    connectors: tuple[Connector, ...] = ()
    auto: bool = False


@value()
class ChargingStation:
    """A station known to the configuration. `circuit` is the id of the feeder it hangs on, `main` for the supply."""

    id: str
    name: str
    evses: tuple[Evse, ...]
    security_profile: int = 0
    circuit: str = "main"
    priority: int = 0
    tariff: str = "default"
    quirks: str | None = None
    reports_phases: tuple[Phase, ...] | None = None
    has_password: bool = False
    """The file names one."""


@value()
class Circuit:
    """A feeder with a breaker of `limit_a` on each phase, below `parent`; `main` names the supply itself."""

    id: str
    limit_a: float
    parent: str | None = "main"


@value()
class Supply:
    """The site's connection. `fallback_a` is per EVSE: a number of amperes, or None for what fits (`auto`)."""

    limit_a: float
    phases: int = 3
    voltage_v: float = 230.0
    building_max_a: float = 0.0
    margin_a: float = 0.0
    fallback_a: float | None = None
    demand_limit_w: float | None = None
    circuits: tuple[Circuit, ...] = ()


@value()
class TariffPeriod:
    """A price of energy on some weekdays (0 = Monday) from `start` up to, not including, `end`, local time.

    `end` earlier than or equal to `start` runs over midnight.
    """

    days: tuple[int, ...]
    start: time
    end: time
    energy_kwh: Decimal


@value()
class Tariff:
    """A price list. Money is Decimal in the site's currency; `revision` rises when the cloud sends a newer one."""

    name: str
    energy_kwh: Decimal
    session: Decimal = Decimal(0)
    idle_minute: Decimal = Decimal(0)
    idle_after_s: int = 0
    periods: tuple[TariffPeriod, ...] = ()
    tax_percent: Decimal = Decimal(0)
    revision: int = 0


TokenStatus = Literal["accepted", "blocked", "expired", "invalid"]


@value()
class Token:
    """An entry of the local list: what a card may do."""

    id_token: str
    status: TokenStatus = "accepted"
    group: str | None = None
    language: str | None = None


@value()
class Site:
    """The whole site as `decide`, `price` and `allocate` need it."""

    id: str
    name: str
    timezone: str = "UTC"
    currency: str = "EUR"
    locale: str = "pt-BR"
    stations: Mapping[str, ChargingStation] = field(default_factory=dict)
    supply: Supply | None = None
    tariffs: Mapping[str, Tariff] = field(default_factory=dict)
    tokens: Mapping[str, Token] = field(default_factory=dict)
    strategy: Strategy = "fair"
    solar_only: bool = False
    cheap_hours: bool = False
    """Whether a car whose driver has told when he leaves and what it needs may wait for cheaper energy."""
    learn_phases: Literal["off", "night"] = "off"
    """When the load loop may lower a car for some seconds to learn how its EVSE is wired."""
    unknown_stations: Literal["reject", "pending", "accept"] = "pending"
    offline_unknown: Literal["accept", "reject"] = "reject"
    display_cost: Literal["auto", "on", "off"] = "auto"
    """Whether stations are told what a charge costs: those that say they can show it, all, or none."""
    master_pass_group: str | None = None
    """Group of the tokens that end any transaction and begin none."""
    heartbeat_s: int = 300
    on_serial_change: Literal["warn", "reject"] = "warn"
