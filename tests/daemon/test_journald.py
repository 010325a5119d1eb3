"""Lines of the log in the journal, with fields: the words that make them, the bytes, and a real systemd-journald."""

from __future__ import annotations

import ast
import asyncio
import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import edgegw
from edgegw.daemon.journald import OF_STATIONS, JournaldHandler, datagram, fields, is_journal
from edgegw.simulate import Car, Station
from tests.support.gateway import AS_AT_A_SITE, CHECKOUT, GatewayProcess, until

PACKAGE = Path(edgegw.__file__).parent


def record(name: str, text: str, *args: object, **more: object) -> logging.LogRecord:
    made = logging.LogRecord(name, logging.WARNING, "/x/y.py", 7, text, args, None)
    made.__dict__.update(more)
    return made


@pytest.mark.parametrize(
    ("name", "text", "args", "expected"),
    [
        ("edgegw.stations.ca", "%s: no certificate: %s", ("CP01", "why"), {"CHARGING_STATION": "CP01"}),
        ("edgegw.transactions", "%s: transaction %s began at EVSE %d", ("CP01", "t-1", 2),
         {"CHARGING_STATION": "CP01", "TRANSACTION": "t-1"}),
        ("edgegw.meters", "meter %s is stale: %s", ("grid", "no answer"), {"METER": "grid"}),
        ("edgegw.hub", "command %s (%s): %s", ("c-1", "reset", "lost"), {"COMMAND": "c-1"}),
        ("edgegw.stations", "too many from %s, %.0f s; the last was for station %s", ("10.0.0.1", 60.0, "CP02"),
         {"CHARGING_STATION": "CP02"}),
        ("edgegw.hub", "%s: the disk is full", ("/var/lib/edgegw",), {}),
        ("edgegw.stations", "100 %% of %d stations, and station %s", (3, "CP03"), {"CHARGING_STATION": "CP03"}),
        ("edgegw", "nothing to fill in %s", (), {}),
        ("edgegw.stations", "%s: two lines", (None,), {}),
    ],
)  # fmt: skip
def test_what_a_line_is_about_is_told_by_its_words(
    name: str, text: str, args: tuple[object, ...], expected: dict[str, str]
) -> None:
    assert fields(record(name, text, *args)) == expected


def test_a_field_that_is_given_counts_and_none_is_none() -> None:
    assert fields(record("edgegw", "x", CHARGING_STATION="CP01")) == {"CHARGING_STATION": "CP01"}
    assert fields(record("edgegw", "x", CHARGING_STATION=None)) == {}


def test_a_text_of_several_lines_makes_no_field_of_its_own() -> None:
    sent = datagram(record("edgegw.stations", "%s: %s", "CP01\nPRIORITY=0", "x"), "CP01\nPRIORITY=0: x")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM):
        told = _read(sent)
    assert told["CHARGING_STATION"] == "CP01\nPRIORITY=0"
    assert told["PRIORITY"] == "4"
    assert told["MESSAGE"] == "CP01\nPRIORITY=0: x"


def _read(sent: bytes) -> dict[str, str]:
    """A datagram by the protocol's words, with each field once."""
    found: dict[str, str] = {}
    while sent:
        line, _, rest = sent.partition(b"\n")
        name, sign, value = line.partition(b"=")
        if not sign:
            size = int.from_bytes(rest[:8], "little")
            value, rest = rest[8 : 8 + size], rest[9 + size :]
        assert name.decode() not in found
        found[name.decode()] = value.decode()
        sent = rest
    return found


def test_a_journal_that_is_gone_loses_no_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(str(path))
        handler = JournaldHandler(path)
        handler.emit(record("edgegw", "first"))
        assert b"MESSAGE=edgegw: first\n" in journal.recv(4096)
    handler.emit(record("edgegw", "second"))
    handler.close()
    assert capsys.readouterr().err == "<4>edgegw: second\n"


def test_only_what_systemd_has_connected_is_the_journal(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as file:
        found = os.fstat(file.fileno())
        assert is_journal(file.fileno(), f"{found.st_dev}:{found.st_ino}")
        assert not is_journal(file.fileno(), f"{found.st_dev}:{found.st_ino + 1}")
        assert not is_journal(file.fileno(), "")
    assert not is_journal(9999, "1:2")


def spoken() -> Iterator[tuple[str, str, ast.Call]]:
    """Each line of the daemon's log: its file, its text and the call."""
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0]
        if room in ("voice", "simulate", "cloud", "tracing"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("debug", "info", "warning", "error", "exception")
                and ast.unparse(node.func.value) in ("log", "self._log")
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                yield str(path.relative_to(PACKAGE)), str(node.args[0].value), node


def test_every_line_that_begins_with_a_name_in_a_room_of_stations_begins_with_the_station() -> None:
    rooms = tuple(name.removeprefix("edgegw.") for name in OF_STATIONS if name != "edgegw.transactions")
    checked = 0
    for file, text, call in spoken():
        if file.startswith(rooms) and text.startswith("%s: "):
            first = ast.unparse(call.args[1])
            assert first.rpartition(".")[2] in ("station", "_station") or first == "seen.id", (file, text, first)
            checked += 1
    assert checked > 40


def test_every_word_before_a_value_means_what_the_journal_calls_it() -> None:
    about = {"station": ("station", "_station"), "meter": ("id", "id_"), "command": ("id",), "transaction": ("id",)}
    checked = 0
    for file, text, call in spoken():
        words = text.replace("%%", "").split()
        values = iter(call.args[1:])
        for before, word in zip(["", *words], words, strict=False):
            if "%" not in word:
                continue
            value = next(values, None)
            if value is not None and before in about:
                named = ast.unparse(value).rpartition(".")[2]
                assert named in about[before], (file, text, ast.unparse(value))
                checked += 1
    assert checked > 10


# A real journal

JOURNALD = Path("/lib/systemd/systemd-journald")
WHY_NOT = next(
    (
        why
        for fails, why in (
            (os.geteuid() != 0, "only root may have a journal of its own (mount namespace)"),
            (not JOURNALD.exists() or shutil.which("systemd-cat") is None, "systemd is not installed"),
            (shutil.which("unshare") is None, "unshare is not installed (util-linux)"),
        )
        if fails
    ),
    None,
)

SCRIPT = """\
mount -t tmpfs none /run && mount -t tmpfs none /var/log && mkdir -p /run/log/journal /run/systemd || exit 9
mount --bind "$1" /run/log/journal || exit 9
{journald} & journal=$!
n=0; while [ ! -S /run/systemd/journal/stdout ]; do n=$((n+1)); [ $n -lt 100 ] || exit 9; sleep 0.1; done
shift
systemd-cat sh -c 'JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec "$@"' sh "$@" & gateway=$!
trap 'kill -TERM $gateway' TERM
wait $gateway; wait $gateway
kill $journal; wait $journal
"""


@contextmanager
def journaled(folder: Path, *words: str) -> Iterator[Path]:
    """A program whose stderr is a journal's of its own, whose files lie in the folder that comes."""
    journal = folder / "journal"
    journal.mkdir()
    command = ["unshare", "-m", "--propagation", "private", "sh", "-c", SCRIPT.format(journald=JOURNALD), "sh"]
    running = subprocess.Popen(
        [*command, str(journal), *words], cwd=CHECKOUT, env={**os.environ, **AS_AT_A_SITE}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield journal
    finally:
        running.terminate()
        out, _ = running.communicate(timeout=30)
        if running.returncode == 9:
            pytest.skip(f"a journal of its own can't be had here: {out.decode()}")


def entries(journal: Path, *matches: str) -> list[dict[str, Any]]:
    (machine,) = list(journal.iterdir()) or [journal]
    done = subprocess.run(
        ["journalctl", "-D", str(machine), "--no-pager", "-q", "-o", "json", *matches], capture_output=True, check=False
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.skipif(WHY_NOT is not None, reason=f"no real journal: {WHY_NOT}")
async def test_journalctl_follows_a_station_and_a_transaction(tmp_path: Path) -> None:
    gateway = GatewayProcess(tmp_path)
    with journaled(tmp_path, sys.executable, "-m", "edgegw", "run", "-c", str(gateway.file)) as journal:
        deadline = time.monotonic() + 20
        while not gateway.control.exists():
            assert time.monotonic() < deadline, entries(journal)
            await asyncio.sleep(0.05)
        async with Station("CP01", "1.6", url=gateway.url, meter_every_s=0.5) as station:
            await station.until(lambda: station.booted)
            station.plug(Car(soc=0.3))
            assert await station.present("CARD1")
            await station.until(lambda: station.places[1].power_w > 0 and not station.waiting)
            station.unplug()
            await station.until(lambda: not station.waiting)
        await until(
            lambda: any("ended" in each["MESSAGE"] for each in entries(journal, "CHARGING_STATION=CP01")), 15, "its end"
        )
        (transaction,) = gateway.get("/transactions")["items"]
        told = entries(journal, f"TRANSACTION={transaction['id']}")
        assert [each["MESSAGE"].split()[1] for each in told] == ["CP01:", "CP01:"]
        assert {each["EDGEGW_LOGGER"] for each in told} == {"edgegw.transactions"}
        of_station = entries(journal, "CHARGING_STATION=CP01")
        assert any("connected from 127.0.0.1" in each["MESSAGE"] for each in of_station)
        assert {each["SYSLOG_IDENTIFIER"] for each in of_station} == {"edgegw"}
        assert {each["PRIORITY"] for each in of_station} <= {"6", "4"}
        assert entries(journal, "CHARGING_STATION=CP02") == []
        everything = json.dumps(entries(journal))
        assert "CARD1" not in everything
        assert "listening on" in everything
