"""The composition root: the only place that builds objects and joins them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import re
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any

from edgegw import __version__
from edgegw.core.fallback import fallback
from edgegw.daemon.notify import Notify
from edgegw.daemon.reload import Changes, changes
from edgegw.daemon.supervisor import Service, Supervisor
from edgegw.hub import Ending, Hub
from edgegw.journal import Journal
from edgegw.model.commands import Command, Setpoint, SetpointResult
from edgegw.settings import Invalid, Loaded, Settings, load
from edgegw.settings.credentials import MissingCredential, credential
from edgegw.stations.errors import CallFailed, NoAnswer, StationError, StationOffline
from edgegw.stations.server import StationServer

log = logging.getLogger("edgegw")

VITAL = ("stations",)
"""Services without which the hub is no hub: the watchdog is fed while they live."""

DRAIN_S = 15.0
"""Work in flight may take this long to end when the process is asked to stop."""

CLOSING_S = 3.0
"""Of DRAIN_S, what is left for the ledger and the uplink's goodbye."""


class Gateway:
    """One running gateway: `run` until `stop` is called or something vital fails."""

    def __init__(self, loaded: Loaded, path: Path, journal: Journal, notify: Notify) -> None:
        self._settings = loaded.settings
        self._tokens = loaded.tokens
        self._path = path
        self._journal = journal
        self._notify = notify
        self._stopping = asyncio.Event()
        self._reloading = asyncio.Lock()
        self._refused: str | None = None
        self._services: dict[str, Any] = {}
        storage = loaded.settings.storage
        self.hub = Hub(
            loaded.settings.site_model(loaded.tokens),
            journal,
            linger_s=storage.linger,
            token_cache_s=loaded.settings.authorization.cache,
        )
        self._supervisor = Supervisor(changed=self._show)
        self._passwords: dict[str, str] = {}

    async def run(self) -> BaseException | None:
        """Serve until `stop`; return the error when a service that is vital failed for good."""
        self._passwords.update(self._station_passwords(self._settings))
        await self.hub.start()
        await self.hub.configure(self.hub.site)
        self.hub.carry_out(["reload"], self._reload_command)
        # The stations' port first: nothing else at the hub is waited for by somebody.
        self._supervisor.start("stations", self._stations, "fatal")
        error: BaseException | None = None
        try:
            if await self._first(self._supervisor.ready("stations", DRAIN_S)):
                self._start_others()
                self._notify.ready()
                self._show()
                feeding = asyncio.ensure_future(self._feed_watchdog())
                await self._first(asyncio.sleep(float("inf")))
                feeding.cancel()
                await asyncio.gather(feeding, return_exceptions=True)
            if self._supervisor.fatal.done():
                error = self._supervisor.fatal.result()
        finally:
            await self._drain()
        return error

    def stop(self) -> None:
        """Ask `run` to drain and return."""
        self._stopping.set()

    def reload_soon(self) -> None:
        """Read the configuration again, as SIGHUP asks."""
        self._reload_task = asyncio.ensure_future(self.reload())

    # Services

    def _stations(self) -> Service:
        from edgegw.stations.v2 import CODEC_21, CODEC_201
        from edgegw.stations.v16 import CODEC

        server = StationServer(
            self.hub,
            self._settings.ocpp,
            {"1.6": CODEC, "2.0.1": CODEC_201, "2.1": CODEC_21},
            passwords=self._passwords,
            defaults=self._default_limits,
        )
        self._services["stations"] = server
        return server

    def _start_others(self) -> None:
        """Start the services that a station's first frame does not need; their libraries are imported here."""
        settings = self._settings
        self._supervisor.start("meters", self._meters)
        if settings.supply is not None:
            self._supervisor.start("load", self._load)
        self._supervisor.start("web", self._web)
        if settings.metrics is not None:
            self._supervisor.start("metrics", self._metrics)
        if settings.uplink.brokers:
            self._supervisor.start("uplink", self._uplink)

    def _meters(self) -> Service:
        from edgegw.meters.service import Meters

        self._services["meters"] = Meters(self.hub, self._settings.meters)
        return self._services["meters"]  # type: ignore[no-any-return]

    def _load(self) -> Service:
        from edgegw.load.service import LoadLoop

        roles = {meter.measures: meter.id for meter in self._settings.meters}
        self._services["load"] = LoadLoop(self.hub, self._apply_setpoint, roles)
        return self._services["load"]  # type: ignore[no-any-return]

    def _web(self) -> Service:
        from edgegw.web.server import Web
        from edgegw.web.settings import split_address

        web = self._settings.web
        listen = split_address(web.listen) if web.listen is not None else None
        self._services["web"] = Web(self.hub, self._neighbours(), listen=listen, control=web.control)
        return self._services["web"]  # type: ignore[no-any-return]

    def _metrics(self) -> Service:
        from edgegw.web.server import MetricsListener
        from edgegw.web.settings import split_address

        assert self._settings.metrics is not None
        return MetricsListener(self.hub, split_address(self._settings.metrics.listen))

    def _uplink(self) -> Service:
        from edgegw.mqtt import Account, Brokers, endpoint, tls_context
        from edgegw.uplink.service import Uplink

        uplink, site = self._settings.uplink, self._settings.site
        endpoints = [endpoint(url) for url in uplink.brokers]

        def account() -> Account:
            # Read anew for each connection: a renewed certificate or password counts from the next one.
            tls = uplink.tls
            context = None
            if any(each.tls for each in endpoints):
                context = tls_context(
                    ca=tls.ca if tls is not None else None,
                    certificate=tls.certificate if tls is not None else None,
                    key=tls.key if tls is not None else None,
                    alpn=tls.alpn if tls is not None else (),
                )
            password = credential(uplink.password, self._path) if uplink.password is not None else None
            return Account(client_id=f"edgegw-{site.id}", username=uplink.username, password=password, tls=context)

        brokers = Brokers(endpoints, account, random=random.random, monotonic=monotonic)
        self._services["uplink"] = Uplink(
            hub=self.hub,
            journal=self._journal,
            broker=brokers,
            version=__version__,
            root=uplink.root,
            acknowledge=uplink.acknowledge,
            max_rate=uplink.max_rate,
            max_batch=uplink.max_batch,
        )
        return self._services["uplink"]  # type: ignore[no-any-return]

    # Joints

    def _neighbours(self) -> Any:
        from edgegw.web.view import Neighbours

        return Neighbours(
            services=self._supervisor.status,
            uplink=self._uplink_status,
            load=self._load_snapshot,
            call=self._call,
            ready=lambda: self._supervisor.healthy(VITAL),
            effective=lambda: effective(self._settings),
            meters={meter.id: meter.measures for meter in self._settings.meters},
        )

    def _uplink_status(self) -> dict[str, Any] | None:
        uplink = self._services.get("uplink")
        if uplink is None or "uplink" not in self._supervisor.names:
            return None
        status = uplink.status()
        return {
            "connected": status.connected,
            "broker": status.broker,
            "trouble": status.trouble,
            "backlog": {stream: each.backlog for stream, each in status.streams.items()},
            "watermark": {stream: each.watermark for stream, each in status.streams.items()},
            "oldest_s": {stream: each.oldest_s for stream, each in status.streams.items()},
        }

    def _load_snapshot(self) -> Any:
        loop = self._services.get("load")
        return loop.snapshot() if loop is not None and "load" in self._supervisor.names else None

    def _default_limits(self, station: str) -> Mapping[int, float]:
        """What a station may draw when it is left alone, by EVSE; nothing while no supply is configured."""
        site = self.hub.site
        if site.supply is None:
            return {}
        return {evse: limit_a for (name, evse), limit_a in fallback(site).items() if name == station}

    async def _apply_setpoint(self, setpoint: Setpoint) -> SetpointResult:
        server: StationServer = self._services["stations"]
        return await server.apply_setpoint(setpoint)

    async def _call(self, station: str, action: str, payload: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        from edgegw.web.problems import Problem

        server: StationServer = self._services["stations"]
        try:
            return {"result": await server.call(station, action, payload, timeout_s)}
        except StationError as error:
            return {"error": {"code": error.code, "description": error.description}}
        except StationOffline as error:
            raise Problem("conflict", str(error)) from error
        except NoAnswer as error:
            raise Problem("no-answer", str(error)) from error
        except CallFailed as error:
            raise Problem("invalid", str(error)) from error

    def _station_passwords(self, settings: Settings) -> dict[str, str]:
        found = {}
        for station in settings.stations:
            if station.password is not None:
                try:
                    found[station.id] = credential(station.password, self._path)
                except MissingCredential as error:
                    log.error("station %s can't log in: %s", station.id, error)
        return found

    # Reload

    async def _reload_command(self, command: Command, remote_start_id: int) -> Ending:
        errors, report = await self.reload()
        return Ending("failed", "\n".join(errors)) if errors else Ending("done", result=report)

    async def reload(self) -> tuple[list[str], dict[str, Any]]:
        """Bring the file's content into force; (errors, report). With errors nothing has changed."""
        async with self._reloading:
            self._notify.reloading()
            try:
                errors, report = await self._reload()
            finally:
                self._notify.ready()
            self._refused = errors[0] if errors else None
            for error in errors:
                log.error("the new configuration is refused: %s", error)
            if not errors:
                log.info("configuration reloaded: %s", ", ".join(report["changed"]) or "nothing had changed")
            self._show()
            return errors, report

    async def _reload(self) -> tuple[list[str], dict[str, Any]]:
        try:
            loaded = await asyncio.to_thread(load, self._path)
        except Invalid as error:
            return [str(finding) for finding in error.findings], {}
        todo = changes(self._settings, loaded.settings, tokens_changed=loaded.tokens != self._tokens)
        if todo.meters:
            errors = await self._services["meters"].reconfigure(loaded.settings.meters)
            if errors:
                return errors, {}
        old, self._settings, self._tokens = self._settings, loaded.settings, loaded.tokens
        self._settings = self._settings.model_copy(update={"storage": old.storage})
        if todo.site:
            self._passwords.clear()
            self._passwords.update(self._station_passwords(loaded.settings))
            await self.hub.configure(loaded.settings.site_model(loaded.tokens))
        await self._rebuild(todo)
        return [], {
            "changed": todo.names(),
            "needs_restart": list(todo.restart),
            "warnings": [str(warning) for warning in loaded.warnings],
        }

    async def _rebuild(self, todo: Changes) -> None:
        settings, supervisor = self._settings, self._supervisor
        wanted = {
            "stations": (todo.stations, True, self._stations),
            "load": (todo.load, settings.supply is not None, self._load),
            "uplink": (todo.uplink, bool(settings.uplink.brokers), self._uplink),
            "metrics": (todo.metrics, settings.metrics is not None, self._metrics),
        }
        for name, (changed, used, factory) in wanted.items():
            if changed and used:
                await supervisor.replace(name, factory)
            elif changed:
                await supervisor.stop([name], DRAIN_S)
        if todo.web:
            # The answer to the reload itself goes out through the old one first.
            asyncio.get_running_loop().call_later(1.0, self._replace_web)

    def _replace_web(self) -> None:
        self._web_task = asyncio.ensure_future(self._supervisor.replace("web", self._web))

    # Life

    async def _first(self, work: Any) -> Any:
        """The result of `work`, or None as soon as the process has to stop."""
        doing = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait({doing, stopping, self._supervisor.fatal}, return_when=asyncio.FIRST_COMPLETED)
        for task in (doing, stopping):
            if not task.done():
                task.cancel()
        await asyncio.gather(doing, stopping, return_exceptions=True)
        return doing.result() if not doing.cancelled() else None

    async def _feed_watchdog(self) -> None:
        """A sign of life at half the watchdog's time, while the vital services run and the ledger's thread answers."""
        if not self._notify.watchdog_s:
            return
        pause_s = self._notify.watchdog_s / 2
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._journal.call(lambda store: None), pause_s)
                if self._supervisor.healthy(VITAL):
                    self._notify.alive()
            await asyncio.sleep(pause_s)

    async def _drain(self) -> None:
        """Let what is under way end, then close: stations first, so that nothing new comes in."""
        self._notify.stopping()
        ends = monotonic() + DRAIN_S - CLOSING_S
        supervisor = self._supervisor
        await supervisor.stop([name for name in supervisor.names if name in ("stations", "load", "meters")], DRAIN_S)
        while self.hub.busy and monotonic() < ends:
            await asyncio.sleep(0.02)
        await supervisor.stop(supervisor.names, CLOSING_S)
        await self.hub.stop()
        await self._journal.close()

    def _show(self) -> None:
        """The one line of `systemctl status`."""
        state = self.hub.state
        connected = sum(row.connected for row in state.stations.values())
        text = f"{connected} of {len(self.hub.site.stations)} stations connected, {len(state.at_evse)} charging"
        troubled = [
            name for name, each in self._supervisor.status().items() if each["state"] in ("waiting", "degraded")
        ]
        if troubled:
            text += f"; trouble with {', '.join(troubled)}"
        if self._refused is not None:
            text += f"; the edited configuration is refused, the old one is in force: {self._refused}"
        self._notify.status(text)


def effective(settings: Settings) -> dict[str, Any]:
    """The configuration in force, defaults filled in; credentials are names, so nothing in it is secret."""
    body: dict[str, Any] = settings.model_dump(mode="json", by_alias=True)
    body["uplink"]["brokers"] = [re.sub(r"//[^/@]*@", "//", url) for url in body["uplink"]["brokers"]]
    return body
