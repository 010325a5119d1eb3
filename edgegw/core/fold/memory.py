"""Changes put into the state that memory holds: its tables, their indexes, and how much of history stays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

from edgegw.core import tokens
from edgegw.model.commands import ENDED
from edgegw.model.state import Change, CommandState, ListedToken, State, Transaction

KEPT: Mapping[str, int] = {"transactions": 512, "commands": 512, "answers": 4096, "tokens": 4096}
"""How many rows of history memory keeps, by table. Older ones are read from the journal when they are asked for.

They leave memory a quarter of that at a time: a dict whose first keys were taken out one by one is searched past all
of them for the next one.
"""


COUNTED = frozenset({"variables", "monitors", "displays"})
"""Tables of which it is known how many rows each station has told: there may be 100,000, and few change at once."""


def apply(state: State, changes: Iterable[Change]) -> None:
    """Write `changes` into `state` and keep its indexes; history beyond KEPT leaves memory, oldest first."""
    for change in changes:
        table: dict[str, Any] = getattr(state, change.table)
        if change.table == "listed":
            _put_listed(state, table, change)
        elif change.table in COUNTED:
            _put_counted(state, table, change)
        elif change.row is None:
            table.pop(change.key, None)
        elif change.table == "transactions":
            _put_transaction(state, table, change.row)
        elif change.table == "commands":
            table[change.key] = change.row
            if isinstance(change.row, CommandState) and change.row.state in ENDED:
                _trim(table, KEPT["commands"], lambda row: row.state in ENDED)
        elif change.table in KEPT:
            table.pop(change.key, None)  # a rewritten row is the newest again
            table[change.key] = change.row
            kept = KEPT[change.table]
            if len(table) > kept + kept // 4:
                setattr(state, change.table, dict(islice(table.items(), len(table) - kept, None)))
        else:
            table[change.key] = change.row


def _put_counted(state: State, table: dict[str, Any], change: Change) -> None:
    row = change.row
    old = table.pop(change.key, None) if row is None else table.get(change.key)
    if row is not None:
        table[change.key] = row
    if (old is None) != (row is None):
        place = change.table, (row or old).station  # type: ignore[union-attr]  # rows of COUNTED are a station's
        if count := state.told_by.get(place, 0) + (1 if old is None else -1):
            state.told_by[place] = count
        else:
            del state.told_by[place]


def _put_listed(state: State, table: dict[str, ListedToken], change: Change) -> None:
    # The index shares its keys and values with the rows and with itself: there may be 50,000 of them.
    if isinstance(change.row, ListedToken):
        row = table[change.key] = change.row
        shards = state.listed_in.get(row.id_token)
        if shards is None:
            state.listed_in[row.id_token] = _alone(row.shard)
            tokens.listed(state, row.id_token)
        elif row.shard not in shards:
            state.listed_in[row.id_token] = (*shards, row.shard)
    elif (gone := table.pop(change.key, None)) is not None:
        left = tuple(shard for shard in state.listed_in[gone.id_token] if shard != gone.shard)
        if left:
            state.listed_in[gone.id_token] = left
        else:
            del state.listed_in[gone.id_token]
            tokens.unlisted(state, gone.id_token)


@lru_cache(maxsize=512)
def _alone(shard: str) -> tuple[str]:
    return (shard,)


def _put_transaction(state: State, table: dict[str, Transaction], row: Any) -> None:
    place, reference = (row.station, row.evse), (row.station, row.reference)
    old = table.get(row.id)
    if old is None:
        state.begun_at_evse[place] = (*state.begun_at_evse.get(place, ()), row.id)
    elif old.evse != row.evse:
        if state.at_evse.get((old.station, old.evse)) == row.id:
            del state.at_evse[old.station, old.evse]
        _forget_begun(state, old)
        state.begun_at_evse[place] = (*state.begun_at_evse.get(place, ()), row.id)
    table[row.id] = row
    if old is None or row.state == "active":
        # Stations give a reference again: it means the one that runs, else the newest.
        holder = table.get(state.by_reference.get(reference, ""))
        is_older = holder is not None and holder.state == "active" and row.started_at < holder.started_at
        if holder is None or holder.state == "ended" or (row.state == "active" and not is_older):
            state.by_reference[reference] = row.id
    if row.state == "active":
        # Who runs at a place is ended before another takes it; one that is only told of late does not take it.
        state.at_evse.setdefault(place, row.id)
        return
    if state.at_evse.get(place) == row.id:
        del state.at_evse[place]
    for gone in _trim(table, KEPT["transactions"], lambda old: old.state == "ended"):
        _forget_begun(state, gone)
        if state.by_reference.get((gone.station, gone.reference)) == gone.id:
            del state.by_reference[gone.station, gone.reference]


def _forget_begun(state: State, row: Transaction) -> None:
    left = tuple(id for id in state.begun_at_evse[row.station, row.evse] if id != row.id)
    if left:
        state.begun_at_evse[row.station, row.evse] = left
    else:
        del state.begun_at_evse[row.station, row.evse]


def _trim(table: dict[str, Any], kept: int, is_history: Callable[[Any], bool]) -> list[Any]:
    """Drop the oldest rows of history until `kept` rows are left, once there is a quarter more; return them."""
    gone: list[Any] = []
    if len(table) > kept + kept // 4:
        history = (key for key, row in table.items() if is_history(row))
        gone = [table.pop(key) for key in list(islice(history, len(table) - kept))]
    return gone
