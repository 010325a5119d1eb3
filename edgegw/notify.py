"""sd_notify(3) in a few lines: a datagram to the socket that systemd names, no native module."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping


class Notify:
    """Tells the service manager how the process is. Without NOTIFY_SOCKET it is silent."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        given = os.environ if environment is None else environment
        address = given.get("NOTIFY_SOCKET", "")
        # A leading @ stands for the zero byte of Linux's abstract namespace.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        mine = given.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        usec = given.get("WATCHDOG_USEC", "")
        self.watchdog_s = int(usec) / 1e6 if mine and usec.isdecimal() else 0.0
        """Within this time the watchdog wants a sign of life; 0 when there is none."""
        self._status = ""

    def send(self, *lines: str) -> None:
        """Send assignments such as `READY=1`. A manager that does not listen is no reason to stop."""
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.setblocking(False)
            try:
                sender.sendto("\n".join(lines).encode(), self._address)
            except OSError:
                return

    def ready(self) -> None:
        self.send("READY=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`; sent when it changes."""
        text = " ".join(text.split())
        if text != self._status:
            self._status = text
            self.send(f"STATUS={text}")

    def extend(self, seconds: float) -> None:
        """A start or a stop goes on and may take so long from now, whatever the unit says (EXTEND_TIMEOUT_USEC)."""
        self.send(f"EXTEND_TIMEOUT_USEC={round(seconds * 1e6)}")

    def alive(self) -> None:
        self.send("WATCHDOG=1")

    def reloading(self) -> None:
        """Before a reload; `ready` ends it (Type=notify-reload wants the monotonic time)."""
        self.send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        self.send("STOPPING=1")
