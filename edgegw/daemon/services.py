"""The composition root: the only place that builds services and joins them to each other.

A factory is called anew for each life of its service, with the configuration that is in force then. Libraries that a
station's first frame does not need are imported in the factories, after the stations' port listens.
"""

from __future__ import annotations

import logging
import random
import re
from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Mapping
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from edgegw import __version__
from edgegw.core.fallback import fallback
from edgegw.daemon.supervisor import Policy, Service, Supervisor
from edgegw.hub import Hub, Keep
from edgegw.journal import Journal
from edgegw.model.commands import Command, Setpoint, SetpointResult
from edgegw.model.contracts import Question, Word
from edgegw.model.site import Site
from edgegw.settings import Settings
from edgegw.settings.credentials import MissingCredential, credential
from edgegw.stations.ca.service import Certificates, certificate_file
from edgegw.stations.keys import Keys
from edgegw.stations.locations import no_files
from edgegw.stations.server import StationServer
from edgegw.stations.taps import Taps
from edgegw.stations.tolerances import Tolerances
from edgegw.stations.v2 import CODEC_21, CODEC_201
from edgegw.stations.v16 import CODEC
from edgegw.web.settings import split_address

if TYPE_CHECKING:
    import ssl

    from edgegw.files.service import FileService
    from edgegw.load.service import LoadLoop
    from edgegw.meters.service import Meters
    from edgegw.stations.settings import Provision
    from edgegw.uplink.service import Uplink
    from edgegw.web.view import Neighbours

log = logging.getLogger("edgegw")

S = TypeVar("S", bound=Service)

POLICIES: Mapping[str, Policy] = {"stations": "fatal"}
"""Without its stations a hub is no hub; a bad meter, broker or page never stops charging (docs/decisions/0060)."""


class Services:
    """Every service of one gateway by name, built from `settings`, which a reload replaces."""

    def __init__(self, settings: Settings, path: Path, hub: Hub, journal: Journal, supervisor: Supervisor) -> None:
        self.settings = settings
        self.passwords: dict[str, str] = {}
        """Of the stations, by id; the station server reads it at each connection."""
        self._path = path
        self._hub = hub
        self._journal = journal
        self._supervisor = supervisor
        self._taps = Taps(hub.now)
        self._ca_folder = settings.storage.path / "ca"
        self._keys: Keys | None = None
        self._roles: dict[str, str] = {}
        self._tolerances = Tolerances(hub.now)
        self._running: dict[str, Any] = {}
        self._defaults: Mapping[str, Mapping[int, float]] = {}
        self._defaults_of: Site | None = None
        self._factories: Mapping[str, Callable[[], Service]] = {
            "stations": self._stations,
            "certificates": self._certificates,
            "meters": self._meters,
            "load": self._load,
            "control": self._control,
            "web": self._web,
            "metrics": self._metrics,
            "uplink": self._uplink,
            "files": self._files,
        }
        self.take_up(settings)

    def take_up(self, settings: Settings) -> None:
        """Have the next life of every service follow these settings."""
        self.settings = settings
        self._roles.clear()
        self._roles.update((meter.id, meter.measures) for meter in settings.meters)

    def wanted(self) -> list[str]:
        """Names of the services that the configuration asks for, in the order in which they are started."""
        settings = self.settings
        asked = {
            "certificates": self._signs(),
            "load": settings.supply is not None,
            "web": settings.web.listen is not None,
            "metrics": settings.metrics is not None,
            "uplink": bool(settings.uplink.brokers),
            "files": settings.ocpp.files is not None,
        }
        return [name for name in self._factories if asked.get(name, True)]

    def start(self, names: Iterable[str]) -> None:
        for name in names:
            self._supervisor.start(name, self._factories[name], POLICIES.get(name, "degraded"))

    async def replace(self, name: str) -> None:
        """Bring a service in line with changed settings: stop it, and start it anew if it is still asked for."""
        if name in self.wanted():
            await self._supervisor.replace(name, self._factories[name])
        else:
            await self._supervisor.stop([name], 10.0)

    def read_passwords(self, settings: Settings) -> tuple[dict[str, str], list[str]]:
        """The stations' passwords by id, and what keeps a station from logging in. Reads files."""
        found: dict[str, str] = {}
        missing = []
        for station in settings.stations:
            if station.password is not None:
                try:
                    found[station.id] = credential(station.password, self._path)
                except MissingCredential as error:
                    missing.append(f"station {station.id} can't log in: {error}")
        return found, missing

    # What the gateway asks of running services

    @property
    def server(self) -> StationServer:
        """The stations' server of this or, between two of its lives, of the last one."""
        server: StationServer = self._running["stations"]
        return server

    def meters(self) -> Meters | None:
        """The meters' service while it runs."""
        return self._running["meters"] if self._supervisor.healthy(["meters"]) else None

    # Factories

    def _built(self, name: str, service: S) -> S:
        self._running[name] = service
        return service

    def _stations(self) -> Service:
        if self._keys is None:  # raises ValueError for a file that can't be read
            self._keys = Keys(self.settings.storage.path / "station-passwords.json")
        server = StationServer(
            self._hub,
            self.settings.ocpp,
            {"1.6": CODEC, "2.0.1": CODEC_201, "2.1": CODEC_21},
            passwords=self.passwords,
            not_before_at=self._hub.clock.not_before_at,
            tolerances=self._tolerances,
            keys=self._keys,
            contracts=self._contracts,
            station_ca=certificate_file(self._ca_folder, self.settings.ocpp.ca) if self._signs() else None,
            defaults=self._default_limits,
            locate=self._located,
            wishes=self._provision,
            taps=self._taps,
        )
        return self._built("stations", server)

    def _certificates(self) -> Service:
        assert self._keys is not None, "the stations' server comes first"
        service = Certificates(self._hub, self.settings.ocpp.ca, self._ca_folder, self._keys)
        return self._built("certificates", service)

    def _signs(self) -> bool:
        """Whether the gateway signs its stations' certificates itself."""
        ocpp = self.settings.ocpp
        if ocpp.ca.signed_by is not None:
            return ocpp.ca.signed_by == "gateway"
        return all(listen.tls is None or listen.tls.client_ca is None for listen in ocpp.listen)

    def _provision(self, station: str) -> Provision:
        """What a station shall be set to, by the settings in force."""
        own = next((each.provision for each in self.settings.stations if each.id == station), None)
        return self.settings.ocpp.provision.with_own(own)

    def _meters(self) -> Service:
        from edgegw.meters.service import Meters

        return self._built("meters", Meters(self._hub, self.settings.meters))

    def _load(self) -> Service:
        from edgegw.load.service import LoadLoop

        roles = {measures: meter for meter, measures in reversed(self._roles.items())}  # of several the first
        return self._built("load", LoadLoop(self._hub, self._apply_setpoint, roles, untaken=self._untaken))

    def _control(self) -> Service:
        # A service of its own: a page whose port is taken must not take the installer's commands with it.
        from edgegw.web.server import Web

        return Web(self._hub, self._neighbours(), listen=None, control=self.settings.web.control)

    def _web(self) -> Service:
        from edgegw.web.server import Web

        assert self.settings.web.listen is not None
        return Web(self._hub, self._neighbours(), listen=split_address(self.settings.web.listen), control=None)

    def _metrics(self) -> Service:
        from edgegw.web.server import MetricsListener

        assert self.settings.metrics is not None
        return MetricsListener(self._hub, split_address(self.settings.metrics.listen), self._neighbours())

    def _uplink(self) -> Service:
        from edgegw.daemon.account import BrokerAccount
        from edgegw.mqtt import Brokers, endpoint
        from edgegw.uplink.service import Uplink

        uplink = self.settings.uplink
        account = BrokerAccount(self.settings, self._path, self._hub.clock.not_before_at)
        service = Uplink(
            hub=self._hub,
            journal=self._journal,
            broker=Brokers(
                [endpoint(url) for url in uplink.brokers],
                account,
                random=random.random,
                monotonic=monotonic,
                fingerprint=account.fingerprint,
            ),
            version=__version__,
            root=uplink.root,
            acknowledge=uplink.acknowledge,
            max_rate=uplink.max_rate,
            max_batch=uplink.max_batch,
        )
        return self._built("uplink", service)

    def _files(self) -> Service:
        from edgegw.files.service import FileService
        from edgegw.files.shelf import Shelf

        files = self.settings.ocpp.files
        assert files is not None
        shelf = Shelf(
            self.settings.storage.path / "files",
            budget_bytes=files.budget,
            max_bytes=files.max_size,
            keep_s=files.keep,
            now=self._hub.now,
        )
        service = FileService(
            self._hub,
            shelf,
            host=files.host,
            port=files.port,
            address=files.address,
            tls=None if files.tls is None else self._files_tls,
            firmware_ca=files.firmware_ca,
        )
        return self._built("files", service)

    def _files_tls(self) -> ssl.SSLContext:
        from edgegw.stations import tls

        files = self.settings.ocpp.files
        assert files is not None
        assert files.tls is not None
        return tls.server_context(
            files.tls.certificate, files.tls.key, None, rsa_compat=self.settings.ocpp.tls_rsa_compat
        )

    # Joints

    def _neighbours(self) -> Neighbours:
        from edgegw.web.view import Neighbours

        return Neighbours(
            services=self._supervisor.status,
            uplink=self._uplink_status,
            load=self._load_snapshot,
            ready=lambda: self._supervisor.healthy(POLICIES),
            effective=lambda: effective(self.settings),
            tolerated=self._tolerances.of,
            meters=self._roles,
            files=self._file_service,
            trace=self._trace,
            peculiar=self._peculiar,
            forget=self._forget,
        )

    def _file_service(self) -> FileService | None:
        """The file service of this or the last of its lives; None when none is asked for."""
        return self._running.get("files") if "files" in self.wanted() else None

    async def _located(self, command: Command) -> Command:
        service = self._file_service()
        return await (service.located(command) if service is not None else no_files(command))

    def _trace(self, station: str) -> AsyncGenerator[dict[str, Any], None]:
        from edgegw.stations.trace.watch import watch

        def version() -> str | None:
            seen = self._hub.state.stations.get(station)
            return seen.ocpp if seen is not None else None

        return watch(self._taps, station, version)

    def _uplink_status(self) -> dict[str, Any] | None:
        if "uplink" not in self._supervisor.names or "uplink" not in self._running:
            return None
        uplink: Uplink = self._running["uplink"]
        status = uplink.status()
        streams = status.streams.items()
        return {
            "connected": status.connected,
            "broker": status.broker,
            "trouble": status.trouble,
            "backlog": {stream: each.backlog for stream, each in streams},
            "watermark": {stream: each.acknowledged for stream, each in streams},
            "oldest_s": {stream: each.oldest_s for stream, each in streams},
            "parked": {stream: each.parked for stream, each in streams},
        }

    def _peculiar(self, station: str) -> dict[str, Any]:
        return self.server.peculiar(station) if "stations" in self._running else {}

    async def _forget(self, station: str, quirk: str, by: str) -> bool:
        return await self.server.forget(station, quirk, by) if "stations" in self._running else False

    def _load_snapshot(self) -> Any:
        if "load" not in self._supervisor.names or "load" not in self._running:
            return None
        loop: LoadLoop = self._running["load"]
        return loop.snapshot()

    def _default_limits(self, station: str) -> Mapping[int, float]:
        # One station's share depends on all others': a thousand that come at once must not have it worked out each.
        site = self._hub.site
        if self._defaults_of is not site:
            self._defaults_of, self._defaults = site, default_limits(site)
        return self._defaults.get(station, {})

    async def _contracts(self, question: Question) -> Word | None:
        """What the cloud knows about a car's certificate, None without one."""
        if "uplink" not in self._supervisor.names or "uplink" not in self._running:
            return None
        uplink: Uplink = self._running["uplink"]
        return await uplink.enquire(question)

    def _untaken(self) -> Collection[tuple[str, int]]:
        return self.server.untaken

    async def _apply_setpoint(self, setpoint: Setpoint) -> SetpointResult:
        return await self.server.apply_setpoint(setpoint)


def default_limits(site: Site) -> dict[str, dict[int, float]]:
    """What each station may draw when it is left alone, by EVSE; nothing while no supply is configured."""
    found: dict[str, dict[int, float]] = {}
    if site.supply is not None:
        for (station, evse), limit_a in fallback(site).items():
            found.setdefault(station, {})[evse] = limit_a
    return found


def keep(settings: Settings) -> Keep:
    """What leaves the ledger when: without a broker there is no cloud that could have a fact."""
    storage = settings.storage
    return Keep(storage.keep.facts, storage.keep.samples, bool(settings.uplink.brokers))


def effective(settings: Settings) -> dict[str, Any]:
    """The configuration in force, defaults filled in; credentials are names, so nothing in it is secret."""
    body: dict[str, Any] = settings.model_dump(mode="json", by_alias=True)
    body["uplink"]["brokers"] = [re.sub(r"//[^/@]*@", "//", url) for url in body["uplink"]["brokers"]]
    return body
