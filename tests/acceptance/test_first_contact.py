"""A station of a kind that nobody here has seen, and the gateway as sites have it: a process of its own, without the
checks of the tests' own values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from edgegw.stations.codec import Version
from edgegw.stations.schemas import for_version
from tests.daemon.gateways import Running, gateway
from tests.stations.examples import examples

VERSIONS: list[Version] = ["1.6", "2.0.1", "2.1"]
ONLY_TO_STATIONS = {"NotImplemented", "NotSupported"}


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with gateway(stations="[{id: CP01}, {id: CP02}, {id: CP03}]", ocpp=", heartbeat: 300s") as made:
        made.ready()
        yield made


class Station:
    """It says what it is told to, and answers no CALL with anything but NotImplemented."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._count = 0

    def call(self, action: str, payload: dict[str, Any]) -> list[Any]:
        self._count += 1
        return self.say(json.dumps([2, f"own-{self._count}", action, payload]), f"own-{self._count}")

    def say(self, frame: str | bytes, id: Any) -> list[Any]:
        """The answer to a frame that bears `id`."""
        self._connection.send(frame, text=True)
        while True:
            answer: list[Any] = json.loads(self._connection.recv(timeout=10))
            if answer[0] == 2:
                self._connection.send(json.dumps([4, answer[1], "NotImplemented", "", {}]))
            elif answer[1] == id:
                return answer


@contextmanager
def station(running: Running, version: Version, id: str) -> Iterator[Station]:
    url, offered = f"ws://127.0.0.1:{running.port}/ocpp/{id}", [Subprotocol(f"ocpp{version}")]
    with connect(url, subprotocols=offered, proxy=None) as connection:
        made = Station(connection)
        about: dict[str, Any] = {"chargePointVendor": "v", "chargePointModel": "m"}
        if version != "1.6":
            about = {"chargingStation": {"vendorName": "v", "model": "m"}, "reason": "PowerUp"}
        assert made.call("BootNotification", about)[2]["status"] == "Accepted"
        yield made


@pytest.mark.parametrize("off", [timedelta(), timedelta(hours=3), timedelta(hours=-3), timedelta(days=-20_000)])
@pytest.mark.parametrize("version", VERSIONS)
def test_every_message_of_a_version_is_answered_also_with_a_clock_that_is_off(
    running: Running, version: Version, off: timedelta
) -> None:
    """Minimal and full, in the order of the alphabet, which is none that makes sense."""
    at = (datetime.now(UTC) + off).strftime("%Y-%m-%dT%H:%M:%SZ")
    with station(running, version, "CP01") as one:
        for action, payload in [*examples(version, at), *examples(version, at)]:
            kind, _, *rest = one.call(action, payload)
            assert kind == 3 or rest[0] in ONLY_TO_STATIONS, (action, payload, rest)
            if kind == 3 and action in for_version(version).actions:
                schema = for_version(version).get(action, "response", strict=True)
                assert schema is not None
                assert schema.violation(rest[0]) is None
    assert " ERROR " not in running.log.read_text()


def test_a_stream_that_comes_as_a_call_is_taken(running: Running) -> None:
    """Stations that have no SEND, as the most used library has none, send it so (OCPP 2.1 part 4 section 4.2.5)."""
    told = {"id": 1, "pending": 0, "basetime": "2026-11-24T12:00:00Z", "data": [{"t": 0, "v": "1"}]}
    with station(running, "2.1", "CP01") as one:
        assert one.call("NotifyPeriodicEventStream", told)[2:] == [{}]


def test_a_chain_is_asked_about_in_the_words_of_an_ocsp_request(running: Running) -> None:
    """OCSPRequestData is CertificateHashData and the responder's URL: the answer must not repeat the URL."""
    hashes = {"hashAlgorithm": "SHA256", "issuerNameHash": "a", "issuerKeyHash": "b", "serialNumber": "c" * 60}
    asked = {"source": "OCSP", "urls": ["http://x"], "certificateHashData": {**hashes, "responderURL": "http://x"}}
    with station(running, "2.1", "CP01") as one:
        (answer,) = one.call("GetCertificateChainStatus", {"certificateStatusRequests": [asked] * 5})[2:]
        assert [each["status"] for each in answer["certificateStatus"]] == ["Failed"] * 4
