"""The gateway as a process on a disk that others have filled to the last block."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.daemon.gateways import PATIENCE_S, Running, Station, gateway, station
from tests.support.filesystem import LoopFilesystem, Unavailable


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[LoopFilesystem]:
    try:
        with LoopFilesystem(tmp_path / "disk", 32) as mounted:
            yield mounted
    except Unavailable as error:
        pytest.skip(f"NOT TESTED, a gateway on a disk that is really full: {error}")


def health(running: Running) -> dict[str, Any]:
    """What the control socket says of /health/ready, with its status code."""
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.sock.connect(str(running.folder / "control.sock"))
    connection.request("GET", "/health/ready")
    response = connection.getresponse()
    body: dict[str, Any] = json.loads(response.read())
    connection.close()
    return body | {"code": response.status}


def begin(one: Station, card: str = "CARD1") -> dict[str, Any]:
    return one.call(
        "StartTransaction",
        {"connectorId": 1, "idTag": card, "meterStart": 1000, "timestamp": "2030-01-01T00:00:00Z"},
    )


def test_a_gateway_on_a_full_disk_serves_ends_what_runs_and_recovers_by_itself(disk: LoopFilesystem) -> None:
    stations = "[{id: CP01}, {id: CP02}]"
    more = "authorization: {offline_unknown: accept}\n"
    with gateway(stations=stations, more=more) as running:
        text = running.file.read_text()
        running.file.write_text(
            text.replace(f"path: {running.folder}/store", f"path: {disk.folder}/store, budget: 16MiB")
        )
        running.ready()
        with station(running) as one:
            one.boot()
            begun = begin(one)
            assert begun["idTagInfo"]["status"] == "Accepted"
        assert running.stop() == 0
        hoard = disk.fill()

        running.ready()
        running.status("0 of 2 stations connected, 1 charging; storage is full, no new transaction is taken")
        told = health(running)
        assert (told["code"], told["status"], told["storage"]["level"]) == (503, "storage_full", "full")
        with station(running) as one, station(running, "CP02") as two:
            assert one.boot()["status"] == two.boot()["status"] == "Accepted"
            assert two.call("Authorize", {"idTag": "CARD2"})["idTagInfo"]["status"] == "Invalid"
            ended = one.call(
                "StopTransaction",
                {"transactionId": begun["transactionId"], "meterStop": 11000, "timestamp": "2030-01-01T01:00:00Z"},
            )
            assert ended == {}
            deadline = time.monotonic() + PATIENCE_S
            while len(running.facts("storage_pressed")) < 2 and time.monotonic() < deadline:
                time.sleep(0.05)
            hoard.unlink()
            running.forget()
            running.status("2 of 2 stations connected, 0 charging")
            assert health(running)["code"] == 200
            assert two.call("Authorize", {"idTag": "CARD2"})["idTagInfo"]["status"] == "Accepted"
        assert len(running.facts("cdr_closed")) == 1
        assert [fact["data"]["level"] for fact in running.facts("storage_pressed")] == ["pressed", "full"]
        assert len(running.facts("storage_recovered")) == 1
        assert running.stop() == 0
    log = running.log.read_text() if running.log.exists() else ""
    assert "Traceback" not in log
