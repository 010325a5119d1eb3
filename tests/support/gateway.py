"""The programs of a site as their users run them: `edgegw run` and `edgegw ingest` as processes of their own.

Ended by their own pids. Ports are free ones of the loopback address, files lie in a folder of the test's.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support.ports import free_port

CHECKOUT = Path(__file__).parents[2]
START_S = 20.0

AS_AT_A_SITE = {"EDGEGW_CHECKED": ""}
"""The tests' own process checks values (see `edgegw.model.value`); a gateway that they start is as sites have it."""


class Process:
    """A program that says on a line or a socket that it is ready."""

    start_s = START_S
    """How long it may take to be ready."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.log = folder / f"{name}.log"
        self.environment: dict[str, str] = {}
        """Beside that of the test, from the next start on."""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _launch(self, *words: str, **environment: str) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "edgegw", *words],
                cwd=CHECKOUT,
                env={**os.environ, **AS_AT_A_SITE, **self.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _wait(self, is_ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + self.start_s
        while not is_ready():
            if not self.running or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"it did not start:\n{self.log.read_text()}")
            time.sleep(0.01)

    def stop(self) -> int:
        """SIGTERM, and wait for the end; the exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL: as a power cut, but for what the kernel still writes."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(how)
        code = self._process.wait(timeout=20)
        self._process = None
        return code

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class GatewayProcess(Process):
    """`edgegw run` on `folder`: its configuration, ledger and control socket lie there.

    `stations` are ids or mappings as the file has them; `more` are further sections of the file.
    """

    def __init__(
        self,
        folder: Path,
        stations: Iterable[str | Mapping[str, Any]] = ("CP01",),
        *,
        broker: str | None = None,
        site: str = "paulista-01",
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(folder, "gateway")
        self.port = free_port()
        self.site = site
        self.file = folder / "edgegw.yaml"
        self.control = folder / "control.sock"
        self.database = folder / "ledger" / "journal.db"
        written: dict[str, Any] = {
            "site": {"id": site, "timezone": "America/Sao_Paulo", "currency": "BRL"},
            "storage": {"path": str(folder / "ledger"), "linger": "1s"},
            "ocpp": {"listen": [{"address": "127.0.0.1", "port": self.port}]},
            "stations": [{"id": each} if isinstance(each, str) else dict(each) for each in stations],
            "authorization": {"tokens": str(folder / "tokens.yaml")},
            "tariffs": {"default": {"energy_kwh": "1.89"}},
            "web": {"listen": None, "control": str(self.control)},
        }
        if broker is not None:
            written["uplink"] = {"brokers": [broker]}
        (folder / "tokens.yaml").write_text("CARD1: accepted\nCARD2: blocked\n")
        self.written = {**written, **(more or {})}
        self.write()

    def write(self) -> None:
        """Put `written` into the file: JSON is YAML."""
        self.file.write_text(json.dumps(self.written, indent=1))

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ocpp"

    def start(self) -> None:
        """Start, and wait for READY=1."""
        told = b""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            path = self.folder / "notify"
            path.unlink(missing_ok=True)
            notify.bind(str(path))
            notify.settimeout(0)
            self._launch("run", "-c", str(self.file), NOTIFY_SOCKET=str(path))

            def ready() -> bool:
                nonlocal told
                try:
                    told += notify.recv(4096)
                except BlockingIOError:
                    return False
                return b"READY=1" in told

            self._wait(ready)

    def __enter__(self) -> GatewayProcess:
        self.start()
        return self

    def api(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """A request over the control socket: (status, JSON)."""
        connection = http.client.HTTPConnection("localhost", timeout=30)
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with closing(connection):
            connection.sock.settimeout(30)
            connection.sock.connect(str(self.control))
            payload = None if body is None else json.dumps(body).encode()
            connection.request(method, path, payload, {"content-type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")

    def get(self, path: str) -> Any:
        status, body = self.api("GET", f"/api/v1{path}")
        assert status == 200, body
        return body

    @property
    def delivered(self) -> bool:
        """The cloud's watermarks are at the heads of both streams."""
        try:
            site = self.get("/site")
        except OSError:
            return False
        uplink, journal = site["uplink"], site["journal"]
        return bool(uplink and all(uplink["watermark"][s] == journal[s]["head"] for s in ("A", "B")))


class IngestProcess(Process):
    """`edgegw ingest` from `broker` into `cloud.db` of `folder`, or into another `database` by its URL."""

    def __init__(self, folder: Path, broker: str, database: str | None = None, *, otlp: str | None = None) -> None:
        super().__init__(folder, "ingest")
        self._more = () if otlp is None else ("--otlp", otlp)
        self.database = folder / "cloud.db"
        self._broker = broker
        self._url = database or f"sqlite:///{self.database}"

    def start(self) -> None:
        """Start, and wait until it is connected."""
        before = self.log.stat().st_size if self.log.exists() else 0
        self._launch("ingest", "--broker", self._broker, "--database", self._url, *self._more)
        self._wait(lambda: "connected" in self.log.read_text()[before:])

    def __enter__(self) -> IngestProcess:
        self.start()
        return self


async def until(condition: Callable[[], bool | Awaitable[bool]], within_s: float = 20.0, what: str = "") -> None:
    """Wait for a condition that other processes bring about."""
    deadline = time.monotonic() + within_s
    while True:
        met = condition()
        if not isinstance(met, bool):
            met = await met
        if met:
            return
        assert time.monotonic() < deadline, f"not within {within_s} s: {what or condition}"
        await asyncio.sleep(0.05)
