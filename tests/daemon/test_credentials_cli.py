"""`edgegw credential` as its user runs it, and a gateway whose passwords come from Vault."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from edgegw.simulate import Station
from tests.daemon.gateways import CHECKOUT
from tests.support.gateway import GatewayProcess
from tests.support.vault import ROOT, vault

SECRET = "canary-credential-51aa"


def credential(*words: str, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edgegw", "credential", *words], cwd=CHECKOUT, capture_output=True, text=True,
        timeout=30, check=False, input=given, env={**os.environ, **environment},
    )  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "e.yaml"
    path.write_text(
        "site: {id: a}\nstations: [{id: CP01, password: {credential: cp01}},"
        " {id: CP02, password: {credential: cp01}}]\n"
        "uplink: {brokers: ['mqtt://127.0.0.1'], password: {credential: 'vault:cloud#mqtt'}}\n"
        "secrets: {vault: {url: 'https://localhost', path: secret/edgegw}}\n"
    )
    return path


def test_a_secret_is_set_from_standard_input_and_listed_without_its_value(file: Path) -> None:
    done = credential("set", "cp01", "-c", str(file), given=f"{SECRET}\n")
    stored = file.parent / "credentials" / "cp01"
    assert (done.returncode, done.stdout) == (0, f"{stored}: stored; bring it into force: edgegw reload\n")
    assert stored.read_text() == SECRET
    assert stored.stat().st_mode & 0o777 == 0o600
    assert stored.parent.stat().st_mode & 0o777 == 0o700
    shown = credential("list", "-c", str(file), EDGEGW_CREDENTIAL_VAULT_TOKEN="x")
    assert [line.split(maxsplit=2) for line in shown.stdout.splitlines()[1:]] == [
        ["cp01", str(stored), "stations[0].password, stations[1].password"],
        ["vault-token", "$EDGEGW_CREDENTIAL_VAULT_TOKEN", "secrets.vault.token"],
        ["vault:cloud#mqtt", "Vault", "uplink.password"],
    ]
    rows = json.loads(credential("list", "--json", "-c", str(file)).stdout)
    assert rows[0] == {
        "name": "cp01",
        "where": str(stored),
        "used_by": ["stations[0].password", "stations[1].password"],
    }
    assert rows[1]["where"] is None
    assert SECRET not in shown.stdout + json.dumps(rows)


def test_a_secret_is_replaced_whole_and_removed(file: Path) -> None:
    for each in ("first", "second"):
        assert credential("set", "cp01", "-c", str(file), given=each).returncode == 0
    folder = file.parent / "credentials"
    assert [path.name for path in folder.iterdir()] == ["cp01"]
    assert (folder / "cp01").read_text() == "second"
    assert credential("remove", "cp01", "-c", str(file)).returncode == 0
    again = credential("remove", "cp01", "-c", str(file))
    assert (again.returncode, again.stderr) == (1, f"edgegw: {folder}/cp01: there is none\n")


@pytest.mark.parametrize(
    ("words", "given", "code", "text"),
    [
        (["set", "../cp01"], "x", 2, "is no name for a credential"),
        (["set", "vault:a#b"], "x", 2, "comes from Vault; set it there"),
        (["set", "cp01"], "", 1, "nothing was given, so nothing is stored"),
        (["set", "cp01", "x"], "", 2, "unrecognized arguments"),
    ],
)
def test_what_can_not_be_stored_is_told(file: Path, words: list[str], given: str, code: int, text: str) -> None:
    done = credential(*words, "-c", str(file), given=given)
    assert (done.returncode, text in done.stderr, done.stdout) == (code, True, "")
    assert not (file.parent / "credentials" / "cp01").exists()


def test_a_key_of_the_voice_goes_where_its_own_unit_finds_it(file: Path) -> None:
    (file.parent / "credentials-voice").mkdir()
    with file.open("a") as more:
        more.write("voice: {gemini: {api_key: {credential: gemini}}}\n")
    assert credential("set", "gemini", "-c", str(file), given="k").returncode == 0
    assert credential("set", "cp01", "-c", str(file), given="k").returncode == 0
    assert (file.parent / "credentials-voice" / "gemini").exists()
    assert (file.parent / "credentials" / "cp01").exists()


@pytest.mark.skipif(shutil.which("systemd-creds") is None, reason="systemd-creds is not installed")
def test_a_secret_is_sealed_for_this_machine_and_no_plain_one_stays(file: Path) -> None:
    here = {"SYSTEMD_CREDENTIAL_SECRET": str(file.parent / "host-key")}
    credential("set", "cp01", "-c", str(file), given=SECRET)
    done = credential("seal", "cp01", "-c", str(file), **here)
    sealed = file.parent / "credentials-sealed" / "cp01.cred"
    assert done.returncode == 0, done.stderr
    assert f"LoadCredentialEncrypted=edgegw_cp01:{sealed}" in done.stdout
    assert not (file.parent / "credentials" / "cp01").exists()
    assert SECRET not in sealed.read_text()
    opened = subprocess.run(
        ["systemd-creds", "decrypt", "--name=edgegw_cp01", str(sealed), "-"], capture_output=True, text=True,
        check=True, env={**os.environ, **here},
    )  # fmt: skip
    assert opened.stdout == SECRET
    assert "(sealed)" in credential("list", "-c", str(file)).stdout


@pytest.mark.timeout(90)
async def test_a_station_logs_in_with_a_password_that_vault_has_and_later_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with vault(tmp_path) as server:
        server.secrets = {"secret/edgegw/stations": {"cp01": "first-password-51"}}
        gateway = GatewayProcess(
            tmp_path, [{"id": "CP01", "security_profile": 1, "password": {"credential": "vault:stations#cp01"}}],
            more={"secrets": {"vault": {"url": server.url, "path": "secret/edgegw", "ca": str(server.ca),
                                        "refresh": "1s"}}},
        )  # fmt: skip
        gateway.environment = {"EDGEGW_CREDENTIAL_VAULT_TOKEN": ROOT}
        with gateway:

            async def comes(password: str) -> bool:
                try:
                    async with Station("CP01", "1.6", url=gateway.url, password=password) as station:
                        await station.until(lambda: station.booted)
                except (InvalidStatus, TimeoutError):
                    return False
                return True

            assert await comes("first-password-51")
            server.secrets["secret/edgegw/stations"] = {"cp01": "second-password-51"}
            await asyncio.sleep(1.0)
            assert await asyncio.to_thread(gateway.api, "POST", "/api/v1/commands?wait=20", {"name": "reload"})
            assert await comes("second-password-51")
            server.sealed = True
            await asyncio.sleep(1.0)
            done = credential("list", "-c", str(gateway.file))
            assert "vault:stations#cp01" in done.stdout
            status, body = await asyncio.to_thread(gateway.api, "POST", "/api/v1/commands?wait=20", {"name": "reload"})
            assert (status, body["state"]) == (200, "done")
            assert await comes("second-password-51")
        told = gateway.log.read_text()
        assert "Vault is sealed" in told
        assert "password-51" not in told
        assert ROOT not in told
