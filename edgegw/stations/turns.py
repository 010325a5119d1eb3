"""Whose turn it is to call a station: one CALL in flight (OCPP-J 1.6 section 4.1.1), what matters first.

A CALL that keeps feeder or person safe goes before commands, a command before what is only good to know; within a
class the first come goes first. What is in flight is waited for, but not for ever (`calls.GRACE_S`). Set points may
come without an end, so a command that `MAX_OVERTAKING` of them have passed has the next turn.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from enum import IntEnum
from typing import Final

MAX_OVERTAKING: Final = 4
"""CALLs for safety that may go before a command that waits."""


class Priority(IntEnum):
    SAFETY = 0
    """Limits, stops, unlocking."""
    COMMAND = 1
    """What somebody asked for and waits to see."""
    COMFORT = 2
    """Reports, logs, lists: what may wait until nothing else does."""


_SAFETY: Final = frozenset({
    "ClearChargingProfile", "RemoteStopTransaction", "RequestStopTransaction", "SetChargingProfile", "UnlockConnector",
    "UpdateDynamicSchedule",
})  # fmt: skip

_COMFORT: Final = frozenset({
    "ClearCache", "CustomerInformation", "GetBaseReport", "GetChargingProfiles", "GetCompositeSchedule",
    "GetConfiguration", "GetDiagnostics", "GetDisplayMessages", "GetInstalledCertificateIds", "GetLocalListVersion",
    "GetLog", "GetMonitoringReport", "GetReport", "GetTransactionStatus", "GetVariables", "PublishFirmware",
    "SendLocalList", "SignedUpdateFirmware", "UpdateFirmware",
})  # fmt: skip


def priority_of(action: str) -> Priority:
    """The class of an OCPP action, of any version, when its caller does not say."""
    if action in _SAFETY:
        return Priority.SAFETY
    return Priority.COMFORT if action in _COMFORT else Priority.COMMAND


class Turns:
    """One turn at a time, once `open` was called; `take` it, and give it back with `release`."""

    def __init__(self) -> None:
        self.opened = False
        self._ended = False
        self._taken = False
        self._overtaken = 0
        self._lines: dict[Priority, deque[asyncio.Future[bool]]] = {priority: deque() for priority in Priority}
        self._idle = asyncio.Event()
        self._idle.set()

    def waiting(self, priority: Priority) -> int:
        """How many of a class wait."""
        return len(self._lines[priority])

    def open(self) -> None:
        """Turns may be had from now on."""
        self.opened = True
        if not self._taken:
            self._pass_on()

    def end(self) -> None:
        """There are no more turns: all who wait are told at once."""
        self._ended = True
        for line in self._lines.values():
            for waiter in line:
                if not waiter.done():
                    waiter.set_result(False)
            line.clear()

    async def take(self, priority: Priority, deadline: float) -> bool:
        """Wait for a turn; False, and no turn, when they have ended. Raises TimeoutError at `deadline` of the loop."""
        if self._ended:
            return False
        if self.opened and not self._taken:  # then nobody waits either
            self._grant()
            return True
        waiter: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        line = self._lines[priority]
        line.append(waiter)
        async with asyncio.timeout_at(deadline):
            try:
                return await waiter
            except asyncio.CancelledError:
                if waiter.done() and not waiter.cancelled() and waiter.result():
                    self.release()  # the turn came when nobody wanted it any more
                with contextlib.suppress(ValueError):
                    line.remove(waiter)
                raise

    def release(self) -> None:
        """Give the turn to the next."""
        self._taken = False
        self._pass_on()

    async def idle(self) -> None:
        """Wait until nobody has a turn, nor will have one soon."""
        await self._idle.wait()

    def _grant(self) -> None:
        self._taken = True
        self._idle.clear()

    def _pass_on(self) -> None:
        waiter = self._next()
        if waiter is None:
            self._idle.set()
            return
        self._grant()
        waiter.set_result(True)

    def _next(self) -> asyncio.Future[bool] | None:
        for line in self._lines.values():
            while line and line[0].done():
                line.popleft()
        safety, commands, comfort = (self._lines[priority] for priority in Priority)
        if safety and not (commands and self._overtaken >= MAX_OVERTAKING):
            self._overtaken = self._overtaken + 1 if commands else 0
            return safety.popleft()
        self._overtaken = 0
        chosen = commands or comfort
        return chosen.popleft() if chosen else None
