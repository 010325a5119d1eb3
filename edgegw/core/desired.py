"""The decision on desired state: what somebody wants to be so here, whole and by revision. Pure.

A document is applied if its revision is above the one that is in force, all of it or nothing. The cloud keeps it as a
retained message (CONTRACT: `dn/cfg/{name}`), so the same one comes again with every connection.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Any

from edgegw.core.configuration import configured
from edgegw.core.context import Context
from edgegw.core.fold import fold
from edgegw.core.limits import DESIRED
from edgegw.core.local_list import shard_changed
from edgegw.core.stations import boot_facts
from edgegw.core.tariffs import read_tariffs, to_json, with_tariffs
from edgegw.core.unfit import Unfit, moment, only
from edgegw.model import facts as f
from edgegw.model.state import PolicyLimit, State

MAX_SHARDS = 256
MAX_REVISION = 2**53
"""Whole numbers up to here are the same in every JSON."""

_SHARD = re.compile(r"tokens/(0|[1-9]\d{0,2})")


def revision(state: State, name: str) -> int:
    """The newest revision of `name` that was taken here, 0 before the first."""
    rows = (state.desired.get(key) for key in (name, f"{name}/next"))
    return max((row.rev for row in rows if row is not None), default=0)


def decide_desired(state: State, name: str, body: Any, ctx: Context) -> tuple[f.Fact, ...]:
    """What brings the document `body` of `name` into force; nothing when it is. Raises Unfit: nothing of it counts."""
    shard = _SHARD.fullmatch(name)
    if shard is not None and int(shard[1]) < MAX_SHARDS:
        return _tokens(state, name, shard[1], body, ctx)
    if name not in _DOCUMENTS:
        known = ", ".join((f"tokens/0 to tokens/{MAX_SHARDS - 1}", *_DOCUMENTS))
        raise Unfit(f"there is no desired state of this name; known: {known}")
    return _DOCUMENTS[name](state, body, ctx)


def tariffs_changed(
    state: State, tariffs: Any, rev: int, effective_from: Any, by: str, ctx: Context
) -> tuple[f.Fact, ...]:
    """Facts of new price lists, and of the site that money depends on from now on. Raises Unfit."""
    lists = {name: to_json(tariff) for name, tariff in read_tariffs(tariffs, rev).items()}
    begins = moment(effective_from, "effective_from")
    changed = f.TariffsChanged(
        at=ctx.now, rev=rev, digest=_digest([lists, str(begins)]), tariffs=lists, effective_from=begins, by=by
    )
    return (changed, *_configured(state, changed, ctx))


def tariffs_due(state: State, ctx: Context) -> tuple[f.Fact, ...]:
    """Facts of price lists whose time has come."""
    waits = state.desired.get("tariffs/next")
    if waits is None or waits.effective_from is None or waits.effective_from > ctx.now:
        return ()
    due = f.TariffsChanged(
        at=ctx.now, rev=waits.rev, digest=waits.digest, tariffs=waits.contents or {},
        effective_from=waits.effective_from, by=waits.by,
    )  # fmt: skip
    return (due, *_configured(state, due, ctx))


def _configured(state: State, changed: f.TariffsChanged, ctx: Context) -> Iterator[f.Fact]:
    """The site anew, where the change of price lists is in force at once."""
    row = next((change.row for change in fold(state, changed) if change.key == "tariffs"), None)
    if row is not None:
        digest, configuration = configured(with_tariffs(ctx.configured or ctx.site, row))  # type: ignore[arg-type]
        known = state.site.get("site")
        if known is None or known.digest != digest:
            yield f.SiteConfigured(at=ctx.now, digest=digest, configuration=configuration)


def _tokens(state: State, name: str, shard: str, body: Any, ctx: Context) -> tuple[f.Fact, ...]:
    only(body, ("rev", "tokens"))
    fact = shard_changed(
        state, shard, _revision(body), body.get("tokens"), now=ctx.now, by="cloud", salt=ctx.retry_salt
    )
    return (fact,) if _is_new(state, name, fact.rev, fact.digest) else ()


def _tariffs(state: State, body: Any, ctx: Context) -> tuple[f.Fact, ...]:
    only(body, ("rev", "tariffs", "effective_from"))
    facts = tariffs_changed(state, body.get("tariffs"), _revision(body), body.get("effective_from"), "cloud", ctx)
    changed = facts[0]
    assert isinstance(changed, f.TariffsChanged)
    return facts if _is_new(state, "tariffs", changed.rev, changed.digest) else ()


def _limits(state: State, body: Any, ctx: Context) -> tuple[f.Fact, ...]:
    only(body, ("rev", "limits"))
    wanted = {target: _limit(target, limit, ctx) for target, limit in _object(body.get("limits"), "limits").items()}
    rev, digest = _revision(body), _digest(body["limits"])
    if not _is_new(state, "limits", rev, digest):
        return ()
    held = {row.target: row for row in state.limits.values() if row.by == DESIRED}
    gone = [f.PolicyLimitChanged(at=ctx.now, target=target, by=DESIRED) for target in held if target not in wanted]
    set_ = [fact for target, fact in wanted.items() if not _is_held(held.get(target), fact)]
    return (*gone, *set_, f.DesiredApplied(at=ctx.now, name="limits", rev=rev, digest=digest))


def _limit(target: str, body: Any, ctx: Context) -> f.PolicyLimitChanged:
    supply = ctx.site.supply
    known = {"site", "circuit:main"} | {f"station:{name}" for name in ctx.site.stations}
    known |= {f"circuit:{circuit.id}" for circuit in (supply.circuits if supply is not None else ())}
    if target not in known:
        raise Unfit(f"there is no target {target!r}; allowed: site, circuit:ID, station:ID")
    only(body, ("limit_a", "limit_w", "until"), f"the limit of {target}")
    limits = body.get("limit_a"), body.get("limit_w")
    if limits == (None, None):
        raise Unfit(f"the limit of {target} needs limit_a or limit_w; leave the target out for no limit")
    if not all(each is None or (type(each) in (int, float) and 0 <= each < math.inf) for each in limits):
        raise Unfit(f"limit_a and limit_w of {target} are numbers of 0 or more")
    until = moment(body.get("until"), f"until of {target}")
    return f.PolicyLimitChanged(
        at=ctx.now, target=target, limit_a=limits[0], limit_w=limits[1], until=until, by=DESIRED
    )


def _is_held(row: PolicyLimit | None, fact: f.PolicyLimitChanged) -> bool:
    return row is not None and (row.limit_a, row.limit_w, row.until) == (fact.limit_a, fact.limit_w, fact.until)


def _stations(state: State, body: Any, ctx: Context) -> tuple[f.Fact, ...]:
    only(body, ("rev", "stations"))
    found: list[f.Fact] = []
    for station, wanted in _object(body.get("stations"), "stations").items():
        boot = only(wanted, ("boot",), f"station {station}").get("boot")
        if boot not in ("accepted", "pending", "rejected"):
            raise Unfit(f"boot of {station} is accepted, pending or rejected")
        found += boot_facts(state, station, boot, DESIRED, ctx)
    rev, digest = _revision(body), _digest(body["stations"])
    applied = f.DesiredApplied(at=ctx.now, name="stations", rev=rev, digest=digest)
    return (*found, applied) if _is_new(state, "stations", rev, digest) else ()


_DOCUMENTS: Mapping[str, Callable[[State, Any, Context], tuple[f.Fact, ...]]] = {
    "tariffs": _tariffs,
    "limits": _limits,
    "stations": _stations,
}


def _object(body: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(body, Mapping):
        raise Unfit(f"{name} are an object")
    return body


def _revision(body: Mapping[str, Any]) -> int:
    rev = body.get("rev")
    if type(rev) is not int or not 0 < rev <= MAX_REVISION:
        raise Unfit(f"rev is a whole number from 1 to {MAX_REVISION} that rises with every change")
    return rev


def _is_new(state: State, name: str, rev: int, digest: str) -> bool:
    """Whether a revision has to be applied; False for one that is. Raises Unfit for one that can't be any more."""
    taken = revision(state, name)
    if rev > taken:
        return True
    rows = (state.desired.get(key) for key in (name, f"{name}/next"))
    if rev == taken:
        if any(row is not None and (row.rev, row.digest) == (rev, digest) for row in rows):
            return False
        raise Unfit(f"rev {rev} was applied with other contents; a change needs a higher rev")
    raise Unfit(f"rev {rev} is below {taken}, which is applied")


def _digest(contents: Any) -> str:
    return sha256(json.dumps(contents, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
