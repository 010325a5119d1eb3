"""The file service: its listeners in the stations' network, and the way from an order to a URL."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edgegw.core.variables import key_of
from edgegw.files.exchange import Exchange
from edgegw.files.handover import Handover
from edgegw.files.offers import Offers
from edgegw.files.shelf import Shelf, StoredFile
from edgegw.files.tickets import Ticket, Tickets
from edgegw.model.commands import Command
from edgegw.model.facts import FileReceived
from edgegw.serving import serve, tcp_listener

if TYPE_CHECKING:
    from edgegw.hub import Hub

log = logging.getLogger("edgegw.files")

TIDY_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class FtpListener:
    """Where FTP is served: its port, and the first and last port of its data connections, None for any."""

    port: int
    data_ports: tuple[int, int] | None = None


class FileService:
    """Service: serves files to stations until cancelled.

    `host` and `port` are what stations are told, `address` what is listened on. `tls` makes it HTTPS. `firmware_ca`:
    see Offers. `ftp` serves the same files over FTP too.
    """

    name = "files"

    def __init__(
        self,
        hub: Hub,
        shelf: Shelf,
        *,
        host: str,
        port: int,
        address: str = "0.0.0.0",  # noqa: S104 (stations come over the site's network)
        tls: Callable[[], ssl.SSLContext] | None = None,
        firmware_ca: Path | None = None,
        ftp: FtpListener | None = None,
    ) -> None:
        self.shelf = shelf
        self.port: int | None = None
        """The TCP port that is listened on, once started."""
        self.ftp_port: int | None = None
        """The same for FTP; None without."""
        self._hub = hub
        self._address = address
        self._host = f"[{host}]" if ":" in host else host
        self._wanted_port = port
        self._tls = tls
        self._firmware_ca = firmware_ca
        self._ftp = ftp
        self._offers: Offers | None = None

    async def run(self, started: Callable[[], None]) -> None:
        """Listen and serve. Raises OSError or ValueError, in words for an installer, when it can't."""
        await asyncio.to_thread(self.shelf.open)
        context = self._tls() if self._tls is not None else None
        listener = tcp_listener(self._address, self._wanted_port, "ocpp.files")
        self.port = listener.getsockname()[1]
        tickets = Tickets(self.shelf.tickets, self._hub.now)
        handover = Handover(self.shelf, tickets, self._received)
        tidying = asyncio.get_running_loop().create_task(self._tidy(), name="files tidy")
        try:
            async with self._over_ftp(handover) as ftp:
                scheme = "https" if context is not None else "http"
                base = f"{scheme}://{self._host}:{self.port}"
                self._offers = Offers(
                    self.shelf, tickets, base, self._firmware_ca, ftp=ftp, protocols=self._protocols
                )  # fmt: skip
                log.info("files: listening on %s:%d%s", self._address, self.port, " with TLS" if context else "")
                await serve([(listener, Exchange(handover))], started, tls=context)
        finally:
            self._offers = None
            tidying.cancel()
            await asyncio.gather(tidying, return_exceptions=True)
            listener.close()

    @asynccontextmanager
    async def _over_ftp(self, handover: Handover) -> AsyncIterator[str | None]:
        """Serve FTP as well, where that is asked for; where its URLs lead."""
        if self._ftp is None:
            yield None
            return
        from edgegw.files import ftp

        door = ftp.Door(handover, self._ftp.data_ports)
        listener = tcp_listener(self._address, self._ftp.port, "ocpp.files.ftp_port")
        server = await asyncio.start_server(door.serve, sock=listener, limit=ftp.MAX_LINE)
        self.ftp_port = listener.getsockname()[1]
        log.info("files: listening on %s:%d for FTP, which is not encrypted", self._address, self.ftp_port)
        try:
            yield f"{self._host}:{self.ftp_port}"
        finally:
            server.close()
            await door.close()

    def _protocols(self, station: str) -> frozenset[str]:
        """What a station says that it can fetch and put files with, in capitals; empty when it does not say."""
        variables = self._hub.state.variables
        for place in (("", "SupportedFileTransferProtocols"), ("OCPPCommCtrlr", "FileTransferProtocols")):
            row = variables.get(key_of(station, *place))
            if row is not None and row.value:
                return frozenset(each.strip().upper() for each in row.value.split(","))
        return frozenset()

    async def located(self, command: Command) -> Command:
        """`command` with a URL of ours where it needs one. Raises ValueError in words: it can't be sent."""
        if self._offers is None:
            raise ValueError("the file service does not run")
        return await self._offers.located(command, self._hub.now())

    async def prove(self, stored: StoredFile, certificate: str, signature: str) -> None:
        """Raises ValueError when this does not sign the firmware, or when nobody could say so now."""
        if self._offers is None:
            raise ValueError("the file service does not run")
        await self._offers.prove(stored, certificate, signature, self._hub.now())

    async def _received(self, stored: StoredFile, ticket: Ticket) -> None:
        await self._hub.record(
            FileReceived(
                station=ticket.station, at=stored.at, file=stored.id, kind=stored.kind, name=stored.name,
                size=stored.size, sha256=stored.sha256, command=ticket.command,
            )
        )  # fmt: skip

    async def _tidy(self) -> None:
        while True:
            self.shelf.tidy()
            await asyncio.sleep(TIDY_S)
