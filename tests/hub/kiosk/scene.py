"""A kiosk before a real hub with a real ledger: a driver, his cards, and stations that say what a test has them say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

from edgegw.hub import Ending, Hub
from edgegw.hub.kiosk import Kiosk
from edgegw.model import facts as f
from edgegw.model.commands import Command
from edgegw.model.kiosk import Channel, KioskEvent, KioskTerms, Proof, ProofKind, Proposal, ProposalAnswer
from edgegw.model.requests import AuthorizeRequest, TransactionAnswer
from edgegw.model.site import Site, Token
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub, a_site, start, stop
from tests.support.ledgers import facts_in

CARDS = {
    "CARD1": Token("CARD1"),
    "CARD2": Token("CARD2", "blocked"),
    "CARD3": Token("CARD3"),
    "FLEET1": Token("FLEET1", group="FLEET"),
    "FLEET2": Token("FLEET2", group="FLEET"),
    "4711": Token("4711"),
}


class Stations:
    """Carries out what stations would: says `ending`, and remembers what it was sent."""

    def __init__(self) -> None:
        self.sent: list[Command] = []
        self.ending = Ending("done")
        self.gate: asyncio.Event | None = None

    async def __call__(self, command: Command, number: int) -> Ending:
        self.sent.append(command)
        if self.gate is not None:
            await self.gate.wait()
        return self.ending

    @property
    def names(self) -> list[str]:
        return [command.name for command in self.sent]


class Scene:
    """What a test does at the kiosk."""

    def __init__(self, hub: Hub, kiosk: Kiosk, clock: FakeClock, stations: Stations) -> None:
        self.hub = hub
        self.kiosk = kiosk
        self.clock = clock
        self.stations = stations
        self.events: list[KioskEvent] = []
        self.current = "d1"
        """The dialogue that is open, in which `ask` asks."""
        self._numbers = count(1)

    def open(self, dialogue: str = "d1", language: str = "pt-BR", channel: Channel = "voice") -> None:
        assert self.kiosk.open(dialogue, language, channel) is None

    async def ask(self, tool: str, dialogue: str | None = None, call: str | None = None, **args: Any) -> ProposalAnswer:
        """A tool call of the model's."""
        call = call or f"c{next(self._numbers)}"
        answer = await self.kiosk.propose(Proposal(dialogue or self.current, call, tool, args, self.hub.now()))
        await self.settle()
        return answer

    async def card(self, token: str = "CARD1", kind: ProofKind = "reader") -> bool:
        """A card, a PIN or a code at the kiosk, two seconds and a bit after anything before."""
        self.clock.advance(2.1)
        proof = Proof(f"p{next(self._numbers)}", kind, token, self.hub.now(), self.hub.now() + timedelta(seconds=120))
        accepted = await self.kiosk.prove(proof)
        await self.settle()
        return accepted

    async def tap(self, token: str = "CARD1", station: str = "CP01") -> None:
        """A card at a station, which asks about it."""
        self.clock.advance(2.1)
        await self.hub.request(AuthorizeRequest(station=station, at=self.hub.now(), id_token=token))
        await self.settle()

    async def plug(self, station: str = "CP01", evse: int = 1, status: f.ConnectorStatus = "preparing") -> None:
        await self.hub.record(
            f.StationStatusChanged(at=self.hub.now(), station=station, evse=evse, connector=1, status=status)
        )
        await self.settle()

    async def charging(self, token: str = "CARD1", station: str = "CP01", evse: int = 1) -> TransactionAnswer:
        """A charge that was begun at the station itself, half an hour ago. Another dialogue has begun since."""
        begun = await self.hub.request(start(self.clock, station, evse, id_token=token))
        assert isinstance(begun, TransactionAnswer)
        await self.plug(station, evse, "charging")
        self.clock.advance(1800)
        self.current = f"d1-{next(self._numbers)}"
        self.open(self.current)
        return begun

    async def ends(self, begun: TransactionAnswer, station: str = "CP01") -> None:
        await self.hub.request(stop(self.clock, begun, station))
        await self.settle()

    async def touch(self, action: str | None) -> ProposalAnswer:
        assert action is not None
        answer = await self.kiosk.confirm(action, "screen")
        await self.settle()
        return answer

    async def settle(self) -> None:
        for _ in range(8):
            await self.kiosk.settled()
            await asyncio.sleep(0)

    def told(self, kind: str) -> list[KioskEvent]:
        return [event for event in self.events if event.kind == kind]

    async def facts(self, *kinds: str) -> list[f.Fact]:
        """What the ledger holds of these kinds, in order."""
        await self.settle()
        wanted = kinds or ("voice_proposed", "voice_decided")
        return [fact for fact in facts_in(self.hub.journal.path) if fact.type in wanted]

    async def decisions(self) -> list[str]:
        return [fact.decision for fact in await self.facts("voice_decided") if isinstance(fact, f.VoiceDecided)]


@asynccontextmanager
async def a_kiosk(
    folder: Path, terms: Mapping[str, Any] | None = None, site: Site | None = None, howto: Path | None = None,
    **options: Any,
) -> AsyncIterator[Scene]:  # fmt: skip
    """Both stations of the site are connected, CP01 free, and a dialogue is open."""
    clock, stations = FakeClock(), Stations()
    async with a_hub(folder, clock, site or a_site(tokens=CARDS), **options) as hub:
        hub.carry_out(["start_transaction", "stop_transaction"], stations)
        await hub.record(
            *(f.StationConnected(at=hub.now(), station=station, ocpp="1.6") for station in hub.site.stations),
            f.StationStatusChanged(at=hub.now(), station="CP01", evse=1, connector=1, status="available"),
        )
        wanted: dict[str, Any] = {"max_cost": Decimal("50.00"), **(terms or {})}
        kiosk = Kiosk(hub, KioskTerms(**wanted), howto=howto)
        scene = Scene(hub, kiosk, clock, stations)

        async def listen() -> None:
            async for event in kiosk.events():
                scene.events.append(event)

        tasks = [asyncio.create_task(kiosk.run()), asyncio.create_task(listen())]
        await asyncio.sleep(0.01)
        scene.open()
        try:
            yield scene
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await kiosk.stop()
