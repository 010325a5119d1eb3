"""EVA under a service manager."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.gateway import GatewayProcess
from tests.voice.kiosk import VoiceProcess, voice_section


class Manager:
    """What systemd hears of a unit: the lines, as they come."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))

    def until(self, line: str, within_s: float = 20.0) -> float:
        """Wait for a line; seconds that it took."""
        began, told = time.monotonic(), []
        while (left_s := began + within_s - time.monotonic()) > 0:
            self._socket.settimeout(left_s)
            told += self._socket.recv(4096).decode().splitlines()
            if line in told:
                return time.monotonic() - began
        raise AssertionError(f"no {line} among {told}")

    def silent_for(self, seconds: float) -> bool:
        self._socket.settimeout(0)
        while True:  # what it had told before
            try:
                self._socket.recv(4096)
            except BlockingIOError:
                break
        self._socket.settimeout(seconds)
        try:
            self._socket.recv(4096)
        except TimeoutError:
            return True
        return False

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    found = Manager(tmp_path / "notify")
    yield found
    found.close()


def test_the_service_manager_hears_that_she_is_there_that_she_lives_and_that_she_ends(
    tmp_path: Path, manager: Manager
) -> None:
    gateway = GatewayProcess(tmp_path, more=voice_section(tmp_path))  # its file; she waits for it
    eva = VoiceProcess(gateway)
    eva.environment |= {"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "1500000"}
    try:
        eva._launch("voice", "-c", str(gateway.file))
        manager.until("READY=1")
        manager.until("STATUS=waiting for the gateway")
        manager.until("WATCHDOG=1")
        assert manager.until("WATCHDOG=1") < 1.5
        os.kill(eva.pid, signal.SIGSTOP)
        assert manager.silent_for(1.5), "who hangs gives no sign of life"
        os.kill(eva.pid, signal.SIGCONT)
        manager.until("WATCHDOG=1")
    finally:
        code = eva.stop()
    manager.until("STOPPING=1")
    assert code == 0
