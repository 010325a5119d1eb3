"""What goes over the data connections of one FTP session: a file in, a file out, or what there is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from edgegw.files.handover import Handover
from edgegw.files.passive import NoConnection, Passive, Ports
from edgegw.files.shelf import FileRefused
from edgegw.files.tickets import Ticket

log = logging.getLogger("edgegw.files")

STALL_S: Final = 60.0
"""A station may leave a data connection quiet for this long."""

CHUNK: Final = 256 * 1024
"""Bytes that are read at once."""

_REFUSED = {"not-found": 550, "conflict": 553, "too-large": 552, "invalid": 553, "unavailable": 452}

Reply = tuple[int, str]
"""Its code and its text."""


class Broken(Exception):
    """A file stopped before its end."""


class Transfers:
    """Of a session between the addresses `here` and `peer`. `begins` says 150 with a text, ahead of what goes."""

    def __init__(
        self, handover: Handover, ports: Ports, here: str, peer: str, begins: Callable[[str], Awaitable[None]]
    ) -> None:
        self._handover = handover
        self._ports = ports
        self._here = here
        self._peer = peer
        self._begins = begins
        self._offset = 0
        self._announced: int | None = None
        self._passive: Passive | None = None

    # What goes

    async def retrieve(self, ticket: Ticket | None, name: str) -> Reply:
        """Send a file, from where REST has said."""
        try:
            if ticket is None or ticket.way != "fetch" or name != ticket.file:
                raise FileRefused("not-found", "there is nothing here")
            stored, path = self._handover.offered(ticket)
        except FileRefused as refused:
            return _REFUSED[refused.kind], str(refused)
        if (at := self._offset) > stored.size:
            return 554, "it is not as long"
        try:
            _, out = await self._connected(f"{stored.size} bytes")
        except NoConnection as error:
            return 425, str(error)
        try:
            with path.open("rb") as file:
                file.seek(at)
                while block := await asyncio.to_thread(file.read, CHUNK):
                    out.write(block)
                    async with asyncio.timeout(STALL_S):
                        await out.drain()
                    at += len(block)
            await _ended(out)
        except OSError:  # TimeoutError is one
            return 426, "the connection ended within the file"
        finally:
            out.transport.abort()
        if at < stored.size:
            return 426, "the file was taken away"
        self._handover.fetched(ticket, stored)
        return 226, "sent"

    async def store(self, ticket: Ticket | None, name: str) -> Reply:
        """Take a file, which its station calls `name`."""
        if ticket is None or ticket.way != "put":
            return 550, "there is nothing to put here"
        if self._offset:
            return 504, "from its beginning, please"
        announced = self._announced
        if announced is not None and announced > self._handover.max_bytes:
            return 552, f"a file may have {self._handover.max_bytes} bytes"
        try:
            come, out = await self._connected("go on")
        except NoConnection as error:
            return 425, str(error)
        try:
            await self._handover.take(ticket, _blocks(come, announced), lambda: name)
        except FileRefused as refused:
            log.warning("%s: its %s was not taken: %s", ticket.station, ticket.kind, refused)
            return _REFUSED[refused.kind], str(refused)
        except Broken:
            log.warning("%s: its %s stopped half-way", ticket.station, ticket.kind)
            return 426, "the connection ended within the file"
        finally:
            out.transport.abort()
        return 226, "received"

    def size(self, ticket: Ticket | None, name: str) -> Reply:
        """How long a file is."""
        try:
            if ticket is not None and ticket.way == "fetch" and name == ticket.file:
                return 213, str(self._handover.offered(ticket)[0].size)
        except FileRefused:
            pass
        return 550, "there is nothing here"

    async def listed(self, ticket: Ticket | None, form: str) -> Reply:
        """Send what there is, a line in the words of `form`."""
        lines = ""
        if ticket is not None and ticket.way == "fetch":
            try:
                stored = self._handover.offered(ticket)[0]
                lines = form.format(size=stored.size, name=stored.id) + "\r\n"
            except FileRefused:
                pass
        try:
            _, out = await self._connected("what there is")
        except NoConnection as error:
            return 425, str(error)
        try:
            out.write(lines.encode())
            await _ended(out)
        except OSError:  # TimeoutError is one
            return 426, "the connection ended"
        finally:
            out.transport.abort()
        return 226, "that is all"

    # What is said of it before

    def forget(self) -> None:
        """What was said of a file holds for one."""
        self._offset, self._announced = 0, None

    def restart(self, rest: str) -> Reply:
        """The byte that the next file begins with."""
        if not rest.isascii() or not rest.isdigit() or len(rest) > 15:
            return 501, "a number of bytes"
        self._offset = int(rest)
        return 350, "from there"

    def allocate(self, rest: str) -> Reply:
        """How many bytes the next file has."""
        size = rest.partition(" ")[0]
        self._announced = int(size) if size.isascii() and size.isdigit() and len(size) <= 15 else None
        return 200, "noted"

    # How it gets there

    async def pasv(self) -> Reply:
        """Listen for a data connection over IPv4; where (RFC 959)."""
        if ":" in self._here and not self._here.startswith("::ffff:"):
            return 425, "over IPv6 by EPSV"
        port = await self._listening()
        if port is None:
            return 425, "no port is free"
        return 227, f"passive ({self._here.removeprefix('::ffff:').replace('.', ',')},{port >> 8},{port & 255})"

    async def epsv(self, rest: str) -> Reply:
        """The same over either (RFC 2428)."""
        if rest.upper() == "ALL":
            return 200, "by EPSV alone"
        port = await self._listening()
        return (425, "no port is free") if port is None else (229, f"passive (|||{port}|)")

    async def _listening(self) -> int | None:
        self.close()
        try:
            self._passive = await Passive.open(self._here, self._peer, self._ports)
        except OSError:
            return None
        return self._passive.port

    async def _connected(self, text: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The data connection. Raises NoConnection."""
        passive = self._passive
        if passive is None:
            raise NoConnection("PASV or EPSV first")
        await self._begins(text)
        try:
            return await passive.accepted()
        finally:
            self.close()

    def close(self) -> None:
        """Listen no more."""
        if self._passive is not None:
            self._passive.close()
            self._passive = None


async def _blocks(come: asyncio.StreamReader, announced: int | None) -> AsyncIterator[bytes]:
    """What comes on a data connection. Its end is the file's, so only a size that was announced tells a file from the
    beginning of one. Raises Broken."""
    count = 0
    while True:
        try:
            async with asyncio.timeout(STALL_S):
                block = await come.read(CHUNK)
        except OSError as error:  # TimeoutError is one
            raise Broken from error
        if not block:
            break
        count += len(block)
        yield block
    if announced is not None and count < announced:
        raise Broken


async def _ended(out: asyncio.StreamWriter) -> None:
    """Have all of it go out. Raises TimeoutError and OSError."""
    out.close()
    async with asyncio.timeout(STALL_S):
        await out.wait_closed()
