"""FTP for stations that know nothing else (RFC 959, 1123, 2389, 2428, 3659): one file for a ticket, and no directories.

A ticket is the password, the user name or the first part of a path. There is no file system behind it: any directory
that a client changes to is taken for good, and names nothing. Data connections are opened by the client alone, from
the address that it speaks from. There is no TLS: who listens in the stations' network reads what goes through.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final

from edgegw.files.handover import Handover
from edgegw.files.passive import NoConnection, Passive, Ports
from edgegw.files.shelf import FileRefused
from edgegw.files.tickets import TOKEN_LENGTH, Ticket

log = logging.getLogger("edgegw.files")

IDLE_S: Final = 120.0
"""A station may leave its control connection quiet for this long."""

STALL_S: Final = 60.0
"""And a data connection."""

CLOSE_S: Final = 5.0
"""How long the last reply may take to go out."""

MAX_LINE: Final = 1024
MAX_SESSIONS: Final = 32
MAX_WRONG: Final = 3
CHUNK: Final = 256 * 1024

_REFUSED = {"not-found": 550, "conflict": 553, "too-large": 552, "invalid": 553, "unavailable": 452}

Reply = tuple[int, str]
"""Its code and its text."""


class Broken(Exception):
    """A file stopped before its end."""


class Door:
    """The listener: sessions of stations until it is closed."""

    def __init__(self, handover: Handover, ports: Ports) -> None:
        self._handover = handover
        self._ports = ports
        self._sessions: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One control connection, to its end."""
        task = asyncio.current_task()
        assert task is not None
        self._sessions.add(task)
        try:
            if len(self._sessions) > MAX_SESSIONS:
                writer.write(b"421 too many connections\r\n")
                return
            here, peer = (writer.get_extra_info(name) for name in ("sockname", "peername"))
            if here is not None and peer is not None:  # else it was gone before it was looked at
                await _Session(reader, writer, self._handover, self._ports, here[0], peer[0]).run()
        except (OSError, EOFError, ValueError):
            pass  # it hung up, does not read what it is told, or sent a line without an end
        finally:
            try:
                with suppress(OSError):  # TimeoutError is one
                    writer.close()
                    async with asyncio.timeout(CLOSE_S):
                        await writer.wait_closed()
            finally:
                writer.transport.abort()
                self._sessions.discard(task)

    async def close(self) -> None:
        """Cut every session."""
        sessions = set(self._sessions)
        for each in sessions:
            each.cancel()
        if sessions:
            await asyncio.wait(sessions)


class _Session:
    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handover: Handover, ports: Ports,
        here: str, peer: str,
    ) -> None:  # fmt: skip
        self._reader = reader
        self._writer = writer
        self._handover = handover
        self._ports = ports
        self._here = here
        self._peer = peer
        self._user = ""
        self._ticket: Ticket | None = None
        self._is_in = False
        self._wrong = 0
        self._folder = "/"
        self._offset = 0
        self._announced: int | None = None
        self._passive: Passive | None = None

    async def run(self) -> None:
        self._say(220, "ready")
        try:
            while True:
                await self._drained()
                try:
                    async with asyncio.timeout(IDLE_S):
                        line = await self._reader.readline()
                except TimeoutError:
                    self._say(421, "nothing came")
                    return
                if not line:
                    return
                word, _, rest = line.decode("utf-8", "replace").strip("\r\n\x00 ").partition(" ")
                if not await self._do(word.upper(), rest.strip()):
                    return
        finally:
            self._forget_passive()

    async def _do(self, word: str, rest: str) -> bool:
        """Answer a command; False when the session has ended with it."""
        if word == "QUIT":
            self._say(221, "good bye")
            return False
        if word in _OPEN:
            code, text = _OPEN[word](self, rest)
        elif word in _KNOWN and not self._is_in:
            code, text = 530, "log in first"
        elif word in _KNOWN:
            code, text = await _KNOWN[word](self, rest)
        else:
            code, text = 502, "not spoken here"
        if word in ("RETR", "STOR", "APPE"):
            self._offset, self._announced = 0, None
        self._say(code, text)
        return self._wrong < MAX_WRONG

    async def _drained(self) -> None:
        """Have what was said go out. Raises TimeoutError: who asks and never reads holds a place for nothing."""
        async with asyncio.timeout(IDLE_S):
            await self._writer.drain()

    def _say(self, code: int, text: str) -> None:
        self._writer.write(f"{code} {text}\r\n".encode())

    # Who it is

    def _name(self, rest: str) -> Reply:
        self._user, self._ticket, self._is_in = rest, None, False
        return 331, "password"

    def _pass(self, rest: str) -> Reply:
        """A ticket is in the password or the name; without one in a path later on, and until then there is nothing."""
        self._ticket = self._handover.find(rest) or self._handover.find(self._user)
        if self._ticket is None and self._user.lower() not in ("anonymous", "ftp"):
            self._wrong += 1
            return 530, "no such user"
        self._is_in = True
        return 230, "welcome"

    # What it may do

    def _of(self, path: str) -> tuple[Ticket | None, str]:
        """The ticket that holds for a path, and the name at its end."""
        whole = path if path.startswith("/") else f"{self._folder.rstrip('/')}/{path}"
        parts = [each for each in whole.split("/") if each]
        tokens = (self._handover.find(each) for each in parts if len(each) == TOKEN_LENGTH)
        by_path = next((found for found in tokens if found is not None), None)
        name = parts[-1] if parts and not whole.endswith("/") else ""
        return by_path or self._ticket, name

    async def _retrieve(self, rest: str) -> Reply:
        ticket, name = self._of(rest)
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

    async def _store(self, rest: str) -> Reply:
        ticket, name = self._of(rest)
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

    async def _size(self, rest: str) -> Reply:
        ticket, name = self._of(rest)
        try:
            if ticket is not None and ticket.way == "fetch" and name == ticket.file:
                return 213, str(self._handover.offered(ticket)[0].size)
        except FileRefused:
            pass
        return 550, "there is nothing here"

    async def _list(self, rest: str) -> Reply:
        return await self._listed("-rw-r--r-- 1 ftp ftp {size:>12} Jan  1 00:00 {name}")

    async def _names(self, rest: str) -> Reply:
        return await self._listed("{name}")

    async def _listed(self, form: str) -> Reply:
        ticket, lines = self._of("")[0], ""
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

    # How it gets there

    async def _pasv(self, rest: str) -> Reply:
        if ":" in self._here and not self._here.startswith("::ffff:"):
            return 425, "over IPv6 by EPSV"
        port = await self._listening()
        if port is None:
            return 425, "no port is free"
        return 227, f"passive ({self._here.removeprefix('::ffff:').replace('.', ',')},{port >> 8},{port & 255})"

    async def _epsv(self, rest: str) -> Reply:
        if rest.upper() == "ALL":
            return 200, "by EPSV alone"
        port = await self._listening()
        return (425, "no port is free") if port is None else (229, f"passive (|||{port}|)")

    async def _listening(self) -> int | None:
        self._forget_passive()
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
        self._say(150, text)
        await self._drained()
        try:
            return await passive.accepted()
        finally:
            self._forget_passive()

    def _forget_passive(self) -> None:
        if self._passive is not None:
            self._passive.close()
            self._passive = None

    # What is only said

    async def _enter(self, rest: str) -> Reply:
        self._folder = (rest if rest.startswith("/") else f"{self._folder.rstrip('/')}/{rest}")[:MAX_LINE]
        return 250, "as you like"

    async def _leave(self, rest: str) -> Reply:
        self._folder = self._folder.rstrip("/").rpartition("/")[0] or "/"
        return 250, "as you like"

    async def _where(self, rest: str) -> Reply:
        return 257, '"{}"'.format(self._folder.replace('"', '""'))

    async def _make(self, rest: str) -> Reply:
        return 257, '"{}" is there'.format(rest.replace('"', '""'))

    async def _restart(self, rest: str) -> Reply:
        if not rest.isascii() or not rest.isdigit() or len(rest) > 15:
            return 501, "a number of bytes"
        self._offset = int(rest)
        return 350, "from there"

    async def _allocate(self, rest: str) -> Reply:
        size = rest.partition(" ")[0]
        self._announced = int(size) if size.isascii() and size.isdigit() and len(size) <= 15 else None
        return 200, "noted"

    async def _type(self, rest: str) -> Reply:
        # ASCII as well: what goes through is not touched, which is what its senders mean.
        return (200, "as it is") if rest.upper().split(" ")[0] in ("A", "I", "L") else (504, "A or I")

    def _features(self, rest: str) -> Reply:
        self._writer.write(b"211-what is more\r\n EPSV\r\n PASV\r\n REST STREAM\r\n SIZE\r\n UTF8\r\n")
        return 211, "that is all"


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


def _fixed(code: int, text: str) -> Callable[[_Session, str], Reply]:
    return lambda session, rest: (code, text)


def _one_of(*known: str) -> Callable[[_Session, str], Awaitable[Reply]]:
    async def said(session: _Session, rest: str) -> Reply:
        return (200, "so it is") if rest.upper() in known else (504, f"{known[0]} alone")

    return said


_OPEN: Final[Mapping[str, Callable[[_Session, str], Reply]]] = {
    "USER": _Session._name, "PASS": _Session._pass, "FEAT": _Session._features, "SYST": _fixed(215, "UNIX Type: L8"),
    "NOOP": _fixed(200, "yes"), "ACCT": _fixed(202, "not needed"), "OPTS": _fixed(200, "yes"),
    "ABOR": _fixed(226, "nothing goes on"), "HELP": _fixed(214, "see RFC 959"), "STAT": _fixed(211, "all is well"),
}  # fmt: skip
"""Commands that nobody has to prove anything for."""

_KNOWN: Final[Mapping[str, Callable[[_Session, str], Awaitable[Reply]]]] = {
    "RETR": _Session._retrieve, "STOR": _Session._store, "APPE": _Session._store, "SIZE": _Session._size,
    "LIST": _Session._list, "NLST": _Session._names, "PASV": _Session._pasv, "EPSV": _Session._epsv,
    "CWD": _Session._enter, "XCWD": _Session._enter, "CDUP": _Session._leave, "PWD": _Session._where,
    "XPWD": _Session._where, "MKD": _Session._make, "REST": _Session._restart, "ALLO": _Session._allocate,
    "TYPE": _Session._type, "MODE": _one_of("S"), "STRU": _one_of("F"),
}  # fmt: skip
"""Commands of a session that has logged in. PORT and EPRT are not spoken: they make a server connect to anywhere."""
