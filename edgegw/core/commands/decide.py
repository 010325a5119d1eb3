"""The verdict on a command that was written down."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from edgegw.core.commands.arguments import complaint
from edgegw.core.commands.at_station import refusal
from edgegw.core.commands.own import OWN, Refused
from edgegw.core.context import Context
from edgegw.core.passwords import seal
from edgegw.core.secrets import HIDDEN, without_secrets
from edgegw.core.unfit import Unfit
from edgegw.model import facts as f
from edgegw.model.commands import CATALOGUE, Command
from edgegw.model.state import CommandState, State

CLOCK_PATIENCE = timedelta(seconds=60)
"""How long a command that needs the time waits for an unsynced clock (DESIGN, rule 5)."""

_UNABLE: Mapping[str, str] = {
    "upgrade": "this installation can't upgrade itself; install the new version with its package manager",
}
"""Why nobody carries out a command, where more can be said than that."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with a command now: `dispatch` it, `hold` it, or `end` it as `state` for `reason`."""

    action: Literal["dispatch", "hold", "end"]
    state: Literal["done", "expired", "rejected"] = "rejected"
    reason: str | None = None
    result: Mapping[str, Any] | None = None
    facts: tuple[f.Fact, ...] = ()
    """What the command itself changed, when the hub carries it out by writing it down."""


VEILED = frozenset({"call_station", "data_transfer", "set_variables"})
"""Commands that carry what a station is told, secrets among it. They are written down without these; who carries them
out gets them from memory, and a restart in between ends the command."""


def sealed(command: Command, salt: bytes) -> Command:
    """`command` without the secrets that it brings, before anything is written down: HIDDEN stands in their place, or a
    digest where the gateway has to know them again."""
    if command.name in VEILED:
        args = without_secrets(dict(command.args))
        return command if args == command.args else replace(command, args=args)
    password, station = command.args.get("password"), command.args.get("station")
    if command.name != "set_station" or not isinstance(password, str) or not isinstance(station, str):
        return command
    return replace(command, args={**command.args, "password": seal(salt, station, password)})


def lacks_secrets(row: CommandState) -> bool:
    """Whether a command that was written down brought secrets, which are not there any more."""
    return row.name in VEILED and HIDDEN in json.dumps(all_args(row), ensure_ascii=False)


def received(command: Command, now: datetime) -> f.CommandReceived:
    """The fact that a command arrived; what of its arguments is private goes to the personal fields."""
    open_args, id_token, private = _parted(command)
    return f.CommandReceived(
        at=now, command=command.id, name=command.name, args=open_args, id_token=id_token, private=private,
        by=command.by.kind if command.by.name is None else f"{command.by.kind}:{command.by.name}",
        proof=command.by.proof, expires_at=command.expires_at, wait=command.wait,
    )  # fmt: skip


def _parted(command: Command) -> tuple[dict[str, Any], str | None, str | None]:
    """Arguments that anybody may see, the id token, and the other private ones as JSON."""
    entry = CATALOGUE.get(command.name)
    names = {each.name for each in entry.arguments if each.private} if entry is not None else set()
    args = dict(command.args)
    id_token = args.pop("id_token", None)
    hidden = {name: args.pop(name) for name in sorted(names & args.keys())}
    private = json.dumps(hidden, sort_keys=True, separators=(",", ":"), ensure_ascii=False) if hidden else None
    return args, id_token if isinstance(id_token, str) else None, private


def all_args(row: CommandState) -> dict[str, Any]:
    """The arguments of a command as they were given, the private ones in their places."""
    args = dict(row.args)
    if row.private is not None:
        args |= json.loads(row.private)
    return args if row.id_token is None else {**args, "id_token": row.id_token}


def is_same(row: CommandState, command: Command) -> bool:
    """Whether a command that comes under a known id asks for the same."""
    return (row.name, dict(row.args), row.id_token, row.private) == (command.name, *_parted(command))


def target_station(state: State, args: Mapping[str, Any]) -> str | None:
    """The station that must act: named, or the one where the named transaction runs or reservation is held."""
    station = args.get("station")
    if isinstance(station, str):
        return station
    row = state.transactions.get(str(args.get("transaction"))) or state.reservations.get(str(args.get("reservation")))
    return row.station if row is not None else None


def decide_command(state: State, command: CommandState, ctx: Context, *, connected: bool, able: bool) -> Verdict:
    """What becomes of a received command now: `connected`, its station can be reached; `able`, it has an executor."""
    entry = CATALOGUE.get(command.name)
    if entry is None:
        return _no(f"there is no command {command.name!r}; known: {', '.join(sorted(CATALOGUE))}")
    args = all_args(command)
    if (wrong := complaint(command.name, entry, args)) is not None:
        return _no(wrong)
    if command.expires_at is not None and ctx.clock != "unsynced" and ctx.now >= command.expires_at:
        late = command.at >= command.expires_at
        return Verdict("end", "expired", "it arrived after its time" if late else "its time passed while it waited")
    if ctx.clock == "unsynced" and not _only_restricts(state, command):
        if ctx.now - command.at < CLOCK_PATIENCE:
            return Verdict("hold")
        return _no("the gateway's clock is not set, so the command's time can't be judged")
    if command.name in OWN:
        try:
            facts, result = OWN[command.name](state, command, args, ctx)
        except (Refused, Unfit) as refused:
            return _no(str(refused))
        return Verdict("end", "done", result=result, facts=facts)
    if entry.at_station:
        station = target_station(state, args)
        if (reason := refusal(state, command, args, ctx, station)) is not None:
            return _no(reason)
        if not connected:
            waits = command.wait and command.expires_at is not None
            return Verdict("hold") if waits else _no("the station is offline")
    if not able:
        return _no(_UNABLE.get(command.name, f"nothing here carries out {command.name}"))
    return Verdict("dispatch")


def _no(reason: str) -> Verdict:
    return Verdict("end", "rejected", reason)


def _only_restricts(state: State, command: CommandState) -> bool:
    if command.name == "set_limit":
        old = state.limits.get(str(command.args.get("target")))
        return old is None or all(
            was is None or (new is not None and new <= was)
            for was, new in ((old.limit_a, command.args.get("limit_a")), (old.limit_w, command.args.get("limit_w")))
        )
    return CATALOGUE[command.name].restricts
