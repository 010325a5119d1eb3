"""The local list of id tokens: the file's entries, the cloud's shards, and what commands changed here. Pure.

Of several entries for one token that in the list of the highest revision counts; the file has revision 0. What a
command changes gets the next number after the highest, so it counts until the cloud sends a higher revision of a shard
that names the token.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, get_args

from edgegw.core.fold import LOCAL
from edgegw.core.tokens import key, spellings
from edgegw.core.unfit import Unfit, moment, only
from edgegw.model.facts import LocalListChanged
from edgegw.model.site import Site, Token, TokenStatus
from edgegw.model.state import ListedToken, State

STATUSES: tuple[str, ...] = get_args(TokenStatus)

MAX_ID_TOKEN = 255
"""Characters of an id token at most (OCPP 2.1, IdTokenType; 2.0.1 allows 36 and 1.6 20)."""

_ID_TOKEN = re.compile(rf"[^\x00-\x1f]{{1,{MAX_ID_TOKEN}}}")
_KEYS = ("id_token", "status", "group", "language", "expires_at")


def entry_of(state: State, site: Site, id_token: str) -> ListedToken | Token | None:
    """The entry that counts for a token, however it is spelled; None when no list names it, or it was taken out."""
    named = spellings(state, site, id_token)
    rows = [state.listed[f"{shard}/{each}"] for each in named for shard in state.listed_in.get(each, ())]
    if not rows:
        return max((site.tokens[each] for each in named if each in site.tokens), key=_is_no, default=None)
    row = max(rows, key=lambda row: (_rank(state, row), _is_no(row)))
    return row if row.status is not None else None


def _is_no(entry: ListedToken | Token) -> bool:
    """Of two spellings in one list the one that says no counts."""
    return entry.status != "accepted"


def shadowed(state: State, site: Site) -> set[str]:
    """Spellings of tokens that are listed in another spelling as well, and that do not count."""
    named = state.listed_in.keys() | site.tokens.keys()
    doubles = {each for each in named if key(each) != each and len(_as_listed(state, site, [each])) > 1}
    return {
        each
        for id_token in doubles
        for each in _as_listed(state, site, [id_token])
        if (entry := entry_of(state, site, each)) is None or entry.id_token != each
    }


def status_of(entry: ListedToken | Token, now: datetime) -> TokenStatus:
    """What an entry says at `now`: accepted ones expire."""
    status = entry.status
    if status == "accepted" and isinstance(entry, ListedToken) and entry.expires_at and entry.expires_at <= now:
        return "expired"
    assert status is not None, "an entry that counts is not one that was taken out"
    return status


def revision_of(state: State, entry: ListedToken | Token) -> int:
    """The revision of the list that an entry stands in; 0 for the file."""
    return _rank(state, entry)[0] if isinstance(entry, ListedToken) else 0


def effective(state: State, site: Site) -> Iterator[ListedToken | Token]:
    """Every entry that counts, the file's first."""
    for id_token in dict.fromkeys([*site.tokens, *state.listed_in]):
        entry = entry_of(state, site, id_token)
        if entry is not None and entry.id_token == id_token:  # else it comes, or came, in the spelling that counts
            yield entry


def _rank(state: State, row: ListedToken) -> tuple[int, str]:
    if row.shard == LOCAL:
        return row.rev, ""  # of equals the cloud's counts
    return state.desired[f"tokens/{row.shard}"].rev, row.shard


def shard_changed(
    state: State, shard: str, rev: int, tokens: Any, *, now: datetime, by: str, salt: bytes
) -> LocalListChanged:
    """The fact that a shard holds exactly `tokens` from now on. Raises Unfit; the revision is the caller's to judge."""
    wanted = _entries(tokens)
    held: dict[str, Mapping[str, Any]] = {}
    if f"tokens/{shard}" in state.desired:
        held = {row.id_token: _plain(row) for row in state.listed.values() if row.shard == shard}
    put = [entry for id_token, entry in wanted.items() if held.get(id_token) != entry]
    removed = [id_token for id_token in held if id_token not in wanted]
    digest = keyed_digest(salt, sorted(wanted.items()))
    return _fact(now, shard, rev, digest, len(wanted), put, removed, by)


def edited(state: State, site: Site, add: Any, remove: Any, *, now: datetime, by: str, salt: bytes) -> LocalListChanged:
    """The fact that entries are set and others taken out here. Raises Unfit, and then nothing of it is done."""
    put = _entries(add if add is not None else [])
    gone = _names(remove if remove is not None else [])
    if both := {key(id_token) for id_token in put} & {key(id_token) for id_token in gone}:
        raise Unfit(f"{len(both)} of the tokens are to be added and removed at once")
    if not put and not gone:
        raise Unfit("neither add nor remove names a token")
    if missing := sum(entry_of(state, site, id_token) is None for id_token in gone):
        raise Unfit(f"{missing} of the tokens to remove are not in the list")
    before = state.desired.get(f"tokens/{LOCAL}")
    rev = 1 + max((row.rev for name, row in state.desired.items() if name.startswith("tokens/")), default=0)
    removed = []
    for id_token in _as_listed(state, site, gone):
        others = set(state.listed_in.get(id_token, ())) - {LOCAL}
        if others or id_token in site.tokens:
            put[id_token] = {"id_token": id_token, "status": None}  # else the entry below would count again
        else:
            removed.append(id_token)
    digest = keyed_digest(salt, [before.digest if before is not None else "", list(put.values()), removed])
    now_in = sum(entry["status"] is not None for entry in put.values())
    was_in = sum(_is_in(state.listed.get(f"{LOCAL}/{id_token}")) for id_token in (*put, *removed))
    listed = (before.listed or 0 if before is not None else 0) + now_in - was_in
    return _fact(now, LOCAL, rev, digest, listed, list(put.values()), removed, by)


def _as_listed(state: State, site: Site, id_tokens: Collection[str]) -> list[str]:
    """Tokens in every spelling that a list has of them."""
    return [
        each
        for id_token in id_tokens
        for each in spellings(state, site, id_token)
        if each in state.listed_in or each in site.tokens
    ]


def keyed_digest(salt: bytes, contents: Any) -> str:
    """A digest of tokens that nobody can guess them from."""
    return blake2b(_json(contents).encode(), key=salt, digest_size=32).hexdigest()


def _fact(
    now: datetime, shard: str, rev: int, digest: str, listed: int, put: Collection[Any], removed: Collection[str],
    by: str,
) -> LocalListChanged:  # fmt: skip
    return LocalListChanged(
        at=now, shard=shard, rev=rev, digest=digest, listed=listed, by=by,
        put=_json(put) if put else None, removed=_json(removed) if removed else None,
    )  # fmt: skip


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _plain(row: ListedToken) -> Mapping[str, Any]:
    """An entry as it stands in a fact: what is not said is left out."""
    fields = {"id_token": row.id_token, "status": row.status, "group": row.group, "language": row.language}
    if row.expires_at is not None:
        fields["expires_at"] = row.expires_at.isoformat()
    return {name: value for name, value in fields.items() if value is not None or name == "status"}


def _entries(tokens: Any) -> dict[str, Mapping[str, Any]]:
    if not isinstance(tokens, list | tuple):
        raise Unfit('tokens are a list of {"id_token", "status", "group", "language", "expires_at"}')
    found: dict[str, Mapping[str, Any]] = {}
    for number, entry in enumerate(tokens, 1):
        try:
            row = _entry(entry)
        except Unfit as error:
            raise Unfit(f"token number {number}: {error}") from None
        if row.id_token in found:
            raise Unfit(f"token number {number}: it stands there twice")
        found[row.id_token] = _plain(row)
    return found


def _entry(entry: Any) -> ListedToken:
    only(entry, _KEYS)
    status = entry.get("status")
    if status is None:
        status = "accepted"
    if status not in STATUSES:
        raise Unfit(f"status is one of {', '.join(STATUSES)}")
    for name, most in (("group", MAX_ID_TOKEN), ("language", 35)):
        text = entry.get(name)
        if text is not None and not (isinstance(text, str) and 0 < len(text) <= most):
            raise Unfit(f"{name} is a text of 1 to {most} characters")
    expires_at = moment(entry.get("expires_at"), "expires_at")
    return ListedToken(
        "", _id_token(entry.get("id_token")), status, entry.get("group"), entry.get("language"),
        expires_at.astimezone(UTC) if expires_at is not None else None,
    )  # fmt: skip


def _is_in(row: ListedToken | None) -> bool:
    return row is not None and row.status is not None


def _names(tokens: Any) -> list[str]:
    if not isinstance(tokens, list | tuple):
        raise Unfit("remove is a list of id tokens")
    return list(dict.fromkeys(_id_token(each) for each in tokens))


def _id_token(text: Any) -> str:
    if not isinstance(text, str) or not _ID_TOKEN.fullmatch(text):
        raise Unfit(f"id_token is a text of 1 to {MAX_ID_TOKEN} characters without control characters")
    return text
