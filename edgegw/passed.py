"""Sockets that a service manager listens on for us: connections wait there while no gateway runs.

sd_listen_fds(3) in a few lines: LISTEN_FDS sockets from descriptor 3 on, meant for the process LISTEN_PID.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Collection, Iterable, MutableMapping
from ipaddress import ip_address
from typing import Final

FIRST: Final = 3
"""SD_LISTEN_FDS_START."""

Place = tuple[str, int]
"""Address and port."""


class Passed:
    """Listening TCP sockets that outlive us. By default there are none."""

    def __init__(self, sockets: Iterable[socket.socket] = ()) -> None:
        self._sockets = {_place(each.getsockname()[:2]): each for each in sockets}

    def __len__(self) -> int:
        return len(self._sockets)

    def covers(self, address: str, port: int) -> bool:
        """Whether a listener at this very address and port is among them."""
        return _place((address, port)) in self._sockets

    def duplicate(self, address: str, port: int) -> socket.socket | None:
        """The one at this address and port, to serve and to close; it stays here for the next who asks. None if there
        is none."""
        found = self._sockets.get(_place((address, port)))
        return None if found is None else found.dup()

    def idle(self, wanted: Collection[Place]) -> list[Place]:
        """Those at none of the wanted places: who connects there waits in vain."""
        taken = {_place(place) for place in wanted}
        return [place for place in self._sockets if place not in taken]

    def with_port(self, port: int) -> Place | None:
        """One that has this port, at whatever address."""
        return next((place for place in self._sockets if place[1] == port), None)


def passed_to_us(environment: MutableMapping[str, str]) -> Passed:
    """What the service manager passed to this process, by its environment, from which it is taken out: a second call,
    or a child, gets nothing. What is no listening TCP socket is left alone."""
    names = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")
    pid, count, _ = (environment.pop(name, "") for name in names)
    if pid != str(os.getpid()) or not count.isdecimal():
        return Passed()
    found = []
    for descriptor in range(FIRST, FIRST + int(count)):
        os.set_inheritable(descriptor, False)
        each = socket.socket(fileno=descriptor)
        if each.family in (socket.AF_INET, socket.AF_INET6) and each.getsockopt(
            socket.SOL_SOCKET, socket.SO_ACCEPTCONN
        ):
            each.setblocking(False)
            found.append(each)
        else:
            each.detach()
    return Passed(found)


def _place(place: Place) -> Place:
    try:
        return str(ip_address(place[0])), place[1]
    except ValueError:  # a name instead of an address is never the same as what a socket tells
        return place
