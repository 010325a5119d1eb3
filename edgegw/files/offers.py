"""Orders that name a file of ours, or none: what the station is told instead is a URL with a ticket in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import file_digest, md5
from pathlib import Path
from typing import Any, Final

from edgegw.files.shelf import FIRMWARE, FileRefused, Shelf, StoredFile
from edgegw.files.signature import NotSigned, prove, vouch
from edgegw.files.tickets import Tickets
from edgegw.model.commands import Command

LOCAL: Final = "local:"
BY_FTP: Final = "local+ftp:"
"""The same, fetched or put by FTP whatever the station says that it can."""

FTP_USER: Final = "station"
"""Whose password a ticket is."""

FETCHES: Final = frozenset({"update_firmware", "publish_firmware"})
"""Commands by which a station fetches a firmware."""

LIFE: Final = timedelta(hours=24)
"""How long after it was told to a station may begin."""

TRIES: Final = 3
"""Whole downloads that one order is good for, when it does not say how often the station may try again."""


class Offers:
    """`base` is the URL of our listener as stations reach it; `firmware_ca` the PEM of who may issue signers. `ftp` is
    the host and port of our FTP, None without; `protocols` what a station says that it speaks, empty when it does not.
    """

    def __init__(
        self, shelf: Shelf, tickets: Tickets, base: str, firmware_ca: Path | None, *, ftp: str | None = None,
        protocols: Callable[[str], Collection[str]] = lambda station: (),
    ) -> None:  # fmt: skip
        self.shelf = shelf
        self._tickets = tickets
        self._base = base
        self._firmware_ca = firmware_ca
        self._ftp = ftp
        self._protocols = protocols

    async def located(self, command: Command, now: datetime) -> Command:
        """`command` with a URL where it names a file of ours or none. Raises ValueError in words: it can't be sent."""
        if command.name not in FETCHES and command.name != "get_log":
            return command
        location = command.args.get("location")
        if location is not None and not location.startswith((LOCAL, BY_FTP)):
            await self._vouched(command, now)
            return command
        name = None if location is None else location.partition(":")[2] or None
        url = self._url(command.args["station"], asked=location is not None and location.startswith(BY_FTP))
        if command.name == "get_log":
            more: Mapping[str, Any] = {"location": url(self._to_put(command, name, now), "")}
        else:
            more = await self._to_fetch(command, name, now, url)
        return replace(command, args={**command.args, **more})

    def _to_put(self, command: Command, name: str | None, now: datetime) -> str:
        return self._issue(
            "put", station=command.args["station"], kind=command.args["kind"], expires_at=now + LIFE, left=1, file=name,
            command=command.id,
        )  # fmt: skip

    def _url(self, station: str, *, asked: bool) -> Callable[[str, str], str]:
        """What makes the URL of a token and a file's name. FTP when it was asked for, or when the station says that it
        speaks nothing else of ours. Raises FileRefused."""
        ours = self._base.partition(":")[0].upper()
        spoken = self._protocols(station)
        if asked and self._ftp is None:
            raise FileRefused("invalid", "no FTP is served here (ocpp.files.ftp)")
        if self._ftp is not None and (asked or ("FTP" in spoken and ours not in spoken)):
            return lambda token, name: f"ftp://{FTP_USER}:{token}@{self._ftp}/{name}"
        return lambda token, name: f"{self._base}/{token}" + (f"/{name}" if name else "")

    async def _to_fetch(
        self, command: Command, name: str | None, now: datetime, url: Callable[[str, str], str]
    ) -> Mapping[str, Any]:
        if name is None:
            raise FileRefused("invalid", f"{command.name} needs a location: a URL, or local:NAME of a file put here")
        args, stored = command.args, self.shelf.get(name)
        if stored.kind != FIRMWARE:
            raise FileRefused("invalid", f"{name} came from a station; it is no firmware")
        proof = {key: args.get(key) for key in ("certificate", "signature")}
        if all(each is None for each in proof.values()):
            proof = {"certificate": stored.certificate, "signature": stored.signature}
        await self.prove(stored, proof["certificate"], proof["signature"], now)
        at = args.get("retrieve_at")
        begins = now if at is None else max(now, datetime.fromisoformat(at))
        token = self._issue(
            "fetch", station=args["station"], kind=FIRMWARE, expires_at=begins + LIFE,
            left=1 + (args["retries"] if args.get("retries") is not None else TRIES), file=stored.id,
            command=command.id,
        )  # fmt: skip
        if command.name == "publish_firmware":
            return {"location": url(token, stored.id), "checksum": await self._checksum(stored, args.get("checksum"))}
        return {"location": url(token, stored.id), **{key: value for key, value in proof.items() if value is not None}}

    async def _checksum(self, stored: StoredFile, said: str | None) -> str:
        """MD5 in hex, by which stations know published firmware (2.0.1 part 2, L03). Raises FileRefused when another
        was said."""

        def worked_out() -> str:
            with self.shelf.path(stored.id).open("rb") as file:
                return file_digest(file, lambda: md5(usedforsecurity=False)).hexdigest()

        try:
            found = await asyncio.to_thread(worked_out)
        except OSError as error:
            raise FileRefused("unavailable", f"{stored.id} can't be read: {error.strerror or error}") from error
        if said is not None and said.lower() != found:
            raise FileRefused("invalid", f"the checksum is not that of {stored.id}, which is {found}")
        return found

    async def _vouched(self, command: Command, now: datetime) -> None:
        """Firmware elsewhere can't be looked at here; whose certificate signs it can, where it matters. The station
        checks the rest. Raises NotSigned."""
        if self._firmware_ca is None or command.name not in FETCHES:
            return
        certificate, signature = (command.args.get(key) for key in ("certificate", "signature"))
        if certificate is None or signature is None:
            raise NotSigned("ocpp.files.firmware_ca says who signs firmware: certificate and signature are needed")
        vouch(certificate, now=now, issuers=await self._issuers(self._firmware_ca))

    async def prove(self, stored: StoredFile, certificate: str | None, signature: str | None, now: datetime) -> None:
        """Raises NotSigned when what signs a firmware does not, or when it has to be signed and is not."""
        if certificate is None and signature is None:
            if self._firmware_ca is not None:
                raise NotSigned(f"{stored.id} is not signed, and ocpp.files.firmware_ca says who has to")
            return
        if certificate is None or signature is None:
            raise NotSigned("certificate and signature go together")
        issuers = None if self._firmware_ca is None else await self._issuers(self._firmware_ca)
        prove(bytes.fromhex(stored.sha256), certificate, signature, now=now, issuers=issuers)

    @staticmethod
    async def _issuers(path: Path) -> str:
        try:
            return await asyncio.to_thread(path.read_text)
        except (OSError, UnicodeDecodeError) as error:
            raise NotSigned(f"ocpp.files.firmware_ca can't be read: {error}") from error

    def _issue(self, *args: Any, **about: Any) -> str:
        try:
            return self._tickets.issue(*args, **about)
        except OSError as error:
            text = f"the disk does not take the ticket: {error.strerror or error}"
            raise FileRefused("unavailable", text) from error
