"""Stations' requests for certificates, answered; certificates renewed in time; the list of revoked ones kept.

    SignCertificate ─► certificate_requested ─► checked, signed ─► certificate_signed ─► CertificateSigned
                                                    │ refused                                  │ taken
                                                    ▼                                          ▼
                                            certificate_refused                        certificate_issued

The request and what becomes of it are facts, so the cloud sees the same as where it signs itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edgegw.core.security import newest, profile_of
from edgegw.journal import durable
from edgegw.journal.errors import JournalError
from edgegw.journal.ids import uuid7
from edgegw.model import facts as f
from edgegw.model.commands import ENDED, Asker, Command
from edgegw.model.state import StationState
from edgegw.stations.ca.authority import CERTIFICATE_FILE, LIST_FILE, Authority, Signed
from edgegw.stations.ca.request import Unsigned
from edgegw.stations.keys import Keys

if TYPE_CHECKING:
    from edgegw.hub import Hub
    from edgegw.stations.settings import CaSettings

log = logging.getLogger("edgegw.stations.ca")

LOOK_EVERY_S: Final = 60.0
LIST_EVERY: Final = timedelta(days=1)
"""The list of revoked certificates says until when it is good: it is made anew well before."""

ANSWER_WITHIN: Final = timedelta(minutes=10)
"""So long a signed certificate waits for a station that has gone meanwhile."""

MAX_WAITING: Final = 1000
"""Requests that wait for the clock or for each other; beyond, a station has to ask again."""

BY: Final = Asker("gateway", "ca")

MAX_CHAIN: Final = frozenset({"maxcertificatechainsize", "certificatesignedmaxchainsize"})
"""Variable of SecurityCtrlr (2.x) and configuration key (1.6 security whitepaper) with the characters that it takes."""


def certificate_file(folder: Path, settings: CaSettings) -> Path:
    """Where the authority's certificate lies, or will lie once it has been made."""
    return settings.certificate or folder / CERTIFICATE_FILE


class Certificates:
    """The service. `folder` holds the authority; `keys` tell which stations have a password."""

    name = "certificates"

    def __init__(self, hub: Hub, settings: CaSettings, folder: Path, keys: Keys, *, look_every_s: float = LOOK_EVERY_S):
        self._hub = hub
        self._settings = settings
        self._folder = folder
        self._keys = keys
        self._look_every_s = look_every_s
        self._authority: Authority | None = None
        self._v2g: Authority | None = None
        self._waiting: dict[tuple[str, str], f.CertificateRequested] = {}
        self._listed: tuple[Any, ...] | None = None
        self._giving: set[asyncio.Task[None]] = set()

    async def run(self, started: Callable[[], None]) -> None:
        """Serve until cancelled."""
        started()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._listen())
                group.create_task(self._look())
        finally:
            for task in self._giving:
                task.cancel()
            await asyncio.gather(*self._giving, return_exceptions=True)

    async def _listen(self) -> None:
        async for batch in self._hub.changes():
            for fact in (published.fact for published in batch):
                if isinstance(fact, f.CertificateRequested) and self._signs(fact.use):
                    key = fact.station, fact.use
                    if key in self._waiting or len(self._waiting) < MAX_WAITING:
                        self._waiting[key] = fact
                elif isinstance(fact, f.CertificateRevoked):
                    await self._keep_list()
            await self._answer()

    async def _look(self) -> None:
        while True:
            await self._answer()
            await self._renew()
            await self._keep_list()
            await asyncio.sleep(self._look_every_s)

    # Requests

    async def _answer(self) -> None:
        """Answer what waits. While the clock is not to be believed nothing is signed: it would count from no time."""
        while self._waiting and self._hub.clock.state != "unsynced":
            key = station, use = next(iter(self._waiting))
            request = self._waiting.pop(key)
            try:
                signed = await asyncio.to_thread(self._sign, request)
                chain = signed.within(self._most(station), whole=use == "v2g")
            except Unsigned as refused:
                await self._refused(station, use, str(refused))
                continue
            except ValueError as error:
                await self._refused(station, use, f"the authority can't sign: {error}")
                continue
            fact = f.CertificateSigned(
                at=self._hub.now(), station=station, use=use, fingerprint=signed.fingerprint,
                serial_number=signed.serial_number, expires_at=signed.expires_at,
            )  # fmt: skip
            if await self._record(fact):
                log.info("%s: its certificate is signed, good until %s", station, signed.expires_at.date())
                self._begin(self._give(request, chain))

    def _signs(self, use: str) -> bool:
        """Whether requests for `use` are answered here; others wait for the cloud."""
        named = self._settings
        has_v2g = named.v2g_certificate is not None and named.v2g_key is not None
        return use in ("station", "combined") or (use == "v2g" and has_v2g)

    def _sign(self, request: f.CertificateRequested) -> Signed:
        station, site = request.station, self._hub.site
        seen = self._hub.state.stations.get(station)
        if profile_of(site, seen, station, has_password=self._keys.is_confirmed(station)) == 0:
            raise Unsigned("the station has proven itself by nothing yet: give it a password first (rotate_password)")
        names = {station, *filter(None, [seen.pinned_serial if seen is not None else None])}
        is_v2g = request.use == "v2g"
        if is_v2g:
            names |= self._secc_ids(station)
        return (self._opened_v2g() if is_v2g else self._opened()).sign(
            request.csr, station, names, self._hub.now(),
            organisation=None if is_v2g else self._settings.organisation, days=self._settings.days, use=request.use,
        )  # fmt: skip

    def _secc_ids(self, station: str) -> set[str]:
        """What a station says that cars know it by (ISO15118Ctrlr.SeccId)."""
        rows = self._hub.state.variables.values()
        return {
            row.value for row in rows if row.station == station and row.variable.casefold() == "seccid" and row.value
        }

    def _opened_v2g(self) -> Authority:
        """The authority for what stations show to cars. Raises ValueError."""
        if self._v2g is None:
            named = self._settings
            assert named.v2g_certificate is not None, "nothing is asked of who is not there"
            assert named.v2g_key is not None, "nothing is asked of who is not there"
            self._v2g = Authority.read(named.v2g_certificate, named.v2g_key)
        return self._v2g

    def _opened(self) -> Authority:
        """The authority, made or read at its first use. Raises ValueError."""
        if self._authority is None:
            named = self._settings
            if named.certificate is not None and named.key is not None:
                self._authority = Authority.read(named.certificate, named.key)
            else:
                self._authority = Authority.open(self._folder, self._hub.site.name, self._hub.now())
        return self._authority

    def _most(self, station: str) -> int | None:
        """How many characters of certificates the station takes, None where it has not told."""
        told = [
            int(row.value or 0)
            for row in self._hub.state.variables.values()
            if row.station == station and row.variable.casefold() in MAX_CHAIN and (row.value or "").isdecimal()
        ]
        return min(told, default=None)

    async def _give(self, request: f.CertificateRequested, chain: str) -> None:
        now, station, use = self._hub.now(), request.station, request.use
        args: dict[str, Any] = {"station": station, "chain": chain, "use": use}
        if request.request is not None:
            args["request"] = request.request
        order = Command(uuid7(), "sign_certificate", args, expires_at=now + ANSWER_WITHIN, by=BY, wait=True)
        try:
            outcome = await self._hub.submit(order, wait_s=ANSWER_WITHIN.total_seconds())
        except JournalError as error:
            log.error("%s: its certificate can't be given to it: %s", station, error)
            return
        if outcome.state in ENDED - {"done"}:
            await self._refused(station, use, f"the station did not take it: {outcome.reason or outcome.state}")

    async def _refused(self, station: str, use: str, reason: str) -> None:
        log.warning("%s: no certificate: %s", station, reason)
        await self._record(f.CertificateRefused(at=self._hub.now(), station=station, use=use, reason=reason))

    # Renewal

    async def _renew(self) -> None:
        """Ask the stations to renew whose certificates run out soon; those that are away are asked later."""
        if self._hub.clock.state == "unsynced":
            return
        soon = self._hub.now() + timedelta(seconds=self._settings.renew_before)
        used = {
            (seen.id, certificate.fingerprint): (seen, certificate)
            for seen in self._hub.state.stations.values()
            for use in ("station", "v2g")
            if (certificate := newest(seen, use)) is not None
        }
        for seen, certificate in used.values():
            if certificate.expires_at is None or certificate.expires_at > soon:
                continue
            if certificate.expiring or not seen.connected:
                continue
            log.warning("%s: its certificate runs out on %s", seen.id, certificate.expires_at.date())
            fact = f.CertificateExpiring(
                at=self._hub.now(), station=seen.id, fingerprint=certificate.fingerprint,
                expires_at=certificate.expires_at,
            )  # fmt: skip
            if await self._record(fact):
                self._begin(self._ask(seen, certificate.use))

    async def _ask(self, seen: StationState, use: str) -> None:
        order = Command(
            uuid7(),
            "sign_certificate",
            {"station": seen.id, "use": use},
            expires_at=self._hub.now() + ANSWER_WITHIN,
            by=BY,
            wait=True,
        )
        outcome = await self._hub.submit(order, wait_s=ANSWER_WITHIN.total_seconds())
        if outcome.state in ENDED - {"done"}:
            log.warning("%s: does not renew its certificate: %s", seen.id, outcome.reason or outcome.state)

    # The list of revoked ones

    async def _keep_list(self) -> None:
        rows = [
            (each.serial_number, each.revoked_at)
            for seen in self._hub.state.stations.values()
            for each in seen.certificates
            if each.serial_number is not None and each.revoked_at is not None and each.use in ("station", "combined")
        ]
        is_made = await asyncio.to_thread(certificate_file(self._folder, self._settings).exists)
        today = self._hub.now().toordinal() // LIST_EVERY.days
        if not is_made or self._hub.clock.state == "unsynced" or self._listed == (today, *rows):
            return
        try:
            await asyncio.to_thread(partial(self._write_list, rows))
        except (OSError, ValueError) as error:
            log.error("the list of revoked certificates can't be written: %s", error)
            return
        self._listed = (today, *rows)

    def _write_list(self, rows: list[tuple[str, Any]]) -> None:
        made = self._opened().revoked(rows, self._hub.now())
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        durable.replace(self._folder / LIST_FILE, made, 0o644)

    # Inside

    async def _record(self, fact: f.Fact) -> bool:
        try:
            await self._hub.record(fact)
        except JournalError as error:
            log.error("%s can't be written down: %s", fact.type, error)
            return False
        return True

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._giving.add(task)
        task.add_done_callback(self._giving.discard)
