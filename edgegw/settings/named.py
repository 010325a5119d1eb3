"""Which credentials a configuration names, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from edgegw.scalars import Credential
from edgegw.settings.schema import Settings


def named(settings: Settings) -> Iterator[tuple[str, Credential]]:
    """(key, credential) of each that the file names or needs by default, such as `stations[0].password`."""
    vault = settings.secrets.vault if settings.secrets is not None else None
    by_role = vault is not None and vault.approle is not None  # which stands in the token's place
    for key, found in _within(settings, ""):
        if not (by_role and key == "secrets.vault.token"):
            yield key, found


def credentials_of(settings: Settings) -> list[Credential]:
    """Each once."""
    return list({found.credential: found for _, found in named(settings)}.values())


def _within(value: Any, key: str) -> Iterator[tuple[str, Credential]]:
    if isinstance(value, Credential):
        yield key, value
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield from _within(getattr(value, name), f"{key}.{field.alias or name}".lstrip("."))
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _within(each, f"{key}.{name}")
    elif isinstance(value, list | tuple):
        for index, each in enumerate(value):
            yield from _within(each, f"{key}[{index}]")
