"""`edgegw files` with a gateway that runs, and stations that fetch and put."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgegw.cli import main
from edgegw.simulate import Station
from tests.files.served import ask
from tests.files.test_signature import FIRMWARE, signed
from tests.support.certificates import Authority
from tests.support.gateway import GatewayProcess
from tests.support.ports import free_port

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GatewayProcess]:
    ours = GatewayProcess(tmp_path)
    ours.written["ocpp"]["files"] = {
        "host": "127.0.0.1", "address": "127.0.0.1", "port": free_port(), "max_size": "1MiB",
    }  # fmt: skip
    ours.write()
    monkeypatch.setenv("EDGEGW_CONFIG", str(ours.file))
    monkeypatch.chdir(tmp_path)
    with ours:
        yield ours


async def test_firmware_goes_to_a_station_and_its_log_comes_back(
    gateway: GatewayProcess, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "v2.bin").write_bytes(FIRMWARE)
    assert main(["files", "put", "v2.bin"]) == 0
    assert capsys.readouterr().out.startswith(f"v2.bin: {len(FIRMWARE)} bytes, sha256 ")
    async with Station("CP01", "2.0.1", url=gateway.url) as station:
        await station.until(lambda: station.booted)
        for name, args in (
            ("update_firmware", {"location": "local:v2.bin"}), ("get_log", {"kind": "diagnostics"}),
        ):  # fmt: skip
            order = {"name": name, "args": {"station": "CP01", **args}}
            status, outcome = await asyncio.to_thread(gateway.api, "POST", "/api/v1/commands?wait=5", order)
            assert (status, outcome["state"]) == (200, "done")
        (update,), (log,) = station.heard("UpdateFirmware"), station.heard("GetLog")
        assert (await ask("GET", update["firmware"]["location"])).body == FIRMWARE
        assert (await ask("PUT", log["log"]["remoteLocation"] + "/CP01.zip", b"what happened")).status == 200
    assert main(["files", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [(each["kind"], each["name"]) for each in listed] == [("diagnostics", "CP01.zip"), ("firmware", "v2.bin")]
    assert main(["files", "list"]) == 0
    assert "diagnostics  CP01     13     " in capsys.readouterr().out
    assert main(["files", "get", listed[0]["id"]]) == 0
    assert capsys.readouterr().out == "CP01.zip: 13 bytes\n"
    assert (tmp_path / "CP01.zip").read_bytes() == b"what happened"
    assert main(["files", "get", listed[0]["id"]]) == 1
    assert "is there already" in capsys.readouterr().err
    assert main(["files", "remove", "v2.bin"]) == 0
    assert main(["files", "get", "v2.bin", "-o", "again.bin"]) == 1
    assert "there is no file 'v2.bin'" in capsys.readouterr().err
    assert not (tmp_path / "again.bin").exists()


def test_firmware_is_kept_with_its_signature_or_not_at_all(
    gateway: GatewayProcess, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    certificate = Authority(tmp_path).issue("maker")
    (tmp_path / "v2.sig").write_text(signed(tmp_path, certificate.with_suffix(".key")))
    (tmp_path / "bad.bin").write_bytes(b"something else")
    proof = ["--certificate", str(certificate), "--signature", "v2.sig"]
    assert main(["files", "put", "firmware.bin", "--name", "v2.bin", *proof]) == 0
    assert capsys.readouterr().out.endswith(", signed\n")
    assert main(["files", "put", "bad.bin", *proof]) == 1
    assert "not this certificate's over this file" in capsys.readouterr().err
    assert main(["files", "list"]) == 0
    assert "bad.bin" not in capsys.readouterr().out
    assert main(["files", "put", "firmware.bin", "--signature", "v2.sig"]) == 2
    assert main(["files", "put", "none.bin"]) == 1
    assert "none.bin: No such file" in capsys.readouterr().err
    (tmp_path / "large.bin").write_bytes(b"x" * 5_000_000)
    assert main(["files", "put", "large.bin"]) == 1
    assert "a file may have 1048576 bytes" in capsys.readouterr().err
