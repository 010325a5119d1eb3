"""Who may come in: the station's name from the URL, the version from the offer, the proof from the security profile.

Decisions on values; the server turns a `Refusal` into the HTTP response that ends the opening handshake.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import unquote

from websockets.datastructures import Headers

from edgegw.stations.codec import Version
from edgegw.stations.rpc import one_line

SUBPROTOCOLS: Final[Mapping[str, Version]] = {"ocpp1.6": "1.6", "ocpp2.0.1": "2.0.1", "ocpp2.1": "2.1"}

MAX_STATION_ID: Final = 255

PREFIX: Final = "ocpp"
"""The path that stations are given, before their identity."""

_OFFER: Final = "Sec-WebSocket-Protocol"
_SEPARATORS: Final = re.compile(r"[\s,;\"']+")
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&*+.^_`|~-]+")


@dataclass(frozen=True, slots=True)
class Refusal:
    """`status` is the HTTP status, `reason` the word for the counter, `text` what an installer reads.
    `retry_after_s`: when another try makes sense, in seconds. `detail` is for the log alone: who knocks with a wrong
    password is not told what is wrong."""

    status: int
    reason: str
    text: str
    retry_after_s: float | None = None
    detail: str | None = None

    @property
    def told(self) -> str:
        """What the log says."""
        return self.text if self.detail is None else f"{self.text}: {self.detail}"


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
    return next((name for name in offered if name.lower() in SUBPROTOCOLS), None)


def tidy(headers: Headers) -> None:
    """Make the offered subprotocols a list of tokens as RFC 6455 section 4.1 has it: stations send it empty, quoted, or
    with other separators, and are then shown the door for it."""
    given = headers.get_all(_OFFER)
    if given:
        del headers[_OFFER]
        if names := [name for each in given for name in _SEPARATORS.split(each) if _TOKEN.fullmatch(name)]:
            headers[_OFFER] = ", ".join(names)


def offer(headers: Headers) -> str:
    """What a station offers, for the log."""
    return one_line(", ".join(headers.get_all(_OFFER)), 80) or "it names none"


def nearly(station: str, names: Iterable[str]) -> str | None:
    """A name that differs from `station` in letter case, blanks and dashes alone; None where the station is named."""
    known = frozenset(names)
    bare = _bare(station)
    return next((name for name in sorted(known) if _bare(name) == bare), None) if station not in known else None


def _bare(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


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
        detail = _wrong(station, proof.authorization)
        return Refusal(401, "password", "wrong or missing user name or password", detail=detail)
    return None


def _wrong(station: str, authorization: str | None) -> str:
    """What is wrong with a password that was not accepted, for the log."""
    if authorization is None:
        return "it shows none"
    user, secret = credentials(authorization)
    if not user and not secret:
        return "its Authorization header is none of the scheme Basic"
    if user != station.encode():
        return "its user name is not its identity"
    return "its password is wrong" if secret else "its password is empty"


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
        bare = encoded.strip().rstrip("=")
        shown = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)  # some leave the padding out
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
