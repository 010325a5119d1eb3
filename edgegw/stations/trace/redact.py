"""What a trace must not tell: who charged, what a station proves itself with, and where its secrets may be fetched.

An id token becomes `token-1`, `token-2` ...: the same card has the same name throughout a trace, so that the story can
be followed and heard again. A secret becomes `…`. What is redacted is decided by the names of keys, in every version,
and whatever a token was called once is looked for in every text that follows. Certificates are public, and stay.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

HIDDEN: Final = "…"

_TOKENS: Final = frozenset({"idtag", "parentidtag", "idtoken", "emaid", "masterpassgroupid"})
"""Keys whose text is an id token."""

_SECRETS: Final = frozenset({
    "password", "basicauthpassword", "apnpassword", "simpin", "authorizationkey", "exirequest", "exiresponse",
    "customeridentifier",
})  # fmt: skip
"""Keys whose value is never told; EXI holds a contract's private key."""

_URLS: Final = frozenset({"location", "remotelocation"})
"""Keys of URLs whose path may be a ticket, and whose user may be one."""

_SECRET_NAME: Final = re.compile(r"password|passwd|authorizationkey|secret|privatekey|\bpin\b", re.IGNORECASE)
"""Settings that hold a secret, by what 1.6 calls a key and 2.x a variable."""

_TOKEN_NAME: Final = re.compile(r"masterpassgroupid", re.IGNORECASE)

_PRIVATE_KEY: Final = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)

_USER: Final = re.compile(r"(?<=://)[^/@\s]+@")

_VALUES: Final = ("value", "attributeValue", "variableAttribute", "actualValue")
"""Where the value of a named setting stands."""

SHORTEST: Final = 4
"""A token of fewer characters is not looked for in other texts: it would be found in every number."""


class Redaction:
    """Of one trace: it remembers which token has which name."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def payload(self, payload: Any, action: str | None = None) -> Any:
        """The payload of a frame as it may be told."""
        if action == "NotifyCustomerInformation" and isinstance(payload, Mapping):
            payload = {key: HIDDEN if key == "data" else value for key, value in payload.items()}
        return self._of(payload)

    def text(self, text: str) -> str:
        """Any text as it may be told."""
        text = _PRIVATE_KEY.sub(HIDDEN, text)
        text = _USER.sub(f"{HIDDEN}@", text)
        for token, name in self._names.items():
            if len(token) >= SHORTEST:
                text = re.sub(re.escape(token), name, text, flags=re.IGNORECASE)
        return text

    def _of(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return self._object(value)
        if isinstance(value, list):
            return [self._of(each) for each in value]
        return self._inner(value) if isinstance(value, str) else value

    def _object(self, value: Mapping[str, Any]) -> dict[str, Any]:
        named = _setting(value)
        hides = named is not None and _SECRET_NAME.search(named) is not None
        is_token = named is not None and _TOKEN_NAME.search(named) is not None
        found: dict[str, Any] = {}
        for key, each in value.items():
            low = key.lower()
            if low in _SECRETS or (hides and key in _VALUES):
                found[key] = HIDDEN if isinstance(each, str) else _blank(each)
            elif isinstance(each, str) and (low in _TOKENS or (is_token and key in _VALUES)):
                found[key] = self._token(each)
            elif isinstance(each, str) and low in _URLS and "://" in each:
                found[key] = _place(each)
            elif low == "prioritizedemaids" or (low == "key" and {"server", "user"} & value.keys()):
                found[key] = HIDDEN  # people's contracts; a VPN's shared key
            else:
                found[key] = self._of(each)
        return found

    def _token(self, token: str) -> str:
        if not token:
            return token
        # Without case, as OCPP has it: one card that two readers spell differently is one card.
        return self._names.setdefault(token.casefold(), f"token-{len(self._names) + 1}")

    def _inner(self, text: str) -> str:
        """A text; JSON in it, as DataTransfer of 1.6 has, is redacted as such."""
        if text[:1] in ("{", "["):
            try:
                return json.dumps(self._of(json.loads(text)), ensure_ascii=False, separators=(",", ":"))
            except (ValueError, RecursionError):
                pass
        return self.text(text)


def _setting(value: Mapping[str, Any]) -> str | None:
    """The name of the setting that an object is about: `key` in 1.6, `variable.name` in 2.x."""
    variable = value.get("variable")
    if isinstance(variable, Mapping):
        name = variable.get("name")
        return name if isinstance(name, str) else None
    key = value.get("key")
    return key if isinstance(key, str) and ("value" in value or "readonly" in value) else None


def _blank(value: Any) -> Any:
    """`value` of the same shape, its texts hidden: a list of attributes of a secret variable."""
    if isinstance(value, Mapping):
        return {key: HIDDEN if key == "value" else each for key, each in value.items()}
    return [_blank(each) for each in value] if isinstance(value, list) else HIDDEN


def _place(url: str) -> str:
    """A URL without its user and its path."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/{HIDDEN}"
