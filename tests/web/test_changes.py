"""The stream of changes: order, resuming, readings, and readers that hang."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edgegw import serving as http
from edgegw.hub import Hub
from edgegw.model import facts as f
from edgegw.model.samples import MeterSample
from edgegw.web import stream
from tests.support.hubs import a_hub
from tests.web.served import Client, busy_hub, serving


@dataclass(slots=True)
class Event:
    name: str
    id: str | None
    data: Any


class Reader:
    """Reads server-sent events as a browser does."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader

    async def lines(self) -> list[str]:
        """The lines up to the next empty one, out of chunked encoding."""
        async with asyncio.timeout(10):
            found = []
            while (line := (await self._reader.readline()).decode().rstrip("\r\n")) or not found:
                if line and not all(char in "0123456789abcdef" for char in line):
                    found.append(line)
            return found

    async def next(self) -> Event:
        while True:
            fields = dict(line.split(": ", 1) for line in await self.lines() if not line.startswith(":"))
            if "data" in fields:
                return Event(fields["event"], fields.get("id"), json.loads(fields["data"]))


@asynccontextmanager
async def listening(client: Client, path: str = "/api/v1/changes", **headers: str) -> AsyncIterator[Reader]:
    if isinstance(client.at, Path):
        reader, writer = await asyncio.open_unix_connection(client.at)
    else:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.at)
    lines = [f"GET {path} HTTP/1.1", "host: localhost", *(f"{name}: {value}" for name, value in headers.items())]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in head
        assert b"text/event-stream" in head
        events = Reader(reader)
        assert await events.lines() == ["retry: 2000"]
        yield events
    finally:
        writer.close()
        await writer.wait_closed()


async def speak(hub: Hub, count: int, info: str | None = None) -> None:
    for _ in range(count):
        await hub.record(
            f.StationStatusChanged(at=hub.now(), station="CP01", evse=1, connector=1, status="available", info=info)
        )


async def test_facts_come_as_they_happen_with_type_and_sequence(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web, listening(web.installer) as events:
        head = hub.journal.position("A").head
        await speak(hub, 2)
        first, second = await events.next(), await events.next()
        assert (first.name, first.id, second.id) == ("station_status_changed", str(head + 1), str(head + 2))
        assert first.data["sequence"] == head + 1
        assert first.data["data"]["status"] == "available"
        assert first.data["subject"] == "stations/CP01"


async def test_a_reader_resumes_after_the_last_event_it_saw(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        await speak(hub, 450)  # more than a page
        async with listening(web.installer, **{"last-event-id": "3"}) as events:
            assert [(await events.next()).id for _ in range(448)] == [str(number) for number in range(4, 452)]
            await speak(hub, 1)
            assert (await events.next()).id == "452"
        async with listening(web.installer, "/api/v1/changes?after=450") as events:
            assert (await events.next()).id == "451"


async def test_a_number_from_a_ledger_that_was_replaced_begins_with_what_comes(tmp_path: Path) -> None:
    resume = {"last-event-id": "123456"}
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web, listening(web.installer, **resume) as events:
        await speak(hub, 1)
        assert (await events.next()).id == "3"


@pytest.mark.parametrize("number", ["-1", "x", "1.5", "9" * 30])
async def test_a_last_event_id_that_is_no_number_is_refused(tmp_path: Path, number: str) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        answer = await web.installer.get("/api/v1/changes", {"last-event-id": number})
        assert answer.kind == "bad-request"


async def test_readings_that_changed_come_as_state_without_an_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "STATE_EVERY_S", 0.05)
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web, listening(web.guest) as events:
        hub.observe([MeterSample("meters/grid", hub.now(), {"power_w": 5.0})])
        told = await events.next()
        assert (told.name, told.id) == ("state", None)
        assert told.data["readings"]["meters/grid"]["power_w"] == 5.0
        hub.observe([MeterSample("stations/CP01/1", hub.now(), {"power_w": 7.0})])
        assert list((await events.next()).data["readings"]) == ["stations/CP01/1"]  # the other one has not changed


async def test_a_silent_stream_says_that_it_is_still_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "STATE_EVERY_S", 0.02)
    monkeypatch.setattr(stream, "HEARTBEAT_S", 0.05)
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web, listening(web.guest) as events:
        assert await events.lines() == [": still here"]


async def test_a_guest_gets_the_facts_masked(tmp_path: Path) -> None:
    async with busy_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        head = hub.journal.position("A").head
        async with listening(web.guest, "/api/v1/changes?after=0") as events:
            facts = [await events.next() for _ in range(head)]
        async with listening(web.installer, "/api/v1/changes?after=0") as events:
            whole = [await events.next() for _ in range(head)]
    assert [fact.id for fact in facts] == [fact.id for fact in whole]
    text = json.dumps([fact.data for fact in facts])
    assert not [secret for secret in ("CARD1", "04A1B2C3D4", "SN-778899", "10.20.30.40") if secret in text]
    assert {fact.data["data"]["id_token"] for fact in facts if fact.name == "token_decided"} == {"…"}


async def test_a_reader_that_never_reads_costs_no_memory_and_disturbs_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        await asyncio.gather(*(speak(hub, 50, "x" * 2000) for _ in range(60)))
        read: list[int] = []
        facts = hub.journal.reader.facts

        async def counted(after: int = 0, *rest: Any) -> Any:
            read.append(after)
            return await facts(after, *rest)

        monkeypatch.setattr(hub.journal.reader, "facts", counted)
        with socket.socket(socket.AF_UNIX) as hung:
            hung.connect(str(web.installer.at))
            hung.sendall(b"GET /api/v1/changes?after=1 HTTP/1.1\r\nhost: localhost\r\n\r\n")
            async with listening(web.installer, "/api/v1/changes?after=0") as events:
                ids = [(await events.next()).id for _ in range(3001)]
            assert ids[-1] == "3001"
            assert 1 in read
            assert 2001 not in read  # the hung reader's pages begin at 1, 201, ...


async def test_streams_are_limited_and_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MAX_STREAMS", 2)
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        async with listening(web.guest), listening(web.guest):
            assert (await web.guest.get("/api/v1/changes")).kind == "unavailable"
            assert (await web.guest.get("/api/v1/site")).status == 200
        async with asyncio.timeout(5):
            while (await web.guest.ask("HEAD", "/api/v1/changes")).status != 200:
                await asyncio.sleep(0.01)


async def test_a_reader_that_hangs_is_cut_off_and_its_stream_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "HUNG_MS", 200)
    monkeypatch.setattr(stream, "MAX_STREAMS", 1)
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        await asyncio.gather(*(speak(hub, 50, "x" * 2000) for _ in range(60)))
        with socket.socket() as hung:
            hung.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            await asyncio.to_thread(hung.connect, ("127.0.0.1", web.guest.at))
            await asyncio.to_thread(hung.sendall, b"GET /api/v1/changes?after=0 HTTP/1.1\r\nhost: localhost\r\n\r\n")
            async with asyncio.timeout(10):
                while (await web.guest.ask("HEAD", "/api/v1/changes")).status != 503:
                    await asyncio.sleep(0.01)
                while (await web.guest.ask("HEAD", "/api/v1/changes")).status != 200:
                    await asyncio.sleep(0.05)
