"""Browsers that may act as the kiosk's screen: paired once by a code that the installer has, known by a cookie.

Of a cookie the file keeps a SHA-256 alone: it is made of 256 bits of chance, so nobody finds it from that. A browser
stays paired over restarts of both, until an installer takes it out.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from edgegw.journal import durable
from edgegw.journal.rows import stamp

CODE_S: Final = 300.0
"""How long a code may be used."""

DIGITS: Final = 8
TRIES: Final = 5
"""Wrong tries, after which a code is void: a guesser has one chance in 20 million, however fast he is. Nobody has to
wait for them, or whoever plays with an unpaired page would lock the installer out."""

MOST: Final = 16
"""Browsers at once: more is a mistake, or somebody's game."""


class CodeRefused(Exception):
    """The code does not pair; the text says why and what to do."""


class Pairing:
    """The paired browsers in the file `path` (mode 0600).

    Raises ValueError, when it is built, for a file that can't be read.
    """

    def __init__(self, path: Path, *, now: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._path = path
        self._now = now
        self._monotonic = monotonic
        self._code: tuple[str, float] | None = None
        self._left = 0
        try:
            self._browsers: dict[str, dict[str, Any]] = json.loads(path.read_bytes())
        except FileNotFoundError:
            self._browsers = {}
        except (OSError, ValueError) as error:
            raise ValueError(f"{path}: the kiosk's browsers can't be read: {error}") from error

    def code(self) -> str:
        """A new code, which takes the place of one that was not used."""
        made = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        self._code, self._left = (made, self._monotonic() + CODE_S), TRIES
        return made

    def pair(self, shown: str) -> str:
        """The cookie of a browser that shows the code, which is used up by that. Raises CodeRefused, and OSError when
        it can't be kept."""
        code, until_s = self._code or ("", 0.0)
        good = hmac.compare_digest(code.encode(), "".join(shown.split()).encode())
        if not (good and self._monotonic() < until_s):
            self._left -= 1
            if self._left <= 0:
                self._code = None
            raise CodeRefused("this code does not pair, or not any more; ask for a new one with: edgegw kiosk pair")
        if len(self._browsers) >= MOST:
            raise CodeRefused(f"{MOST} browsers are paired; take one out with: edgegw kiosk unpair")
        self._code = None
        cookie = secrets.token_urlsafe(32)
        row = {"hash": _hash(cookie), "paired_at": stamp(self._now())}
        self._keep({**self._browsers, secrets.token_hex(4): row})
        return cookie

    def browser(self, cookie: str | None) -> str | None:
        """The id of the browser that shows this cookie, None for a stranger."""
        shown, found = _hash(cookie or ""), None
        for name, row in self._browsers.items():  # all of them, so that the time does not tell which one it was
            if hmac.compare_digest(row["hash"], shown):
                found = name
        return found

    def browsers(self) -> list[dict[str, Any]]:
        """Id and time of each, the oldest first."""
        return [{"id": name, "paired_at": row["paired_at"]} for name, row in self._browsers.items()]

    def unpair(self, browser: str) -> bool:
        """Take a browser out; False when it is not known. Raises OSError."""
        if browser not in self._browsers:
            return False
        self._keep({name: row for name, row in self._browsers.items() if name != browser})
        return True

    def _keep(self, browsers: dict[str, dict[str, Any]]) -> None:
        durable.replace(self._path, json.dumps(browsers).encode(), 0o600)
        self._browsers = browsers


def _hash(cookie: str) -> str:
    return sha256(cookie.encode()).hexdigest()
