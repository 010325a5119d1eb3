"""Passwords of stations as the ledger may hold them: digests under its own salt, which leaves it in no fact.

OCPP's passwords are long and random (at least 16 characters, OCPP 2.0.1 part 2 A00.FR.205), so that one round of HMAC
is enough: a station that reconnects after an outage must not wait for a slow hash a thousand times over.
"""

from __future__ import annotations

import hmac
from typing import Final

LEAST, MOST = 16, 40
"""Characters of a password (OCPP 2.0.1 part 2 A00.FR.205; 40 hex characters are 1.6's 20 bytes)."""

_MARK: Final = "hmac-sha256:"


def seal(salt: bytes, station: str, password: str) -> str:
    """The digest that stands for a password; the empty text for one that is too short or too long."""
    return _MARK + _digest(salt, station, _canonical(password)) if LEAST <= len(password) <= MOST else ""


def is_seal(text: object) -> bool:
    return isinstance(text, str) and text.startswith(_MARK)


def opens(salt: bytes, station: str, sealed: str, shown: bytes) -> bool:
    """Whether `shown` is the password of `sealed`.

    1.6's AuthorizationKey is set as hex; some stations then send the octets that it stands for, some the hex text, in
    either case.
    """
    wanted = sealed.removeprefix(_MARK)
    forms = [shown]
    try:
        forms.append(bytes.fromhex(shown.decode("ascii")))
    except ValueError:
        forms.append(shown)
    matches = 0
    for form in forms:  # both, so that the time does not tell which one it was
        matches += hmac.compare_digest(_digest(salt, station, form), wanted)
    return matches > 0


def _canonical(password: str) -> bytes:
    try:
        return bytes.fromhex(password)
    except ValueError:
        return password.encode()


def _digest(salt: bytes, station: str, secret: bytes) -> str:
    return hmac.digest(salt, b"\0".join((b"station", station.encode(), secret)), "sha256").hex()
