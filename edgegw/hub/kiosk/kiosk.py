"""The kiosk itself: what the screen and EVA's socket call, which its parts carry out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from edgegw.core.consent import desk as d
from edgegw.core.consent.declarations import declarations
from edgegw.core.consent.heard import TAPS, ground_gone, tap, used_by
from edgegw.core.kiosk.places import labels, spoken
from edgegw.core.kiosk.quoting import plain
from edgegw.core.kiosk.sentences import say
from edgegw.hub.door import Hub
from edgegw.hub.kiosk import notes
from edgegw.hub.kiosk.carrying import Carrying
from edgegw.hub.kiosk.confirming import Confirming
from edgegw.hub.kiosk.howto import Howto
from edgegw.hub.kiosk.proposing import ID_MOST, Proposing
from edgegw.hub.kiosk.proving import Proving
from edgegw.hub.kiosk.replies import Replies
from edgegw.hub.kiosk.table import Table
from edgegw.hub.kiosk.watching import Watching
from edgegw.journal.ids import uuid7
from edgegw.model import facts as f
from edgegw.model.kiosk import Channel, KioskEvent, KioskTerms, PendingAction, Proof, Proposal, ProposalAnswer, Refusal

LOOK_S: Final = 1.0
"""So often it is looked for what has expired; nothing counts after its time, whether it was looked for or not."""


class Kiosk:
    """One kiosk of a site. All methods on the hub's event loop."""

    def __init__(
        self,
        hub: Hub,
        terms: KioskTerms,
        now: Callable[[], datetime] | None = None,
        monotonic: Callable[[], float] | None = None,
        *,
        howto: Path | None = None,
    ) -> None:
        """`howto` is the folder with the site's own texts for drivers."""
        self.terms = terms
        self._hub = hub
        self._table = Table(hub, terms, now or hub.now, monotonic or hub.monotonic)
        self._howto = Howto(howto)
        self._howto.replace(self._howto.passages())
        self._carrying = Carrying(hub, terms, self._table.note, self._table.tell)
        self._confirming = Confirming(self._table, self._carrying)
        self._proposing = Proposing(self._table, Replies(hub, terms, self._howto), self._carrying)
        self._proving = Proving(self._table, self._confirming)
        self._watching = Watching(terms)

    # What there is

    def stations(self) -> list[dict[str, Any]]:
        """The kiosk's stations: `{"id", "label", "evses": [{"id", "connectors": [...]}]}`."""
        site = self._hub.site
        return [
            {
                "id": id,
                "label": label,
                "evses": [
                    {"id": evse.id, "connectors": [each.id for each in evse.connectors]}
                    for evse in site.stations[id].evses
                ],
            }
            for id, label in labels(site, self.terms).items()
        ]

    def tools(self, language: str | None = None) -> list[dict[str, Any]]:
        """The tools as function declarations: `{"name", "description", "parameters": JSON Schema, "class"}`."""
        return declarations(spoken(self._hub.site, self.terms), self._table.language(language))

    def pending(self) -> tuple[PendingAction, ...]:
        """What waits for the driver's hand, oldest first."""
        table, now_s = self._table, self._table.monotonic()
        return tuple(table.pending[each.id] for each in table.desk.waiting if each.until_s > now_s)

    # Dialogues

    def open(self, dialogue: str, language: str | None, channel: Channel) -> Refusal | None:
        """Begin a dialogue with a driver; None when it is open, else why not. One that is open goes on, in `language`.

        At most one on each channel: another that is open there is over.
        """
        table, speaks = self._table, self._table.language(language)
        if not 0 < len(dialogue) <= ID_MOST:
            return Refusal("bad_arguments", say("refused.bad_arguments", speaks))
        table.sweep()
        before = table.desk.dialogues
        table.desk, reason, gone = d.open_dialogue(table.desk, dialogue, speaks, channel, self.terms, table.monotonic())
        table.bury(gone)
        for each in before:
            if table.desk.dialogue(each.id) is None:
                table.over(each, "replaced")
        return None if reason is None else Refusal(reason, say(f"refused.{reason}", speaks))

    def close(self, dialogue: str) -> None:
        """End a dialogue: its proofs are gone, and what waits to be confirmed dies. It can't be opened again."""
        self._table.desk, gone = d.close_dialogue(self._table.desk, dialogue)
        self._table.bury(gone)
        self._table.calls.forget(dialogue)

    async def propose(self, proposal: Proposal) -> ProposalAnswer:
        """Decide on a tool call, and carry it out where nothing more is needed. The same call is answered the same.

        What moves something is written down before it is done; a question is answered while its note is on its way to
        the disk. A caller that is cancelled does not cancel what was decided.
        """
        return await self._proposing.propose(proposal)

    async def cancel(self, dialogue: str, call_id: str) -> None:
        """The model has taken a tool call back: what it proposed and is not carried out yet dies, and the call comes to
        nothing if it comes later."""
        self._proposing.take_back(dialogue, call_id)

    # Proofs and the driver's hand

    async def prove(self, proof: Proof) -> bool:
        """A card, a PIN or a code was shown at the kiosk. Whether its token is accepted: then it is a proof, or the
        second tap for what waits. An event tells of it either way. Taps at stations come by the hub's own facts.
        """
        return await self._proving.prove(proof)

    async def confirm(self, action: str, by: str) -> ProposalAnswer:
        """The driver has touched the paired screen `by`: carry an action out, once. The same action is answered the
        same. A caller that is cancelled does not cancel it."""
        return await self._confirming.confirm(action, f"touch:{plain(by)}")

    def decline(self, action: str) -> None:
        """The driver has touched the other button: what waits dies, whoever proposed it. One that is over stays so."""
        if (waiting := self._table.desk.action(action)) is not None:
            self._proposing.take_back(waiting.dialogue, waiting.call)

    # What is told

    async def record(self, interaction: f.VoiceInteraction) -> None:
        """Write down a turn of a conversation; what was said only where transcripts are kept, and masked. Raises
        JournalError."""
        await self._hub.record(notes.interaction(interaction, transcripts=self.terms.transcripts))

    async def events(self) -> AsyncIterator[KioskEvent]:
        """What happens at the kiosk from now on."""
        queue: asyncio.Queue[KioskEvent] = asyncio.Queue()
        self._table.streams.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._table.streams.discard(queue)

    # What goes on meanwhile

    async def run(self) -> None:
        """Follow the hub's facts and the time until cancelled: taps at stations, what expires, how charges go on."""
        async with asyncio.TaskGroup() as together:
            together.create_task(self._follow())
            together.create_task(self._keep_time())

    async def stop(self) -> None:
        """No more of what is under way here; commands that were given to the hub go on there."""
        await self._table.tasks.end()
        self._howto.close()

    async def settled(self) -> None:
        """Wait until all that was decided is written down, and what was confirmed has been carried out."""
        while self._table.tasks:
            await self._table.tasks.ended()

    async def read_howto(self) -> int:
        """Read the folder of texts anew; how many passages there are."""
        found = await asyncio.to_thread(self._howto.passages)
        self._howto.replace(found)
        return len(found)

    async def _follow(self) -> None:
        self._watching.changed(self._hub.state, self._hub.site, None)
        async for batch in self._hub.changes():
            self.heard([published.fact for published in batch])

    async def _keep_time(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            self._table.sweep()

    def heard(self, facts: Iterable[f.Fact]) -> None:
        """Look at durable facts, in order."""
        table, touched = self._table, set[str]()
        for fact in facts:
            self._carrying.heard(fact)
            if not isinstance(fact, f.StationFact):
                continue
            if not isinstance(fact, f.TransactionMetered):
                touched.add(fact.station)
            for waiting in table.desk.waiting:
                if (reason := ground_gone(fact, waiting)) is not None:
                    table.desk = d.drop(table.desk, waiting.id)
                    table.bury((d.Gone(waiting, reason),))
            if (used := used_by(fact)) is not None:
                table.desk = d.used_there(table.desk, *used)
            if isinstance(fact, TAPS) and fact.station in labels(self._hub.site, self.terms):
                held = tap(fact, self._hub.state, self._hub.context(), self.terms, uuid7(), table.monotonic())
                if held is not None:
                    self._proving.shown(held)
        for bay in self._watching.changed(self._hub.state, self._hub.site, touched):
            told = {"name": bay.label, "evse": bay.evse, "state": bay.state}
            text = say(f"bay.{bay.state}", table.language(), bay=bay.label) + "."
            table.tell(KioskEvent("station", station=bay.station, say=text, result=told))
