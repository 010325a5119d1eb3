"""The kiosk: what EVA and the screen propose for a driver is decided, remembered and carried out here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import Any

from edgegw.core.consent.declarations import declarations, whole_again, wrong
from edgegw.core.kiosk.figures import language as spoken_language
from edgegw.core.kiosk.places import bays, labels, spoken
from edgegw.core.kiosk.sentences import say
from edgegw.core.kiosk.status import station_status
from edgegw.hub.door import Hub
from edgegw.model import facts as f
from edgegw.model.kiosk import Channel, KioskEvent, KioskTerms, PendingAction, Proof, Proposal, ProposalAnswer, Refusal
from edgegw.model.tools import TOOLS


class Kiosk:
    """One kiosk of a site. All methods on the hub's event loop."""

    def __init__(
        self,
        hub: Hub,
        terms: KioskTerms,
        now: Callable[[], datetime] | None = None,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        self.terms = terms
        self._hub = hub
        self._now = now or hub.now
        self._monotonic = monotonic or hub.monotonic
        self._dialogues: dict[str, str] = {}
        self._answers: dict[tuple[str, str], ProposalAnswer] = {}
        self._streams: set[asyncio.Queue[KioskEvent]] = set()

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
        return declarations(spoken(self._hub.site, self.terms), spoken_language(language, self.terms.locale))

    # Dialogues

    def open(self, dialogue: str, language: str | None, channel: Channel) -> Refusal | None:
        """Begin a dialogue with a driver; None when it is open, else why not. One that is open stays so."""
        self._dialogues[dialogue] = spoken_language(language, self.terms.locale)
        return None

    def close(self, dialogue: str) -> None:
        """End a dialogue: its proofs are gone, and what waits to be confirmed dies."""
        self._dialogues.pop(dialogue, None)

    async def propose(self, proposal: Proposal) -> ProposalAnswer:
        """Decide on a tool call, and carry it out where nothing more is needed. The same call is answered the same."""
        speaks = self._dialogues.get(proposal.dialogue)
        if speaks is None:
            return _refused("no_dialogue", spoken_language(self.terms.locale))
        key = proposal.dialogue, proposal.call_id
        if key not in self._answers:
            self._answers[key] = self._read(proposal, speaks)
        return self._answers[key]

    def _read(self, proposal: Proposal, speaks: str) -> ProposalAnswer:
        tool = TOOLS.get(proposal.tool)
        if tool is None:
            return _refused("unknown_tool", speaks)
        site, args = self._hub.site, whole_again(tool, proposal.args)
        names = spoken(site, self.terms)
        if (problem := wrong(tool, args, names)) is not None:
            return _refused("bad_arguments", speaks, {"problem": problem})
        if tool.name != "station_status":
            return _refused("unknown_tool", speaks)
        only = names.get(args.get("station", ""))
        text, result = station_status(bays(self._hub.state, site, self.terms, only), speaks)
        return ProposalAnswer("allowed", text, result=result)

    async def cancel(self, dialogue: str, call_id: str) -> None:
        """The model has taken a tool call back: what it proposed and is not carried out yet dies."""

    # Proofs and the driver's hand

    async def prove(self, proof: Proof) -> bool:
        """A card, a PIN or a code was shown at the kiosk. Whether the token is accepted: then the proof counts."""
        return False

    async def confirm(self, action: str, by: str) -> ProposalAnswer:
        """The driver has touched the paired screen `by`: carry an action out, once. The same action is answered the
        same."""
        return _refused("no_action", spoken_language(self.terms.locale))

    def pending(self) -> tuple[PendingAction, ...]:
        """What waits for the driver's hand, oldest first."""
        return ()

    # What is told

    async def record(self, interaction: f.VoiceInteraction) -> None:
        """Write down a turn of a conversation; what was said only where transcripts are kept, and masked."""
        await self._hub.record(interaction)

    async def events(self) -> AsyncIterator[KioskEvent]:
        """What happens at the kiosk from now on."""
        queue: asyncio.Queue[KioskEvent] = asyncio.Queue()
        self._streams.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._streams.discard(queue)

    async def run(self) -> None:
        """Follow the hub's facts and the time until cancelled: taps at stations, what expires, how charges go on."""
        async for _ in self._hub.changes():
            pass


def _refused(reason: str, speaks: str, result: Mapping[str, Any] | None = None) -> ProposalAnswer:
    return ProposalAnswer("refused", say(f"refused.{reason}", speaks), reason=reason, result=result)
