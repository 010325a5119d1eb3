"""A real mosquitto on a free loopback port, with its persistence in a folder of the test's. Ended by its own pid."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from tests.support.ports import free_port

EXECUTABLE = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


class Mosquitto:
    """A broker that can be stopped, killed and started again on the same port.

    `options` are lines of mosquitto.conf(5). Use as a context manager, or `start` and `stop`. `prefix` and `address`
    put it into a network namespace.
    """

    def __init__(
        self,
        folder: Path,
        *options: str,
        port: int | None = None,
        prefix: Sequence[str] = (),
        address: str = "127.0.0.1",
    ) -> None:
        assert EXECUTABLE is not None, "mosquitto is not installed (Debian: apt install mosquitto)"
        self.port = port or free_port()
        self._prefix = tuple(prefix)
        self._address = address
        self._process: subprocess.Popen[bytes] | None = None
        self._config = folder / f"mosquitto-{self.port}.conf"
        data = folder / f"mosquitto-{self.port}"
        data.mkdir(parents=True, exist_ok=True)
        self.log = data / "log"
        lines = [
            f"listener {self.port} {address}",
            "allow_anonymous true",
            "persistence true",
            f"persistence_location {data}/",
            f"log_dest file {self.log}",
            *options,
        ]
        if os.geteuid() == 0:
            lines.append("user root")  # else it would give up its rights to the test's folder
        self._config.write_text("\n".join(lines) + "\n")

    @classmethod
    def of(cls, folder: Path, configuration: str, port: int) -> Mosquitto:
        """With this configuration and nothing of our own; it listens on `port`."""
        made = cls(folder, port=port)
        lines = [configuration, f"log_dest file {made.log}"]
        if os.geteuid() == 0:
            lines.append("user root")
        made._config.write_text("\n".join(lines) + "\n")
        return made

    @property
    def url(self) -> str:
        return f"mqtt://{self._address}:{self.port}"

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start and wait until the port answers, at most 5 s."""
        assert EXECUTABLE is not None
        self._process = subprocess.Popen(
            [*self._prefix, EXECUTABLE, "-c", str(self._config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 5
        while True:
            try:
                socket.create_connection((self._address, self.port), timeout=1).close()
                return
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    raise RuntimeError(f"mosquitto did not start on port {self.port}") from None
                time.sleep(0.01)

    def stop(self) -> None:
        """SIGTERM: it writes its persistence and says goodbye."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL: what it has not written yet is gone."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=10)
            self._process = None

    def __enter__(self) -> Mosquitto:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
