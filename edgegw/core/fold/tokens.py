"""What facts change in the rows of id tokens: those that were shown, and those of the local list."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from edgegw.core.fold import transaction
from edgegw.core.fold.folds import Folds
from edgegw.core.tokens import key
from edgegw.model import facts as f
from edgegw.model.state import Change, Changes, DesiredState, ListedToken, State, StoredAnswer, TokenState

LOCAL = "local"
"""Shard of the local list that commands write to; the cloud's own have numbers."""


def _token(state: State, fact: Any) -> Changes:
    changes: list[Change] = []
    if fact.id_token is not None and fact.source not in ("cache", "storage"):  # what the cloud said keeps its own time
        token = TokenState(fact.id_token, fact.status, fact.source, fact.at, fact.group, fact.language, fact.expires_at)
        changes.append(Change("tokens", key(fact.id_token), token))
    changes += transaction.shown(state, fact)
    if fact.retry_key is not None:
        answer = StoredAnswer(fact.retry_key, fact.transaction, fact.answer, fact.at)
        changes.append(Change("answers", fact.retry_key, answer))
    return tuple(changes)


def _list(state: State, fact: Any) -> Changes:
    name = f"tokens/{fact.shard}"
    row = DesiredState(name, fact.rev, fact.digest, fact.at, fact.by, fact.listed)
    by = fact.by if fact.shard == LOCAL else None
    put = (
        Change(
            "listed",
            f"{fact.shard}/{entry['id_token']}",
            ListedToken(
                fact.shard, entry["id_token"], entry["status"], entry.get("group"), entry.get("language"),
                datetime.fromisoformat(entry["expires_at"]) if "expires_at" in entry else None, fact.rev, by,
            ),
        )
        for entry in json.loads(fact.put or "[]")
    )  # fmt: skip
    removed = (Change("listed", f"{fact.shard}/{id_token}", None) for id_token in json.loads(fact.removed or "[]"))
    return (Change("desired", name, row), *put, *removed)


FOLDS: Folds = {
    f.TokenDecided: _token,
    f.LocalListChanged: _list,
}
