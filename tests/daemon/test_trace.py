"""`edgegw stations trace` with a gateway and a station that talk."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import pytest

from edgegw.cli import main
from edgegw.daemon.trace_cli import line
from edgegw.model.facts import Fact
from edgegw.simulate import Car, Station
from tests.stations.test_trace import told
from tests.stations.traces import replay
from tests.support.gateway import CHECKOUT, GatewayProcess
from tests.support.ledgers import facts_in

pytestmark = pytest.mark.timeout(120)


async def _trace(gateway: GatewayProcess, *words: str) -> asyncio.subprocess.Process:
    """`edgegw stations trace CP01` on its way: it listens."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "edgegw", "stations", "trace", "CP01", "-c", str(gateway.file), *words,
        cwd=CHECKOUT, stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    assert (await process.stderr.readline()).startswith(b"listening to CP01")
    return process


async def _charge(gateway: GatewayProcess, version: Any) -> None:
    async with Station("CP01", version, url=gateway.url) as station:
        await station.until(lambda: station.booted)
        station.plug(Car())
        for _ in range(2):
            assert await station.present("CARD1")
            await station.until(lambda: not station.waiting)
            await asyncio.sleep(0.3)
        order = {"action": "ChangeConfiguration", "payload": {"key": "AuthorizationKey", "value": "CANARY-7781"}}
        await asyncio.to_thread(gateway.api, "POST", "/api/v1/stations/CP01/call", order)
        await station.until(lambda: not station.waiting)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_a_traced_charge_replays_as_a_transcript(tmp_path: Path, version: Any) -> None:
    with GatewayProcess(tmp_path) as gateway:
        file = tmp_path / "trace.jsonl"
        process = await _trace(gateway, "--file", str(file), "--for", "6")
        await _charge(gateway, version)
        shown, trouble = await process.communicate()
        assert (process.returncode, trouble) == (0, b"")
        lines = shown.decode().splitlines()
        assert len(lines) == len(file.read_text().splitlines())
        assert any(" -> BootNotification {" in each for each in lines)
        assert any(" <- BootNotification result {" in each for each in lines)
        assert "token-1" in shown.decode()
        for secret in ("CARD1", "CANARY-7781"):
            assert secret not in shown.decode() + file.read_text()
        then = told(fact for fact in facts_in(gateway.database) if isinstance(fact, Fact))
        assert told(replay(file).facts) == then
        assert {"transaction_started", "cdr_closed"} <= {each["type"] for each in then}


async def test_a_script_gets_json_lines_and_an_end_of_the_gateway_is_told(tmp_path: Path) -> None:
    with GatewayProcess(tmp_path) as gateway:
        process = await _trace(gateway, "--jsonl")
        async with Station("CP01", "1.6", url=gateway.url) as station:
            await station.until(lambda: station.booted)
        assert process.stdout is not None
        first = json.loads(await process.stdout.readline())
        assert (first["action"], first["direction"], first["ocpp"]) == ("BootNotification", "in", "1.6")
        await asyncio.to_thread(gateway.stop)
        _, trouble = await process.communicate()
        assert (process.returncode, trouble) == (1, b"edgegw: the gateway has ended the trace\n")


def test_a_station_that_there_is_not_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with GatewayProcess(tmp_path) as gateway:
        assert main(["stations", "trace", "CP77", "-c", str(gateway.file)]) == 1
        assert "there is no station 'CP77'" in capsys.readouterr().err
        assert main(["stations", "trace", "CP01", "-c", str(gateway.file), "--file", str(tmp_path / "none" / "f")]) == 1
        assert "No such file" in capsys.readouterr().err


def test_a_line_is_for_people_and_steers_no_terminal() -> None:
    entry: dict[str, Any] = {
        "at": "2026-11-30T12:00:00.25Z", "station": "CP01", "ocpp": "1.6", "direction": "in", "kind": "error",
        "id": "7", "action": "Reset", "code": "NotSupported", "description": "\x1b[2Jno", "payload": {"a": 1},
    }  # fmt: skip
    assert line(entry).partition(" -> ")[2] == 'Reset error NotSupported: ?[2Jno {"a": 1} [7]'
    assert line({**entry, "kind": "unreadable", "bytes": 3}).endswith("-> 3 bytes that are no OCPP")
    assert "\n" in line(entry, pretty=True)
    assert "5 frames were left out" in line({"at": entry["at"], "kind": "lost", "frames": 5})
