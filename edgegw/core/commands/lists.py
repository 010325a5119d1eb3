"""Commands that change the local list of id tokens and the price lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgegw.core.context import Context
from edgegw.core.desired import revision, tariffs_changed
from edgegw.core.local_list import edited
from edgegw.model import facts as f
from edgegw.model.state import CommandState, State


def set_tokens(
    state: State, command: CommandState, args: Mapping[str, Any], ctx: Context
) -> tuple[tuple[f.Fact, ...], Mapping[str, Any]]:
    """Raises Unfit."""
    fact = edited(
        state, ctx.configured or ctx.site, args.get("add"), args.get("remove"), now=ctx.now, by=command.by,
        salt=ctx.retry_salt,
    )  # fmt: skip
    return (fact,), {"rev": fact.rev}


def set_tariffs(
    state: State, command: CommandState, args: Mapping[str, Any], ctx: Context
) -> tuple[tuple[f.Fact, ...], Mapping[str, Any]]:
    """Raises Unfit."""
    rev = revision(state, "tariffs") + 1
    facts = tariffs_changed(state, args["tariffs"], rev, args.get("effective_from"), command.by, ctx)
    return facts, {"rev": rev}
