"""Keeps services alive: a failed one is rebuilt from its factory, later and later, and its neighbours go on.

A service that fails five times in 60 s gives up by its own policy: `fatal` ends the process, so that systemd starts a
fresh one; `degraded` is tried again each minute. A fatal service that was never ready ends the process at once: an
installer who got a port wrong should not wait for a minute to read it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from time import monotonic as system_monotonic
from typing import Literal, Protocol

log = logging.getLogger("edgegw.supervisor")

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
FAILURES = 5
WINDOW_S = 60.0

Policy = Literal["fatal", "degraded"]
Condition = Literal["starting", "running", "waiting", "degraded", "stopped"]


class Service(Protocol):
    """What is supervised."""

    name: str

    async def run(self, started: Callable[[], None]) -> None:
        """Serve until cancelled; call `started()` once when ready; raise to fail. Clean up in 10 s when cancelled."""


@dataclass(frozen=True, slots=True)
class Step:
    """What follows a failure: a new try after `pause_s`, in what condition, or (pause None) the end of the process."""

    pause_s: float | None
    condition: Condition = "waiting"


def after_failure(failures: Sequence[float], policy: Policy, ever_ready: bool) -> Step:
    """What to do after the last of `failures` (monotonic times, oldest first)."""
    last = failures[-1]
    recent = [at for at in failures if last - at <= WINDOW_S]
    if policy == "fatal" and (not ever_ready or len(recent) >= FAILURES):
        return Step(None)
    if len(recent) >= FAILURES:
        return Step(LONGEST_PAUSE_S, "degraded")
    return Step(min(FIRST_PAUSE_S * 2 ** (len(recent) - 1), LONGEST_PAUSE_S))


@dataclass(slots=True)
class _Supervised:
    factory: Callable[[], Service]
    policy: Policy
    condition: Condition = "starting"
    reason: str | None = None
    restarts: int = 0
    ever_ready: bool = False
    failures: list[float] = field(default_factory=list)
    task: asyncio.Task[None] | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)


class Supervisor:
    """Runs services by name. `fatal` is done, with the error, when the process should end."""

    def __init__(
        self,
        *,
        monotonic: Callable[[], float] = system_monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self._changed = changed
        self._services: dict[str, _Supervised] = {}
        self.fatal: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

    def start(self, name: str, factory: Callable[[], Service], policy: Policy = "degraded") -> None:
        """Begin to supervise the service that `factory` builds."""
        service = self._services[name] = _Supervised(factory, policy)
        service.task = asyncio.get_running_loop().create_task(self._supervise(name, service), name=f"service {name}")

    async def replace(self, name: str, factory: Callable[[], Service]) -> None:
        """Stop the running service of this name and start what `factory` builds in its place."""
        policy = self._services[name].policy if name in self._services else "degraded"
        await self.stop([name], WINDOW_S)
        self.start(name, factory, policy)

    async def ready(self, name: str, timeout_s: float) -> bool:
        """Whether the service is ready, waiting for it as long as that."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._services[name].ready.wait(), timeout_s)
        return self._services[name].condition == "running"

    async def stop(self, names: Iterable[str], deadline_s: float) -> None:
        """Cancel services, all at once, and wait for their cleaning up, at most `deadline_s`."""
        tasks = []
        for name in names:
            service = self._services.pop(name, None)
            if service is not None and service.task is not None:
                service.task.cancel()
                tasks.append(service.task)
        if tasks:
            done, late = await asyncio.wait(tasks, timeout=deadline_s)
            for task in late:
                log.error("%s did not stop within %.0f s", task.get_name(), deadline_s)
            for task in done:
                if not task.cancelled() and (error := task.exception()) is not None:
                    log.error("%s failed while it stopped: %s", task.get_name(), error)
        self._changed()

    @property
    def names(self) -> list[str]:
        return list(self._services)

    def status(self) -> dict[str, dict[str, object]]:
        """Condition, reason of the last failure and number of restarts of each service."""
        return {
            name: {"state": service.condition, "reason": service.reason, "restarts": service.restarts}
            for name, service in self._services.items()
        }

    def healthy(self, names: Iterable[str]) -> bool:
        """Whether all of these run."""
        return all(name in self._services and self._services[name].condition == "running" for name in names)

    async def _supervise(self, name: str, service: _Supervised) -> None:
        def started() -> None:
            service.condition, service.reason, service.ever_ready = "running", None, True
            service.ready.set()
            self._changed()

        while True:
            try:
                await service.factory().run(started)
                error: Exception = RuntimeError("it ended by itself")
            except Exception as failure:
                error = failure
            service.ready.clear()
            service.failures = [*service.failures[-FAILURES:], self._monotonic()]
            service.reason = str(error) or type(error).__name__
            step = after_failure(service.failures, service.policy, service.ever_ready)
            expected = isinstance(error, OSError | ValueError)
            log.error("%s failed: %s", name, service.reason, exc_info=None if expected else error)
            if step.pause_s is None:
                service.condition = "stopped"
                if not self.fatal.done():
                    self.fatal.set_result(error)
                return
            service.condition, service.restarts = step.condition, service.restarts + 1
            self._changed()
            await self._sleep(step.pause_s)
            service.condition = "starting"
