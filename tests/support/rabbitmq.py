"""A real RabbitMQ on loopback ports of its own, with everything that it writes in a folder of the test's."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType

from tests.support.ports import free_port

EXECUTABLE = shutil.which("rabbitmq-server", path="/usr/lib/rabbitmq/bin")
"""Not the one of Debian's that changes its user."""
STARTS_WITHIN_S = 60.0


class RabbitMq:
    """Serves `configuration` (rabbitmq.conf) with the MQTT plugin; it is ready when its log says so."""

    def __init__(self, folder: Path, configuration: str) -> None:
        self._folder = folder / "rabbitmq"
        self._folder.mkdir()
        (self._folder / "rabbitmq.conf").write_text(configuration)
        (self._folder / "plugins").write_text("[rabbitmq_mqtt].\n")
        self.log = self._folder / "log"
        # Erlang's nodes find each other by epmd; one of our own goes when the test goes.
        self._names = free_port()
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> RabbitMq:
        assert EXECUTABLE is not None
        epmd = shutil.which("epmd")
        assert epmd is not None
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._names),
            "RABBITMQ_NODENAME": "edgegw@localhost",
            "RABBITMQ_CONFIG_FILE": str(self._folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._folder / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(self._folder / "mnesia"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._processes.append(
            subprocess.Popen([epmd, "-address", "127.0.0.1", "-port", str(self._names)], env=environment, **quiet)  # type: ignore[call-overload]
        )
        with self.log.open("wb") as log:
            server = subprocess.Popen([EXECUTABLE], env=environment, stdout=log, stderr=log)
        self._processes.append(server)
        deadline = time.monotonic() + STARTS_WITHIN_S
        while b"Server startup complete" not in self.log.read_bytes():
            if server.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"RabbitMQ did not start:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.1)
        return self

    def stop(self) -> None:
        while self._processes:
            process = self._processes.pop()
            process.terminate()
            process.wait(timeout=30)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
