"""The calls of the open dialogues: each is answered once, and the same call the same again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from edgegw.model.kiosk import Proposal, ProposalAnswer

MOST: Final = 300
"""Calls of one dialogue: no driver asks so much in three minutes."""


@dataclass(slots=True)
class Known:
    """A call, and its answer when there is one."""

    tool: str
    args: Mapping[str, Any]
    answer: asyncio.Future[ProposalAnswer]

    def is_same(self, proposal: Proposal) -> bool:
        return (self.tool, self.args) == (proposal.tool, proposal.args)


class Calls:
    """By dialogue; `forget` those of one that is over."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Known]] = {}
        self._taken_back: dict[str, set[str]] = {}

    def known(self, proposal: Proposal) -> Known | None:
        return self._known.get(proposal.dialogue, {}).get(proposal.call_id)

    def has_room(self, dialogue: str) -> bool:
        return len(self._known.get(dialogue, ())) < MOST

    def remember(self, proposal: Proposal) -> Known:
        """A call that is new."""
        answer: asyncio.Future[ProposalAnswer] = asyncio.get_running_loop().create_future()
        known = Known(proposal.tool, proposal.args, answer)
        self._known.setdefault(proposal.dialogue, {})[proposal.call_id] = known
        return known

    def take_back(self, dialogue: str, call: str) -> None:
        """The call is to come to nothing, also when it comes later."""
        taken = self._taken_back.setdefault(dialogue, set())
        if len(taken) < MOST:
            taken.add(call)

    def is_taken_back(self, proposal: Proposal) -> bool:
        return proposal.call_id in self._taken_back.get(proposal.dialogue, ())

    def forget(self, dialogue: str) -> None:
        self._known.pop(dialogue, None)
        self._taken_back.pop(dialogue, None)
