"""Who may come in: the station's name from the URL, the version from the offer, the proof from the security profile.

Decisions on values; the server turns a `Refusal` into the HTTP response that ends the opening handshake.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import unquote

from edgegw.stations.codec import Version

SUBPROTOCOLS: Final[Mapping[str, Version]] = {"ocpp1.6": "1.6", "ocpp2.0.1": "2.0.1", "ocpp2.1": "2.1"}

MAX_STATION_ID: Final = 255


@dataclass(frozen=True, slots=True)
class Refusal:
    """`status` is the HTTP status, `reason` the word for the counter, `text` what an installer reads.
    `retry_after_s`: when another try makes sense, in seconds."""

    status: int
    reason: str
    text: str
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """What a connection shows: whether it is encrypted, its Authorization header, the names in its certificate."""

    tls: bool
    authorization: str | None = None
    certificate_names: frozenset[str] = frozenset()


def station_id(path: str) -> str | None:
    """The station's identity: the last segment of the URL's path, percent-decoded (OCPP-J 1.6 section 3.1.1).

    Doubled and trailing slashes, a query, and a whole URL that a station puts into the path are let pass. None when
    there is no segment or it holds what no identity does (control characters, a slash, more than 255 characters).
    """
    segments = [segment for segment in path.partition("?")[0].split("/") if segment]
    if not segments:
        return None
    station = unquote(segments[-1], errors="replace").strip()
    sound = 0 < len(station) <= MAX_STATION_ID and station.isprintable() and "/" not in station
    return station if sound and "\ufffd" not in station else None


def choose_subprotocol(offered: Sequence[str]) -> str | None:
    """The first of the client's list that is spoken here: the list is in the client's order of preference
    (RFC 6455 section 4.1), and a station knows best which of its versions works."""
    return next((name for name in offered if name in SUBPROTOCOLS), None)


def certificate_names(certificate: dict[str, Any] | None) -> frozenset[str]:
    """Common names and DNS alternative names of a certificate in the form of `ssl.SSLSocket.getpeercert`."""
    if not certificate:
        return frozenset()
    names = {value for part in certificate.get("subject", ()) for key, value in part if key == "commonName"}
    names |= {value for key, value in certificate.get("subjectAltName", ()) if key == "DNS"}
    return frozenset(names)


Accepts = Callable[[bytes], bool]
"""Whether what a station shows is a password of it."""


def refusal(station: str, profile: int, password: str | Accepts | None, proof: Proof) -> Refusal | None:
    """Why a station of security profile `profile` may not come in with `proof`; None when it may. `password` is its
    password, or what tells whether a shown one is.

    Profiles (OCPP 2.0.1 part 2 section A.1.3, 1.6 security whitepaper section 2): 0 no proof, 1 basic auth, 2 TLS and
    basic auth, 3 TLS with a client certificate that names the station. A profile is a minimum for the transport: what
    is configured for 2 or 3 does not come in over plain text, while 0 and 1 may come over TLS.
    """
    if profile >= 2 and not proof.tls:
        return Refusal(403, "plain_text", f"security profile {profile} asks for TLS")
    if profile == 3:
        # A certificate of the right CA is not enough: it would let any station speak for any other.
        if station not in proof.certificate_names:
            return Refusal(401, "certificate", "no client certificate that names this station")
        return None
    accepts = password if callable(password) else partial(matches, password)
    if profile in (1, 2) and not _password_matches(station, accepts, proof.authorization):
        return Refusal(401, "password", "wrong or missing user name or password")
    return None


def _password_matches(station: str, accepts: Accepts, authorization: str | None) -> bool:
    user, secret = credentials(authorization)
    # The password is looked at whoever asks, so that the time does not tell whether the name was right.
    is_password, is_user = accepts(secret), hmac.compare_digest(user, station.encode())
    return is_password and is_user and bool(secret)


def credentials(authorization: str | None) -> tuple[bytes, bytes]:
    """User name and password of an Authorization header of the scheme Basic (RFC 7617), empty where it has none."""
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return b"", b""
    try:
        shown = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b"", b""
    user, colon, secret = shown.partition(b":")
    return (user, secret) if colon else (b"", b"")


def forms(password: str) -> list[bytes]:
    """What stations send of a password: 1.6's AuthorizationKey is set as hex, and some send the octets that it stands
    for, some the hex text."""
    found = [password.encode()]
    try:
        octets = bytes.fromhex(password)
    except ValueError:
        octets = b""
    return [*found, octets, password.lower().encode(), password.upper().encode()] if octets else found


def matches(password: str | None, secret: bytes) -> bool:
    """Whether `secret` is the password in one of its forms."""
    found = 0
    for form in forms(password) if password is not None else ():  # each: the time must not tell which one it was
        found += hmac.compare_digest(secret, form)
    return found > 0
