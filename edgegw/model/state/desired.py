"""Rows about what the cloud wants to hold at the site."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from edgegw.model.value import value


@value(slots=False)
class DesiredState:
    """Key: the name, as it stands behind `dn/cfg/`. The revision that is in force here of what somebody wants.

    `tokens/local` counts what commands changed. `tariffs/next` waits for its time.
    """

    name: str
    rev: int
    digest: str
    at: datetime
    by: str
    listed: int | None = None
    """Tokens in the shard."""
    contents: Mapping[str, Any] | None = None
    """Price lists by name."""
    effective_from: datetime | None = None
    since: datetime | None = None
    """Price lists: when they came into force, where that is before `at`."""
