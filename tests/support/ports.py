"""Ports for programs that the tests start."""

from __future__ import annotations

import itertools
import os
import socket
from collections.abc import Iterator
from typing import Final

FIRST: Final = 10_000
BLOCK: Final = 100
BLOCKS: Final = 220
"""Below 32768, where Linux begins to take the ports of connections from (net.ipv4.ip_local_port_range)."""


def ports_of(process: int) -> Iterator[int]:
    """The ports of a process of the tests, over and over."""
    first = FIRST + process % BLOCKS * BLOCK
    return itertools.cycle(range(first, first + BLOCK))


_ports = ports_of(os.getpid())


def free_port() -> int:
    """A loopback port that nobody listens on, and that nobody is given before the program has taken it.

    One that the kernel gives may be gone by then: to the next connection of any process, or to another test that asks.
    So each process of the tests has ports of its own, gives none twice until all were given, and the kernel gives none
    of them.
    """
    for port in itertools.islice(_ports, BLOCK):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("all ports of this process of the tests are taken")
