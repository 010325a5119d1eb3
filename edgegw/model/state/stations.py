"""Rows about stations and their places: what each has shown of itself, and what was learned of it."""

from __future__ import annotations

from datetime import datetime

from edgegw.model.facts import ClockFault, ConnectorStatus
from edgegw.model.requests import RegistrationStatus
from edgegw.model.site import Phase
from edgegw.model.value import value


@value(slots=False)
class StationCertificate:
    """A certificate of a station: one that was signed here, or one that was revoked here.

    `fingerprint` is the SHA-256 of it in hex, `serial_number` its serial number in hex where the gateway signed it.
    """

    fingerprint: str
    serial_number: str | None = None
    expires_at: datetime | None = None
    taken: bool = False
    """The station has said that it uses it."""
    expiring: bool = False
    """It has been told that it runs out."""
    revoked_at: datetime | None = None
    use: str = "station"
    """`station` towards the gateway, `v2g` or `v2g_20` towards cars, or `combined` for all."""


@value(slots=False)
class Alert:
    """What a station has told to be wrong and not yet to be over: see AlertRaised."""

    at: datetime
    event: int
    component: str
    variable: str
    component_instance: str | None = None
    evse: int | None = None
    connector: int | None = None
    variable_instance: str | None = None
    monitor: int | None = None
    value: str | None = None
    severity: int | None = None
    info: str | None = None


@value(slots=False)
class StationState:
    """A station as it has shown itself. `registration` is what its boot was or will be answered."""

    id: str
    connected: bool = False
    ocpp: str | None = None
    address: str | None = None
    registration: RegistrationStatus | None = None
    admitted: bool | None = None
    """An installer's word on a station that the configuration does not name: True in, False out, None not asked."""
    vendor: str | None = None
    model: str | None = None
    firmware: str | None = None
    serial: str | None = None
    booted_at: datetime | None = None
    changed_at: datetime | None = None
    silent_since: datetime | None = None
    """Since when it answers no CALL, over whatever connections; None: it does, or nobody knows."""
    boot: RegistrationStatus | None = None
    """Somebody's word on what its boot is answered, where that is not by the file or by policy."""
    security_profile: int | None = None
    """What it was brought to by upgrade_security or set to, beside the file's: it only rises."""
    password: str | None = None
    """The digest of one that was set here, in place of the file's, until the gateway's own is in use."""
    pinned_serial: str | None = None
    """Serial number of its first boot, or of the one with which somebody accepted it."""
    foreign_serial: str | None = None
    """Another serial number that it boots with now, None while it is the pinned one."""
    upgrading_to: int | None = None
    """It has been told to come back by this security profile and has not yet."""
    password_at: datetime | None = None
    """When it took the password that the gateway made last, None when it has none of the gateway's."""
    certificates: tuple[StationCertificate, ...] = ()
    """Oldest first."""
    skew_s: float | None = None
    """How far its clock is ahead of the gateway's, in seconds, when it last was worth a fact."""
    clock_fault: ClockFault | None = None
    """What is wrong with its clock; None: nothing, or nobody knows."""
    skew_since: datetime | None = None
    """When that was noticed."""
    alerts: tuple[Alert, ...] = ()
    """Oldest first, since its last boot: after one it tells anew what is wrong."""


@value(slots=False)
class ConnectorState:
    """Key `{station}/{evse}/{connector}`; 0/0 is the station itself."""

    station: str
    evse: int
    connector: int
    status: ConnectorStatus
    at: datetime
    error: str | None = None


@value()
class LearnedQuirk:
    """What a station was seen to do: see StationQuirkLearned."""

    quirk: str
    at: datetime
    evidence: str


@value()
class LearnedPhases:
    """How an EVSE is wired, as far as was seen: see PhasesLearned."""

    evse: int
    phases: tuple[Phase | None, ...]
    told: tuple[Phase, ...]
    auto: bool
    reports: tuple[Phase, ...] | None
    contradicts: bool
    odds: float
    steps: int
    at: datetime
    text: str


@value()
class StationQuirks:
    """Key: the station's id. What was learned of it at run time."""

    station: str
    learned: tuple[LearnedQuirk, ...]
    phases: tuple[LearnedPhases, ...] = ()
