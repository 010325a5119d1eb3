"""Which id tokens a station shall hold, and how its list comes there from what it holds now. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from edgegw.stations.codec import ListEntry

Held = Mapping[str, int]
"""Id token -> what stands at it, as `mark` says."""

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def chosen(entries: Iterable[ListEntry], charged_at: Mapping[str, datetime], most: int | None) -> list[ListEntry]:
    """The entries that go into a list of `most`, those whose tokens were shown last first: of a list that is too long
    the end is left out, also by a station that has not said how long it may be."""
    newest = sorted(entries, key=lambda entry: charged_at.get(entry.id_token, _LONG_AGO), reverse=True)
    return newest[:most]


def mark(entry: ListEntry) -> int:
    """What stands at an entry, as a number that changes with it; good in this process alone."""
    return hash((entry.status, entry.group, entry.language, entry.expires_at))


def held(entries: Iterable[ListEntry]) -> Held:
    return {entry.id_token: mark(entry) for entry in entries}


def differences(before: Held, wanted: Sequence[ListEntry]) -> tuple[list[ListEntry], list[str]]:
    """What has to be put into a list that holds `before`, and which tokens to be taken out."""
    put = [entry for entry in wanted if before.get(entry.id_token) != mark(entry)]
    names = {entry.id_token for entry in wanted}
    return put, [id_token for id_token in before if id_token not in names]


def digest(entries: Iterable[ListEntry], salt: bytes) -> str:
    """A digest of a list that nobody can guess its tokens from."""
    rows = sorted(
        [entry.id_token, entry.status, entry.group, entry.language, str(entry.expires_at or "")] for entry in entries
    )
    text: Any = json.dumps(rows, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), key=salt[:64], digest_size=16).hexdigest()
