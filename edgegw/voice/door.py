"""The way to the hub: a client of its voice socket, which comes back for ever (docs/voice-socket.md)."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from edgegw.model.value import value

log = logging.getLogger("edgegw.voice")

VERSION: Final = 1
MAX_LINE: Final = 64 * 1024
HELLO_S: Final = 5.0
"""For the hub to say welcome and name its tools."""
BACK_OFF_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Between attempts to connect; the last one for ever."""
MAX_UNSENT: Final = 256 * 1024
"""Bytes that wait for a hub that does not read: more, and the connection is given up."""


class HubAway(Exception):
    """There is no hub at the socket, or it does not answer; the text says which."""


@value()
class Spot:
    """A station that may be spoken of."""

    id: str
    label: str


@value()
class Welcome:
    """What the hub tells about the site and this kiosk."""

    site: str
    timezone: str
    locale: str
    currency: str
    spots: Sequence[Spot]
    tools: Sequence[Mapping[str, Any]]
    """Each with name, description, parameters (a JSON Schema) and class."""


class Door:
    """One connection at a time. `came` is called with each welcome, `went` when the connection is lost after one,
    `happened` with each event that the hub sends; all on the loop.
    """

    def __init__(
        self,
        path: Path,
        assistant: str,
        *,
        came: Callable[[Welcome], None],
        went: Callable[[], None],
        happened: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self._path = path
        self._assistant = assistant
        self._came = came
        self._went = went
        self._happened = happened
        self._writer: asyncio.StreamWriter | None = None
        self._waiting: dict[str, asyncio.Future[Mapping[str, Any]]] = {}
        self._ids = itertools.count(1)
        self.welcome: Welcome | None = None
        self.detail = "not connected yet"
        """Why there is no connection, for people."""

    async def run(self) -> None:
        """Connect, serve, and connect again, until cancelled."""
        tries = 0
        while True:
            try:
                reader, writer = await asyncio.open_unix_connection(str(self._path), limit=MAX_LINE)
            except OSError as error:
                self._lacks(f"{self._path}: {error.strerror or error}")
            else:
                if await self._serve(reader, writer):
                    tries = 0
            await asyncio.sleep(BACK_OFF_S[min(tries, len(BACK_OFF_S) - 1)])
            tries += 1

    def _lacks(self, detail: str) -> None:
        if detail != self.detail:
            log.warning("the hub is away: %s; trying again", detail)
        self.detail = detail

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One connection to its end; whether the hub was there."""
        self._writer = writer
        reading = asyncio.create_task(self._read(reader), name="voice door: reading")
        try:
            self.welcome = await self._greet(reading)
            self.detail = ""
            self._came(self.welcome)
            await asyncio.wait([reading])
            if (error := reading.exception()) is not None:
                raise error
            self._lacks(f"{self._path}: the hub closed the connection")
            return True
        except HubAway as error:
            self._lacks(str(error))
            return False
        finally:
            there, self.welcome, self._writer = self.welcome is not None, None, None
            reading.cancel()
            writer.close()  # before anything is waited for: we may be cancelled there
            await asyncio.wait([reading])
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            if there:
                self._went()

    async def _greet(self, reading: asyncio.Task[None]) -> Welcome:
        try:
            async with asyncio.timeout(HELLO_S):
                met = await self._ask({"type": "hello", "v": VERSION, "assistant": self._assistant}, id="welcome")
                tools = await self._ask({"type": "tools"})
        except TimeoutError:
            raise HubAway(f"{self._path}: no welcome within {HELLO_S:.0f} s") from None
        try:
            site, spots = met["site"], [Spot(str(each["id"]), str(each["label"])) for each in met["stations"]]
            return Welcome(
                site=str(site["name"]), timezone=str(site["timezone"]), locale=str(site["locale"]),
                currency=str(site["currency"]), spots=spots, tools=list(tools["tools"]),
            )  # fmt: skip
        except (KeyError, TypeError) as error:
            raise HubAway(f"{self._path}: the welcome is not one: {error!r}") from None

    async def _read(self, reader: asyncio.StreamReader) -> None:
        """Hand out what the hub sends until the connection ends; then nobody waits for an answer any more."""
        try:
            await self._hand_out(reader)
        finally:
            waiting, self._waiting = self._waiting, {}
            for future in waiting.values():
                if not future.done():
                    future.set_exception(HubAway(f"{self._path}: the hub went away before it answered"))

    async def _hand_out(self, reader: asyncio.StreamReader) -> None:
        while True:
            try:
                line = await reader.readline()
            except (ValueError, OSError):  # a line without end
                return
            if not line:
                return
            try:
                message = json.loads(line)
            except ValueError:
                message = None
            if not isinstance(message, dict):
                log.warning("the hub sent a line that is no JSON object")
            elif message.get("type") == "event":
                self._happened(message)
            elif message.get("type") == "welcome":
                self._settle("welcome", message)
            else:
                self._settle(message.get("id"), message)

    def _settle(self, id: object, message: Mapping[str, Any]) -> None:
        if not isinstance(id, str):
            # To hello there is no id: a version that the hub does not speak, too many clients.
            detail = str(message.get("detail", "an answer to nothing"))
            log.warning("the hub says: %s", detail)
            id = "welcome"
        future = self._waiting.pop(id, None)
        if future is None or future.done():
            return
        if message.get("type") == "error":
            future.set_exception(HubAway(f"the hub says: {message.get('detail')}"))
        else:
            future.set_result(message)

    async def ask(self, message: Mapping[str, Any]) -> Mapping[str, Any]:
        """Send a message with an id of its own; the answer to it. Raises HubAway. The caller sets a time limit."""
        if self.welcome is None:
            raise HubAway(self.detail or "the hub is away")
        return await self._ask(message)

    async def _ask(self, message: Mapping[str, Any], id: str | None = None) -> Mapping[str, Any]:
        named = id if id is not None else f"v{next(self._ids)}"
        future: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[named] = future
        try:
            self._send(message if id is not None else {**message, "id": named})
            return await future
        finally:
            self._waiting.pop(named, None)
            if not future.cancelled() and future.done():
                future.exception()  # read, also when the caller has gone

    def tell(self, message: Mapping[str, Any]) -> None:
        """Send a message that wants no answer; without a hub it is lost."""
        if self.welcome is not None:
            self._send(message)

    def _send(self, message: Mapping[str, Any]) -> None:
        writer = self._writer
        if writer is None or writer.transport.is_closing():
            return
        line = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
        if len(line) >= MAX_LINE:
            log.error("a line of type %s has %d bytes; the hub takes %d", message.get("type"), len(line), MAX_LINE)
            return
        writer.write(line + b"\n")
        if writer.transport.get_write_buffer_size() > MAX_UNSENT:
            log.warning("the hub does not read; the connection is given up")
            writer.transport.abort()
