"""What facts change in the rows of limits, and in the site's where the load loop is in fallback."""

from __future__ import annotations

from typing import Any

from edgegw.core.fold.folds import Folds
from edgegw.core.limits import key_of
from edgegw.model import facts as f
from edgegw.model.state import Change, Changes, PolicyLimit, SiteState, State
from edgegw.model.value import changed


def _limit(state: State, fact: Any) -> Changes:
    key = key_of(fact.target, fact.by)
    if fact.limit_a is None and fact.limit_w is None:
        return (Change("limits", key, None),)
    row = PolicyLimit(fact.target, fact.limit_a, fact.limit_w, fact.until, fact.by, fact.at)
    return (Change("limits", key, row),)


def _fallback(state: State, reason: str | None) -> Changes:
    return (Change("site", "site", changed(state.site.get("site") or SiteState(), fallback=reason)),)


FOLDS: Folds = {
    f.PolicyLimitChanged: _limit,
    f.FallbackEntered: lambda s, x: _fallback(s, x.reason),
    f.FallbackLeft: lambda s, x: _fallback(s, None),
}
