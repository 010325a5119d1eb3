"""Decides on tool calls, once each, and answers them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from edgegw.core.consent import desk as d
from edgegw.core.consent.declarations import whole_again, wrong
from edgegw.core.consent.rules import considered
from edgegw.core.consent.verdict import Verdict, refused
from edgegw.core.kiosk import readback
from edgegw.core.kiosk.places import spoken
from edgegw.core.kiosk.sentences import say
from edgegw.hub.kiosk import notes
from edgegw.hub.kiosk.carrying import Carrying
from edgegw.hub.kiosk.replies import Replies
from edgegw.hub.kiosk.table import Table
from edgegw.journal import JournalError
from edgegw.journal.ids import uuid7
from edgegw.model import facts as f
from edgegw.model.kiosk import KioskEvent, PendingAction, Proposal, ProposalAnswer
from edgegw.model.tools import TOOLS

log = logging.getLogger("edgegw.hub")

ID_MOST: Final = 64
"""Characters of the name of a dialogue or of a call."""


class Proposing:
    def __init__(self, table: Table, replies: Replies, carrying: Carrying) -> None:
        self._table = table
        self._replies = replies
        self._carrying = carrying

    async def propose(self, proposal: Proposal) -> ProposalAnswer:
        """See Kiosk.propose."""
        table = self._table
        table.sweep()
        speaker = table.desk.dialogue(proposal.dialogue)
        if speaker is None:
            return self._turned_away(proposal, None, "no_dialogue")
        known = table.calls.known(proposal)
        if known is None:
            if not 0 < len(proposal.call_id) <= ID_MOST:
                return self._turned_away(proposal, speaker, "bad_arguments")
            if not table.calls.has_room(proposal.dialogue):
                return self._turned_away(proposal, speaker, "too_many_calls")
            known = table.calls.remember(proposal)
            table.tasks.begin(self._answered(proposal, speaker, known.answer))
        elif not known.is_same(proposal):
            return self._turned_away(proposal, speaker, "call_reused")
        return await asyncio.shield(known.answer)

    def take_back(self, dialogue: str, call: str) -> None:
        """See Kiosk.cancel."""
        table = self._table
        if table.desk.dialogue(dialogue) is not None:
            table.calls.take_back(dialogue, call)
            table.desk, gone = d.take_back(table.desk, dialogue, call)
            table.bury(gone)

    def _turned_away(self, proposal: Proposal, speaker: d.Dialogue | None, reason: str) -> ProposalAnswer:
        """A call that comes to nothing and is not remembered; it is written down like any other."""
        speaks = speaker.language if speaker is not None else self._table.language()
        self._table.note(*self._notes(proposal, speaker, refused(reason)))
        return ProposalAnswer("refused", say(f"refused.{reason}", speaks), reason=reason)

    async def _answered(self, proposal: Proposal, speaker: d.Dialogue, answer: asyncio.Future[ProposalAnswer]) -> None:
        found = ProposalAnswer("refused", say("refused.internal", speaker.language), reason="internal")
        try:
            found = await self._decided(proposal, speaker)
        except JournalError as error:
            log.error("a call of the kiosk came to nothing, as it can't be written down: %s", error)
            found = ProposalAnswer("refused", say("refused.not_written", speaker.language), reason="not_written")
        except Exception:
            log.exception("a call of the kiosk failed inside the gateway")
        finally:
            if not answer.done():
                answer.set_result(found)

    async def _decided(self, proposal: Proposal, speaker: d.Dialogue) -> ProposalAnswer:
        """Up to the first `await` nothing comes between: what is allowed is used up by then."""
        table, verdict = self._table, self._verdict(proposal)
        order = verdict.order
        command = uuid7() if verdict.decision == "allowed" and order is not None else None
        facts = self._notes(proposal, speaker, verdict, command)
        if verdict.decision == "needs_confirmation":
            return await self._waits(verdict, speaker, facts)
        if order is not None and command is not None:
            await table.hub.record(*facts)
            if table.calls.is_taken_back(proposal) or table.desk.dialogue(speaker.id) is None:
                table.note(
                    notes.decided(
                        table.now(), speaker.id, proposal.call_id, proposal.tool, "cancelled", "taken_back",
                        held=verdict.held, order=order,
                    )
                )  # fmt: skip
                return ProposalAnswer("refused", say("refused.taken_back", speaker.language), reason="taken_back")
            return await self._carrying.carry(order, verdict.held, speaker, proposal.call_id, command)
        table.note(*facts)
        if verdict.decision == "allowed":
            args = self._by_id(whole_again(TOOLS[proposal.tool], proposal.args))
            return await self._replies.read(proposal.tool, args, verdict, speaker.language)
        text = table.phrase("proof" if verdict.decision == "needs_proof" else "refused", verdict, speaker.language)
        return ProposalAnswer(verdict.decision, text, reason=verdict.reason, result=verdict.result)

    def _verdict(self, proposal: Proposal) -> Verdict:
        table = self._table
        if table.calls.is_taken_back(proposal):
            return refused("taken_back")
        table.desk, verdict, gone = considered(
            table.desk, table.world(), proposal.dialogue, proposal.call_id, proposal.tool, proposal.args, uuid7()
        )
        table.bury(gone)
        return verdict

    async def _waits(self, verdict: Verdict, speaker: d.Dialogue, facts: Iterable[f.Fact]) -> ProposalAnswer:
        """A start stands to be confirmed: it is on the screen, and read back."""
        table, order = self._table, verdict.order
        waiting = table.desk.action(verdict.action or "")
        assert order is not None, "what waits can be carried out"
        assert waiting is not None, "it has just begun to wait"
        speaks, site, now = speaker.language, table.hub.site, table.now()
        shown = table.pending.get(waiting.id)
        if shown is None:
            until = now + timedelta(seconds=waiting.until_s - table.monotonic())
            lines = readback.lines(site, order, verdict.leaves_at, now, speaks)
            shown = table.pending[waiting.id] = PendingAction(
                waiting.id,
                speaker.id,
                order.tool,
                lines,
                until,
                station=order.station,
                evse=order.evse,
                language=speaks,
            )
        try:
            await table.hub.record(*facts)
        except JournalError:
            table.desk = d.drop(table.desk, waiting.id)
            table.pending.pop(waiting.id, None)
            raise
        left_s = max(0, int((shown.expires_at - table.now()).total_seconds()))
        result = {"lines": list(shown.lines), "expires_in_s": left_s, "confirm": shown.needs}
        text = readback.spoken(site, order, now, speaks)
        if table.desk.action(waiting.id) is not None:
            table.tell(KioskEvent("waiting", speaker.id, waiting.id, order.station, text, result))
        return ProposalAnswer("needs_confirmation", text, waiting.id, result=result)

    def _by_id(self, args: dict[str, Any]) -> dict[str, Any]:
        names = spoken(self._table.hub.site, self._table.terms)
        return {**args, "station": names[args["station"]]} if "station" in args else args

    def _notes(
        self, proposal: Proposal, speaker: d.Dialogue | None, verdict: Verdict, command: str | None = None
    ) -> tuple[f.Fact, f.Fact]:
        at, tool = self._table.now(), TOOLS.get(proposal.tool)
        names = spoken(self._table.hub.site, self._table.terms)
        fits = tool is not None and wrong(tool, whole_again(tool, proposal.args), names) is None
        decided = notes.decided(
            at, proposal.dialogue, proposal.call_id, proposal.tool, verdict.decision, verdict.reason,
            action=verdict.action, held=verdict.held, order=verdict.order, command=command,
        )  # fmt: skip
        return notes.proposed(proposal, speaker, at, fits), decided
