"""Facts of charging stations: links, boots, status, security, firmware."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal

from edgegw.model.facts.fact import StationFact
from edgegw.model.requests import RegistrationStatus
from edgegw.model.value import value


@value(kw_only=True)
class StationConnected(StationFact):
    type: ClassVar[str] = "station_connected"
    shown: ClassVar[tuple[str, ...] | None] = ("ocpp",)

    ocpp: str
    address: str | None = None


@value(kw_only=True)
class StationDisconnected(StationFact):
    type: ClassVar[str] = "station_disconnected"
    shown: ClassVar[tuple[str, ...] | None] = ()

    reason: str


@value(kw_only=True)
class StationBooted(StationFact):
    """A BootNotification and its answer. `known` is False for a station that the configuration does not name.
    `iccid` and `imsi` are those of its modem's SIM card, `meter` type and serial number of its own meter (OCPP 1.6)."""

    type: ClassVar[str] = "station_booted"
    shown: ClassVar[tuple[str, ...] | None] = ("ocpp", "vendor", "model", "firmware", "status", "interval_s", "known")

    ocpp: str
    vendor: str
    model: str
    firmware: str | None = None
    serial: str | None = None
    reason: str | None = None
    status: RegistrationStatus
    interval_s: int
    known: bool = True
    iccid: str | None = None
    imsi: str | None = None
    meter: str | None = None


@value(kw_only=True)
class StationAccepted(StationFact):
    """An installer let a pending station in."""

    type: ClassVar[str] = "station_accepted"
    shown: ClassVar[tuple[str, ...] | None] = ()

    by: str


@value(kw_only=True)
class StationRejected(StationFact):
    type: ClassVar[str] = "station_rejected"
    shown: ClassVar[tuple[str, ...] | None] = ()

    by: str


@value(kw_only=True)
class StationSet(StationFact):
    """Somebody said what rules for a station in place of the file; what is None stays as it was.

    `password` is a digest under the ledger's own salt, which no fact has. `as_configured`: all that was said before is
    taken back.
    """

    type: ClassVar[str] = "station_set"
    shown: ClassVar[tuple[str, ...] | None] = ("boot",)

    boot: RegistrationStatus | None = None
    security_profile: int | None = None
    password: str | None = None
    as_configured: bool = False
    by: str


ConnectorStatus = Literal[
    "available", "preparing", "occupied", "charging", "suspended_ev", "suspended_evse", "finishing", "reserved",
    "unavailable", "faulted",
]  # fmt: skip
"""The union of 1.6's and 2.x's status values, in snake_case; 2.x has `occupied` for what 1.6 tells apart."""


@value(kw_only=True)
class StationStatusChanged(StationFact):
    """A connector's status. `evse` 0 is the station. `error` is 1.6's errorCode or vendor code, None for NoError.
    `told_at` is what the station's clock said where that was known to be off."""

    type: ClassVar[str] = "station_status_changed"
    shown: ClassVar[tuple[str, ...] | None] = ("status", "error")

    evse: int
    connector: int
    status: ConnectorStatus
    error: str | None = None
    info: str | None = None
    told_at: datetime | None = None


@value(kw_only=True)
class StationDisobeyed(StationFact):
    """The station refused or ignored a limit: it is counted at its maximum until it obeys."""

    type: ClassVar[str] = "station_disobeyed"
    shown: ClassVar[tuple[str, ...] | None] = ("limit_a",)

    evse: int
    limit_a: float
    reason: str


@value(kw_only=True)
class StationFellSilent(StationFact):
    """So many CALLs in a row brought no answer that the connection was ended: a new one is the only known cure."""

    type: ClassVar[str] = "station_fell_silent"
    shown: ClassVar[tuple[str, ...] | None] = ("calls",)

    calls: int


@value(kw_only=True)
class StationAnsweredAgain(StationFact):
    """A station that had fallen silent has answered a CALL."""

    type: ClassVar[str] = "station_answered_again"
    shown: ClassVar[tuple[str, ...] | None] = ()


@value(kw_only=True)
class SecurityEvent(StationFact):
    """A SecurityEventNotification, or what the gateway itself saw."""

    type: ClassVar[str] = "security_event"
    shown: ClassVar[tuple[str, ...] | None] = ("kind",)

    kind: str
    detail: str | None = None
    told_at: datetime | None = None
    """What the station's clock said, where that was known to be off."""


@value(kw_only=True)
class FirmwareStatusChanged(StationFact):
    type: ClassVar[str] = "firmware_status_changed"
    shown: ClassVar[tuple[str, ...] | None] = ("status",)

    status: str
    request: int | None = None


@value(kw_only=True)
class LogReceived(StationFact):
    """DiagnosticsStatusNotification or LogStatusNotification."""

    type: ClassVar[str] = "log_received"
    shown: ClassVar[tuple[str, ...] | None] = ("status",)

    status: str
    request: int | None = None


@value(kw_only=True)
class VariablesReported(StationFact):
    """A notification that is kept as the station sent it, but for what other facts hold of it: that a device model
    report is at its end with this part (`requestId` is the request of the command that asked for it), an event that is
    more than a value told from time to time, or what has no fact of its own."""

    type: ClassVar[str] = "variables_reported"
    shown: ClassVar[tuple[str, ...] | None] = ("action",)

    action: str
    report: Mapping[str, Any]


@value(kw_only=True)
class CertificateRequested(StationFact):
    """A station asks to have a certificate of its own signed: `csr` is the request as PEM. `use` is station (towards
    the gateway), v2g or v2g_20 (towards cars that speak ISO 15118-2, or -20), or combined (both). `request` is the
    station's own number of it, `root` the hash data of the root that it shall stand under (OCPP 2.1)."""

    type: ClassVar[str] = "certificate_requested"
    shown: ClassVar[tuple[str, ...] | None] = ("use",)

    csr: str
    use: str
    request: int | None = None
    root: Mapping[str, Any] | None = None


@value(kw_only=True)
class CertificateIssued(StationFact):
    """A station took its signed certificate: `fingerprint` is the SHA-256 of it in hex."""

    type: ClassVar[str] = "certificate_issued"
    shown: ClassVar[tuple[str, ...] | None] = ("use",)

    use: str
    by: str
    fingerprint: str | None = None
