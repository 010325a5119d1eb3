"""`edgegw run` as a process of its own, with a service manager's socket, and a station that talks to it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from edgegw.daemon.control import Gateway as Api
from tests.support.gateway import AS_AT_A_SITE
from tests.support.ports import free_port

CHECKOUT = Path(__file__).parents[2]
PATIENCE_S = 15.0


def site(folder: Path, port: int, *, stations: str = "[{id: CP01}]", more: str = "", ocpp: str = "") -> str:
    """A configuration with everything that a gateway touches in `folder`, and no page."""
    return (
        f"site: {{id: test-01}}\n"
        f"storage: {{path: {folder}/store}}\n"
        f"ocpp: {{listen: [{{address: 127.0.0.1, port: {port}}}]{ocpp}}}\n"
        f"stations: {stations}\n"
        f"web: {{listen: null, control: {folder}/control.sock}}\n{more}"
    )


class Running:
    """A gateway in a folder whose path is short enough for sockets. `file` may be written anew while it runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.file = folder / "e.yaml"
        self.log = folder / "log"
        self.told: list[str] = []
        """What the service manager was told, line by line."""
        self.process: subprocess.Popen[bytes] | None = None
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(str(folder / "notify"))

    def write(self, **options: Any) -> None:
        self.file.write_text(site(self.folder, self.port, **options))

    def start(self, passed: socket.socket | None = None, **environment: str) -> None:
        """Start it and return at once. `passed` is a socket that the service manager listens on for it."""
        command = [sys.executable, "-m", "edgegw", "run", "-c", str(self.file)]
        descriptors: tuple[int, ...] = ()
        if passed is not None:  # LISTEN_PID is known only to the process itself, and the first descriptor has to be 3
            descriptors = (passed.fileno(),)
            script = f'import os, sys; os.dup2({passed.fileno()}, 3); os.environ["LISTEN_PID"] = str(os.getpid())'
            environment |= {"LISTEN_FDS": "1", "LISTEN_FDNAMES": "ocpp"}
            command = [sys.executable, "-c", f"{script}; os.execv(sys.argv[1], sys.argv[1:])", *command]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                pass_fds=descriptors,
                cwd=CHECKOUT,
                env={**os.environ, **AS_AT_A_SITE, "NOTIFY_SOCKET": str(self.folder / "notify"), **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def ready(self, passed: socket.socket | None = None, **environment: str) -> None:
        """Start it and wait until it is ready."""
        self.start(passed, **environment)
        self.until("READY=1")

    def until(self, text: str, within_s: float = PATIENCE_S) -> str:
        """The next line to the service manager that begins with `text`."""
        deadline = time.monotonic() + within_s
        while True:
            self._notify.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                lines = self._notify.recv(8192).decode().split("\n")
            except TimeoutError:
                raise AssertionError(f"no {text!r} in {self.told}; the log: {self.log.read_text()}") from None
            self.told += lines
            for line in lines:
                if line.startswith(text):
                    return line

    def status(self, text: str, within_s: float = PATIENCE_S) -> str:
        """The line of `systemctl status`, once it begins with `text`."""
        latest = next((line for line in reversed(self.told) if line.startswith("STATUS=")), "")
        return latest if latest.startswith(f"STATUS={text}") else self.until(f"STATUS={text}", within_s)

    def heard(self, within_s: float) -> list[str]:
        """All lines to the service manager that come within this time."""
        before, deadline = len(self.told), time.monotonic() + within_s
        while (left_s := deadline - time.monotonic()) > 0:
            self._notify.settimeout(left_s)
            with contextlib.suppress(TimeoutError):
                self.told += self._notify.recv(8192).decode().split("\n")
        return self.told[before:]

    def forget(self) -> None:
        """Drop what was told so far and has not been read."""
        self.heard(0.05)
        self.told.clear()

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def ended(self, within_s: float = PATIENCE_S) -> int:
        """The exit code, waiting for it."""
        assert self.process is not None
        return self.process.wait(within_s)

    def stop(self) -> int:
        self.signal(signal.SIGTERM)
        return self.ended()

    def api(self) -> Api:
        return Api(self.folder / "control.sock")

    def facts(self, kind: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.api().ask("GET", f"/api/v1/facts?type={kind}&limit=1000")["items"]
        return items

    @contextlib.contextmanager
    def ledger_held(self) -> Iterator[None]:
        """Hold SQLite's write lock meanwhile: the gateway's ledger thread waits for it, as it would for a disk."""
        with contextlib.closing(sqlite3.connect(self.folder / "store" / "journal.db", isolation_level=None)) as held:
            held.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                held.execute("ROLLBACK")

    def close(self) -> None:
        if self.process is not None:
            if self.process.poll() is None:
                self.process.kill()
            self.process.wait()
        self._notify.close()


@contextlib.contextmanager
def gateway(**options: Any) -> Iterator[Running]:
    """A gateway with its file written and nothing started."""
    with tempfile.TemporaryDirectory(prefix="eg-") as folder:
        running = Running(Path(folder))
        running.write(**options)
        try:
            yield running
        finally:
            running.close()


class Station:
    """A 1.6 station on a live connection. It takes charging profiles, and has nothing else that it is asked for."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.profiles: list[dict[str, Any]] = []
        self._number = 0

    def send(self, action: str, payload: dict[str, Any]) -> str:
        self._number += 1
        name = f"{action}-{self._number}"
        self.connection.send(json.dumps([2, name, action, payload]))
        return name

    def hear(self, name: str, within_s: float = PATIENCE_S) -> dict[str, Any]:
        """The payload of the CALLRESULT to the CALL `name`."""
        while True:
            frame = self._next(within_s)
            if frame[1] == name:
                assert frame[0] == 3, frame
                payload: dict[str, Any] = frame[2]
                return payload

    def profile(self, within_s: float = PATIENCE_S) -> dict[str, Any]:
        """The next charging profile that the gateway sends."""
        seen = len(self.profiles)
        while len(self.profiles) == seen:
            self._next(within_s)
        return self.profiles[-1]

    def _next(self, within_s: float) -> list[Any]:
        frame: list[Any] = json.loads(self.connection.recv(timeout=within_s))
        if frame[:1] == [2] and frame[2] == "SetChargingProfile":
            self.profiles.append(frame[3]["csChargingProfiles"])
            self.connection.send(json.dumps([3, frame[1], {"status": "Accepted"}]))
        elif frame[:1] == [2]:
            self.connection.send(json.dumps([4, frame[1], "NotImplemented", "", {}]))
        return frame

    def call(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        return self.hear(self.send(action, payload))

    def boot(self) -> dict[str, Any]:
        return self.call("BootNotification", {"chargePointVendor": "v", "chargePointModel": "m"})


@contextlib.contextmanager
def station(running: Running, name: str = "CP01", **options: Any) -> Iterator[Station]:
    with connect(
        f"ws://127.0.0.1:{running.port}/{name}",
        subprotocols=["ocpp1.6"],
        compression=None,
        proxy=None,
        **options,  # type: ignore[list-item]
    ) as connection:
        yield Station(connection)


def closed(one: Station, within_s: float = PATIENCE_S) -> int:
    """The close code that the gateway ends the connection with; what it says before is dropped."""
    deadline = time.monotonic() + within_s
    with pytest.raises(ConnectionClosed) as end:  # noqa: PT012 (frames may come before it)
        while True:
            one.connection.recv(timeout=max(0.001, deadline - time.monotonic()))
    assert end.value.rcvd is not None
    return end.value.rcvd.code
