"""The voice socket as a service: a fall of it is its own, and charging knows nothing of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from edgegw.hub.tasks import Tasks
from edgegw.journal.rows import dump
from edgegw.web.eva.messages import MAX_LINE
from edgegw.web.eva.peer import Around, Peer
from edgegw.web.listeners import identity, unix_listener

GROUP: Final = "edgegw-voice"

MAX_CLIENTS: Final = 4
"""The voice process, one that takes its place, a support console, and one to spare."""


class VoiceSocket:
    """Service: serves the voice socket at `path` until cancelled."""

    name = "voice"

    def __init__(self, path: Path, around: Around) -> None:
        self._path = path
        self._around = around
        self._clients = Tasks()
        self._count = 0

    async def run(self, started: Callable[[], None]) -> None:
        """Listen and serve. Raises OSError with the path when it can't listen."""
        listener = unix_listener(self._path, "web.voice_socket", GROUP)
        ours = identity(self._path)
        server = await asyncio.start_unix_server(self._came, sock=listener, limit=MAX_LINE)
        try:
            started()
            await asyncio.get_running_loop().create_future()
        finally:
            server.close()
            await self._clients.end()
            if identity(self._path) == ours:
                self._path.unlink(missing_ok=True)

    def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._count >= MAX_CLIENTS:
            writer.write(dump({"type": "error", "id": None, "detail": "too many clients"}).encode() + b"\n")
            writer.close()
            return
        self._count += 1
        self._clients.begin(self._serve(reader, writer), "a client of the voice socket")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await Peer(self._around, writer).run(reader)
        finally:
            self._count -= 1
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
