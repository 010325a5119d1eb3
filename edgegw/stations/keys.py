"""Passwords that the gateway made for stations: as digests, old and new side by side until the new one is in use.

A password is made of 160 bits of chance or more, so one round of SHA-256 with a salt keeps it: what costs time to guess
slowly is for words that people choose. The password itself is in memory while it is on its way to the station, and
nowhere after that.
"""

from __future__ import annotations

import hmac
import json
import logging
import secrets
from collections.abc import Iterable, Mapping
from hashlib import scrypt, sha256
from pathlib import Path
from typing import Any, Final

from edgegw.journal import durable
from edgegw.stations import admission
from edgegw.stations.codec import Version

log = logging.getLogger("edgegw.stations")

MAX_ON_THE_WAY: Final = 4
"""New passwords of a station of which nobody knows whether it took them; beyond, the oldest is given up."""

_LETTERS: Final = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def new_password(version: Version) -> str:
    """A password as stations of this version take it.

    1.6: 20 octets as 40 digits of hex (security whitepaper, AuthorizationKey); 2.x: 32 letters and digits, of the 16 to
    40 that BasicAuthPassword has (OCPP 2.0.1 part 2, A00.FR.205).
    """
    if version == "1.6":
        return secrets.token_hex(20)
    return "".join(secrets.choice(_LETTERS) for _ in range(32))


class Keys:
    """The passwords in the file `path` (mode 0600), or in memory alone without one.

    Raises ValueError, when it is built, for a file that can't be read: without it, stations would be locked out.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._known: dict[str, dict[str, Any]] = {}
        if path is None:
            return
        try:
            self._known = json.loads(path.read_bytes())
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            raise ValueError(f"{path}: the stations' passwords can't be read: {error}") from error

    def propose(self, station: str, password: str) -> None:
        """Take `password` as well from now on, beside what is taken already. Raises OSError when it can't be kept:
        then the station must not be told of it."""
        old = self._known.get(station, {})
        salt = old.get("salt") or secrets.token_hex(16)
        new = [*old.get("new", ()), _digests(salt, admission.forms(password))][-MAX_ON_THE_WAY:]
        self._keep(station, {**old, "salt": salt, "new": new})

    def withdraw(self, station: str) -> None:
        """Forget the newest proposal: the station has refused it."""
        old = self._known[station]
        try:
            self._keep(station, {**old, "new": old["new"][:-1]})
        except OSError as error:  # a password that nobody has is taken a while longer: it opens to no one
            log.warning("%s: a password that was refused can't be struck out: %s", station, error)

    def is_confirmed(self, station: str) -> bool:
        """Whether the station has shown a password that the gateway made."""
        return bool(self._known.get(station, {}).get("current"))

    def is_pending(self, station: str) -> bool:
        """Whether there is a new password that the station has not shown yet."""
        return bool(self._known.get(station, {}).get("new"))

    def accepts(self, station: str, configured: str | None, shown: bytes) -> bool:
        """Whether `shown` is a password of the station. `configured` is the one that the site's file names: it counts
        until one of the gateway's is in use, and again when somebody has put another one there since."""
        row = self._known.get(station)
        if row is None:
            return admission.matches(configured, shown)
        found = _is_in(row, shown, [*row.get("new", ()), row.get("current", ())])
        if found or not admission.matches(configured, shown):
            return found
        return not row.get("current") or _mark(row["salt"], configured) != row.get("superseded")

    def confirm(self, station: str, configured: str | None, shown: bytes) -> bool:
        """Take note that the station has shown `shown`, which is accepted: True when it is a new one, which from now on
        is the only one."""
        row = self._known.get(station)
        if row is None:
            return False
        shown_now = next((each for each in row.get("new", ()) if _is_in(row, shown, [each])), None)
        if shown_now is None:
            return False
        now = {"salt": row["salt"], "current": shown_now, "superseded": _mark(row["salt"], configured)}
        try:
            self._keep(station, now)
        except OSError as error:
            log.error("%s: that its new password is in use can't be kept, the old one stays good: %s", station, error)
            return False
        return True

    def retire(self, station: str) -> bool:
        """The station has shown a password that somebody set for it after it used one of the gateway's: True when there
        was such a one, which is not taken any more. One that is on its way stays."""
        row = self._known.get(station)
        if row is None or not row.get("current"):
            return False
        try:
            self._keep(station, {"salt": row["salt"], "new": row.get("new", [])})
        except OSError as error:
            log.error("%s: that it uses the password that was set can't be kept, an older one stays good: %s",
                      station, error)  # fmt: skip
            return False
        return True

    def _keep(self, station: str, row: Mapping[str, Any]) -> None:
        known = {**self._known, station: dict(row)}
        if self._path is not None:
            durable.replace(self._path, json.dumps(known, sort_keys=True).encode(), 0o600)
        self._known = known


def _digests(salt: str, forms: Iterable[bytes]) -> list[str]:
    return [sha256(salt.encode() + form).hexdigest() for form in forms]


def _mark(salt: str, configured: str | None) -> str | None:
    """What tells whether the file's password is still the same. It may be a word that somebody chose: scrypt."""
    if configured is None:
        return None
    return scrypt(configured.encode(), salt=salt.encode(), n=1024, r=8, p=1, dklen=32).hex()


def _is_in(row: Mapping[str, Any], shown: bytes, groups: Iterable[Iterable[str]]) -> bool:
    (digest,) = _digests(row["salt"], [shown])
    matches = 0
    for group in groups:  # each of them, also after a match, so that the time does not tell which one it was
        for known in group:
            matches += hmac.compare_digest(digest, known)
    return matches > 0
