"""`edgegw support-bundle`: all that support needs, and no secret that was planted."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from edgegw.simulate import Car, Station
from tests.daemon.gateways import CHECKOUT
from tests.support.gateway import GatewayProcess

pytestmark = pytest.mark.timeout(120)

PASSWORD, BROKER, CARD, SECOND = "canary-login-77bb", "canary-broker-77bb", "CANARYCARD77BB", "CANARYCARD88CC"


def bundle(file: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edgegw", "support-bundle", "-c", str(file), *words], cwd=CHECKOUT,
        capture_output=True, text=True, timeout=90, check=False, env={**os.environ, **environment},
    )  # fmt: skip


def opened(path: Path) -> dict[str, str]:
    with tarfile.open(path) as archive:
        found = {}
        for member in archive.getmembers():
            inside = archive.extractfile(member)
            assert inside is not None
            found[member.name.removeprefix("edgegw-support/")] = inside.read().decode()
        return found


def journald(folder: Path, *lines: str) -> str:
    """A PATH with programs that stand for systemd's; what they say is a log that should not be as it is."""
    programs = folder / "bin"
    programs.mkdir()
    for name in ("journalctl", "systemctl"):
        (programs / name).write_text("#!/bin/sh\n" + "".join(f"echo '{line}'\n" for line in lines))
        (programs / name).chmod(0o755)
    return f"{programs}:{os.environ['PATH']}"


async def test_it_holds_what_support_needs_and_no_secret_and_no_card(tmp_path: Path) -> None:
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "cp01").write_text(f"{PASSWORD}\n")
    (tmp_path / "credentials" / "mqtt").write_text(BROKER)
    gateway = GatewayProcess(
        tmp_path, [{"id": "CP01", "security_profile": 1, "password": {"credential": "cp01"}}],
        more={"uplink": {"brokers": ["mqtt://me:canary-url-77bb@127.0.0.1:1"], "username": "me",
                         "password": {"credential": "mqtt"}}},
    )  # fmt: skip
    (tmp_path / "tokens.yaml").write_text(f"{CARD}: accepted\n")
    path = journald(
        tmp_path, f"wrong password {PASSWORD}", f"card {CARD.lower()} was read", "AuthorizationKey=canary-key-77bb",
        f"connecting as me with {BROKER}", "mqtt://me:canary-url-77bb@127.0.0.1:1", "CP01 is connected",
    )  # fmt: skip
    target = tmp_path / "b.tar.gz"
    with gateway:
        async with Station("CP01", "1.6", url=gateway.url, password=PASSWORD) as station:
            await station.until(lambda: station.booted)
            station.plug(Car())
            for card in (CARD, SECOND):
                await station.present(card)
                await station.until(lambda: not station.waiting)
                await asyncio.sleep(0.2)
            done = await asyncio.to_thread(bundle, gateway.file, "-o", str(target), PATH=path)
    assert (done.returncode, done.stderr) == (0, "")
    assert target.stat().st_mode & 0o777 == 0o600
    parts = opened(target)
    assert parts.keys() == {
        "versions.json", "check.txt", "configuration.json", "doctor.json", "journal.json", "facts.jsonl", "site.json",
        "stations.json", "knocks.json", "meters.json", "circuits.json", "config-effective.json", "metrics.txt",
        "edgegw.service.txt", "edgegw-ocpp.socket.txt", "edgegw-voice.service.txt", "log.txt",
    }  # fmt: skip
    whole = "\n".join(parts.values())
    for secret in (PASSWORD, BROKER, "canary-url-77bb", "canary-key-77bb", CARD, CARD.lower(), SECOND):
        assert secret not in whole, next(name for name, text in parts.items() if secret in text)
    assert "card token-1 was read" in parts["log.txt"]
    assert "CP01 is connected" in parts["log.txt"]
    types = {json.loads(line)["type"] for line in parts["facts.jsonl"].splitlines()}
    assert {"station_booted", "transaction_started"} <= types
    assert json.loads(parts["stations.json"])["items"][0]["id"] == "CP01"
    assert json.loads(parts["config-effective.json"])["configuration"]["site"]["id"] == "paulista-01"
    assert "edgegw_journal_facts_total" in parts["metrics.txt"]
    assert json.loads(parts["versions.json"])["edgegw"]
    assert isinstance(json.loads(parts["doctor.json"]), list)
    assert json.loads(parts["journal.json"])["streams"]["A"]["rows"] > 0


def test_what_can_not_be_had_says_why_in_its_place(tmp_path: Path) -> None:
    file = tmp_path / "e.yaml"
    file.write_text(f"site: {{id: TEST}}\nstations: []\nstorage: {{path: {tmp_path}/store}}\n"
                    f"web: {{control: {tmp_path}/control.sock}}\n")  # fmt: skip
    target = tmp_path / "b.tar.gz"
    assert bundle(file, "-o", str(target), PATH=journald(tmp_path)).returncode == 0
    parts = opened(target)
    assert "site.id" in parts["check.txt"]
    assert "the gateway does not run" in parts["gateway.txt"]
    assert "there is no ledger" in parts["facts.jsonl"]
    assert {each["kind"] for each in json.loads(parts["doctor.json"])} >= {"file_wrong", "hub_away"}
    again = bundle(file, "-o", str(target))
    assert (again.returncode, again.stderr) == (1, f"edgegw: {target} is there already\n")
