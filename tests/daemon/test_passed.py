"""Sockets that a service manager listens on for the gateway, with real processes: nobody is refused over a restart."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from edgegw.passed import Passed, passed_to_us
from tests.daemon.gateways import CHECKOUT, closed, gateway, station


@pytest.fixture
def held() -> Iterator[socket.socket]:
    """What a socket unit holds: a port that listens whether somebody accepts or not."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listener:
        yield listener


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def test_a_station_that_connects_between_two_lives_of_the_gateway_waits_and_is_served(held: socket.socket) -> None:
    with gateway() as running:
        running.port = port_of(held)
        running.write()
        running.ready(held)
        assert f"listening on 127.0.0.1:{running.port}, where connections wait" in running.log.read_text()
        with station(running) as one:
            assert one.boot()["status"] == "Accepted"
            running.stop()
            assert closed(one) == 1012
        with socket.create_connection(("127.0.0.1", running.port), timeout=2) as early:
            early.sendall(
                b"GET /CP01 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                b"Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
            )
            running.ready(held)
            early.settimeout(10)
            assert early.recv(1024).startswith(b"HTTP/1.1 101")


def test_a_listener_that_the_socket_unit_lacks_is_opened_beside_it_and_one_too_many_is_named(
    held: socket.socket,
) -> None:
    with gateway() as running:
        running.ready(held)
        with station(running) as one:
            assert one.boot()["status"] == "Accepted"
        words = f"edgegw-ocpp.socket listens on 127.0.0.1:{port_of(held)}, and no listener of ocpp.listen is there"
        assert words in running.log.read_text()


def test_a_listener_may_be_moved_to_a_passed_socket_by_a_reload_and_back(held: socket.socket) -> None:
    with gateway() as running:
        first = running.port
        running.ready(held)
        for port in (port_of(held), first, port_of(held)):
            running.port = port
            running.write()
            outcome = running.api().ask("POST", "/api/v1/commands?wait=20", {"name": "reload"}, timeout_s=30)
            assert outcome["state"] == "done", outcome
            with station(running) as one:
                assert one.boot()["status"] == "Accepted"


def test_another_address_at_a_passed_port_is_an_error_that_names_both() -> None:
    with socket.create_server(("0.0.0.0", 0)) as held, gateway() as running:
        running.port = port_of(held)
        running.write()
        running.start(held)
        assert running.ended() == 1
        log = running.log.read_text()
        assert f"stations can't listen on 127.0.0.1:{running.port}: edgegw-ocpp.socket has the port, at 0.0.0.0:" in log
        assert "systemctl edit edgegw-ocpp.socket" in log


def test_what_is_meant_for_another_process_is_not_taken_and_a_child_inherits_nothing() -> None:
    assert len(passed_to_us({"LISTEN_PID": "1", "LISTEN_FDS": "1"})) == 0
    script = (
        "import os, socket, subprocess, sys\n"
        "from edgegw.passed import passed_to_us\n"
        "a = socket.create_server(('127.0.0.1', 0)); b = socket.socketpair()\n"
        "os.dup2(a.fileno(), 3) if a.fileno() != 3 else None\n"
        "os.dup2(b[0].fileno(), 4)\n"
        "os.environ |= {'LISTEN_PID': str(os.getpid()), 'LISTEN_FDS': '2'}\n"
        "passed = passed_to_us(os.environ)\n"
        "assert len(passed) == 1 and passed.covers('127.0.0.1', a.getsockname()[1])\n"
        "assert len(passed_to_us(os.environ)) == 0\n"
        'look = \'import os; print("LISTEN_FDS" in os.environ, os.path.exists("/proc/self/fd/3"))\'\n'
        "print(subprocess.check_output([sys.executable, '-c', look], close_fds=False, text=True))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.split() == ["False", "False"]


def test_an_address_is_the_same_however_it_is_written() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        passed = Passed([listener])
        port = port_of(listener)
        assert passed.covers("0:0:0:0:0:0:0:1", port)
        assert not passed.covers("localhost", port)
        assert passed.idle([("::1", port)]) == []
