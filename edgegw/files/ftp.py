"""FTP for stations that know nothing else (RFC 959, 1123, 2389, 2428, 3659): one file for a ticket, and no directories.

A ticket is the password, the user name or the first part of a path. There is no file system behind it: any directory
that a client changes to is taken for good, and names nothing. Data connections (`transfers`) are opened by the client
alone, from the address that it speaks from. There is no TLS: who listens in the stations' network reads what goes
through.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final

from edgegw.files.handover import Handover
from edgegw.files.passive import Ports
from edgegw.files.tickets import TOKEN_LENGTH, Ticket
from edgegw.files.transfers import Reply, Transfers

IDLE_S: Final = 120.0
"""A station may leave its control connection quiet for this long."""

CLOSE_S: Final = 5.0
"""How long the last reply may take to go out."""

MAX_LINE: Final = 1024
MAX_SESSIONS: Final = 32
MAX_WRONG: Final = 3


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
        self._user = ""
        self._ticket: Ticket | None = None
        self._is_in = False
        self._wrong = 0
        self._folder = "/"
        self._transfers = Transfers(handover, ports, here, peer, self._begins)

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
            self._transfers.close()

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
            self._transfers.forget()
        self._say(code, text)
        return self._wrong < MAX_WRONG

    async def _drained(self) -> None:
        """Have what was said go out. Raises TimeoutError: who asks and never reads holds a place for nothing."""
        async with asyncio.timeout(IDLE_S):
            await self._writer.drain()

    async def _begins(self, text: str) -> None:
        self._say(150, text)
        await self._drained()

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

    # What goes over data connections

    async def _retrieve(self, rest: str) -> Reply:
        return await self._transfers.retrieve(*self._of(rest))

    async def _store(self, rest: str) -> Reply:
        return await self._transfers.store(*self._of(rest))

    async def _size(self, rest: str) -> Reply:
        return self._transfers.size(*self._of(rest))

    async def _list(self, rest: str) -> Reply:
        return await self._transfers.listed(self._of("")[0], "-rw-r--r-- 1 ftp ftp {size:>12} Jan  1 00:00 {name}")

    async def _names(self, rest: str) -> Reply:
        return await self._transfers.listed(self._of("")[0], "{name}")

    async def _pasv(self, rest: str) -> Reply:
        return await self._transfers.pasv()

    async def _epsv(self, rest: str) -> Reply:
        return await self._transfers.epsv(rest)

    async def _restart(self, rest: str) -> Reply:
        return self._transfers.restart(rest)

    async def _allocate(self, rest: str) -> Reply:
        return self._transfers.allocate(rest)

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

    async def _type(self, rest: str) -> Reply:
        # ASCII as well: what goes through is not touched, which is what its senders mean.
        return (200, "as it is") if rest.upper().split(" ")[0] in ("A", "I", "L") else (504, "A or I")

    def _features(self, rest: str) -> Reply:
        self._writer.write(b"211-what is more\r\n EPSV\r\n PASV\r\n REST STREAM\r\n SIZE\r\n UTF8\r\n")
        return 211, "that is all"


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
