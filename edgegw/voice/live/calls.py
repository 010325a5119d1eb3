"""The calls of tools within one dialogue, by id. Pure.

A call is carried out once. One that comes again, with its id or, within the same turn, with the same name and
arguments, gets the stored result: 3.8 repeats calls up to five times when an answer is late, and a resumed session may
have forgotten that it called. (The hub guards its side too: a proposal is idempotent by call id.)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from edgegw.model.value import value
from edgegw.voice.live.session import ToolCall

TAKES_LONGER: Final[Mapping[str, Any]] = {
    "result": "pending",
    "detail": "This takes longer. Tell the driver so; the outcome will be told to you. Do not call it again.",
}


@dataclass(slots=True)
class _Call:
    name: str
    key: tuple[int, str, str]
    """Turn, name, arguments."""
    at: float
    ids: list[str]
    """Of this connection, that wait for the result; empty once the session that asked is gone."""
    result: Mapping[str, Any] | None = None
    overdue: bool = False
    cancelled: bool = False


@value()
class Answer:
    """What a result goes to: calls by id, or, when nobody waits for it any more, `told` as text to the model."""

    name: str
    ids: tuple[str, ...] = ()
    told: bool = False


@dataclass(slots=True)
class Calls:
    """All calls of a dialogue. `repeated` counts those that were not carried out again."""

    patience_s: float = 10.0
    repeated: int = 0
    _turn: int = 0
    _by_id: dict[str, _Call] = field(default_factory=dict)
    _by_key: dict[tuple[int, str, str], _Call] = field(default_factory=dict)

    def turn(self) -> None:
        """The driver, or somebody for the driver, has said something new: the same call again is a new wish."""
        self._turn += 1

    def take(self, call: ToolCall, now: float) -> bool | Mapping[str, Any]:
        """True: carry it out. False: it is being carried out. A mapping: the result that it has had."""
        key = (self._turn, call.name, json.dumps(call.args, sort_keys=True, default=str))
        known = self._by_id.get(call.id) or self._by_key.get(key)
        if known is None or known.cancelled:
            fresh = _Call(call.name, key, now, [call.id])
            self._by_id[call.id] = self._by_key[key] = fresh
            return True
        self.repeated += 1
        self._by_id[call.id] = known
        if known.result is not None:
            return known.result
        if call.id not in known.ids:
            known.ids.append(call.id)
        return False

    def cancel(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        """The first ids of the calls that nobody waits for now, also of those that have their result: what was proposed
        by one may wait for the driver's hand, and dies with it."""
        ended = []
        for each in ids:
            call = self._by_id.get(each)
            if call is None or call.cancelled:
                continue
            if each in call.ids:
                call.ids.remove(each)
            if not call.ids:
                call.cancelled = True
                ended.append(self._first(call))
        return tuple(ended)

    def _first(self, call: _Call) -> str:
        return next(id for id, each in self._by_id.items() if each is call)

    def answer(self, id: str, result: Mapping[str, Any]) -> Answer | None:
        """Keep a result; whom to tell. None: nobody, for a call that is unknown, cancelled or answered."""
        call = self._by_id.get(id)
        if call is None or call.cancelled or (call.result is not None and not call.overdue):
            return None
        ids, late = tuple(call.ids), call.overdue
        call.result, call.ids, call.overdue = result, [], False
        return Answer(call.name, ids, told=late or not ids)

    def blocking(self) -> bool:
        """Whether the session waits for a result: until then it takes no audio."""
        return any(call.ids and not call.cancelled for call in self._by_id.values())

    def next_at(self) -> float | None:
        """When `overdue` will have something to say."""
        waits = [call.at + self.patience_s for call in self._by_id.values() if call.ids and not call.cancelled]
        return min(waits, default=None)

    def overdue(self, now: float) -> tuple[Answer, ...]:
        """Calls that take too long, to be answered with TAKES_LONGER: the session shall not stay deaf for them."""
        found = []
        for call in {id(each): each for each in self._by_id.values()}.values():
            if call.ids and not call.cancelled and now >= call.at + self.patience_s:
                found.append(Answer(call.name, tuple(call.ids)))
                call.result, call.ids, call.overdue = TAKES_LONGER, [], True
        return tuple(found)

    def reconnected(self) -> None:
        """Another session, which does not know the ids of the old one."""
        for call in self._by_id.values():
            call.ids = []
