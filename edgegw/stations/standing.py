"""Whether a station may come in by what it shows now and by what it has proven before, and what follows from it.

`admission` decides on values; here they are brought together: the site's file, the state, the passwords that the
gateway made. What an arrival proves for the first time becomes facts once the connection stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from edgegw.core.passwords import opens
from edgegw.core.security import is_revoked, profile_of
from edgegw.model import facts as f
from edgegw.stations import admission
from edgegw.stations.admission import Proof, Refusal
from edgegw.stations.keys import Keys

if TYPE_CHECKING:
    from edgegw.hub import Hub


@dataclass(frozen=True)
class Trust:
    """By what the gateway knows its stations.

    `passwords` are those that the site's file names, by station; `keys` those that the gateway makes. `station_ca` is
    the certificate of its own authority, when that signs. `not_before_at`: see `SiteClock`.
    """

    passwords: Mapping[str, str] = field(default_factory=dict)
    keys: Keys = field(default_factory=Keys)
    station_ca: Path | None = None
    not_before_at: Callable[[], datetime | None] = lambda: None


class Shown(NamedTuple):
    """What an arrival that was let in has shown."""

    tls: bool
    by: Literal["password", "certificate"] | None


class Standing:
    """Asked during each opening handshake."""

    def __init__(self, hub: Hub, trust: Trust) -> None:
        self.trust = trust
        self._hub = hub
        self._passwords = trust.passwords
        self._keys = trust.keys
        self._proven: dict[str, bytes] = {}
        """The password of the newest arrival that was let in with one, until its link stands."""
        self._raised: dict[str, int] = {}
        self._coming: dict[str, Shown] = {}
        self._shown: dict[str, Shown] = {}

    def profile(self, station: str) -> int:
        """The security profile that a station has to keep."""
        seen = self._hub.state.stations.get(station)
        return profile_of(self._hub.site, seen, station, has_password=self._has_own(station))

    def has_password(self, station: str) -> bool:
        """Whether there is a password that the station could come in with."""
        return station in self._passwords or self._has_own(station)

    def _has_own(self, station: str) -> bool:
        """Whether a password was agreed with the station since, or set here."""
        return self._keys.is_confirmed(station) or self._sealed(station) is not None

    def _sealed(self, station: str) -> str | None:
        """What stands for the password that was set here, in place of the file's."""
        seen = self._hub.state.stations.get(station)
        return seen.password if seen is not None else None

    def _accepts(self, station: str, shown: bytes) -> bool:
        if self._sealed(station) is None:
            return self._keys.accepts(station, self._passwords.get(station), shown)
        is_set = self._opens_what_was_set(station, shown)
        return self._keys.accepts(station, None, shown) or is_set

    def _opens_what_was_set(self, station: str, shown: bytes) -> bool:
        sealed = self._sealed(station)
        return sealed is not None and opens(self._hub.journal.retry_salt, station, sealed, shown)

    def refusal(self, station: str, proof: Proof, fingerprint: str | None) -> Refusal | None:
        """Why a station may not come in, None when it may. `fingerprint` is that of the certificate that it shows."""
        seen = self._hub.state.stations.get(station)
        if fingerprint is not None and is_revoked(seen, fingerprint):
            return Refusal(401, "revoked", "its certificate has been revoked")
        accepts = partial(self._accepts, station)
        refused = admission.refusal(station, self.profile(station), accepts, proof)
        if refused is not None:
            return refused
        user, secret = admission.credentials(proof.authorization)
        self._proven.pop(station, None)
        self._raised.pop(station, None)
        self._coming[station] = Shown(proof.tls, "certificate" if station in proof.certificate_names else None)
        if user == station.encode() and accepts(secret):
            self._proven[station] = secret
            if self._coming[station].by is None:
                self._coming[station] = Shown(proof.tls, "password")
        target = seen.upgrading_to if seen is not None else None
        if target is not None and admission.refusal(station, target, accepts, proof) is None:
            self._raised[station] = target
        return None

    def proof(self, station: str) -> dict[str, Any] | None:
        """How the station of the newest link has proven who it is: whether over `tls`, and `by` password, by
        certificate or, None, by nothing."""
        shown = self._shown.get(station)
        return None if shown is None else {"tls": shown.tls, "by": shown.by}

    def arrived(self, station: str) -> tuple[f.Fact, ...]:
        """What the arrival of a station that was let in has proven for the first time."""
        now, found = self._hub.now(), list[f.Fact]()
        if (shown := self._coming.pop(station, None)) is not None:
            self._shown[station] = shown
        secret, target = self._proven.pop(station, None), self._raised.pop(station, None)
        if secret is not None and self._keys.confirm(station, self._passwords.get(station), secret):
            found.append(f.PasswordConfirmed(station=station, at=now))
        elif secret is not None and self._opens_what_was_set(station, secret) and self._keys.retire(station):
            found.append(f.PasswordConfirmed(station=station, at=now, set_here=True))
        if target is not None:
            found.append(f.SecurityProfileRaised(station=station, at=now, profile=target))
        return tuple(found)
