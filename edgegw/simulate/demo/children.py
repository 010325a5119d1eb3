"""The demo's processes: started with a log of their own, and ended in every way in which the demo can end."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

SBIN: Final = "/usr/sbin:/usr/local/sbin"
"""Where Debian has mosquitto, often not on a user's PATH."""

_PR_SET_PDEATHSIG: Final = 1


class ChildFailed(RuntimeError):
    """A process did not start or ended by itself; the text has the end of its log."""


def _die_with_parent() -> Callable[[], None] | None:
    """For the child, before it becomes what it is to be: SIGTERM when the demo itself is killed (Linux, prctl(2))."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    return ask


class Child:
    """One process. `start` it, then `stop` or `kill` it; it can be started again. `environment` is beside our own."""

    def __init__(
        self, name: str, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.command = list(command)
        self.log = log
        self._environment = dict(environment or {})
        self._process: asyncio.subprocess.Process | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    async def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self._environment},
                start_new_session=True,  # Ctrl-C in the terminal is for the demo, which ends its children in order
                preexec_fn=_die_with_parent(),
            )

    async def ended(self) -> None:
        """Wait until it has ended, and raise ChildFailed: a part must not end by itself."""
        process = self._process
        assert process is not None
        await process.wait()
        if self._process is process:  # else it was ended on purpose
            raise ChildFailed(f"{self.name} ended with {process.returncode}{self.last_words()}")

    async def kill(self) -> None:
        """SIGKILL: as a power cut would."""
        await self._end(signal.SIGKILL, 5.0)

    async def stop(self, grace_s: float = 10.0) -> None:
        """SIGTERM, and SIGKILL when it does not end in time."""
        await self._end(signal.SIGTERM, grace_s)

    async def _end(self, how: signal.Signals, grace_s: float) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        _signal(process, how)
        try:
            async with asyncio.timeout(grace_s):
                await process.wait()
        except TimeoutError:
            _signal(process, signal.SIGKILL)
            await process.wait()

    def kill_now(self) -> None:
        """SIGKILL without waiting."""
        if self._process is not None:
            _signal(self._process, signal.SIGKILL)

    def last_words(self) -> str:
        """The end of its log, for an error message; empty when it said nothing."""
        with contextlib.suppress(OSError):
            lines = self.log.read_text(errors="replace").strip().splitlines()
            if lines:
                return ":\n  " + "\n  ".join(lines[-5:])
        return ""


def _signal(process: asyncio.subprocess.Process, how: signal.Signals) -> None:
    """Past asyncio's own method, which reaps a child that has just ended behind the back of asyncio's watcher."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, how)


def free_port() -> int:
    """A loopback port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def listening(child: Child, port: int, within_s: float = 10.0) -> None:
    """Wait until `port` answers. Raises ChildFailed when the child ends first or time is over."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + within_s
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        except OSError:
            if not child.running or loop.time() > ends:
                raise ChildFailed(f"{child.name} did not start{child.last_words()}") from None
            await asyncio.sleep(0.02)


def broker_child(folder: Path, port: int, *, embedded: bool) -> tuple[Child, str]:
    """(the broker's process, what to call it): mosquitto where it is installed, else the embedded broker."""
    found = None if embedded else shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:{SBIN}")
    if found is None:
        command = [sys.executable, "-m", "edgegw.simulate.broker", str(port)]
        return Child("the embedded broker", command, folder / "broker.log"), "embedded broker"
    data = folder / "mosquitto"
    data.mkdir()
    lines = [
        f"listener {port} 127.0.0.1",
        "allow_anonymous true",
        "persistence true",
        f"persistence_location {data}/",
        "log_dest stderr",
    ]
    if os.geteuid() == 0:
        lines.append("user root")  # else it would give up its rights to the folder
    config = folder / "mosquitto.conf"
    config.write_text("\n".join(lines) + "\n")
    return Child("mosquitto", [found, "-c", str(config)], folder / "broker.log"), "mosquitto"


def gateway_child(folder: Path, config: Path) -> Child:
    return Child("the gateway", [sys.executable, "-m", "edgegw", "run", "-c", str(config)], folder / "gateway.log")


def ingest_child(folder: Path, port: int, database: Path) -> Child:
    command = [sys.executable, "-m", "edgegw", "ingest", "--broker", f"mqtt://127.0.0.1:{port}",
               "--database", f"sqlite:///{database}"]  # fmt: skip
    return Child("the ingest consumer", command, folder / "ingest.log")
