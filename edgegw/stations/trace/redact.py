"""What a trace must not tell: who charged, what a station proves itself with, and where its secrets may be fetched.

An id token becomes `token-1`, `token-2` ...: the same card has the same name throughout a trace, so that the story can
be followed and heard again. A secret becomes `…` (`edgegw.core.secrets`). What is redacted is decided by the names of
keys, in every version, and whatever a token was called once is looked for in every text that follows. Certificates are
public, and stay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from edgegw.core.secrets import HIDDEN, SHORTEST, Hiding

_TOKENS: Final = frozenset({"idtag", "parentidtag", "idtoken", "emaid", "masterpassgroupid"})
"""Keys whose text is an id token."""

_PEOPLE: Final = frozenset({"exirequest", "exiresponse", "customeridentifier", "prioritizedemaids"})
"""Keys whose value is never told: whose contract it is, and in EXI the private key to it."""

_URLS: Final = frozenset({"location", "remotelocation"})
"""Keys of URLs whose path may be a ticket, and whose user may be one."""

_TOKEN_NAME: Final = re.compile(r"masterpassgroupid", re.IGNORECASE)

_TOKEN_VALUES: Final = ("value", "attributeValue", "actualValue")


class Redaction(Hiding):
    """Of one trace: it remembers which token has which name."""

    def __init__(self) -> None:
        super().__init__()
        self._names: dict[str, str] = {}

    def payload(self, payload: Any, action: str | None = None) -> Any:
        """The payload of a frame as it may be told."""
        if action == "NotifyCustomerInformation" and isinstance(payload, Mapping):
            payload = {key: HIDDEN if key == "data" else value for key, value in payload.items()}
        return self.of(payload)

    def text(self, text: str) -> str:
        """Any text as it may be told."""
        text = super().text(text)
        for token, name in self._names.items():
            if len(token) >= SHORTEST:
                text = re.sub(re.escape(token), name, text, flags=re.IGNORECASE)
        return text

    def _kept(self, key: str, value: Any, named: str | None) -> Any:
        low = key.lower()
        if low in _PEOPLE:
            return self._hidden(value) if isinstance(value, str) else HIDDEN
        is_token = low in _TOKENS or (
            key in _TOKEN_VALUES and named is not None and _TOKEN_NAME.search(named) is not None
        )
        if isinstance(value, str) and is_token:
            return self._token(value)
        if isinstance(value, str) and low in _URLS and "://" in value:
            return _place(value)
        return self.of(value)

    def _token(self, token: str) -> str:
        if not token:
            return token
        # Without case, as OCPP has it: one card that two readers spell differently is one card.
        return self._names.setdefault(token.casefold(), f"token-{len(self._names) + 1}")


def _place(url: str) -> str:
    """A URL without its user and its path."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/{HIDDEN}"
