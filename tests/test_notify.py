"""sd_notify over real sockets."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgegw.notify import Notify


@pytest.fixture(params=["in the file system", "abstract"])
def manager(request: pytest.FixtureRequest) -> Iterator[tuple[socket.socket, str]]:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        if request.param == "abstract":
            name = f"edgegw-test-{os.getpid()}"
            bound.bind(f"\0{name}")
            address = f"@{name}"
        else:
            address = str(Path(folder) / "notify")
            bound.bind(address)
        bound.settimeout(1)
        yield bound, address


def test_each_word_is_a_datagram(manager: tuple[socket.socket, str]) -> None:
    bound, address = manager
    notify = Notify({"NOTIFY_SOCKET": address})
    notify.ready()
    notify.alive()
    notify.stopping()
    assert [bound.recv(999) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]
    notify.reloading()
    first, second = bound.recv(999).split(b"\n")
    assert first == b"RELOADING=1"
    assert second.startswith(b"MONOTONIC_USEC=")


def test_a_status_is_one_line_and_sent_when_it_changes(manager: tuple[socket.socket, str]) -> None:
    bound, address = manager
    notify = Notify({"NOTIFY_SOCKET": address})
    for text in ("3 of 4", "3 of 4", "4 of\n4"):
        notify.status(text)
    notify.alive()
    assert [bound.recv(999) for _ in range(3)] == [b"STATUS=3 of 4", b"STATUS=4 of 4", b"WATCHDOG=1"]


@pytest.mark.parametrize("address", ["", "/nonexistent/notify", "@nobody-listens-here", "vsock:2:1"])
def test_a_manager_that_is_not_there_is_no_reason_to_fail(address: str) -> None:
    Notify({"NOTIFY_SOCKET": address}).ready()


def test_a_full_socket_does_not_block(manager: tuple[socket.socket, str]) -> None:
    _, address = manager
    notify = Notify({"NOTIFY_SOCKET": address})
    for _ in range(5000):
        notify.alive()


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, 0.0),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, 0.0),
        ({"WATCHDOG_USEC": "soon"}, 0.0),
    ],
)
def test_the_watchdogs_time_is_read_when_it_is_meant_for_this_process(
    environment: dict[str, str], seconds: float
) -> None:
    assert Notify(environment).watchdog_s == seconds
