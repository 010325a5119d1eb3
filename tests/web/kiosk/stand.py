"""A kiosk that stands: a hub, its kiosk, the page's listener and the voice socket, with clients for both."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegw.hub import Hub
from edgegw.hub.kiosk import Kiosk
from edgegw.model.kiosk import KioskTerms
from edgegw.model.site import Site, Token
from edgegw.web.eva.peer import Around
from edgegw.web.eva.presence import Eva
from edgegw.web.eva.server import VoiceSocket
from edgegw.web.kiosk.desk import Desk
from edgegw.web.kiosk.pairing import Pairing
from edgegw.web.neighbours import Neighbours
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub, a_site
from tests.web.served import Client, Reply, running, serving

WAIT_S = 10.0


class Line:
    """A client of the voice socket, as a voice process is one."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, **message: Any) -> None:
        self.raw(json.dumps(message).encode() + b"\n")

    def raw(self, line: bytes) -> None:
        self.writer.write(line)

    async def next(self) -> dict[str, Any]:
        """The next line, {} when the other end has hung up."""
        async with asyncio.timeout(WAIT_S):
            line = await self.reader.readline()
        found: dict[str, Any] = json.loads(line or b"{}")
        return found

    async def ask(self, **message: Any) -> dict[str, Any]:
        """The answer to a message of this id; events that come meanwhile are left out."""
        self.send(id="q", **message)
        while (found := await self.next()).get("id") != "q":
            assert found.get("type") == "event", found
        return found

    async def until(self, **message: Any) -> None:
        """Ask, and wait for the answer of this id, whatever else comes meanwhile."""
        self.send(**message)
        while (found := await self.next()).get("id") != message["id"]:
            assert found, "the other end hung up"

    async def event(self, kind: str) -> dict[str, Any]:
        """The next event of a kind."""
        while True:
            found = await self.next()
            assert found, f"no event {kind} came"
            if found["type"] == "event" and found["kind"] == kind:
                return found


@dataclass(slots=True)
class Stand:
    hub: Hub
    clock: FakeClock
    kiosk: Kiosk
    desk: Desk
    eva: Eva
    neighbours: Neighbours
    guest: Client
    installer: Client
    path: Path
    """Of the voice socket."""
    cloud: list[Mapping[str, Any] | None]
    """What the cloud answers when a token is asked for, the last one again and again."""

    async def dial(self) -> Line:
        """A connection to the voice socket, on which nothing was said yet."""
        reader, writer = await asyncio.open_unix_connection(self.path, limit=1 << 20)
        return Line(reader, writer)

    @asynccontextmanager
    async def voice(self) -> AsyncIterator[Line]:
        """A voice process that has said hello."""
        line = await self.dial()
        line.send(type="hello", v=1, assistant="EVA")
        assert (await line.next())["type"] == "welcome"
        yield line
        line.writer.close()
        await line.writer.wait_closed()

    async def paired(self) -> dict[str, str]:
        """Headers of a browser that was paired."""
        code = (await self.installer.post("/api/v1/kiosk/code", {})).json["code"]
        answer = await self.guest.post("/api/v1/kiosk/pair", {"code": code})
        assert answer.status == 200, answer
        return {"cookie": answer.headers["set-cookie"].partition(";")[0]}

    async def touch(self, path: str, body: Any, cookie: Mapping[str, str]) -> Reply:
        return await self.guest.post(f"/api/v1/kiosk/{path}", body, cookie)


def kiosk_site(**changed: Any) -> Site:
    tokens = {"CARD1": Token("CARD1"), "CARD2": Token("CARD2", "blocked"), "4711": Token("4711")}
    return a_site(tokens=tokens, **changed)


@asynccontextmanager
async def standing(
    folder: Path, *, pairing: bool = True, terms: KioskTerms | None = None, site: Site | None = None
) -> AsyncIterator[Stand]:
    """Everything of a kiosk on one hub with a clock that stands still."""
    clock = FakeClock()
    async with AsyncExitStack() as stack:
        hub = await stack.enter_async_context(a_hub(folder, clock, site or kiosk_site()))
        kiosk = Kiosk(hub, terms or KioskTerms())
        eva = Eva()
        browsers = Pairing(folder / "kiosk-browsers.json", now=hub.now, monotonic=hub.monotonic) if pairing else None
        desk = Desk(hub, kiosk, eva, browsers, voice=True)
        await stack.enter_async_context(running(desk))
        cloud: list[Mapping[str, Any] | None] = [None]

        async def token() -> Mapping[str, Any] | None:
            return cloud[-1]

        path = folder / "voice.sock"
        around = Around(eva, hub, lambda: kiosk, token)
        await stack.enter_async_context(running(VoiceSocket(path, around)))
        neighbours = Neighbours(kiosk=lambda: desk, eva=lambda: eva)
        web = await stack.enter_async_context(serving(hub, folder, neighbours))
        yield Stand(hub, clock, kiosk, desk, eva, neighbours, web.guest, web.installer, path, cloud)
