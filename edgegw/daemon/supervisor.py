"""Keeps services alive: a failed one is rebuilt from its factory, later and later, and its neighbours go on.

    starting ─► running ─► waiting (1, 2, 4 ... 60 s) ─► starting
                   │            after five failures in 60 s it gives up by its policy
                   ├─► degraded (60 s) ─► starting      `degraded`: until it has run for 60 s
                   └─► stopped                          `fatal`: the process ends, systemd starts a fresh one

A fatal service that was never ready ends the process at once: an installer who got a port wrong should not wait for a
minute to read it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from time import monotonic as system_monotonic
from typing import Literal, Protocol

log = logging.getLogger("edgegw.supervisor")

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
FAILURES = 5
WINDOW_S = 60.0

STOP_S = 10.0
"""How long a service may take to clean up when it is asked to stop."""

Policy = Literal["fatal", "degraded"]
Condition = Literal["starting", "running", "waiting", "degraded", "stopped"]


class Service(Protocol):
    """What is supervised."""

    name: str

    async def run(self, started: Callable[[], None]) -> None:
        """Serve until cancelled; call `started()` once when ready; raise to fail. Clean up in 10 s when cancelled."""


@dataclass(frozen=True, slots=True)
class History:
    """Failures of a service since it last ran well (monotonic times, oldest first), and whether it has given up."""

    failures: tuple[float, ...] = ()
    gave_up: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What follows a failure: a new try after `pause_s`, in what condition, or (pause None) the end of the process."""

    pause_s: float | None
    condition: Condition = "waiting"


def after_failure(history: History, at: float, ran_s: float, policy: Policy, ever_ready: bool) -> tuple[History, Step]:
    """What to do after a failure at the monotonic time `at`, of a service that had been ready for `ran_s` seconds."""
    if ran_s >= WINDOW_S:
        history = History()
    failures = (*history.failures, at)[-10:]
    gave_up = history.gave_up or sum(at - each <= WINDOW_S for each in failures) >= FAILURES
    history = History(failures, gave_up)
    if policy == "fatal" and (gave_up or not ever_ready):
        return history, Step(None, "stopped")
    if gave_up:
        return history, Step(LONGEST_PAUSE_S, "degraded")
    return history, Step(min(FIRST_PAUSE_S * 2 ** (len(failures) - 1), LONGEST_PAUSE_S))


@dataclass(slots=True)
class _Supervised:
    factory: Callable[[], Service]
    policy: Policy
    ever_ready: bool = False
    condition: Condition = "starting"
    reason: str | None = None
    restarts: int = 0
    history: History = History()
    ready_at: float | None = None
    task: asyncio.Task[None] | None = None
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while it runs, and once it has failed: there is something to say."""


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
        self.fatal: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()

    def start(self, name: str, factory: Callable[[], Service], policy: Policy = "degraded") -> None:
        """Begin to supervise the service that `factory` builds."""
        self._begin(name, _Supervised(factory, policy))

    async def replace(self, name: str, factory: Callable[[], Service]) -> None:
        """Stop the running service of this name and start what `factory` builds in its place.

        One that was ready once is not fatal at its first failure again: whoever replaces it is there to hear of it.
        """
        old = self._services.get(name)
        await self.stop([name], STOP_S)
        self._begin(name, _Supervised(factory, old.policy, old.ever_ready) if old else _Supervised(factory, "degraded"))

    async def settled(self, name: str, timeout_s: float) -> str | None:
        """Wait until the service is ready, or has failed; why it does not run, None when it does."""
        service = self._services[name]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):  # `wait_for` loses a cancellation that meets the answer (3.11)
                await service.settled.wait()
        if service.condition == "running":
            return None
        return service.reason or f"{name} is not ready after {timeout_s:.0f} s"

    async def stop(self, names: Iterable[str], deadline_s: float) -> None:
        """Cancel services, all at once, and wait for their cleaning up, at most `deadline_s`."""
        tasks = []
        for name in names:
            service = self._services.pop(name, None)
            if service is not None and service.task is not None:
                service.task.cancel()
                tasks.append(service.task)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=deadline_s)
            for task in late:
                log.error("%s did not stop within %.0f s", task.get_name(), deadline_s)
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

    def _begin(self, name: str, service: _Supervised) -> None:
        self._services[name] = service
        service.task = asyncio.get_running_loop().create_task(self._supervise(name, service), name=f"service {name}")

    async def _supervise(self, name: str, service: _Supervised) -> None:
        while True:
            error = await self._run(service)
            if _asked_to_stop():
                log.error("%s failed while it stopped: %s", name, words(error))
                return
            now = self._monotonic()
            ran_s = now - service.ready_at if service.ready_at is not None else 0.0
            service.history, step = after_failure(service.history, now, ran_s, service.policy, service.ever_ready)
            service.condition, service.reason = step.condition, words(error)
            service.settled.set()
            if step.pause_s is None:
                if not self.fatal.done():
                    self.fatal.set_result(error)  # the one who ends the process says why
                return
            # What the field brings about has its words; the rest is a mistake of ours, and where it was made matters.
            expected = isinstance(_first(error), OSError | ValueError)
            log.error(
                "%s failed, next try in %.0f s: %s", name, step.pause_s, service.reason,
                exc_info=None if expected else error,
            )  # fmt: skip
            service.restarts += 1
            self._changed()
            await self._sleep(step.pause_s)
            service.condition = "starting"
            service.settled.clear()

    async def _run(self, service: _Supervised) -> Exception:
        """One life of a service; how it ended. Raises CancelledError when it was asked to stop, and did."""

        def started() -> None:
            service.condition, service.reason, service.ever_ready = "running", None, True
            service.ready_at = self._monotonic()
            service.settled.set()
            self._changed()

        service.ready_at = None
        try:
            await service.factory().run(started)
        except asyncio.CancelledError:
            if _asked_to_stop():
                raise
            return RuntimeError("it was cancelled from inside")
        except Exception as error:
            return error
        return RuntimeError("it ended by itself")


def _asked_to_stop() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _first(error: BaseException) -> BaseException:
    """The error itself, of a group that a task group makes of it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def words(error: BaseException) -> str:
    """An error in one line for people, without its number."""
    first = _first(error)
    if isinstance(first, OSError) and first.strerror:
        return f"{first.strerror}: {first.filename}" if first.filename else first.strerror
    return str(first) or type(first).__name__
