"""The local list of id tokens, and the price lists, as the API shows them: each with whose word it is."""

from __future__ import annotations

from heapq import nsmallest
from typing import Any

from edgegw.core.local_list import entry_of, revision_of, shadowed, status_of
from edgegw.core.tariffs import to_json
from edgegw.hub import Hub
from edgegw.journal.rows import stamp
from edgegw.model.site import Tariff, Token
from edgegw.model.state import DesiredState, ListedToken

Json = dict[str, Any]

FIELDS = ("status", "group", "language", "expires_at")
"""What can be said of a token."""


def page(hub: Hub, after: str | None, count: int) -> list[Json]:
    """The first `count` listed tokens above `after`, in the order of their names."""
    named = (hub.site.tokens.keys() | hub.state.listed_in.keys()) - _taken_out(hub) - shadowed(hub.state, hub.site)
    found = nsmallest(count, (id_token for id_token in named if after is None or id_token > after))
    return [_entry(hub, entry) for id_token in found if (entry := entry_of(hub.state, hub.site, id_token)) is not None]


def _taken_out(hub: Hub) -> set[str]:
    """Tokens that the file or the cloud names and a command took out."""
    rows = (row for row in hub.state.listed.values() if row.status is None)
    return {row.id_token for row in rows if entry_of(hub.state, hub.site, row.id_token) is None}


def token(hub: Hub, id_token: str) -> Json | None:
    """One token as the list has it, None when it does not name it."""
    entry = entry_of(hub.state, hub.site, id_token)
    return None if entry is None else _entry(hub, entry)


def _entry(hub: Hub, entry: ListedToken | Token) -> Json:
    listed = entry if isinstance(entry, ListedToken) else None
    expires_at = listed.expires_at if listed is not None else None
    return {
        "id_token": entry.id_token,
        "status": status_of(entry, hub.now()),
        "group": entry.group,
        "language": entry.language,
        "expires_at": stamp(expires_at) if expires_at is not None else None,
        "source": _source(listed.by or "cloud") if listed is not None else "file",
        "shard": listed.shard if listed is not None else None,
        "revision": revision_of(hub.state, entry),
    }


def summary(hub: Hub) -> Json:
    """How many tokens are listed, and by whom."""
    state, site = hub.state, hub.site
    rows = [row for row in state.desired.values() if row.name.startswith("tokens/")]
    sources = [*(["file"] if site.tokens or not rows else []), *(_source(row.by) for row in rows)]
    listed = len((site.tokens.keys() | state.listed_in.keys()) - _taken_out(hub) - shadowed(state, site))
    return {"listed": listed, "source": ", ".join(dict.fromkeys(sources))}


def desired(hub: Hub) -> list[Json]:
    """What rules beside the file, by revision; price lists that wait for their time are `tariffs/next`."""
    return [
        {
            "name": row.name, "revision": row.rev, "applied_at": stamp(row.at), "source": _source(row.by),
            "effective_from": stamp(row.effective_from) if row.effective_from is not None else None,
        }
        for row in hub.state.desired.values()
    ]  # fmt: skip


def tariffs(hub: Hub) -> list[Json]:
    """The price lists in force, each with whose it is."""
    return [{**to_json(tariff), "source": tariff_source(hub, tariff)} for tariff in hub.site.tariffs.values()]


def tariff_source(hub: Hub, tariff: Tariff) -> str:
    lists: DesiredState | None = hub.state.desired.get("tariffs")
    if lists is None or tariff == hub.configured.tariffs.get(tariff.name):
        return "file"
    return _source(lists.by)


def _source(by: str) -> str:
    """Who, without their name."""
    return by.partition(":")[0]
