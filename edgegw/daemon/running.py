"""The services that run, and what the others ask of them: each may be away, or in another life than a moment ago."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, TypeVar

from edgegw.daemon.revocations import Revocations
from edgegw.daemon.supervisor import Service, Supervisor
from edgegw.model.commands import Command, Setpoint, SetpointResult
from edgegw.model.contracts import EvCertificateQuestion, Question, Word
from edgegw.stations.locations import no_files

if TYPE_CHECKING:
    from edgegw.files.service import FileService
    from edgegw.hub import Hub
    from edgegw.load.outlook import Outlook
    from edgegw.load.prospect import Prospect
    from edgegw.load.service import LoadLoop
    from edgegw.meters.service import Meters
    from edgegw.settings import Settings
    from edgegw.stations.server import StationServer
    from edgegw.uplink.service import Uplink
    from edgegw.web.eva.presence import Eva
    from edgegw.web.kiosk.desk import Desk
    from edgegw.web.reader.service import Reader

S = TypeVar("S", bound=Service)


class Running:
    """By name, those of this or, between two of their lives, of the last one. `settings` are those in force."""

    def __init__(self, hub: Hub, supervisor: Supervisor, settings: Callable[[], Settings]) -> None:
        self._supervisor = supervisor
        self._settings = settings
        self._revocations = Revocations(hub.now)
        self._services: dict[str, Any] = {}
        self._eva: Eva | None = None

    def add(self, name: str, service: S) -> S:
        """Take in a service that has been built."""
        self._services[name] = service
        return service

    def _asked_for(self, name: str) -> Any | None:
        return self._services.get(name) if name in self._supervisor.names else None

    # Stations

    @property
    def server(self) -> StationServer:
        """The stations' server."""
        server: StationServer = self._services["stations"]
        return server

    def peculiar(self, station: str) -> dict[str, Any]:
        """What is known of how a station is, as plain values."""
        return self.server.peculiarities.of(station) if "stations" in self._services else {}

    async def forget(self, station: str, quirk: str, by: str) -> bool:
        """Have a learned quirk forgotten; False when it is not known."""
        return await self.server.peculiarities.forget(station, quirk, by) if "stations" in self._services else False

    def untaken(self) -> Collection[tuple[str, int]]:
        """(station, EVSE) of those that have refused their low lasting limit."""
        return self.server.orders.untaken if "stations" in self._services else ()

    async def apply_setpoint(self, setpoint: Setpoint) -> SetpointResult:
        return await self.server.orders.apply_setpoint(setpoint)

    # Files

    def files(self) -> FileService | None:
        """The file service; None when none is asked for."""
        return self._services.get("files") if self._settings().ocpp.files is not None else None

    async def located(self, command: Command) -> Command:
        """`command` with the URL that it lacks. Raises ValueError in words: it can't be sent."""
        service = self.files()
        return await (service.located(command) if service is not None else no_files(command))

    # Meters and load

    def meters(self) -> Meters | None:
        """The meters' service while it runs."""
        return self._services["meters"] if self._supervisor.healthy(["meters"]) else None

    def load(self) -> Any:
        """What the load loop shows of itself; None without."""
        loop: LoadLoop | None = self._asked_for("load")
        return loop.snapshot() if loop is not None else None

    def _outlook(self) -> Outlook | None:
        """The outlook of this or the last of its lives; None where none is asked for."""
        outlook: Outlook | None = self._asked_for("forecast")
        return outlook

    def prospect(self) -> Prospect | None:
        """What the load loop may count on; None while nothing is forecast."""
        outlook = self._outlook()
        return outlook.prospect() if outlook is not None and self._supervisor.healthy(["forecast"]) else None

    def forecast(self) -> dict[str, Any] | None:
        """What building and cars are expected to take; None where nothing is forecast."""
        outlook = self._outlook()
        return outlook.snapshot() if outlook is not None else None

    # The cloud

    def uplink(self) -> dict[str, Any] | None:
        """How the uplink stands, as plain values; None without."""
        uplink: Uplink | None = self._asked_for("uplink")
        if uplink is None:
            return None
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

    async def voice_token(self) -> dict[str, str] | None:
        """A short-lived token for the live model, from the cloud; None without."""
        gemini = self._settings().voice.gemini
        uplink: Uplink | None = self._asked_for("uplink")
        return await uplink.voice_token(gemini.model) if uplink is not None and gemini.ephemeral else None

    # The kiosk

    def kiosk(self) -> Desk | None:
        """The kiosk while it runs."""
        return self._services["kiosk"] if self._supervisor.healthy(["kiosk"]) else None

    def eva(self) -> Eva:
        """What is known of the voice process, whoever of it comes and goes."""
        if self._eva is None:
            from edgegw.web.eva.presence import Eva

            self._eva = Eva()
        return self._eva

    def listened_to(self) -> Eva | None:
        """The same, where a voice is asked for."""
        return self.eva() if self._settings().voice.enabled else None

    def reader(self) -> str | bool | None:
        """What is wrong with the kiosk's card reader: None for nothing, False where there is none."""
        reader: Reader | None = self._asked_for("reader")
        return reader.trouble if reader is not None else False

    async def contracts(self, question: Question) -> Word | None:
        """What is known about a car's certificate: by the cloud or the gateway itself, None without either."""
        settings = self._settings().ocpp.contracts
        if settings.ocsp != "cloud" and not isinstance(question, EvCertificateQuestion):
            return await self._revocations.ask(settings, question)
        uplink: Uplink | None = self._asked_for("uplink")
        return await uplink.enquire(question) if uplink is not None else None
