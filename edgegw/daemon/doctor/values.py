"""What is gathered of a machine and its neighbours, and what is found in it. Values only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Level = Literal["bad", "warm", "hint"]
"""As of stations' findings. `bad`: something does not work, or not safely; `warm`: it does, and will not for ever, or
not as it should; `hint`: to know."""

LEVELS: tuple[Level, ...] = ("bad", "warm", "hint")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing. `kind` is its word in `texts`, `subject` what it is about, `values` what its sentences name."""

    kind: str
    level: Level
    subject: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listener:
    """A port that the configuration names by `key`. `fault` is why it can't be listened on, None when it can;
    `holder` the program that has it, as far as we may look."""

    key: str
    address: str
    port: int
    fault: str | None = None
    holder: str | None = None


@dataclass(frozen=True, slots=True)
class PassedSockets:
    """The sockets that `edgegw-ocpp.socket` listens on, as (address, port), and whether it does so now."""

    active: bool
    places: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class MachineClock:
    """`vouched`: the kernel says that a time source disciplines it. `has_battery`: there is a hardware clock."""

    now: datetime
    built: datetime
    vouched: bool
    has_battery: bool


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk under `folder`, which is `storage.path` or the nearest folder above it that exists.

    `worn` is a memory card's own estimate of its life used, 1 to 10 tenths, 11 above it (eMMC's DEVICE_LIFE_TIME_EST),
    `spare` its PRE_EOL_INFO: 1 normal, 2 with 80 %, 3 with 90 % of the reserved blocks used; None where none is told.
    """

    folder: str
    free_bytes: int
    held_bytes: int
    budget_bytes: int
    read_only: bool
    device: str | None = None
    worn: int | None = None
    spare: int | None = None
    damage: str | None = None
    """Why the ledger does not pass SQLite's quick_check."""


@dataclass(frozen=True, slots=True)
class SerialPort:
    """A serial device that the configuration names by `key`. `others` are the stable names that there are, `better` is
    that of this one. `who` is the account that the gateway runs as, and `may` whether it may open it."""

    key: str
    path: str
    there: bool
    others: Sequence[str] = ()
    better: str | None = None
    who: str = ""
    may: bool = True
    group: str = ""


@dataclass(frozen=True, slots=True)
class Certificate:
    """One file of certificates. `fault` is why it can't be used; `key_fault` why its key does not belong to it.
    `disordered`: it is of several, of which one was not signed by the next."""

    key: str
    path: str
    expires_at: datetime | None = None
    fault: str | None = None
    key_fault: str | None = None
    disordered: bool = False


@dataclass(frozen=True, slots=True)
class MeterRead:
    """One read of a meter; `fault` says why it failed, in words, None when it came back good. `command` reads it by
    hand."""

    meter: str
    fault: str | None
    command: str = "-"


@dataclass(frozen=True, slots=True)
class Broker:
    """How the cloud is reached. `trouble` None: there is, or was just now, a connection. `waiting`: facts that the
    cloud has not confirmed, the oldest `oldest_s` old. `returned_s`: a fact of now was confirmed after so long; None:
    it was not, within `patience_s`; both None where none was sent."""

    url: str
    trouble: str | None
    waiting: int = 0
    oldest_s: float | None = None
    parked: int = 0
    returned_s: float | None = None
    patience_s: float | None = None


@dataclass(frozen=True, slots=True)
class Hub:
    """A running gateway's own account: bodies of /site, /stations and /knocks as the API has them, and its storage.

    `fault`: why it can't be asked; then the others are empty. `denied`: we have no right to.
    """

    fault: str | None = None
    denied: bool = False
    site: Mapping[str, Any] = field(default_factory=dict)
    storage: Mapping[str, Any] | None = None
    stations: Sequence[Mapping[str, Any]] = ()
    knocks: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class VoicePart:
    """One line of `edgegw voice --check`."""

    part: str
    good: bool
    text: str
