"""`edgegw harden`: what is written, what would be cut off, and the way back."""

from __future__ import annotations

import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path

import pytest

from edgegw.daemon import harden as module
from edgegw.daemon.harden import drop_in, reached
from edgegw.settings import load
from tests.daemon.gateways import CHECKOUT


def harden(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    where = "-c", str(folder / "e.yaml"), "--folder", str(folder / "unit.d")
    return subprocess.run(
        [sys.executable, "-m", "edgegw", "harden", *where, *words],
        cwd=CHECKOUT, capture_output=True, text=True, timeout=30, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "e.yaml").write_text(
        "site: {id: a}\nstations: []\nuplink: {brokers: ['mqtt://203.0.113.7:1883', 'mqtt://127.0.0.1']}\n"
        "meters:\n"
        "  - {id: grid, measures: supply, driver: eastron-sdm630, connection: {host: 192.168.1.40}}\n"
        "  - {id: pv, measures: solar, driver: eastron-sdm630, connection: {host: 10.9.9.9}}\n"
    )
    return tmp_path


def test_a_drop_in_keeps_the_gateway_in_the_lan_and_is_shown_first(folder: Path) -> None:
    also = ("--also", "203.0.113.7", "--also", "10.9.9.9")
    shown = harden(folder, "--lan", "192.168.1.17/24", *also)
    assert (shown.returncode, "nothing was written; --yes" in shown.stderr) == (1, True)
    assert "  IPAddressDeny=any" in shown.stdout.splitlines()
    target = folder / "unit.d" / "lan.conf"
    assert not target.exists()
    done = harden(folder, "--lan", "192.168.1.17/24", *also, "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert target.read_text().splitlines()[1:] == [
        "[Service]", "IPAddressDeny=any", "IPAddressAllow=localhost 192.168.1.0/24 203.0.113.7/32 10.9.9.9/32",
    ]  # fmt: skip
    assert target.stat().st_mode & 0o777 == 0o644
    assert harden(folder, "--remove").returncode == 0
    assert not target.exists()
    again = harden(folder, "--remove")
    assert (again.returncode, "nothing keeps the gateway in" in again.stderr) == (1, True)


def test_who_would_be_cut_off_is_told_with_what_lets_him_in(folder: Path) -> None:
    done = harden(folder, "--lan", "192.168.1.0/24", "--yes")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "edgegw: the meter pv would be cut off: 10.9.9.9", "edgegw: uplink.brokers[0] would be cut off: 203.0.113.7",
        "edgegw: allow them as well: --also 10.9.9.9 --also 203.0.113.7", "edgegw: nothing was written",
    ]  # fmt: skip
    assert not (folder / "unit.d").exists()


def test_names_need_a_name_server_and_one_that_is_unknown_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = folder / "e.yaml"
    resolver = folder / "resolv.conf"
    resolver.write_text("# x\nnameserver 192.168.1.1\nnameserver fe80::1%eth0\nsearch lan\n")
    monkeypatch.setattr(module, "RESOLVER", resolver)
    file.write_text("site: {id: a}\nstations: []\nuplink: {brokers: ['mqtts://broker.invalid']}\n")
    monkeypatch.setattr(module, "_addresses", lambda host: [None])
    assert list(reached(load(file).settings)) == [
        ("uplink.brokers[0]", None), (f"the name server ({resolver})", "192.168.1.1"),
        (f"the name server ({resolver})", "fe80::1"),
    ]  # fmt: skip


@pytest.mark.parametrize("words", [(), ("--lan", "192.168.1"), ("--lan", "x")])
def test_no_network_is_usage(folder: Path, words: tuple[str, ...]) -> None:
    assert harden(folder, *words).returncode == 2


def test_systemd_takes_the_drop_in_without_a_word(tmp_path: Path) -> None:
    unit = tmp_path / "edgegw.service"
    body = drop_in([ip_network("192.168.1.0/24"), ip_network("fd00::/8")], [ip_network("203.0.113.7")])
    unit.write_text("[Service]\nExecStart=/bin/true\n" + body)
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
