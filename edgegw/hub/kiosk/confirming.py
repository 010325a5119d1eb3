"""The driver's hand: a touch on the screen or the same card again carries an action out, once."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from edgegw.core.consent import desk as d
from edgegw.core.consent.rules import confirmed
from edgegw.core.consent.verdict import Verdict
from edgegw.core.kiosk.sentences import say
from edgegw.hub.kiosk import notes
from edgegw.hub.kiosk.carrying import Carrying
from edgegw.hub.kiosk.table import Table
from edgegw.journal import JournalError
from edgegw.journal.ids import uuid7
from edgegw.model.kiosk import KioskEvent, ProposalAnswer

log = logging.getLogger("edgegw.hub")

MOST: Final = 100
"""Actions whose answer is remembered."""


class Confirming:
    def __init__(self, table: Table, carrying: Carrying) -> None:
        self._table = table
        self._carrying = carrying
        self._answers: dict[str, asyncio.Future[ProposalAnswer]] = {}

    async def confirm(self, action: str, by: str) -> ProposalAnswer:
        """See Kiosk.confirm. `by` is a touch or a tap, and which."""
        table = self._table
        table.sweep()
        known = self._answers.get(action)
        if known is not None:
            return await asyncio.shield(known)
        table.desk, verdict, waiting = confirmed(table.desk, table.world(), action)
        shown = table.pending.get(action)
        speaks = table.language(shown.language if shown is not None else None)
        if verdict.decision != "allowed" or waiting is None:
            if waiting is not None and table.desk.action(action) is None:
                table.bury((d.Gone(waiting, verdict.reason or "expired"),))
            return ProposalAnswer("refused", table.phrase("refused", verdict, speaks), action, verdict.reason)
        table.pending.pop(action, None)
        answer = self._answers[action] = asyncio.get_running_loop().create_future()
        while len(self._answers) > MOST:
            del self._answers[next(iter(self._answers))]
        speaker = table.desk.dialogue(waiting.dialogue)
        assert speaker is not None, "its dialogue is open"
        table.tasks.begin(self._carried(waiting, verdict, speaker, by, answer))
        return await asyncio.shield(answer)

    async def _carried(
        self, waiting: d.Waiting, verdict: Verdict, speaker: d.Dialogue, by: str,
        answer: asyncio.Future[ProposalAnswer],
    ) -> None:  # fmt: skip
        table, speaks = self._table, speaker.language
        found = ProposalAnswer("refused", say("refused.internal", speaks), waiting.id, "internal")
        try:
            command = uuid7()
            await table.hub.record(
                notes.of_waiting(table.now(), waiting, "confirmed", None, held=verdict.held, by=by, command=command)
            )
            table.tell(KioskEvent("confirmed", waiting.dialogue, waiting.id, waiting.order.station))
            found = await self._carrying.carry(
                waiting.order, verdict.held, speaker, waiting.call, command, action=waiting.id
            )
        except JournalError as error:
            log.error("a start at the kiosk came to nothing, as it can't be written down: %s", error)
            text = say("refused.not_written", speaks)
            found = ProposalAnswer("refused", text, waiting.id, "not_written")
            told = {"reason": "not_written"}
            table.tell(KioskEvent("cancelled", waiting.dialogue, waiting.id, waiting.order.station, text, told))
        finally:
            if not answer.done():
                answer.set_result(found)
