"""The composition root: the only place that builds services and joins them to each other.

A factory is called anew for each life of its service, with the configuration that is in force then. Libraries that a
station's first frame does not need are imported in the factories, after the stations' port listens.
"""

from __future__ import annotations

import logging
import random
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from edgegw import __version__
from edgegw.daemon.defaults import Defaults
from edgegw.daemon.effective import effective
from edgegw.daemon.keyring import Keyring
from edgegw.daemon.reload import kiosk_of, reader_of
from edgegw.daemon.running import Running
from edgegw.daemon.supervisor import Policy, Service, Supervisor
from edgegw.hub import Hub
from edgegw.journal import Journal
from edgegw.passed import Passed
from edgegw.settings import Settings
from edgegw.settings.credentials import MissingCredential
from edgegw.stations.ca.service import Certificates, certificate_file
from edgegw.stations.keys import Keys
from edgegw.stations.knocks import Knocks
from edgegw.stations.quirkfiles import Families
from edgegw.stations.server import StationServer
from edgegw.stations.standing import Trust
from edgegw.stations.surroundings import Surroundings, Timing
from edgegw.stations.taps import Taps
from edgegw.stations.tolerances import Tolerances
from edgegw.stations.upstream.forwarding import Forwarding
from edgegw.stations.v2 import CODEC_21, CODEC_201
from edgegw.stations.v16 import CODEC
from edgegw.web.settings import split_address

if TYPE_CHECKING:
    import ssl

    from edgegw.stations.settings import Provision
    from edgegw.tracing import Tracing
    from edgegw.web.neighbours import Neighbours

log = logging.getLogger("edgegw")

POLICIES: Mapping[str, Policy] = {"stations": "fatal"}
"""Without its stations a hub is no hub; a bad meter, broker or page never stops charging (docs/decisions/0060)."""


class Services:
    """Every service of one gateway by name, built from `settings`, which a reload replaces."""

    def __init__(
        self,
        settings: Settings,
        path: Path,
        hub: Hub,
        journal: Journal,
        supervisor: Supervisor,
        tracing: Tracing | None = None,
        passed: Passed | None = None,
    ) -> None:
        """`passed`: sockets of the stations' listeners that were opened for us."""
        self.settings = settings
        self._passed = passed
        self.passwords: dict[str, str] = {}
        """Of the stations, by id; the station server reads it at each connection."""
        self.keyring = Keyring(path)
        self.refused: str | None = None
        """Why what stands in the file now is not in force; None when it is."""
        self._hub = hub
        self._journal = journal
        self._supervisor = supervisor
        self._tracing = tracing
        self._taps = Taps(hub.now)
        self._ca_folder = settings.storage.path / "ca"
        self._keys: Keys | None = None
        self._roles: dict[str, str] = {}
        self._tolerances = Tolerances(hub.now)
        self._forwarding: Forwarding | None = None
        self._knocks = Knocks(hub.now)
        self.running = Running(hub, supervisor, lambda: self.settings)
        self._defaults = Defaults(hub, lambda: self.running.server.limitings)
        self._factories: Mapping[str, Callable[[], Service]] = {
            "stations": self._stations,
            "certificates": self._certificates,
            "meters": self._meters,
            "load": self._load,
            "forecast": self._forecast,
            "control": self._control,
            "web": self._web,
            "metrics": self._metrics,
            "uplink": self._uplink,
            "files": self._files,
            "upstream": self._upstream,
            "kiosk": self._kiosk,
            "reader": self._reader,
            "voice": self._voice,
        }
        self.take_up(settings)

    def take_up(self, settings: Settings) -> None:
        """Have the next life of every service follow these settings."""
        self.settings = settings
        self.keyring.take_up(settings)
        self._roles.clear()
        self._roles.update((meter.id, meter.measures) for meter in settings.meters)

    def wanted(self) -> list[str]:
        """Names of the services that the configuration asks for, in the order in which they are started."""
        settings = self.settings
        asked = {
            "certificates": self._signs(),
            "load": settings.supply is not None,
            "forecast": settings.supply is not None,
            "web": settings.web.listen is not None,
            "metrics": settings.metrics is not None,
            "uplink": bool(settings.uplink.brokers),
            "files": settings.ocpp.files is not None,
            "upstream": settings.ocpp.upstream is not None,
            "kiosk": kiosk_of(settings) is not None,
            "reader": reader_of(settings) is not None,
            "voice": settings.voice.enabled,
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
        """The stations' passwords by id, and what keeps a station from logging in. Reads files, and may ask Vault."""
        credentials = self.keyring.of(settings)
        found: dict[str, str] = {}
        missing = []
        for station in settings.stations:
            if station.password is not None:
                try:
                    found[station.id] = credentials.secret(station.password)
                except MissingCredential as error:
                    missing.append(f"station {station.id} can't log in: {error}")
        return found, missing

    # Factories

    def _stations(self) -> Service:
        if self._keys is None:  # raises ValueError for a file that can't be read
            self._keys = Keys(self.settings.storage.path / "station-passwords.json")
        upstream = self.settings.ocpp.upstream
        if upstream is None:
            self._forwarding = None
        elif self._forwarding is None or self._forwarding.settings != upstream:
            self._forwarding = Forwarding(self._hub, upstream)
        server = StationServer(
            self._hub,
            self.settings.ocpp,
            {"1.6": CODEC, "2.0.1": CODEC_201, "2.1": CODEC_21},
            around=Surroundings(
                self._hub,
                timing=Timing(call_timeout_s=self.settings.ocpp.call_timeout),
                contracts=self.running.contracts,
                taps=self._taps,
                families=Families(),
                tolerances=self._tolerances,
                knocks=self._knocks,
                forwarding=self._forwarding,
                tracing=self._tracing,
            ),
            trust=Trust(
                self.passwords,
                self._keys,
                certificate_file(self._ca_folder, self.settings.ocpp.ca) if self._signs() else None,
                self._hub.clock.not_before_at,
            ),
            defaults=self._defaults.of,
            wishes=self._provision,
            locate=self.running.located,
            passed=self._passed,
        )
        return self.running.add("stations", server)

    def _certificates(self) -> Service:
        assert self._keys is not None, "the stations' server comes first"
        service = Certificates(self._hub, self.settings.ocpp.ca, self._ca_folder, self._keys)
        return self.running.add("certificates", service)

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

        return self.running.add("meters", Meters(self._hub, self.settings.meters))

    def _load(self) -> Service:
        from edgegw.load.service import LoadLoop

        loop = LoadLoop(
            self._hub,
            self.running.apply_setpoint,
            self._measured_by(),
            prospect=self.running.prospect,
            untaken=self.running.untaken,
            limiting=self.running.limiting,
        )
        return self.running.add("load", loop)

    def _forecast(self) -> Service:
        from edgegw.load.outlook import Outlook

        return self.running.add("forecast", Outlook(self._hub, self._measured_by()))

    def _measured_by(self) -> dict[str, str]:
        """The meter of each thing that is measured."""
        return {measures: meter for meter, measures in reversed(self._roles.items())}  # of several the first

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
        account = BrokerAccount(self.settings, self.keyring.credentials, self._hub.clock.not_before_at)
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
            tracing=self._tracing,
        )
        return self.running.add("uplink", service)

    def _files(self) -> Service:
        from edgegw.files.service import FileService, FtpListener
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
            ftp=FtpListener(files.ftp_port, files.ftp_data_ports) if files.ftp else None,
        )
        return self.running.add("files", service)

    def _upstream(self) -> Service:
        from edgegw.stations.upstream.service import Upstream

        upstream = self.settings.ocpp.upstream
        assert upstream is not None
        assert self._forwarding is not None, "the stations' server comes first"

        def password(station: str) -> str | None:
            named = upstream.passwords.get(station, upstream.password)
            return None if named is None else self.keyring.credentials.secret(named)

        return self.running.add("upstream", Upstream(self._forwarding, upstream, password))

    def _kiosk(self) -> Service:
        from edgegw.daemon import kiosk

        return self.running.add("kiosk", kiosk.desk(self.settings, self._hub, self.running))

    def _reader(self) -> Service:
        from edgegw.daemon import kiosk

        settings = reader_of(self.settings)
        assert settings is not None
        return self.running.add("reader", kiosk.reader(settings, self.running))

    def _voice(self) -> Service:
        from edgegw.daemon import kiosk

        return self.running.add("voice", kiosk.voice_socket(self.settings, self._hub, self.running))

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
        from edgegw.web.neighbours import Neighbours

        return Neighbours(
            services=self._status,
            uplink=self.running.uplink,
            load=self.running.load,
            forecast=self.running.forecast,
            ready=lambda: self._supervisor.healthy(POLICIES),
            effective=lambda: effective(self.settings),
            tolerated=self._tolerances.of,
            knocks=self._knocks.of,
            knocked=self._knocks.all,
            meters=self._roles,
            files=self.running.files,
            kiosk=self.running.kiosk,
            eva=self.running.listened_to,
            trace=self._trace,
            peculiar=self._peculiar,
            forget=self.running.forget,
        )

    def _status(self) -> dict[str, Any]:
        """The services, and among them the file while what stands in it is not in force."""
        found: dict[str, Any] = dict(self._supervisor.status())
        if self.refused is not None:
            found["configuration"] = {"state": "degraded", "reason": self.refused, "restarts": 0}
        return found

    def _trace(self, station: str) -> AsyncGenerator[dict[str, Any], None]:
        from edgegw.stations.trace.watch import watch

        def version() -> str | None:
            seen = self._hub.state.stations.get(station)
            return seen.ocpp if seen is not None else None

        return watch(self._taps, station, version)

    def _peculiar(self, station: str) -> dict[str, Any]:
        return self.running.peculiar(station) | {
            "upstream": self._forwarding.shown(station) if self._forwarding is not None else None
        }
