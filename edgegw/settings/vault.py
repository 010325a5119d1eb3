"""HashiCorp Vault as a source of secrets: KV version 2, with a token or an AppRole, by the standard library.

    credential: vault:PATH#KEY  ─►  GET {url}/v1/{mount}/data/{path}  ─►  data.data[KEY]

`secrets.vault.path` is the mount and what every PATH begins with. A secret is asked for anew once it is older than
`refresh`; while Vault is away the last one counts. A token of an AppRole, and one that says it is renewable, is renewed
at two thirds of its life; what Vault no longer takes is replaced by a new login. Sources: the HTTP API pages of Vault's
documentation (secret/kv/kv-v2, auth/approle, auth/token, "HTTP status codes").
"""

from __future__ import annotations

import http.client
import json
import logging
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

from edgegw.scalars import Credential
from edgegw.settings.credentials import VAULT, MissingCredential
from edgegw.settings.schema import Vault as VaultSettings

log = logging.getLogger("edgegw.vault")

MOST_BYTES: Final = 1024 * 1024
AGAIN_S: Final = 10.0
"""So long a Vault that did not answer is not asked again: a hundred stations' passwords must not wait in turn."""


class _Refused(Exception):
    """Vault answered with an error; `status` is HTTP's."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(slots=True)
class _Token:
    text: str
    renew_at: float | None
    """Monotonic; None for one that does not end, or can't be renewed."""
    renewable: bool


@dataclass(frozen=True, slots=True)
class _Held:
    values: Mapping[str, Any]
    until: float


class Vault:
    """One Vault. `secret_of` reads what we show it, from files; `monotonic` is the clock of lives. Its calls wait for
    the network, and may come from any thread."""

    def __init__(
        self,
        settings: VaultSettings,
        secret_of: Callable[[Credential], str],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._secret_of = secret_of
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._token: _Token | None = None
        self._held: dict[str, _Held] = {}
        self._silent_until = 0.0
        self.trouble: str | None = None
        """Why it can't be used now, for people; None while it can."""

    def secret(self, name: str) -> str:
        """The secret of `vault:PATH#KEY`, without a newline at its end. Raises MissingCredential."""
        path, _, key = name.removeprefix(VAULT).partition("#")
        if not key:
            raise MissingCredential(f"the credential {name} names no key: write vault:PATH#KEY")
        with self._lock:
            held = self._held.get(path)
            if held is None or self._monotonic() >= held.until:
                held = self._asked_anew(name, path, held)
        value = held.values.get(key)
        if not isinstance(value, str):
            there = ", ".join(sorted(held.values)) or "none"
            raise MissingCredential(f"the credential {name}: Vault has no text under {key} there; it has: {there}")
        return value.rstrip("\r\n")

    def _asked_anew(self, name: str, path: str, held: _Held | None) -> _Held:
        try:
            if self._monotonic() < self._silent_until:
                raise MissingCredential(f"the credential {name} can't be had: {self.trouble}")
            held = self._held[path] = _Held(self._read(path), self._monotonic() + self._settings.refresh)
            self.trouble = None
        except (OSError, http.client.HTTPException, ValueError, _Refused) as error:
            self._troubled(error)
            if held is None:
                raise MissingCredential(f"the credential {name} can't be had: {self.trouble}") from error
        return held

    def _troubled(self, error: Exception) -> None:
        if self._monotonic() < self._silent_until:
            return  # it was not even asked
        if isinstance(error, MissingCredential):
            text = str(error)
        elif isinstance(error, _Refused):
            text = f"{self._settings.url}: {error}"
        else:
            why = "it did not answer in time" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
            text = f"{self._settings.url}: {why}"
        if not isinstance(error, _Refused):
            self._silent_until = self._monotonic() + AGAIN_S
        if self.trouble != text:
            log.warning("no secrets from Vault: %s", text)
            self.trouble = text

    # What is said with it

    def _read(self, path: str) -> Mapping[str, Any]:
        mount, _, below = self._settings.path.strip("/").partition("/")
        whole = "/".join(part for part in (below, path.strip("/")) if part)
        target = f"/v1/{quote(mount)}/data/{quote(whole)}"
        try:
            answer = self._with_token(target)
        except _Refused as refused:
            if refused.status == 404:
                raise _Refused(404, f"there is nothing at {mount}/{whole} (KV version 2)") from refused
            raise
        values = (answer.get("data") or {}).get("data")
        if not isinstance(values, dict):
            raise ValueError(f"what is at {mount}/{whole} is no secret of KV version 2")
        return values

    def _with_token(self, target: str) -> dict[str, Any]:
        """GET as who we are; once more with a new login where the token is no longer taken."""
        token = self._good_token()
        try:
            return self._ask("GET", target, token)
        except _Refused as refused:
            if refused.status != 403:
                raise
        self._token = None
        return self._ask("GET", target, self._good_token())

    def _good_token(self) -> str:
        token = self._token
        if token is not None and token.renew_at is not None and self._monotonic() >= token.renew_at:
            token = self._token = self._renewed(token)
        if token is None:
            token = self._token = self._logged_in()
        return token.text

    def _logged_in(self) -> _Token:
        role = self._settings.approle
        if role is None:
            text = self._secret_of(self._settings.token)
            about = self._ask("GET", "/v1/auth/token/lookup-self", text).get("data") or {}
            return self._timed(text, about.get("ttl"), bool(about.get("renewable")))
        body = {"role_id": role.role_id, "secret_id": self._secret_of(role.secret_id)}
        return self._of(self._ask("POST", f"/v1/auth/{quote(role.mount)}/login", None, body))

    def _renewed(self, token: _Token) -> _Token | None:
        if not token.renewable:
            return None
        try:
            return self._of(self._ask("POST", "/v1/auth/token/renew-self", token.text, {}))
        except _Refused:
            return None

    def _of(self, answer: Mapping[str, Any]) -> _Token:
        given = answer.get("auth") or {}
        if not isinstance(given.get("client_token"), str):
            raise ValueError("its answer to the login has no token in it")
        return self._timed(given["client_token"], given.get("lease_duration"), bool(given.get("renewable")))

    def _timed(self, text: str, life_s: Any, renewable: bool) -> _Token:
        lives = isinstance(life_s, int | float) and life_s > 0
        return _Token(text, self._monotonic() + life_s * 2 / 3 if lives else None, renewable)

    def _ask(self, method: str, target: str, token: str | None, body: Any = None) -> dict[str, Any]:
        """The JSON of an answer. Raises _Refused, OSError, HTTPException and ValueError."""
        headers = {"X-Vault-Request": "true"}
        if token is not None:
            headers["X-Vault-Token"] = token
        if self._settings.namespace is not None:
            headers["X-Vault-Namespace"] = self._settings.namespace
        connection = self._connection()
        try:
            connection.request(method, target, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read(MOST_BYTES)
        finally:
            connection.close()
        if response.status >= 400:
            raise _Refused(response.status, _reason(response.status, text))
        told = json.loads(text)
        if not isinstance(told, dict):
            raise ValueError("it did not answer with a JSON object")
        return told

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self._settings.url)
        host, timeout_s = parts.hostname or "", self._settings.timeout
        if parts.scheme == "http":
            return http.client.HTTPConnection(host, parts.port or 8200, timeout=timeout_s)
        try:
            ca = None if self._settings.ca is None else str(self._settings.ca)
            context = ssl.create_default_context(cafile=ca)
        except OSError as error:
            raise ValueError(f"secrets.vault.ca: {self._settings.ca}: {error.strerror or 'no PEM'}") from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return http.client.HTTPSConnection(host, parts.port or 8200, timeout=timeout_s, context=context)


def _reason(status: int, text: bytes) -> str:
    """Vault's own words: `{"errors": [...]}`."""
    try:
        errors = [str(each) for each in json.loads(text)["errors"] if each]
    except (ValueError, KeyError, TypeError):
        errors = []
    known = {403: "the token or role may not read it", 429: "it is a standby node", 473: "it is a standby node"}
    known |= {503: "it is sealed, or in maintenance"}
    said = "; ".join(errors).replace("\n", " ").replace("\t", " ").replace("* ", "")
    return " ".join(part for part in (known.get(status, f"HTTP {status}"), f"({said})" if said else "") if part)
