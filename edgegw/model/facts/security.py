"""Facts of what stations prove themselves with: certificates, passwords, security profiles, serial numbers."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from edgegw.model.facts.fact import StationFact
from edgegw.model.value import value


@value(kw_only=True)
class CertificateSigned(StationFact):
    """The gateway's own authority signed a station's certificate, which is on its way to the station.

    `fingerprint` is the SHA-256 of the certificate in hex, `serial_number` its serial number in hex.
    """

    type: ClassVar[str] = "certificate_signed"
    shown: ClassVar[tuple[str, ...] | None] = ("use", "expires_at")

    use: str
    fingerprint: str
    serial_number: str
    expires_at: datetime


@value(kw_only=True)
class CertificateRefused(StationFact):
    """A station's request for a certificate was not signed, or the signed one could not be given to it."""

    type: ClassVar[str] = "certificate_refused"
    shown: ClassVar[tuple[str, ...] | None] = ("use",)

    use: str
    reason: str


@value(kw_only=True)
class CertificateExpiring(StationFact):
    """A station's certificate, the newest that was signed here, runs out soon; told once of each."""

    type: ClassVar[str] = "certificate_expiring"
    shown: ClassVar[tuple[str, ...] | None] = ("expires_at",)

    fingerprint: str
    expires_at: datetime


@value(kw_only=True)
class CertificateRevoked(StationFact):
    """A certificate of a station is not taken any more, whoever signed it."""

    type: ClassVar[str] = "certificate_revoked"
    shown: ClassVar[tuple[str, ...] | None] = ()

    fingerprint: str
    reason: str | None = None
    by: str


@value(kw_only=True)
class PasswordRotated(StationFact):
    """A station took a new password, which the gateway made. The old one is good until it has come back with it."""

    type: ClassVar[str] = "password_rotated"
    shown: ClassVar[tuple[str, ...] | None] = ()


@value(kw_only=True)
class PasswordConfirmed(StationFact):
    """A station has come back with its new password: from now on no older one is taken. `set_here`: the new one is that
    which somebody set for it (`set_station`), and the older one the gateway's."""

    type: ClassVar[str] = "password_confirmed"
    shown: ClassVar[tuple[str, ...] | None] = ()

    set_here: bool = False


@value(kw_only=True)
class SecurityStepTaken(StationFact):
    """A step on the way to a higher security profile (`upgrade_security`), in the order in which they were taken.

    After the last one the station is expected to come back as `target`.
    """

    type: ClassVar[str] = "security_step_taken"
    shown: ClassVar[tuple[str, ...] | None] = ("target", "step", "outcome")

    target: int
    step: Literal["password", "root", "certificate", "network_profile", "security_profile", "reset"]
    outcome: Literal["done", "failed"]
    detail: str | None = None


@value(kw_only=True)
class SecurityProfileRaised(StationFact):
    """A station has come in by a higher security profile than before: it is not let in below it any more."""

    type: ClassVar[str] = "security_profile_raised"
    shown: ClassVar[tuple[str, ...] | None] = ("profile",)

    profile: int


@value(kw_only=True)
class SerialChanged(StationFact):
    """A station booted with another serial number than `pinned`, that of its first boot; told once of each.

    `refused`: the site's rule is that it stays out until somebody accepts it.
    """

    type: ClassVar[str] = "serial_changed"
    shown: ClassVar[tuple[str, ...] | None] = ("refused",)

    serial: str
    pinned: str
    refused: bool = False
