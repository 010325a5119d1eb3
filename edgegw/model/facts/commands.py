"""Facts of commands: received, dispatched, ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, ClassVar, Literal

from edgegw.model.facts.fact import Fact
from edgegw.model.value import value


@value(kw_only=True)
class CommandReceived(Fact):
    """A command was written down before anyone was told that it arrived. `args` without what is private; `private` is
    that as JSON, but for the `id_token`."""

    type: ClassVar[str] = "command_received"
    personal: ClassVar[tuple[str, ...]] = ("id_token", "private")
    shown: ClassVar[tuple[str, ...] | None] = ("command", "name")

    command: str
    name: str
    args: Mapping[str, Any] = field(default_factory=dict)
    id_token: str | None = None
    private: str | None = None
    by: str
    proof: str | None = None
    expires_at: datetime | None = None
    wait: bool = False


@value(kw_only=True)
class CommandDispatched(Fact):
    """The command is on its way to the one who carries it out; from here on it is never sent again.

    `remote_start_id` is the number that the hub gave to it, where it got one: remoteStartId, requestId, reservationId.
    """

    type: ClassVar[str] = "command_dispatched"
    shown: ClassVar[tuple[str, ...] | None] = ("command",)

    command: str
    remote_start_id: int | None = None


@value(kw_only=True)
class CommandEnded(Fact):
    type: ClassVar[str] = "command_ended"
    shown: ClassVar[tuple[str, ...] | None] = ("command", "state")

    command: str
    state: Literal["done", "failed", "expired", "rejected", "unknown"]
    reason: str | None = None
    result: Mapping[str, Any] | None = None
