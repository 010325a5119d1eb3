"""Secrets planted in a whole gateway, and looked for in everything that it writes and tells.

One test a version: a station that proves itself with a password, cards, passwords that are set by hand and refused
with an error that says them again, messages of vendors that hold some, tickets of files. Told are: log, metrics, page,
API and event stream to a guest and to an installer, a trace, the ledger with its exports and copies. Stations are
forwarded to another CSMS that is away, so what it is to be told lies in the ledger as well.
"""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
import signal
import socket
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from edgegw.simulate import Car, Station
from edgegw.simulate.link import Fault
from edgegw.simulate.transactions import Message
from tests.support.gateway import CHECKOUT, GatewayProcess, until
from tests.support.ports import free_port

pytestmark = pytest.mark.timeout(120)

TOKEN = "CANARYCARD51AA"
PASSWORD = "canary-login-51aa"
GUESS = "canary-guess-51aa"


def secret(number: int) -> str:
    return f"canary-hush-{number:02d}"


Call = tuple[str, dict[str, Any]]

CALLS: dict[str, list[Call]] = {
    "1.6": [
        ("ChangeConfiguration", {"key": "AuthorizationKey", "value": secret(1)}),
        ("DataTransfer", {"vendorId": "x", "data": json.dumps({"wifi": {"password": secret(2)}})}),
        ("DataTransfer", {"vendorId": "x", "data": f"ssid=hub password={secret(3)}"}),
        ("GetConfiguration", {}),
        ("UpdateFirmware", {"location": f"ftp://me:{secret(4)}@192.0.2.9/fw", "retrieveDate": "2026-11-30T00:00:00Z"}),
        ("ClearCache", {}),
    ],
    "2.0.1": [
        ("SetVariables", {"setVariableData": [{
            "component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"},
            "attributeValue": secret(1),
        }]}),
        ("DataTransfer", {"vendorId": "x", "data": {"wifi": {"password": secret(2)}}}),
        ("SetNetworkProfile", {"configurationSlot": 1, "connectionData": {
            "ocppVersion": "OCPP20", "ocppTransport": "JSON", "ocppCsmsUrl": "wss://x", "messageTimeout": 30,
            "securityProfile": 2, "ocppInterface": "Wired0",
            "vpn": {"server": "s", "user": "u", "password": secret(3), "key": secret(4), "type": "IPSec"},
        }}),
        ("GetVariables", {"getVariableData": [
            {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}},
        ]}),
        ("ClearCache", {}),
    ],
}  # fmt: skip

ANSWERS: dict[str, dict[str, Any]] = {
    "1.6": {
        "ChangeConfiguration": Fault("PropertyConstraintViolation", f"AuthorizationKey: {secret(1)} is too short"),
        "GetConfiguration": {
            "configurationKey": [{"key": "AuthorizationKey", "readonly": False, "value": secret(5)}],
        },
        "DataTransfer": {"status": "Accepted", "data": json.dumps({"password": secret(6)})},
        "ClearCache": Fault("InternalError", f"after {secret(1)}"),
    },
    "2.0.1": {
        "SetVariables": Fault("InternalError", f"{secret(1)}?"),
        "ClearCache": Fault("InternalError", f"after {secret(1)}"),
        "GetVariables": {"getVariableResult": [{
            "attributeStatus": "Accepted", "attributeValue": secret(5), "component": {"name": "SecurityCtrlr"},
            "variable": {"name": "BasicAuthPassword"},
        }]},
        "DataTransfer": {"status": "Accepted", "data": {"password": secret(6)}},
    },
}  # fmt: skip

COMMANDS: list[Call] = [
    ("set_variables", {"variables": [{"variable": "BasicAuthPassword", "value": secret(7)}]}),
    ("set_variables", {"variables": [{"component": "Wifi", "variable": "WifiPassword", "value": secret(8)}]}),
    ("data_transfer", {"vendor_id": "x", "payload": {"secret": secret(9)}}),
    ("get_log", {"kind": "security"}),
]


def said_by_station(version: str) -> list[Call]:
    data: Any = {"password": secret(10), "idToken": TOKEN}
    status: dict[str, Any] = {"connectorId": 1, "timestamp": "2026-11-30T12:00:00Z"}
    if version == "1.6":
        status |= {"status": "Faulted", "errorCode": "OtherError", "info": f"password: {secret(12)}"}
    else:
        status |= {"evseId": 1, "connectorStatus": "Faulted", "customData": {"vendorId": "x", "secret": secret(12)}}
    return [
        ("DataTransfer", {"vendorId": "x", "data": json.dumps(data) if version == "1.6" else data}),
        ("SecurityEventNotification", {
            "type": "FailedToAuthenticateAtCsms", "timestamp": "2026-11-30T12:00:00Z",
            "techInfo": f"password: {secret(11)}",
        }),
        ("StatusNotification", status),
    ]  # fmt: skip


class Ears:
    """The event stream, read to its end in the background; `text` is what came."""

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self.text = ""
        self._connection = connection

    async def listen(self) -> None:
        self._connection.request("GET", "/api/v1/changes", headers={"Last-Event-ID": "0"})
        answer = self._connection.getresponse()
        assert answer.status == 200

        def read() -> None:
            try:
                while data := answer.read1(65536):
                    self.text += data.decode()
            except (OSError, ValueError, http.client.HTTPException):
                pass

        await asyncio.to_thread(read)


@asynccontextmanager
async def listening(gateway: GatewayProcess, web: int) -> AsyncIterator[dict[str, Ears]]:
    installer = http.client.HTTPConnection("localhost", timeout=30)
    installer.sock = socket.socket(socket.AF_UNIX)
    installer.sock.connect(str(gateway.control))
    ears = {"guest": Ears(http.client.HTTPConnection("127.0.0.1", web, timeout=30)), "installer": Ears(installer)}
    sockets = []
    tasks = []
    for each in ears.values():
        tasks.append(asyncio.create_task(each.listen()))
        await asyncio.sleep(0.2)
        sockets.append(each._connection.sock)
    try:
        yield ears
    finally:
        for opened in sockets:
            if opened is not None:
                opened.shutdown(socket.SHUT_RDWR)
        await asyncio.gather(*tasks)
        for each in ears.values():
            each._connection.close()


async def run(gateway: GatewayProcess, *words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "edgegw", *words, "-c", str(gateway.file), cwd=CHECKOUT, stdout=PIPE, stderr=PIPE
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err
    return out.decode() + err.decode()


def get(port: int, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    assert answer.status == 200, path
    text = answer.read().decode()
    connection.close()
    return text


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_no_secret_is_written_or_told_anywhere_and_no_card_to_a_guest(tmp_path: Path, version: Any) -> None:
    web, metrics = free_port(), free_port()
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "cp01").write_text(PASSWORD)
    gateway = GatewayProcess(
        tmp_path, [{"id": "CP01", "security_profile": 1, "password": {"credential": "cp01"}}],
        more={"metrics": {"listen": f"127.0.0.1:{metrics}"}, "log": {"level": "debug"}},
    )  # fmt: skip
    gateway.written["web"]["listen"] = f"127.0.0.1:{web}"
    gateway.written["ocpp"]["files"] = {"host": "127.0.0.1", "address": "127.0.0.1", "port": free_port()}
    gateway.written["ocpp"]["upstream"] = {"url": f"ws://127.0.0.1:{free_port()}/{{station}}"}
    gateway.write()
    (tmp_path / "tokens.yaml").write_text(f"{TOKEN}: accepted\n")
    told: dict[str, str] = {}
    with gateway:
        trace = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "edgegw", "stations", "trace", "CP01", "-c", str(gateway.file),
            "--jsonl", cwd=CHECKOUT, stdout=PIPE, stderr=PIPE,
        )  # fmt: skip
        assert trace.stderr is not None
        await trace.stderr.readline()
        async with (
            listening(gateway, web) as ears,
            Station("CP01", version, url=gateway.url, password=PASSWORD) as station,
        ):
            await station.until(lambda: station.booted)
            await guesses(gateway)
            await charges(station)
            url = await orders(gateway, station, version)
            guest_pages = ["/", "/metrics", "/openapi.json", *("/api/v1/" + each for each in (
                "site", "stations", "stations/CP01", "transactions", "facts?limit=1000", "config/effective", "tariffs",
            ))]  # fmt: skip
            pages = {path: await asyncio.to_thread(get, web, path) for path in guest_pages}
            told["metrics"] = await asyncio.to_thread(get, metrics, "/metrics")
            installers = ("stations", "stations/CP01", "transactions", "facts?limit=1000", "config/effective")
            open_pages = {path: json.dumps(gateway.get(f"/{path}")) for path in installers}
            await until(lambda: "command_ended" in ears["guest"].text and "command_ended" in ears["installer"].text)
        trace.send_signal(signal.SIGTERM)
        traced, trouble = await trace.communicate()
        told |= {"trace": traced.decode() + trouble.decode(), "changes to a guest": ears["guest"].text}
        told |= {f"page {path}": text for path, text in pages.items()}
        (charged,) = gateway.get("/transactions")["items"]
        looks = {
            "export": ("journal", "export"), "export with what is personal": ("journal", "export", "--personal"),
            "journal show": ("journal", "show"), "journal show tx": ("journal", "show", "tx", charged["id"]),
            "backup": ("journal", "backup", str(tmp_path / "copy.db")), "stations list": ("stations", "list"),
        }  # fmt: skip
        found = dict(zip(looks, await asyncio.gather(*(run(gateway, *words) for words in looks.values())), strict=True))
    told |= {each: found.pop(each) for each in ("export", "backup", "stations list")}
    told["log"] = gateway.log.read_text()
    for_installers = {f"API {path}": text for path, text in open_pages.items()}
    for_installers["changes to an installer"] = ears["installer"].text
    for_installers |= found
    held = {
        str(path.relative_to(tmp_path)): path.read_bytes().decode("latin-1")
        for path in [*tmp_path.rglob("ledger/**/*"), tmp_path / "copy.db"] if path.is_file()
    }  # fmt: skip
    everything = {**told, **for_installers, **held}
    secrets = [PASSWORD, GUESS, *map(secret, range(1, 13)), url.rpartition("/")[2]]
    secrets += [base64.b64encode(f"CP01:{each}".encode()).decode() for each in (PASSWORD, GUESS)]
    leaks = [(place, each) for place, text in everything.items() for each in secrets if each in text]
    assert leaks == [], [around(everything[place], each) for place, each in leaks[:3]]
    assert [place for place, text in told.items() if TOKEN in text] == []
    # What was looked for was there to be found, and what was looked through holds something.
    assert any(TOKEN in text for text in held.values())
    assert [place for place, text in (told | for_installers).items() if not text] == []
    assert "token-1" in told["trace"]
    assert any("FailedToAuthenticateAtCsms" in text and "untold" in text for text in held.values())
    assert station.heard(CALLS[version][0][0])


def around(text: str, found: str) -> str:
    at = text.index(found)
    return text[max(0, at - 100) : at + 50]


async def guesses(gateway: GatewayProcess) -> None:
    """Somebody tries a password, and a card is in the URL of somebody else."""
    header = "Basic " + base64.b64encode(f"CP01:{GUESS}".encode()).decode()
    with pytest.raises(InvalidStatus):
        async with connect(
            f"{gateway.url}/CP01", additional_headers={"Authorization": header}, subprotocols=["ocpp1.6"]
        ):  # type: ignore[list-item]
            pass


async def charges(station: Station) -> None:
    station.plug(Car())
    for _ in range(2):
        assert await station.present(TOKEN)
        await station.until(lambda: not station.waiting)
        await asyncio.sleep(0.2)


async def orders(gateway: GatewayProcess, station: Station, version: str) -> str:
    """Everything that has a secret in it, both ways; the URL of the ticket that the station got."""
    station.answers |= ANSWERS[version]
    for action, payload in CALLS[version]:
        body = {"action": action, "payload": payload}
        status, answer = await asyncio.to_thread(gateway.api, "POST", "/api/v1/stations/CP01/call", body)
        assert status == 200, (action, answer)
        (heard, *_) = reversed(station.heard(action))
        assert heard == payload, "the station gets it as it was given"
        assert "canary-hush" not in json.dumps(answer)
    station.answers.pop("SetVariables", None)
    for name, args in COMMANDS:
        body = {"name": name, "args": {"station": "CP01", **args}}
        status, answer = await asyncio.to_thread(gateway.api, "POST", "/api/v1/commands?wait=5", body)
        assert status == 200, answer
    for action, payload in said_by_station(version):
        station.connection.say(Message(action, payload, keep=False))
    await station.until(lambda: not station.waiting)
    await asyncio.sleep(0.3)
    (log,) = station.heard("GetLog")
    return str(log["log"]["remoteLocation"])
