"""One running gateway: from its start over any number of reloads to its end."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from time import monotonic
from typing import Any

from edgegw.daemon import chronicle, keyring, last_good
from edgegw.daemon.care import Care
from edgegw.daemon.defaults import default_limits
from edgegw.daemon.effective import keep
from edgegw.daemon.reload import Changes, certificates, changes, in_force, listener_faults
from edgegw.daemon.services import POLICIES, Services
from edgegw.daemon.stalls import watched
from edgegw.daemon.supervisor import Supervisor
from edgegw.daemon.tracing import begun
from edgegw.hub import Ending, Hub, SiteClock
from edgegw.hub.clock import Clock
from edgegw.hub.tasks import Tasks
from edgegw.journal import Journal, JournalError, StorageError, StorageFull
from edgegw.journal.ids import uuid7
from edgegw.journal.space import ADVICE
from edgegw.model.commands import Command
from edgegw.model.site import Site
from edgegw.notify import Notify
from edgegw.passed import Passed
from edgegw.settings import Invalid, Loaded, load
from edgegw.stations.limiting import in_watts

log = logging.getLogger("edgegw")

START_S = 15.0
"""Within this time the stations' port listens, or the start has failed."""

OTHERS_S = 5.0
"""So long the other services have to come up, or to say why not, before the gateway calls itself ready without them."""

DRAIN_S = 14.0
"""Work in flight may take this long to end when the process is asked to stop: with what follows, 15 s."""

CLOSING_S = 4.0
"""Of DRAIN_S, what is left for the uplink's goodbye and the ledger."""

STATUS_EVERY_S = 2.0

LOOK_EVERY_S = 10.0
"""How often the ledger is asked where no watchdog wants to know."""

LEDGER_S = 60.0
"""A ledger that takes no writes for this long is given up."""

ANSWERED_S = 1.0
"""After this long the answer to a reload has gone out through the control socket that the reload moves."""


class Gateway:
    """`run` until `stop` is called or something vital fails."""

    def __init__(
        self,
        loaded: Loaded,
        path: Path,
        journal: Journal,
        notify: Notify,
        *,
        clock: Clock | None = None,
        ending: Callable[[], None] = lambda: None,
        refused: str | None = None,
        passed: Passed | None = None,
    ) -> None:
        """`clock` is the machine's, unless another is given. `ending` is called when the drain begins, so that someone
        else may see to it that it ends. `refused`: why `loaded` is the last good configuration, and not the file's.
        `passed` are sockets that the service manager listens on for us."""
        settings = loaded.settings
        self._ending = ending
        self._path = path
        self._journal = journal
        self._notify = notify
        self._stopping = asyncio.Event()
        self._up = asyncio.Event()
        self._reloading = asyncio.Lock()
        self._certificates: dict[Path, bytes] = {}
        self._tasks = Tasks(log)
        self._tracing = begun(settings)
        self.hub = Hub(
            settings.site_model(loaded.tokens),
            journal,
            clock=SiteClock() if clock is None else clock,
            linger_s=settings.storage.linger,
            token_cache_s=settings.authorization.cache,
            keep=keep(settings),
            new_id=uuid7 if self._tracing is None else self._tracing.stories.new_id,
        )
        self._care = Care(self.hub, journal)
        self._supervisor = Supervisor(changed=self._show)
        stories = None if self._tracing is None else self._tracing.stories
        self._passed = Passed() if passed is None else passed
        self._services = Services(settings, path, self.hub, journal, self._supervisor, stories, self._passed)
        self._services.refused = refused
        self._loaded = loaded

    async def run(self) -> BaseException | None:
        """Serve until `stop`; return the error when a service that is vital failed for good. Closes the journal."""
        async with watched():
            try:
                return await self._serve()
            finally:
                await self._drain()

    @property
    def was_ready(self) -> bool:
        """Whether the start has come to its end."""
        return self._up.is_set()

    def stop(self) -> None:
        """Ask `run` to drain and return."""
        self._stopping.set()

    def reload_soon(self) -> None:
        """Read the configuration again, as SIGHUP asks."""
        self._tasks.begin(self._reload_for_signal())

    # From start to end

    async def _serve(self) -> BaseException | None:
        await self.hub.start()
        try:
            await self.hub.configure(self.hub.configured)
        except StorageFull as error:  # what runs at the stations goes on, and ends in the room that is kept for it
            log.error("%s; %s", error, ADVICE)
        self.hub.carry_out(["reload"], self._reload_command)
        self._care.carry_out()
        passwords, missing = await asyncio.to_thread(self._services.read_passwords, self._services.settings)
        self._services.passwords.update(passwords)
        self._certificates = certificates(self._services.settings)
        for line in missing:
            log.error("%s", line)
        # The stations' port first: nothing else at the hub is waited for by somebody.
        self._tasks.begin(chronicle.keep(self.hub.changes()))
        if self._tracing is not None:
            self._tasks.begin(self._tracing.follow(self.hub))
        first, *others = self._services.wanted()
        self._services.start([first])
        fault = await self._unless_stopped(self._supervisor.settled(first, START_S))
        if self._over():
            return self._fatal()
        if fault is not None:
            return TimeoutError(fault)
        self._services.start(others)
        # Ready is whoever can be asked: the control socket too, unless it fails. Stations are served meanwhile.
        await self._unless_stopped(
            asyncio.gather(*(self._supervisor.settled(name, OTHERS_S) for name in self._supervisor.names))
        )
        if self._over():
            return self._fatal()
        gc.freeze()  # what the start has made stays: with a thousand stations, two thirds of what would be looked at
        self._notify.ready()
        self._up.set()
        self._tasks.begin(self._look_after())
        self._tasks.begin(self._keep_status())
        self._tasks.begin(self._keep_good())
        self._tasks.begin(self._keep_passwords())
        self._tasks.begin(self._care.keep_signing())
        self._tasks.begin(self._care.keep_forgetting())
        await self._unless_stopped(asyncio.get_running_loop().create_future())
        return self._fatal()

    def _over(self) -> bool:
        return self._stopping.is_set() or self._supervisor.fatal.done()

    def _fatal(self) -> BaseException | None:
        return self._supervisor.fatal.result() if self._supervisor.fatal.done() else None

    async def _unless_stopped(self, work: asyncio.Future[Any] | Coroutine[Any, Any, Any]) -> Any:
        """The result of `work`, or None as soon as the process has to end."""
        doing = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait({doing, stopping, self._supervisor.fatal}, return_when=asyncio.FIRST_COMPLETED)
        result = doing.result() if doing.done() else None
        for task in (doing, stopping):
            task.cancel()
        await asyncio.gather(doing, stopping, return_exceptions=True)
        return result

    async def _drain(self) -> None:
        """Let what is under way end, then close: stations first, so that nothing new comes in."""
        self._stopping.set()
        self._ending()
        self._notify.stopping()
        self._notify.status("stopping: what is under way is ended")
        ends = monotonic() + DRAIN_S
        self._tasks.cancel()
        supervisor = self._supervisor
        first = [name for name in supervisor.names if name in ("stations", "load", "meters")]
        await supervisor.stop(first, DRAIN_S - CLOSING_S)
        while self.hub.busy and monotonic() < ends - CLOSING_S:  # noqa: ASYNC110 (the hub counts, and tells nobody)
            await asyncio.sleep(0.02)
        await supervisor.stop(supervisor.names, CLOSING_S - 1.0)
        await self._tasks.ended()
        await self.hub.stop()
        await self._journal.close()
        if self._tracing is not None:
            await self._tracing.close()

    async def _look_after(self) -> None:
        """Signs of life, three in the watchdog's time, while the vital services run and the ledger takes writes.

        This loop is one of the loop's own, so a loop that stands still gives none either. A ledger that takes none for
        LEDGER_S ends the process: opened anew it works, or says why not. A full disk still takes a write of nothing.
        """
        watchdog_s = self._notify.watchdog_s
        pause_s = watchdog_s / 3 or LOOK_EVERY_S
        well_at = monotonic()
        while True:
            try:
                async with asyncio.timeout(pause_s):  # `wait_for` loses a cancellation that meets the answer (3.11)
                    await self.hub.record()
            except (TimeoutError, JournalError):
                if self._journal.mending:  # it takes as long as the file is large, and ends by itself
                    well_at = monotonic()
                    self._notify.alive()
                else:
                    log.error("the ledger has not answered for %.1f s", monotonic() - well_at)
            else:
                well_at = monotonic()
                if watchdog_s and self._supervisor.healthy(POLICIES):
                    self._notify.alive()
            if monotonic() - well_at > LEDGER_S and not self._supervisor.fatal.done():
                self._supervisor.fatal.set_result(StorageError(f"the ledger has not answered for {LEDGER_S:.0f} s"))
            await asyncio.sleep(pause_s)

    async def _keep_good(self) -> None:
        if self._services.refused is None:
            await asyncio.to_thread(last_good.keep, self._loaded, self._path)

    async def _keep_passwords(self) -> None:
        """Take up stations' passwords that Vault has renewed, or has at last."""
        while True:
            await asyncio.sleep(keyring.LOOK_EVERY_S)
            if keyring.asks_vault(self._services.settings):
                async with self._reloading:
                    passwords, _ = await asyncio.to_thread(self._services.read_passwords, self._services.settings)
                    self._services.passwords.update(passwords)

    async def _keep_status(self) -> None:
        while True:
            self._show()
            await asyncio.sleep(STATUS_EVERY_S)

    def _show(self) -> None:
        """The one line of `systemctl status`."""
        if self._stopping.is_set():
            return
        state = self.hub.state
        connected = sum(row.connected for row in state.stations.values())
        text = f"{connected} of {len(self.hub.site.stations)} stations connected, {len(state.at_evse)} charging"
        if (storage := self.hub.storage) is not None and storage.level != "ample":
            is_full = storage.level == "full"
            text += f"; storage is {storage.level}, {'no new transaction is taken' if is_full else 'the oldest goes'}"
        if self._journal.mending:
            text += "; the ledger is damaged and being salvaged"
        elif self._journal.trouble is not None:
            text += f"; the ledger takes no writes: {self._journal.trouble}"
        if self._journal.set_aside:
            text += f"; a damaged ledger was set aside: {self._journal.set_aside[-1].name}"
        services = self._supervisor.status().items()
        if troubled := [name for name, each in services if each["state"] in ("waiting", "degraded")]:
            text += f"; trouble with {', '.join(troubled)}"
        if self._services.refused is not None:
            text += f"; the edited configuration is refused, the old one is in force: {self._services.refused}"
        self._notify.status(text)

    # Reload

    async def _reload_for_signal(self) -> None:
        await self.reload()

    async def _reload_command(self, command: Command, remote_start_id: int) -> Ending:
        errors, report = await self.reload()
        return Ending("failed", "\n".join(errors)) if errors else Ending("done", result=report)

    async def reload(self) -> tuple[list[str], dict[str, Any]]:
        """Bring the file's content into force; (errors, report). With errors nothing has changed."""
        await self._up.wait()
        async with self._reloading:
            self._notify.reloading()
            try:
                errors, report = await self._reload()
            finally:
                self._notify.ready()
            self._services.refused = errors[0] if errors else None
            for error in errors:
                log.error("the new configuration is refused: %s", error)
            if not errors:
                log.info("configuration reloaded: %s", ", ".join(report["changed"]) or "nothing had changed")
                self._tasks.begin(self._keep_good())
            self._show()
            return errors, report

    async def _reload(self) -> tuple[list[str], dict[str, Any]]:
        old, old_site = self._services.settings, self.hub.configured
        try:
            loaded = await asyncio.to_thread(load, self._path)
        except Invalid as error:
            return [str(finding) for finding in error.findings], {}
        new, site = in_force(old, loaded.settings), loaded.settings.site_model(loaded.tokens)
        found = await asyncio.to_thread(certificates, new)
        renewed = any(self._certificates.get(path, digest) != digest for path, digest in found.items())
        todo = changes(old, loaded.settings, old_site, site, renewed=renewed)
        if errors := await asyncio.to_thread(listener_faults, old, new, self._passed, renewed=renewed):
            return errors, {}
        passwords, missing = await asyncio.to_thread(self._services.read_passwords, new)
        meters = self._services.running.meters() if todo.meters else None
        if meters is not None and (errors := await meters.reconfigure(new.meters)):
            return errors, {}
        try:
            await self.hub.configure(site)
        except JournalError as error:
            if meters is not None:
                await meters.reconfigure(old.meters)
            return [f"the ledger does not take writes: {error}"], {}
        others = passwords != self._services.passwords
        self._certificates = found
        self._services.passwords.clear()
        self._services.passwords.update(passwords)
        self._services.take_up(new)
        self._loaded = loaded
        self.hub.keep(keep(new))
        troubles = await self._bring_in(todo, old_site, meters_are_done=meters is not None)
        return [], {
            "changed": [*todo.names(), *(["passwords"] if others else [])],
            "needs_restart": list(todo.restart),
            "warnings": [*(str(warning) for warning in loaded.warnings), *missing, *troubles],
        }

    async def _bring_in(self, todo: Changes, old_site: Site, *, meters_are_done: bool) -> list[str]:
        """Have the services follow the new settings; what troubles one of them is no reason to go back."""
        if todo.log:
            logging.getLogger().setLevel(self._services.settings.log.level.upper())
        changed = {
            "stations": todo.listeners,
            "certificates": todo.listeners,
            "meters": todo.meters and not meters_are_done,
            "load": todo.load,
            "forecast": todo.load,
            "uplink": todo.uplink,
            "web": todo.web,
            "metrics": todo.metrics,
            "files": todo.files,
            "upstream": todo.upstream,
            "kiosk": todo.kiosk,
            "reader": todo.reader,
            "voice": todo.voice,
        }
        troubles = []
        if todo.upstream:  # before another begins to tell what this one is telling
            await self._supervisor.stop(["upstream"], START_S)
        for name in (name for name, each in changed.items() if each):
            await self._services.replace(name)
            if name in self._supervisor.names and (fault := await self._supervisor.settled(name, START_S)):
                troubles.append(f"{name}: {fault}")
        if not todo.listeners:
            self._services.running.server.links.close(todo.links, "its configuration was changed")
        if todo.site:
            self._tasks.begin(self._renew_default_limits(old_site))
            self._services.running.server.renew_lists()
        if (desk := self._services.running.kiosk()) is not None:
            await desk.kiosk.read_howto()  # the texts in its folder may be others
        if todo.control:
            self._tasks.begin(self._replace_control())
        return troubles

    async def _renew_default_limits(self, old_site: Site) -> None:
        """Give connected stations their new low default limits. The others get them when they come; until then one that
        holds a higher one counts at all that it can draw."""
        server = self._services.running.server
        watts = in_watts(server.limitings.now())
        old = default_limits(old_site, watts)
        for station, limits in default_limits(self.hub.site, watts).items():
            for evse, limit_a in limits.items():
                before_a = old.get(station, {}).get(evse)
                if before_a == limit_a:
                    continue
                result = await server.orders.set_default_limit(station, evse, limit_a, before_a)
                if station in server.links.connected and not result.accepted:
                    log.warning("%s: EVSE %d does not take its default limit: %s", station, evse, result.reason)

    async def _replace_control(self) -> None:
        await asyncio.sleep(ANSWERED_S)
        await self._services.replace("control")
