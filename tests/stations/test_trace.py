"""What a trace tells, what it does not, and that nobody pays for one that nobody reads."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edgegw.model.facts import Fact
from edgegw.simulate.car import Car
from edgegw.stations.taps import RawFrame, Taps
from edgegw.stations.trace import watch as watching
from edgegw.stations.trace.redact import Redaction
from edgegw.stations.trace.watch import Reading, watch
from tests.simulate.served import VERSIONS, Served, served
from tests.stations.test_twins import VERSIONS_DIFFER
from tests.stations.traces import replay

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
TRACES = sorted((Path(__file__).parent.parent / "transcripts").glob("*.jsonl"))
KEY = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----\n"


def frame(direction: Any, *parts: Any) -> RawFrame:
    return RawFrame("CP01", direction, AT, json.dumps(parts).encode())


def test_an_answer_is_told_with_the_action_of_its_call() -> None:
    reading = Reading()
    entries = [
        reading.entry(each, "1.6")
        for each in (
            frame("in", 2, "1", "Heartbeat", {}), frame("out", 2, "1", "Reset", {"type": "Soft"}),
            frame("out", 3, "1", {"currentTime": "now"}), frame("in", 4, "1", "NotSupported", "no", {"x": 1}),
            frame("in", 3, "1", {}), frame("in", 6, "2", "NotifyPeriodicEventStream", {"id": 1}),
        )
    ]  # fmt: skip
    assert [(each["direction"], each["kind"], each["action"]) for each in entries] == [
        ("in", "call", "Heartbeat"), ("out", "call", "Reset"), ("out", "result", "Heartbeat"), ("in", "error", "Reset"),
        ("in", "result", None), ("in", "send", "NotifyPeriodicEventStream"),
    ]  # fmt: skip
    assert (entries[3]["code"], entries[3]["description"], entries[3]["payload"]) == ("NotSupported", "no", {"x": 1})


@pytest.mark.parametrize(
    "data", [b"\xff", b"{}", b"[]", b"[7,1,2]", b'["a"]', b"[3,1]", b"[" * 5000, b'[2,"1","A",' + b"[" * 500]
)
def test_what_is_no_frame_is_told_by_its_size(data: bytes) -> None:
    entry = Reading().entry(RawFrame("CP01", "in", AT, data), "1.6")
    assert (entry["kind"], entry["bytes"]) == ("unreadable", len(data))


SECRETS: dict[str, tuple[str, Any]] = {
    "1.6 ChangeConfiguration": ("ChangeConfiguration", {"key": "AuthorizationKey", "value": "SECRET"}),
    "1.6 GetConfiguration": ("GetConfiguration", {"configurationKey": [
        {"key": "AuthorizationKey", "readonly": False, "value": "SECRET"}, {"key": "HeartbeatInterval", "value": "9"},
    ]}),
    "2.x SetVariables": ("SetVariables", {"setVariableData": [
        {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}, "attributeValue": "SECRET"},
    ]}),
    "2.x NotifyReport": ("NotifyReport", {"reportData": [
        {"variable": {"name": "BasicAuthPassword"}, "variableAttribute": [{"type": "Actual", "value": "SECRET"}]},
    ]}),
    "2.x SetNetworkProfile": ("SetNetworkProfile", {"connectionData": {
        "basicAuthPassword": "SECRET", "apn": {"apnPassword": "SECRET", "apn": "x"},
        "vpn": {"server": "s", "user": "u", "key": "SECRET", "password": "SECRET"},
    }}),
    "a key": ("DataTransfer", {"data": KEY.replace("MHcCAQEE", "SECRET")}),
    "JSON in a text": ("DataTransfer", {"data": '{"idToken": "SECRET", "n": [{"password": "SECRET"}]}'}),
    "a user in a URL": ("UpdateFirmware", {"location": "ftp://SECRET:SECRET@host/SECRET"}),
    "a user in any text": ("DataTransfer", {"data": "see https://SECRET:SECRET@host/"}),
    "a ticket": ("GetLog", {"log": {"remoteLocation": "http://10.0.0.1:8008/SECRET"}}),
    "EXI": ("Get15118EVCertificate", {"exiRequest": "SECRET"}),
    "a person": ("NotifyCustomerInformation", {"data": "SECRET"}),
}  # fmt: skip


@pytest.mark.parametrize("case", SECRETS)
def test_a_secret_is_not_told(case: str) -> None:
    action, payload = SECRETS[case]
    told = json.dumps(Redaction().payload(payload, action), ensure_ascii=False)
    assert "SECRET" not in told
    assert "…" in told or "token-1" in told


@pytest.mark.parametrize("payload", [
    {"meterValue": [{"sampledValue": [{"value": "1", "location": "Outlet", "measurand": "Voltage"}]}]},
    {"key": ["HeartbeatInterval"]}, {"key": "HeartbeatInterval", "value": "300"},
        {"certificateChain": "-----BEGIN CERTIFICATE-----\nMIIB"},
    {"status": "Accepted", "list": [1, 2.5, None, True]},
])  # fmt: skip
def test_what_is_no_secret_stands_as_it_was(payload: Any) -> None:
    assert Redaction().payload(payload, "X") == payload


def test_a_card_has_one_other_name_throughout() -> None:
    redaction = Redaction()
    assert redaction.payload({"idTag": "04A1B2C3"}) == {"idTag": "token-1"}
    assert (
        redaction.payload({"idToken": {"idToken": "04a1b2c3", "type": "ISO14443"}})["idToken"]["idToken"] == "token-1"
    )
    assert redaction.payload({"idTagInfo": {"parentIdTag": "GROUP"}}) == {"idTagInfo": {"parentIdTag": "token-2"}}
    assert redaction.payload({"info": "card 04A1b2C3 of GROUP"}) == {"info": "card token-1 of token-2"}


async def test_without_a_reader_nobody_listens(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway:
        trace = watch(gateway.server.around.taps, "CP01", lambda: "1.6")
        assert gateway.server.around.taps.listeners == ()
        first = asyncio.ensure_future(anext(trace))
        await asyncio.sleep(0)
        assert len(gateway.server.around.taps.listeners) == 1
        async with gateway.station("1.6"):
            assert (await first)["action"] == "BootNotification"
        await trace.aclose()
        assert gateway.server.around.taps.listeners == ()


async def test_a_reader_that_is_too_slow_is_told_what_it_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "HELD", 2)
    taps = Taps(lambda: AT)
    async with aclosing(watch(taps, "CP01", lambda: "1.6")) as trace:
        first = asyncio.ensure_future(anext(trace))
        await asyncio.sleep(0)
        for number in range(5):
            taps.tell("CP01", "in", json.dumps([2, str(number), "Heartbeat", {}]).encode())
        assert (await first)["id"] == "0"
        found = [await anext(trace) for _ in range(2)]
        assert (found[0]["id"], found[1]["kind"], found[1]["frames"]) == ("1", "lost", 3)


@asynccontextmanager
async def recorded(gateway: Served, file: Path, version: str) -> AsyncIterator[None]:
    """Everything that is said with CP01 meanwhile, in `file`."""

    async def write() -> None:
        with file.open("w") as lines:
            async with aclosing(watch(gateway.server.around.taps, "CP01", lambda: version)) as trace:
                async for entry in trace:
                    lines.write(json.dumps(entry) + "\n")
                    lines.flush()

    writing = asyncio.create_task(write())
    await asyncio.sleep(0)
    try:
        yield
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)


MONEY_AND_TIME = {"at", "started_at", "ended_at", "tariff_digest", "currency", "total", "tax", "lines", "id_token"}
"""What the sites of the test and of the transcripts, and their clocks, have of their own."""


def told(facts: Iterable[Any]) -> list[dict[str, Any]]:
    """The facts of a charge, without what belongs to where it was heard."""
    hidden = VERSIONS_DIFFER | MONEY_AND_TIME
    return [
        {"type": fact.type} | {key: value for key, value in asdict(fact).items() if key not in hidden}
        for fact in facts
        if fact.type.startswith(("transaction_", "cdr_", "energy_"))
    ]


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_trace_of_a_charge_is_heard_again_as_the_same_story(tmp_path: Path, version: Any) -> None:
    file = tmp_path / "trace.jsonl"
    async with served(tmp_path) as gateway, recorded(gateway, file, version):
        async with gateway.station(version) as station:
            await station.until(lambda: station.booted)
            station.plug(Car())
            assert await station.present("CARD1")
            await gateway.until(lambda: gateway.hub.state.at_evse)
            assert await station.present("CARD1")
            await gateway.until(lambda: not gateway.hub.state.at_evse)
            await station.until(lambda: not station.waiting)
        then = told(gateway.facts(Fact))
    assert "CARD1" not in file.read_text()
    assert told(replay(file).facts) == then
    assert {"transaction_started", "transaction_ended", "cdr_closed"} <= {each["type"] for each in then}


@pytest.mark.parametrize("path", TRACES, ids=[path.stem for path in TRACES])
def test_a_kept_trace_is_answered_as_it_was(path: Path) -> None:
    assert replay(path).facts


def test_a_trace_whose_answers_are_others_now_is_no_such_story(tmp_path: Path) -> None:
    file = tmp_path / "trace.jsonl"
    said = {"at": "2026-11-30T12:00:00Z", "station": "CP01", "ocpp": "1.6", "id": "1", "action": "DataTransfer"}
    call = {**said, "direction": "in", "kind": "call", "payload": {"vendorId": "x"}}
    result = {**said, "direction": "out", "kind": "result", "payload": {"status": "Accepted"}}
    file.write_text(f"{json.dumps(call)}\n{json.dumps(result)}\n")
    with pytest.raises(AssertionError):
        replay(file)
    file.write_text(json.dumps({**call, "ocpp": "9"}))
    with pytest.raises(ValueError, match="a trace of"):
        replay(file)
