"""Ports of the programs that tests start: nobody else is given them in between."""

from __future__ import annotations

import itertools
import socket
from pathlib import Path

from tests.support import ports


def test_no_port_is_given_twice_soon_nor_to_another_process_nor_by_the_kernel() -> None:
    mine = set(itertools.islice(ports.ports_of(4711), ports.BLOCK))
    assert len(mine) == ports.BLOCK
    assert all(mine.isdisjoint(itertools.islice(ports.ports_of(4711 + more), ports.BLOCK)) for more in range(1, 50))
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert max(itertools.islice(ports.ports_of(ports.BLOCKS - 1), ports.BLOCK)) < lowest
    given = [ports.free_port() for _ in range(20)]
    assert len(set(given)) == 20


def test_a_port_that_is_taken_is_not_given() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", ports.free_port()))
        taken.listen()
        assert taken.getsockname()[1] not in [ports.free_port() for _ in range(ports.BLOCK)]
