"""Starts that fail: one line that says what to do, and the exit code that says whether another try may help."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from edgegw.settings import load
from tests.daemon.gateways import CHECKOUT, Running, gateway, station

AGAIN, USELESS = 1, 78


def failed(running: Running, **environment: str) -> tuple[int, list[str]]:
    """The exit code of a start that fails, and what it wrote."""
    running.start(**environment)
    code = running.ended()
    text = running.log.read_text()
    assert "Traceback" not in text
    return code, text.splitlines()


def change(running: Running, old: str, new: str) -> None:
    text = running.file.read_text()
    assert old in text
    running.file.write_text(text.replace(old, new))


def test_a_wrong_file_is_all_its_errors_and_78() -> None:
    with gateway() as running:
        change(running, "site: {id: test-01}", "site: {id: TEST}\nnothing: 1")
        code, lines = failed(running)
        assert code == USELESS
        assert [line.split(": ", 2)[:2] for line in lines] == [
            ["edgegw", f"{running.file}:1:8"], ["edgegw", f"{running.file}:2:1"],
        ]  # fmt: skip
        running.status(f"the configuration is wrong: {running.file}:1:8: site.id")


def test_a_file_that_is_not_there_is_78() -> None:
    with gateway() as running:
        running.file.unlink()
        code, lines = failed(running)
        assert (code, len(lines)) == (USELESS, 1)
        assert "there is no such file" in lines[0]


def test_a_port_in_use_may_be_free_later() -> None:
    with gateway() as running, socket.create_server(("127.0.0.1", running.port)):
        assert failed(running) == (
            AGAIN, [f"edgegw: stations can't listen on 127.0.0.1:{running.port}: the port is in use"],
        )  # fmt: skip
        running.status("ended: stations can't listen on")
        assert "READY=1" not in running.told


def test_journald_is_told_the_level() -> None:
    with gateway() as running, socket.create_server(("127.0.0.1", running.port)):
        _, lines = failed(running, JOURNAL_STREAM="8:1")
        assert lines == [f"<3>edgegw: stations can't listen on 127.0.0.1:{running.port}: the port is in use"]


def test_an_address_that_this_machine_does_not_have_may_come_later() -> None:
    with gateway() as running:
        change(running, "address: 127.0.0.1", "address: 203.0.113.7")
        code, lines = failed(running)
        assert (code, len(lines)) == (AGAIN, 1)
        assert lines[0].startswith("edgegw: stations can't listen on 203.0.113.7:")


def test_missing_certificates_are_for_an_installer_to_mend() -> None:
    with gateway() as running:
        change(running, "address: 127.0.0.1,", "address: 127.0.0.1, tls: {certificate: /none/c, key: /none/k},")
        code, lines = failed(running)
        assert code == USELESS
        assert [line for line in lines if line.startswith("edgegw: ")] == [
            "edgegw: certificate /none/c with key /none/k can't be used: No such file or directory"
        ]
        assert [line.split(": ")[-1] for line in lines[:-1]] == ["/none/c does not exist", "/none/k does not exist"]


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_storage_folder_that_is_none_is_for_an_installer_to_mend(place: str) -> None:
    with gateway() as running:
        (running.folder / "file").touch()
        change(running, f"{running.folder}/store", f"{running.folder}/{place}")
        code, lines = failed(running)
        assert (code, len(lines)) == (USELESS, 1)
        assert lines[0].startswith(f"edgegw: {running.folder}/{place}: ")


def test_an_unwritable_storage_folder_is_for_an_installer_to_mend() -> None:
    # Root writes wherever it likes, unless the right to do so is taken from it.
    humble = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    with gateway() as running:
        store = running.folder / "store"
        store.mkdir(mode=0o555)
        done = subprocess.run(
            [*humble, sys.executable, "-m", "edgegw", "run", "-c", str(running.file)],
            cwd=CHECKOUT, capture_output=True, text=True, timeout=15, check=False,
        )  # fmt: skip
        assert done.stderr == (
            f"edgegw: {store}: the storage folder can't be written; give it to the user edgegw runs as\n"
        )
        assert done.returncode == USELESS


def test_a_database_of_a_newer_version_is_left_alone() -> None:
    with gateway() as running:
        path = running.folder / "store" / "journal.db"
        path.parent.mkdir()
        database = sqlite3.connect(path)
        database.execute("PRAGMA user_version = 999")
        database.close()
        code, lines = failed(running)
        assert (code, len(lines)) == (USELESS, 1)
        assert "the database has schema 999, this version of edgegw knows up to" in lines[0]
        assert path.stat().st_size < 8192


def test_a_file_that_is_no_database_is_set_aside_and_stations_are_served() -> None:
    with gateway() as running:
        path = running.folder / "store" / "journal.db"
        path.parent.mkdir()
        path.write_bytes(content := os.urandom(8192))
        running.ready()
        with station(running) as one:
            assert one.boot()["status"] == "Accepted"
        (aside,) = path.parent.glob("journal.damaged-*.db")
        assert aside.read_bytes() == content
        running.status(f"0 of 1 stations connected, 0 charging; a damaged ledger was set aside: {aside.name}")
        assert [fact["data"]["reason"] for fact in running.facts("epoch_started")] == ["salvage"]
        assert running.stop() == 0


def test_a_ledger_on_which_another_gateway_runs_is_not_touched() -> None:
    with gateway() as first, gateway() as second:
        change(second, f"{second.folder}/store", f"{first.folder}/store")
        first.ready()
        code, lines = failed(second)
        assert first.process is not None
        assert (code, lines) == (
            AGAIN,
            [
                f"edgegw: {first.folder}/store/journal.db: process {first.process.pid} works on this ledger; "
                "stop it first, or give each its folder"
            ],
        )
        with station(first) as one:
            assert one.boot()["status"] == "Accepted"
        first.process.kill()
        first.process.wait()
        second.log.unlink()
        second.ready()  # the lock ended with its process
        assert second.stop() == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """A file system of 64 KiB."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no right to mount a file system")
    return tmp_path


def test_a_full_disk_may_have_room_later(small_disk: Path) -> None:
    try:
        with gateway() as running:
            change(running, f"{running.folder}/store", str(small_disk))
            code, lines = failed(running)
            assert (code, len(lines)) == (AGAIN, 1)
            assert lines[0].startswith(f"edgegw: {small_disk}: the disk is full, not even the ledger can be opened; ")
    finally:
        subprocess.run(["umount", str(small_disk)], check=True)


def test_a_station_whose_password_is_not_stored_keeps_no_other_one_out() -> None:
    stations = "[{id: CP01}, {id: CP02, security_profile: 1, password: {credential: cp02}}]"
    with gateway(stations=stations) as running:
        running.ready()
        with station(running) as one:
            assert one.boot()["status"] == "Accepted"
        (line,) = [line for line in running.log.read_text().splitlines() if "ERROR" in line]
        assert line.endswith(
            f"station CP02 can't log in: the credential cp02 is not stored; looked in {running.folder}/credentials"
        )
        assert len(load(running.file).warnings) == 1
        assert running.stop() == 0
