"""The stream of a station's conversation: who gets it, and when it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

from edgegw.web.neighbours import Neighbours
from tests.support.hubs import a_hub
from tests.web.served import serving
from tests.web.test_openapi import check, named

PATH = "/api/v1/stations/{id}/trace"
FRAME = {
    "at": "2026-11-30T12:00:00Z", "station": "CP01", "ocpp": "1.6", "direction": "in", "kind": "call", "id": "1",
    "action": "Heartbeat", "payload": {},
}  # fmt: skip


class Spoken:
    """A conversation of so many frames, and whether who listened to it has left it."""

    def __init__(self, frames: int) -> None:
        self.frames = frames
        self.left = False

    async def __call__(self, station: str) -> AsyncGenerator[dict[str, Any], None]:
        try:
            for _ in range(self.frames):
                yield FRAME
        finally:
            self.left = True


async def test_frames_come_as_they_are_described_until_the_conversation_ends(tmp_path: Path) -> None:
    spoken = Spoken(2)
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path, Neighbours(trace=spoken)) as web:
        answer = await web.installer.get("/api/v1/stations/CP01/trace")
        check(PATH, "get", answer)
        told = [json.loads(each[6:]) for each in answer.body.decode().splitlines() if each.startswith("data: ")]
        assert told == [FRAME, FRAME]
        named("Frame").validate(told[0])
        assert spoken.left


async def test_it_ends_by_itself_when_that_is_asked_for(tmp_path: Path) -> None:
    async def silent(station: str) -> AsyncGenerator[dict[str, Any], None]:
        yield FRAME
        await asyncio.Event().wait()

    async with a_hub(tmp_path) as hub, serving(hub, tmp_path, Neighbours(trace=silent)) as web:
        answer = await web.installer.get("/api/v1/stations/CP01/trace?for=0.2")
        assert answer.body.count(b"event: frame") == 1
        refused = await web.installer.get("/api/v1/stations/CP01/trace?for=x")
        check(PATH, "get", refused)
        assert refused.kind == "bad-request"


async def test_a_guest_does_not_listen_and_nobody_to_a_station_that_there_is_not(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        refused = await web.guest.get("/api/v1/stations/CP01/trace")
        check(PATH, "get", refused)
        assert refused.kind == "not-allowed"
        missing = await web.installer.get("/api/v1/stations/CP77/trace")
        check(PATH, "get", missing)
        assert missing.kind == "not-found"
