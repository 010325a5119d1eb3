"""What belongs to the one driver who stands at the kiosk: the hub's `Kiosk`, the screen's dialogue, and what EVA says.

The screen is nothing special to the hub: its buttons propose what EVA would, in a dialogue of their own.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from datetime import timedelta
from typing import Any, Final

from edgegw.core.kiosk.places import bays
from edgegw.core.local_list import entry_of, status_of
from edgegw.core.tokens import is_pin
from edgegw.hub import Hub
from edgegw.hub.kiosk import Kiosk
from edgegw.journal.ids import uuid7
from edgegw.journal.rows import dump
from edgegw.model.kiosk import KioskEvent, Proof, ProofKind, Proposal, ProposalAnswer
from edgegw.web.eva.presence import SCREEN, Eva
from edgegw.web.kiosk.pairing import Pairing
from edgegw.web.kiosk.trials import Locked, Trials
from edgegw.web.stream import HEARTBEAT_S

log = logging.getLogger("edgegw.web")

Json = dict[str, Any]

GATHER_S: Final = 0.1
"""Changes within this reach the screen as one."""

MAX_HAPPENED: Final = 32
"""Events that may wait for a slow screen; beyond, the oldest are forgotten: the state says what counts."""


class Desk:
    """Service: follows the kiosk until cancelled. `reader` tells the card reader's trouble: None for a good one, and
    False where there is none."""

    name = "kiosk"

    def __init__(
        self,
        hub: Hub,
        kiosk: Kiosk,
        eva: Eva,
        pairing: Pairing | None,
        *,
        assistant: str = "EVA",
        voice: bool = False,
        reader: Callable[[], str | bool | None] = lambda: False,
    ) -> None:
        self.kiosk = kiosk
        self.eva = eva
        self.pairing = pairing
        """Knows the browsers that may act; None: any may."""
        self._hub = hub
        self.assistant = assistant
        self._voice = voice
        self._reader = reader
        self._dialogue: str | None = None
        self._trials = Trials()
        self._screens: set[asyncio.Queue[KioskEvent]] = set()
        self._is_over = False

    async def run(self, started: Callable[[], None]) -> None:
        """Follow the kiosk until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.kiosk.run())
                tasks.create_task(self._follow(started))
        finally:
            self._is_over = True
            self.eva.all_over()
            await self.kiosk.stop()

    async def _follow(self, started: Callable[[], None]) -> None:
        events = self.kiosk.events()
        async with aclosing(events):  # type: ignore[type-var]
            started()
            async for event in events:
                if event.kind == "closed" and event.dialogue == self._dialogue:
                    self._dialogue = None
                self.eva.happened(event)
                for screen in self._screens:
                    if screen.full():
                        screen.get_nowait()
                    screen.put_nowait(event)
                self.eva.bell.ring()

    # What the screen does

    async def propose(
        self, tool: str, args: Mapping[str, Any], call_id: str | None, language: str | None
    ) -> ProposalAnswer:
        """Propose a tool for whoever stands before the screen. `language` is that of a dialogue that begins so."""
        call, was_open = call_id or uuid7(), self._dialogue is not None
        answer = await self._propose(tool, args, call, language)
        if answer.reason == "no_dialogue" and was_open:  # its time was over, and its end had not come here yet
            self._dialogue = None
            answer = await self._propose(tool, args, call, language)
        self.eva.bell.ring()
        return answer

    async def _propose(self, tool: str, args: Mapping[str, Any], call: str, language: str | None) -> ProposalAnswer:
        if self._dialogue is None:
            dialogue = f"{SCREEN}{uuid7()}"
            if (refusal := self.kiosk.open(dialogue, language, "screen")) is not None:
                return ProposalAnswer("refused", refusal.say, reason=refusal.reason)
            self._dialogue = dialogue
        return await self.kiosk.propose(Proposal(self._dialogue, call, tool, args, self._hub.now()))

    async def confirm(self, action: str, by: str) -> ProposalAnswer:
        """The driver has touched the button that carries an action out; `by` is the browser."""
        answer = await self.kiosk.confirm(action, by)
        self.eva.bell.ring()
        return answer

    def decline(self, action: str) -> None:
        """The driver has touched the button that lets an action die, be it one that EVA proposed."""
        self.kiosk.decline(action)
        self.eva.bell.ring()

    def close(self) -> None:
        """The driver has gone back to the beginning: what waits to be confirmed dies."""
        dialogue, self._dialogue = self._dialogue, None
        if dialogue is not None:
            self.kiosk.close(dialogue)
            self.eva.bell.ring()

    async def typed(self, pin: str) -> bool:
        """Whether a typed PIN is an accepted token of the local list, which makes it a proof. Raises Locked after too
        many that were not: whoever has no card could try all of them."""
        now_s = self._hub.monotonic()
        if (wait_s := self._trials.wait_s(now_s)) > 0:
            raise Locked(wait_s)
        entry = entry_of(self._hub.state, self._hub.site, pin) if is_pin(pin) else None
        # Of the list alone: where unknown tokens may charge while the cloud is away, any number would be a PIN.
        if entry is not None and status_of(entry, self._hub.now()) == "accepted" and await self._prove("pin", pin):
            return True
        self._trials.failed(now_s)
        if (wait_s := self._trials.wait_s(now_s)) > 0:
            log.warning("%d wrong PINs at the kiosk: none is taken for %.0f s", self._trials.wrong, wait_s)
        self.eva.bell.ring()
        return False

    async def shown(self, id_token: str, kind: ProofKind = "reader") -> None:
        """A card or a code was shown to the kiosk's reader."""
        await self._prove(kind, id_token)

    async def _prove(self, kind: ProofKind, id_token: str) -> bool:
        at, terms = self._hub.now(), self.kiosk.terms
        worth_s = max(terms.proof_start_s, terms.proof_stop_s)
        return await self.kiosk.prove(Proof(uuid7(), kind, id_token, at, at + timedelta(seconds=worth_s)))

    # What the screen shows

    def state(self) -> Json:
        """Everything that the screen shows besides answers."""
        eva, now, trouble = self.eva, self._hub.now(), self._reader()
        return {
            "bays": [
                {"station": bay.station, "evse": bay.evse, "label": bay.label, "state": bay.state}
                for bay in bays(self._hub.state, self._hub.site, self.kiosk.terms)
            ],
            "assistant": self.assistant,
            "voice": {
                "connected": eva.is_there, "state": eva.figures.state, "microphone_live": eva.figures.microphone_live,
                "caption": eva.caption, "needs_proof": eva.needs_proof,
            } if self._voice else None,
            "reader": None if trouble is False else {"ready": trouble is None},
            "pin_wait_s": math.ceil(self._trials.wait_s(self._hub.monotonic())),
            "dialogue": self._dialogue,
            "pending": [
                {
                    "id": each.id, "tool": each.tool, "lines": list(each.lines), "station": each.station,
                    "language": each.language, "dialogue": each.dialogue,
                    "expires_in_s": max(0.0, round((each.expires_at - now).total_seconds(), 1)),
                }
                for each in self.kiosk.pending()
            ],
        }  # fmt: skip

    async def stream(self, over: asyncio.Future[Any], may: Callable[[], bool]) -> AsyncGenerator[bytes, None]:
        """Server-sent events until `over` is done, the reader may not see them any more, or this desk is given up:
        `kiosk` with the state, at once and whenever it changes, and `happened` for each event of the kiosk."""
        happened: asyncio.Queue[KioskEvent] = asyncio.Queue(MAX_HAPPENED)
        self._screens.add(happened)
        rung: asyncio.Future[None] | None = None
        yield b"retry: 2000\n\n"
        try:
            told = ""
            while not over.done() and not self._is_over and may():
                rung = rung or asyncio.ensure_future(self.eva.bell.rung())
                if (state := dump(self.state())) != told:
                    told = state
                    yield f"event: kiosk\ndata: {state}\n\n".encode()
                while not happened.empty():
                    yield f"event: happened\ndata: {dump(_plain(happened.get_nowait()))}\n\n".encode()
                done, _ = await asyncio.wait((rung, over), timeout=HEARTBEAT_S, return_when=asyncio.FIRST_COMPLETED)
                if rung.done():
                    rung = None
                    await asyncio.wait((over,), timeout=GATHER_S)
                elif not done:
                    yield b": still here\n\n"
        finally:
            self._screens.discard(happened)
            if rung is not None:
                rung.cancel()


def _plain(event: KioskEvent) -> Json:
    return {
        "kind": event.kind, "dialogue": event.dialogue or None, "action": event.action, "station": event.station,
        "say": event.say, "result": event.result,
    }  # fmt: skip
