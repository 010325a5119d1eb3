"""What facts change in the rows of commands."""

from __future__ import annotations

from typing import Any

from edgegw.core.fold.folds import Folds
from edgegw.model import facts as f
from edgegw.model.state import Change, Changes, CommandState, State
from edgegw.model.value import changed


def received_row(fact: f.CommandReceived) -> CommandState:
    """A command as it stands in the tables once it is received."""
    return CommandState(
        id=fact.command, name=fact.name, args=fact.args, by=fact.by, state="received", at=fact.at,
        id_token=fact.id_token, private=fact.private, proof=fact.proof, expires_at=fact.expires_at, wait=fact.wait,
    )  # fmt: skip


def _command(tables: State, command: str, **fields: Any) -> Changes:
    old = tables.commands.get(command)
    return () if old is None else (Change("commands", command, changed(old, **fields)),)


FOLDS: Folds = {
    f.CommandReceived: lambda s, x: (Change("commands", x.command, received_row(x)),),
    f.CommandDispatched: lambda s, x: _command(
        s, x.command, state="dispatched", at=x.at, dispatched_at=x.at, remote_start_id=x.remote_start_id
    ),
    f.CommandEnded: lambda s, x: _command(s, x.command, state=x.state, at=x.at, reason=x.reason, result=x.result),
}
