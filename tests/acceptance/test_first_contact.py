"""A station of a kind that nobody here has seen, and the gateway as sites have it: a process of its own, without the
checks of the tests' own values."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from edgegw.daemon import stations_shown
from edgegw.stations.codec import Version
from edgegw.stations.schemas import for_version
from tests.daemon.gateways import Running, gateway
from tests.stations.examples import examples

VERSIONS: list[Version] = ["1.6", "2.0.1", "2.1"]
ONLY_TO_STATIONS = {"NotImplemented", "NotSupported"}


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with gateway(stations="[{id: CP01}, {id: CP02}, {id: CP03}, {id: CP04}]", ocpp=", heartbeat: 300s") as made:
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


def billed(running: Running, **of: str) -> list[int]:
    """The energy of each bill of a station or a transaction."""
    bills = [fact["data"] for fact in running.facts("cdr_closed")]
    return [bill["energy_wh"] for bill in bills if of.items() <= bill.items()]


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


# What stations do to frames and names


@pytest.mark.parametrize("version", VERSIONS)
def test_a_frame_with_the_ends_of_c_and_the_letters_of_yesterday_is_served(running: Running, version: Version) -> None:
    with station(running, version, "CP01") as one:
        assert one.say(b'[2,"a","Heartbeat",{}]\0', "a")[0] == 3
        vendor = '[2,"b","DataTransfer",{"vendorId":"ação"}]'.encode("latin-1")
        assert one.say(vendor, "b")[2] == {"status": "UnknownVendorId"}
        assert one.call("heartBeat ", {})[0] == 3
    tolerated = running.api().ask("GET", "/api/v1/stations/CP01")["tolerated"]
    assert {"frame", "word_case"} <= {each["kind"] for each in tolerated}


def test_a_station_that_speaks_another_version_than_it_offers_is_told_so_in_the_log(running: Running) -> None:
    with station(running, "1.6", "CP01") as one:
        assert one.call("TransactionEvent", {})[2] == "NotImplemented"
    assert "OCPP 2.0.1 and 2.1, and the station came as one of 1.6" in running.log.read_text()


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
def test_what_the_next_car_begins_with_is_not_billed_to_the_one_before(running: Running, version: Version) -> None:
    """No end of the first is told; the reading that begins the second comes an hour later."""

    def started(name: str, at: datetime, wh: int) -> dict[str, Any]:
        told = at.strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "eventType": "Started", "timestamp": told, "triggerReason": "Authorized", "seqNo": 0, "offline": True,
            "transactionInfo": {"transactionId": f"{name}-{version}"}, "evse": {"id": 1, "connectorId": 1},
            "meterValue": [{"timestamp": told, "sampledValue": [{"value": wh, "context": "Transaction.Begin"}]}],
        }  # fmt: skip

    now = datetime.now(UTC)
    with station(running, version, "CP02") as one:
        assert one.call("TransactionEvent", started("first", now - timedelta(hours=2), 1000))[0] == 3
        assert one.call("TransactionEvent", started("second", now - timedelta(hours=1), 9000))[0] == 3
    begun = [fact["data"] for fact in running.facts("transaction_started")]
    [first] = [each["transaction"] for each in begun if each["reference"] == f"first-{version}"]
    assert billed(running, transaction=first) == [0]


def test_the_end_of_a_charge_of_a_day_with_all_its_readings_is_taken(running: Running) -> None:
    """Nine values each minute, as 1.6 stations send them in transactionData: two days are more than is read."""
    began_at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    volts = [{"value": str(number), "measurand": "Voltage", "phase": "L1", "unit": "V"} for number in range(220, 228)]
    readings = [
        {
            "timestamp": (began_at + timedelta(minutes=minute)).isoformat(),
            "sampledValue": [{"value": str(10 * minute)}, *volts],
        }
        for minute in range(1440)
    ]
    start = {"connectorId": 1, "idTag": "DAY", "meterStart": 0, "timestamp": readings[0]["timestamp"]}
    stop = {"meterStop": 14390, "timestamp": readings[-1]["timestamp"], "transactionData": readings}
    with station(running, "1.6", "CP04") as one:
        number = one.call("StartTransaction", start)[2]["transactionId"]
        assert len(json.dumps(stop)) > 800_000
        assert one.call("StopTransaction", {"transactionId": number, **stop})[0] == 3
    assert billed(running, station="CP04") == [14390]


def test_an_evse_that_the_file_does_not_name_is_named_to_the_installer(
    running: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    """A station of two outlets, entered with one: no limit is kept at the other."""
    with station(running, "1.6", "CP03") as one:
        start = {"connectorId": 2, "idTag": "X", "meterStart": 0, "timestamp": "2026-11-24T12:00:00Z"}
        assert one.call("StartTransaction", start)[0] == 3
        assert stations_shown.stations(running.file, as_json=False) == 0
    assert "CP03: It tells of EVSE 2, which the file does not name: no limit is kept there" in capsys.readouterr().out


# At the door


def knock(running: Running, request: str | bytes, path: str = "/ocpp/CP01", **changed: str | None) -> str:
    """The first line of what a socket is answered, and the subprotocol; empty when it is hung up on. `request` is the
    whole of it, or "" for that of a websocket with headers `changed`."""
    headers: dict[str, str | None] = {
        "Host": "hub", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "ocpp1.6",
    }  # fmt: skip
    headers |= {name.replace("_", "-"): value for name, value in changed.items()}
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items() if value is not None)]
    said = "\r\n".join([*lines, "", ""]) if request == "" else request
    with socket.create_connection(("127.0.0.1", running.port), timeout=5) as plug:
        plug.sendall(said.encode() if isinstance(said, str) else said)
        answer = b""
        while b"\r\n\r\n" not in answer and (more := plug.recv(4096)):
            answer += more
    head = answer.decode("latin-1").split("\r\n")
    chosen = [line.partition(": ")[2] for line in head if line.startswith("Sec-WebSocket-Protocol")]
    return " ".join([*head[0].split()[1:2], *chosen])


@pytest.mark.parametrize(
    ("offered", "answered"),
    [
        ("OCPP1.6", "101 OCPP1.6"),
        ("ocpp2.0, Ocpp2.0.1", "101 Ocpp2.0.1"),
        ("", "101"),
        ('"ocpp1.6"', "101 ocpp1.6"),
        ("ocpp1.6;ocpp2.0.1", "101 ocpp1.6"),
        ("ocpp1.5 ocpp2.0.1", "101 ocpp2.0.1"),
        ("ocpp1.6,", "101 ocpp1.6"),
        ("ocpp0.1", "101"),
        (None, "101"),
    ],
)
def test_a_subprotocol_is_understood_as_it_was_meant_and_answered_as_it_was_written(
    running: Running, offered: str | None, answered: str
) -> None:
    assert knock(running, "", Sec_WebSocket_Protocol=offered) == answered


@pytest.mark.parametrize(
    ("request_", "changed", "said"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", {}, "it speaks TLS to a port without"),
        (b"POST /steve HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n<a/>", {}, "OCPP over SOAP"),
        (b"GET /ocpp/CP01 HTTP/1.1\r\nHost: x\r\n\r\n", {}, "it asks for no websocket"),
        (b"\x00\x01\x02\r\n\r\n", {}, "its request is no HTTP"),
        ("", {"Sec_WebSocket_Key": None}, "missing Sec-WebSocket-Key header"),
        ("", {"path": "/ocpp"}, "the URL has to end with the station's identity"),
        ("", {"path": "/ocpp/cp-01"}, "cp-01: not in the file, which has CP01: is it that one?"),
        ("", {"Sec_WebSocket_Protocol": "ocpp1.5"}, "spoken here (ocpp1.5)"),
    ],
)
def test_who_does_not_get_in_leaves_a_line_that_says_why(
    running: Running, request_: str | bytes, changed: dict[str, Any], said: str
) -> None:
    begun = time.monotonic()
    knock(running, request_, **changed)
    while said not in running.log.read_text():
        assert time.monotonic() - begun < 5, running.log.read_text()[-1000:]
        time.sleep(0.02)


def test_who_opened_no_websocket_is_kept_with_those_who_were_not_let_in(running: Running) -> None:
    begun = time.monotonic()
    knock(running, b"POST /steve HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n<a/>")
    knock(running, "", path="/ocpp")
    while True:
        kept = {each["reason"]: each for each in running.api().ask("GET", "/api/v1/knocks")["items"]}
        if {"soap", "path"} <= kept.keys():
            break
        assert time.monotonic() - begun < 5, kept
        time.sleep(0.02)
    assert (kept["soap"]["station"], kept["path"]["station"]) == (None, None)
    assert "OCPP over SOAP" in kept["soap"]["text"]


def test_a_port_that_is_only_tried_leaves_no_line(running: Running) -> None:
    before = running.log.read_text()
    socket.create_connection(("127.0.0.1", running.port)).close()
    time.sleep(0.2)
    assert running.log.read_text() == before
