"""Secrets in payloads, found by the names of what holds them: passwords, keys, shared secrets, users in URLs.

Every version's way of naming a setting is known: `key` and `value` of 1.6, `variable` and `attributeValue` of 2.x, and
those of commands. JSON within a text is read. What was hidden once is looked for in every text that comes later.
"""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

HIDDEN: Final = "…"

MAX_HELD: Final = 200
"""Secrets that are looked for in later texts."""

SHORTEST: Final = 4
"""A secret of fewer characters is not looked for: it would be found in every number."""

_WORDS: Final = re.compile(
    r"pass_?(word|wd|phrase)|authorization_?key|secret|private_?key|^(sim)?_?pin$", re.IGNORECASE
)

_VALUES: Final = ("value", "attributeValue", "variableAttribute", "actualValue")
"""Where the value of a named setting stands."""

_PRIVATE_KEY: Final = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)

_USER: Final = re.compile(r"(?<=://)[^/@\s]+@")

_TOLD: Final = re.compile(
    r"""(?i)((?:password|passwd|passphrase|secret|authorizationkey|private_?key)["']?\s*[:=]\s*["']?)[^\s"',;&…]+"""
)
"""A secret behind its name in free text."""


def is_secret(name: str) -> bool:
    """Whether the value of a setting of this name is not to be kept, though a station tells it."""
    return _WORDS.search(name) is not None


def without_secrets(value: Any) -> Any:
    """A payload, its secrets HIDDEN."""
    return Hiding().of(value)


class Hiding:
    """Hides what is secret in one payload after another, and remembers what it hid."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, None] = OrderedDict()

    def of(self, value: Any) -> Any:
        """`value` as it may be told."""
        if isinstance(value, Mapping):
            return self._object(value)
        if isinstance(value, list | tuple):
            return [self.of(each) for each in value]
        return self._inner(value) if isinstance(value, str) else value

    def text(self, text: str) -> str:
        """Any text as it may be told."""
        text = _USER.sub(f"{HIDDEN}@", _PRIVATE_KEY.sub(HIDDEN, text))
        for secret in self._held:
            text = text.replace(secret, HIDDEN)
        return text

    def _object(self, value: Mapping[str, Any]) -> dict[str, Any]:
        named = setting(value)
        hides = named is not None and is_secret(named)
        return {
            key: self._hidden(each)
            if (hides and key in _VALUES) or (is_scalar(each) and (is_secret(key) or is_shared_key(key, value)))
            else self._kept(key, each, named)
            for key, each in value.items()
        }

    def _kept(self, key: str, value: Any, named: str | None) -> Any:
        """What stands under a key of an object that is about the setting `named`, and is no secret."""
        return self.of(value)

    def _hidden(self, value: Any) -> Any:
        """`value` of the same shape, its texts hidden: a list of attributes of a secret variable."""
        if isinstance(value, Mapping):
            return {key: self._hidden(each) if key == "value" else each for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self._hidden(each) for each in value]
        if isinstance(value, str) and len(value) >= SHORTEST:
            self._held[value] = None
            if len(self._held) > MAX_HELD:
                self._held.popitem(last=False)
        return HIDDEN if value is not None else None

    def _inner(self, text: str) -> str:
        """A text; JSON in it, as DataTransfer of 1.6 has, is looked through as such."""
        if text[:1] in ("{", "["):
            try:
                content = json.loads(text)
                found = self.of(content)
            except (ValueError, RecursionError):
                pass
            else:
                return text if found == content else json.dumps(found, ensure_ascii=False, separators=(",", ":"))
        return _TOLD.sub(rf"\1{HIDDEN}", self.text(text))


def setting(value: Mapping[str, Any]) -> str | None:
    """The name of the setting that an object is about: `key` in 1.6, `variable.name` in 2.x, `variable` in commands."""
    variable = value.get("variable")
    if isinstance(variable, Mapping):
        variable = variable.get("name")
    if isinstance(variable, str):
        return variable
    key = value.get("key")
    return key if isinstance(key, str) and ("value" in value or "readonly" in value) else None


def is_scalar(value: Any) -> bool:
    """Whether a key's value may be the secret itself, and not what is known of one."""
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))


def is_shared_key(key: str, value: Mapping[str, Any]) -> bool:
    """Whether it is the key of a VPN (2.0.1 part 2, VPNType)."""
    return key.lower() == "key" and bool({"server", "user"} & value.keys())
