"""What is new in what a station tells of itself: only that becomes facts (docs/decisions/0080)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, NamedTuple

from edgegw.core.fold.devices import variable_key
from edgegw.model import facts as f
from edgegw.model.state import DisplayState, MonitorState, OutsideLimit, State, VariableState

FACT_BYTES = 24 * 1024
"""Entries of one fact come to no more than this as JSON, so that with what stands around them it passes in a publish of
32 KiB. A single entry is not cut."""

MAX_ROWS = 5000
"""Variables, and monitors, and display messages, that are kept of one station: no station is so large, and one that
invents names shall not fill the memory."""

Entry = Mapping[str, Any]


def news(state: State, facts: Iterable[f.Fact]) -> tuple[f.Fact, ...]:
    """`facts` without what `state` holds already, in parts of FACT_BYTES; other facts stay as they are.

    What an entry does not name stays as it is known, so it is put to it: each entry that is left is whole.
    """
    found: list[f.Fact] = []
    for fact in facts:
        if isinstance(fact, f.OutsideLimitSet):
            found += [fact] if _is_news(state, fact) else []
            continue
        told = _TOLD.get(type(fact))
        found += [fact] if told is None else told.news(state, fact)
    return tuple(found)


class _Told(NamedTuple):
    """Facts that tell of rows of `table`: `name` is their field of entries, `key` makes an entry's key."""

    name: str
    table: str
    row: type[Any]
    key: Callable[[str, Entry], str]

    def news(self, state: State, fact: Any) -> list[f.Fact]:
        rows, told = getattr(state, self.table), dict[str, Entry]()
        room, left_out = None, 0
        for entry in getattr(fact, self.name):
            key = self.key(fact.station, entry)
            if key not in told and key not in rows:
                if room is None:
                    room = MAX_ROWS - state.told_by.get((self.table, fact.station), 0)
                if room <= 0:
                    left_out += 1
                    continue
                room -= 1
            told[key] = {**(told.get(key) or self._entry(rows.get(key))), **entry}
        fresh = [entry for key, entry in told.items() if entry != self._entry(rows.get(key))]
        parts = [list(part) for part in in_parts(fresh)]
        gone = fact.removed if isinstance(fact, f.DisplaysChanged | f.MonitorsChanged) else ()
        removed = {"removed": gone} if gone else {}
        if not parts and (left_out or removed):
            parts = [[]]
        about = {field.name: getattr(fact, field.name) for field in fields(fact)}
        first = {"left_out": left_out, **removed}
        rest = {"left_out": 0, **({"removed": ()} if removed else {})}
        return [
            type(fact)(**{**about, self.name: tuple(part), **(rest if number else first)})
            for number, part in enumerate(parts)
        ]

    def _entry(self, row: Any) -> dict[str, Any]:
        """A row as an entry of a fact."""
        if row is None:
            return {}
        values = ((field.name, getattr(row, field.name)) for field in fields(self.row))
        return {
            name: value.isoformat() if isinstance(value, datetime) else list(value) if name == "texts" else value
            for name, value in values
            if value is not None and name not in ("station", "at")
        }


_TOLD: Mapping[type[f.Fact], _Told] = {
    f.VariablesChanged: _Told("variables", "variables", VariableState, variable_key),
    f.MonitorsChanged: _Told("monitors", "monitors", MonitorState, lambda station, x: f"{station}/{x['monitor']}"),
    f.DisplaysChanged: _Told("displays", "displays", DisplayState, lambda station, x: f"{station}/{x['message']}"),
}


def in_parts(entries: Iterable[Entry], most: int = FACT_BYTES) -> Iterable[Sequence[Entry]]:
    """`entries` in their order, in parts that come to at most `most` bytes as JSON, or hold a single one."""
    part, size = list[Entry](), 0
    for entry in entries:
        length = len(json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")) + 1
        if part and size + length > most:
            yield part
            part, size = [], 0
        part.append(entry)
        size += length
    if part:
        yield part


def _is_news(state: State, fact: f.OutsideLimitSet) -> bool:
    row = state.outside_limits.get(f"{fact.station}/{fact.evse}/{fact.source}")
    told = OutsideLimit(
        fact.station, fact.evse, fact.source, row.at if row is not None else fact.at, fact.grid_critical,
        fact.local_generation, tuple(fact.schedules),
    )  # fmt: skip
    return row != told
