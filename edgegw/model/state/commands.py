"""Rows about commands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from edgegw.model.commands import CommandPhase
from edgegw.model.value import value


@value(slots=False)
class CommandState:
    """Key: the command's id."""

    id: str
    name: str
    args: Mapping[str, Any]
    by: str
    state: CommandPhase
    at: datetime
    id_token: str | None = None
    private: str | None = None
    """Arguments that are secret or about a person, as JSON."""
    proof: str | None = None
    expires_at: datetime | None = None
    wait: bool = False
    dispatched_at: datetime | None = None
    remote_start_id: int | None = None
    reason: str | None = None
    result: Mapping[str, Any] | None = None
