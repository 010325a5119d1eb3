"""Asking somebody else about a token that neither the local list nor the cache knows, while a station waits.

The hub's decisions wait for nobody: it is asked before the decision, each token once at a time, and after ASK_S the
site's policy decides. An answer that comes later still goes into the cache, for the next time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from edgegw.hub.tasks import Tasks
from edgegw.journal.outbox import OutboxRow
from edgegw.model.requests import Answer, StationRequest, TokenQuestion, TokenWord

log = logging.getLogger("edgegw.hub")

ASK_S = 2.0
"""A station's answer is held up so long at most (CONTRACT: `up/req`)."""

MAX_ASKED = 256
"""Questions under way. Beyond it nobody is asked: whoever owes that many answers gives none."""


class Authorizer(Protocol):
    """Is asked about tokens; None when it has nothing to say. It may answer late, but has to end by itself."""

    async def __call__(self, question: TokenQuestion) -> TokenWord | None: ...


class Beside(Protocol):
    """Somebody who is told of a station's request as well, and may have the say on its token."""

    async def word(self, request: StationRequest) -> TokenWord | None:
        """Called once for a request that was not answered before, ahead of its decision; None leaves it to the hub. It
        has to end soon: the station waits."""

    def rows(self, answer: Answer) -> Sequence[OutboxRow]:
        """What becomes durable with the facts of the request and the answer to it."""


class Asking:
    """Questions under way, by token. `late` is given what was answered after the time for it."""

    def __init__(self, late: Callable[[TokenQuestion, TokenWord], Awaitable[None]]) -> None:
        self.authorizer: Authorizer | None = None
        self._late = late
        self._asked: dict[str, asyncio.Future[TokenWord | None]] = {}
        self._under_way = 0
        self._tasks = Tasks()

    async def stop(self) -> None:
        await self._tasks.end()

    async def ask(self, question: TokenQuestion) -> TokenWord | None:
        """What is answered within ASK_S; None for nothing. Who asks about the same token meanwhile shares it."""
        authorizer = self.authorizer
        if authorizer is None:
            return None
        answered = self._asked.get(question.id_token)
        if answered is None:
            if self._under_way >= MAX_ASKED:
                return None
            answered = self._asked[question.id_token] = asyncio.get_running_loop().create_future()
            self._under_way += 1
            self._tasks.begin(self._ask(authorizer, question, answered))
        try:
            async with asyncio.timeout(ASK_S):
                return await asyncio.shield(answered)
        except TimeoutError:
            log.warning("nobody told within %.1f s whether a token of station %s may charge", ASK_S, question.station)
            if self._asked.get(question.id_token) is answered:
                del self._asked[question.id_token]  # who comes next asks again
            return None

    async def _ask(
        self, authorizer: Authorizer, question: TokenQuestion, answered: asyncio.Future[TokenWord | None]
    ) -> None:
        word = None
        try:
            word = await authorizer(question)
        except Exception:
            log.exception("the question about a token of station %s failed", question.station)
        finally:
            self._under_way -= 1
            in_time = self._asked.get(question.id_token) is answered
            if in_time:
                del self._asked[question.id_token]
            answered.set_result(word)
        if word is not None and not in_time:
            await self._late(question, word)
