"""The door to a real hub's voice socket, and to one that is not there, or strange."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from edgegw.model.tools import TOOLS
from edgegw.voice import door as module
from edgegw.voice.door import Door, HubAway, Welcome
from tests.support.gateway import until
from tests.web.kiosk.stand import standing


class Seen:
    """What a door tells."""

    def __init__(self, path: Path) -> None:
        self.came: list[Welcome] = []
        self.went = 0
        self.happened: list[Mapping[str, Any]] = []
        self.door = Door(path, "EVA", came=self.came.append, went=self._went, happened=self.happened.append)

    def _went(self) -> None:
        self.went += 1


@asynccontextmanager
async def a_door(path: Path) -> AsyncIterator[Seen]:
    seen = Seen(path)
    running = asyncio.create_task(seen.door.run())
    try:
        yield seen
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


class Strange(asyncio.Protocol):
    """Answers each piece that comes with whatever `answer` makes of its lines; hangs up never."""

    def __init__(self, answer: Callable[[bytes], bytes], open: set[asyncio.Transport]) -> None:
        self._answer = answer
        self._open = open

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._open.add(transport)

    def data_received(self, data: bytes) -> None:
        for line in data.splitlines():
            self._transport.write(self._answer(line))

    def connection_lost(self, exc: Exception | None) -> None:
        self._open.discard(self._transport)


@asynccontextmanager
async def a_strange_hub(path: Path, answer: Callable[[bytes], bytes]) -> AsyncIterator[None]:
    open = set[asyncio.Transport]()
    server = await asyncio.get_running_loop().create_unix_server(lambda: Strange(answer, open), str(path))
    try:
        yield
    finally:
        server.close()
        for transport in list(open):
            transport.abort()
        await asyncio.sleep(0)


async def test_a_hub_says_who_it_is_and_what_may_be_asked_of_it(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand, a_door(stand.path) as seen:
        await until(lambda: bool(seen.came), 5)
        (welcome,) = seen.came
        assert (welcome.site, welcome.locale, welcome.currency) == ("Hub Paulista", "pt-BR", "BRL")
        assert [spot.id for spot in welcome.spots] == ["CP01", "CP02"]
        assert {tool["name"] for tool in welcome.tools} == TOOLS.keys()


async def test_answers_find_their_questions_in_any_order_and_events_come_between(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand, a_door(stand.path) as seen:
        await until(lambda: bool(seen.came), 5)
        door = seen.door
        opened = await door.ask({"type": "open", "dialogue": "d1", "language": "pt-BR", "channel": "voice"})
        assert opened["type"] == "opened"
        asked = [
            door.ask({"type": "propose", "dialogue": "d1", "tool": tool, "args": {}, "call_id": tool})
            for tool in ("prices", "my_charge", "nothing")
        ]
        stand.eva.pressed(True)
        answers = await asyncio.gather(*asked)
        assert [each["decision"] for each in answers] == ["allowed", "needs_proof", "refused"]
        assert [each["kind"] for each in seen.happened] == ["button"]
        with pytest.raises(HubAway, match="the hub says"):
            await door.ask({"type": "open", "dialogue": "d2", "language": "pt-BR", "channel": "phone"})


async def test_a_hub_that_goes_and_comes_back_is_met_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BACK_OFF_S", (0.02,))
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    path = tmp_path / "voice.sock"
    async with a_door(path) as seen:
        await asyncio.sleep(0.05)
        assert seen.door.detail.endswith("No such file or directory")
        for count, folder in enumerate(("a", "b"), 1):
            async with standing(tmp_path / folder) as stand:
                path.symlink_to(stand.path)
                await until(lambda count=count: len(seen.came) == count, 5)  # type: ignore[misc]
            path.unlink()
            await until(lambda count=count: seen.went == count, 5)  # type: ignore[misc]
            with pytest.raises(HubAway):
                await seen.door.ask({"type": "token"})


async def test_who_asks_while_the_hub_goes_away_is_told_so(tmp_path: Path) -> None:
    welcome = {
        "type": "welcome", "v": 1, "site": {"name": "x", "timezone": "UTC", "locale": "en", "currency": "EUR"},
        "stations": [],
    }  # fmt: skip

    def answer(line: bytes) -> bytes:
        message = json.loads(line)
        if message["type"] == "hello":
            return json.dumps(welcome).encode() + b"\n"
        if message["type"] == "tools":
            return json.dumps({"type": "tools", "id": message["id"], "tools": []}).encode() + b"\n"
        return b"x" * 70_000 + b"\n"  # a line that no hub sends: the connection is given up

    async with a_strange_hub(tmp_path / "s", answer), a_door(tmp_path / "s") as seen:
        await until(lambda: bool(seen.came), 5)
        with pytest.raises(HubAway, match="before it answered"):
            await seen.door.ask({"type": "token"})


@pytest.mark.parametrize(
    ("answer", "words"),
    [(b'{"type": "error", "id": null, "detail": "version 2 is spoken here"}\n', "version 2 is spoken here"),
     (b'{"type": "welcome", "v": 1}\n', "no welcome within"),
     (b"not JSON\n", "no welcome within"), (b"[]\n", "no welcome within"), (b"", "no welcome within")],
)  # fmt: skip
async def test_what_is_no_hub_is_told_of_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes, words: str
) -> None:
    monkeypatch.setattr(module, "HELLO_S", 0.1)
    async with a_strange_hub(tmp_path / "s", lambda line: answer), a_door(tmp_path / "s") as seen:
        await until(lambda: words in seen.door.detail, 5, seen.door.detail)
        assert seen.came == []


async def test_a_line_too_long_for_the_hub_is_not_sent(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with standing(tmp_path) as stand, a_door(stand.path) as seen:
        await until(lambda: bool(seen.came), 5)
        seen.door.tell({"type": "metrics", "note": "x" * 70_000})
        assert "the hub takes 65536" in caplog.text
        assert (await seen.door.ask({"type": "tools"}))["type"] == "tools"
