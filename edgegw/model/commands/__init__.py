"""Commands: what someone wants done, and what became of it.

A command acts once: received -> dispatched -> done | failed | expired | rejected | unknown. After dispatch it is never
sent again. `CATALOGUE` is the table of what can be asked for, a module for each part of the house.
"""

from __future__ import annotations

from collections.abc import Mapping

from edgegw.model.commands import (
    charging,
    der,
    devices,
    gateway,
    lists,
    security,
    stations,
    streams,
    swap,
    tariffs,
    upkeep,
)
from edgegw.model.commands.argument import (
    AnyObject,
    Anything,
    Argument,
    CommandName,
    Kind,
    ListOf,
    Money,
    Number,
    OneOf,
    Record,
    Text,
    Time,
    Whole,
    YesNo,
)
from edgegw.model.commands.order import (
    ENDED,
    Asker,
    Command,
    CommandPhase,
    Limiting,
    Outcome,
    Setpoint,
    SetpointResult,
)

CATALOGUE: Mapping[str, CommandName] = {
    **charging.COMMANDS,
    **der.COMMANDS,
    **stations.COMMANDS,
    **streams.COMMANDS,
    **swap.COMMANDS,
    **tariffs.COMMANDS,
    **upkeep.COMMANDS,
    **devices.COMMANDS,
    **security.COMMANDS,
    **lists.COMMANDS,
    **gateway.COMMANDS,
}
"""The commands of this version by wire name, with their arguments (CONTRACT: Commands)."""

__all__ = [
    "CATALOGUE",
    "ENDED",
    "AnyObject",
    "Anything",
    "Argument",
    "Asker",
    "Command",
    "CommandName",
    "CommandPhase",
    "Kind",
    "Limiting",
    "ListOf",
    "Money",
    "Number",
    "OneOf",
    "Outcome",
    "Record",
    "Setpoint",
    "SetpointResult",
    "Text",
    "Time",
    "Whole",
    "YesNo",
]
