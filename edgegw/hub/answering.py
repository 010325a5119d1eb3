"""Answers to what stations assert and ask: of a retry the first one again, of a duplicate in flight the same.

    request ─► known? ─ no ─► ask about the token ─► decide ─► write ═ durable ═► answer
                  └─ yes, in flight: wait for it; in memory or in the ledger: the answer that was kept

Whoever is asked about a token may take a while, and other requests are decided meanwhile: so the decision comes after
the asking, in one go, on what is pending by then.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence

from edgegw.core.authorize import (
    Authorization,
    authorize,
    decide_authorize,
    decide_boot,
    is_known,
    is_master_pass,
    token_decided,
)
from edgegw.core.context import Context
from edgegw.core.fold import apply
from edgegw.core.late import is_history
from edgegw.core.matching import asked_for, retry_key
from edgegw.core.transactions import decide_transaction
from edgegw.hub.asking import Asking, Beside
from edgegw.hub.ledger import Ledger
from edgegw.journal import CommitFailed, JournalError
from edgegw.journal.blocks import OpenBlock
from edgegw.journal.outbox import OutboxRow
from edgegw.model.facts import Fact
from edgegw.model.requests import (
    Answer,
    AuthorizeRequest,
    BootRequest,
    StationRequest,
    TokenQuestion,
    TokenWord,
    TransactionAnswer,
    TransactionRequest,
)
from edgegw.model.state import Change


class Answering:
    """`context` is the world of a decision, with what was just told about its token; `riding` gives the readings that
    go to disk with the next fact; `heard` takes note of each numbered event, `end_all`
    ends what runs at a station."""

    def __init__(
        self,
        ledger: Ledger,
        context: Callable[[TokenWord | None], Context],
        riding: Callable[[], Sequence[OpenBlock]],
        heard: Callable[[str, str, int], None] = lambda station, reference, number: None,
        end_all: Callable[[str], None] = lambda station: None,
    ) -> None:
        self.asking = Asking(self._told_late)
        self.busy = 0
        """Requests under way."""
        self._ledger = ledger
        self._context = context
        self._riding = riding
        self._heard = heard
        self._end_all = end_all
        self._in_flight: dict[str, asyncio.Future[TransactionAnswer]] = {}

    async def stop(self) -> None:
        await self.asking.stop()

    async def answer(self, request: StationRequest, beside: Beside | None = None) -> Answer:
        """Record what is asserted, decide what is asked, and answer after the commit. Raises JournalError."""
        self.busy += 1
        try:
            if not self._ledger.is_sound:
                await self._ledger.sound()
            if isinstance(request, TransactionRequest):
                return await self._transaction(request, beside)
            if isinstance(request, BootRequest):
                boot = decide_boot(self._ledger.pending, request, self._context(None))
                await self._write(boot.facts, outbox=beside.rows(boot.answer) if beside is not None else ())
                return boot.answer
            told = await self._word(beside, request)
            if told is None:
                told = await self._told(request.id_token, request.kind, request.station, None)
            authorization = decide_authorize(self._ledger.pending, request, self._context(told))
            await self._write(authorization.facts)
            if self._is_master_pass_of_16(request):
                self._end_all(request.station)
            return authorization.answer
        finally:
            self.busy -= 1

    def _is_master_pass_of_16(self, request: AuthorizeRequest) -> bool:
        """Whether the hub has to do what the token is for: 2.x stations do it themselves (OCPP 2.0.1 C16)."""
        context, pending = self._context(None), self._ledger.pending
        seen = pending.stations.get(request.station)
        if context.site.master_pass_group is None or seen is None or seen.ocpp != "1.6":
            return False
        found = authorize(pending, request.id_token, context)
        return found.status == "accepted" and is_master_pass(found, context)

    async def _transaction(self, request: TransactionRequest, beside: Beside | None) -> TransactionAnswer:
        key = retry_key(self._ledger.pending, request, self._ledger.journal.retry_salt)
        if (running := self._in_flight.get(key)) is not None:
            return await asyncio.shield(running)
        if self._may_have_come_before(request, key):
            if (stored := await self._answered_before(request, key)) is not None:
                return stored
            if (running := self._in_flight.get(key)) is not None:  # it came while the ledger was searched
                return await asyncio.shield(running)
        if request.reference is not None and request.seq_no is not None:
            self._heard(request.station, request.reference, request.seq_no)
        done: asyncio.Future[TransactionAnswer] = asyncio.get_running_loop().create_future()
        self._in_flight[key] = done
        try:
            told = await self._word(beside, request) or await self._told_of_start(request)
            decision = decide_transaction(self._ledger.pending, request, key, self._context(told))
            outbox = beside.rows(decision.answer) if beside is not None else ()
            await self._write(decision.facts, decision.changes, outbox)
            done.set_result(decision.answer)
        except BaseException as error:
            done.set_exception(error if isinstance(error, JournalError) else CommitFailed("the request was given up"))
            done.exception()  # a duplicate that waits raises it; without one nobody has to
            raise
        finally:
            del self._in_flight[key]
        return decision.answer

    async def _word(self, beside: Beside | None, request: AuthorizeRequest | TransactionRequest) -> TokenWord | None:
        """What somebody else rules about the request's token; nobody is asked about what is history."""
        if beside is None or (
            isinstance(request, TransactionRequest) and is_history(request, self._ledger.clock.now())
        ):
            return None
        word = await beside.word(request)
        await self._ledger.sound()
        return word

    async def _told_of_start(self, request: TransactionRequest) -> TokenWord | None:
        """What is answered about the token that something begins with. Not for what is history by now, where it can
        change nothing, nor for what was asked for by who knows the token."""
        if request.id_token is None or self.asking.authorizer is None or request.stage == "ended":
            return None
        context = self._context(None)
        if is_history(request, context.now) or asked_for(self._ledger.pending, request, context) is not None:
            return None
        return await self._told(request.id_token, request.id_token_kind, request.station, request.evse)

    async def worth(self, id_token: str, kind: str, place: str) -> Authorization:
        """What a token is worth that was shown at `place`, which is no station; nothing is written down."""
        await self._ledger.sound()
        told = await self._told(id_token, kind, place, None)
        return authorize(self._ledger.pending, id_token, self._context(told))

    async def _told(self, id_token: str, kind: str, station: str, evse: int | None) -> TokenWord | None:
        """What is answered about a token that nobody here knows; None when it is known, or for no answer in time."""
        if self.asking.authorizer is None or is_known(self._ledger.pending, id_token, self._context(None)):
            return None
        word = await self.asking.ask(TokenQuestion(id_token=id_token, kind=kind, station=station, evse=evse))
        await self._ledger.sound()
        return word

    async def _told_late(self, question: TokenQuestion, word: TokenWord) -> None:
        found = Authorization(word.status, "cloud", word.group, word.language, word.expires_at)
        now = self._ledger.clock.now()
        fact = token_decided(found, at=now, station=question.station, id_token=question.id_token, kind=question.kind)
        with contextlib.suppress(JournalError):  # then it is asked for again
            await self._ledger.sound()
            await self._write((fact,))

    def _may_have_come_before(self, request: TransactionRequest, key: str) -> bool:
        """Whether memory holds the request's answer, or the request is so old that only the ledger would."""
        answers = self._ledger.pending.answers
        if key in answers:
            return True
        oldest = next(iter(answers.values()), None)
        return oldest is not None and request.at < oldest.at

    async def _answered_before(self, request: TransactionRequest, key: str) -> TransactionAnswer | None:
        """The stored answer of a request that came before, from memory or, for an old one, from the ledger."""
        stored = self._ledger.pending.answers.get(key)
        if stored is None:
            stored = await self._ledger.journal.reader.answer(key)
            if stored is None and request.reference is not None:
                old = await self._ledger.journal.reader.transaction_by_reference(request.station, request.reference)
                pending = self._ledger.pending
                if old is not None and (old.station, old.reference) not in pending.by_reference:
                    apply(pending, (Change("transactions", old.id, old),))
            stored = stored or self._ledger.pending.answers.get(key)
        if stored is None:
            return None
        await self._ledger.commit(())  # its commit may still be on its way: nothing is said before it is durable
        return TransactionAnswer(**stored.answer)

    async def _write(
        self, facts: Sequence[Fact], changes: Iterable[Change] | None = None, outbox: Sequence[OutboxRow] = ()
    ) -> None:
        await self._ledger.write(facts, self._riding() if facts else (), changes, outbox=outbox)
