"""The demo as it is typed: with either broker, through cut and return, to the proof; and every way it can end."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edgegw.simulate.demo import show
from edgegw.simulate.demo.children import SBIN
from edgegw.simulate.demo.show import seconds

MOSQUITTO = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:{SBIN}")


@contextmanager
def demo(folder: Path, *options: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A demo whose temporary folders lie in `folder`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "edgegw", "demo", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1", **environment},
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=10)


@pytest.fixture
def short() -> Iterator[Path]:
    """A temporary folder whose path is short enough for a socket, with a space and a quote in it."""
    with tempfile.TemporaryDirectory(prefix="it's a ") as folder:
        yield Path(folder)


def children_of(folder: Path) -> list[str]:
    """Command lines of the processes that work in `folder`."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in line:
            found.append(line)
    return found


def wait_for(process: subprocess.Popen[str], text: str) -> str:
    """The output up to a line with `text`."""
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if text in line:
            return seen
    raise AssertionError(seen)


def gone(folder: Path) -> bool:
    deadline = time.monotonic() + 10
    while children_of(folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not children_of(folder)


def counts(output: str, name: str) -> tuple[str, str]:
    """(ledger, cloud) of a line of the summary."""
    match = re.search(rf"^  {name} +(\S+(?: Wh| BRL)?) +(\S+(?: Wh| BRL)?)(?:   |$)", output, re.MULTILINE)
    assert match is not None, output
    return match[1], match[2]


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "broker",
    [
        pytest.param((), marks=pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")),
        ("--embedded-broker",),
    ],
)
def test_the_cloud_equals_the_ledger_after_the_broker_was_away(short: Path, broker: tuple[str, ...]) -> None:
    with demo(short, "--for", "16s", "--cut-after", "6s", "--back-after", "4s", "--headless", *broker) as process:
        output, _ = process.communicate(timeout=110)
    assert process.returncode == 0, output
    assert output.index("broker is killed") < output.index("broker is back")
    assert "CP06 is started from the control socket: done" in output
    assert re.search(r"cloud away, backlog [1-9]", output), output
    for name in ("facts", "sample blocks", "samples", "transactions", "energy", "money"):
        ledger, cloud = counts(output, name)
        assert ledger == cloud
    assert int(counts(output, "facts")[0]) > 60
    assert int(counts(output, "transactions")[0]) >= 6
    assert int(counts(output, "energy")[0].split()[0]) > 0
    assert "PROVEN: the cloud's database equals the ledger." in output
    assert gone(short)
    assert not list(short.glob("edgegw-demo-*"))


@pytest.mark.timeout(120)
def test_a_recorded_sentence_starts_a_charge_on_a_machine_without_sound(short: Path, tmp_path: Path) -> None:
    """In an empty home, with a sound server that is not there."""
    options = ("--voice", "--for", "26s", "--cut-after", "60s", "--headless")
    with demo(short, *options, HOME=str(tmp_path), PULSE_SERVER=f"unix:{tmp_path}/none", PATH="/usr/bin") as process:
        output, _ = process.communicate(timeout=110)
    assert process.returncode == 0, output
    assert "at the kiosk a driver says: começa na vaga seis" in output
    assert "CP06 is started by voice, and a touch of the driver's: allowed" in output
    assert "CP06 is started from the control socket" not in output
    assert "PROVEN: the cloud's database equals the ledger." in output
    assert output.splitlines()[-1].startswith('SPOKEN: "começa na vaga seis" was heard, and CP06 charged by it')
    assert gone(short)
    assert not list(tmp_path.iterdir())


@pytest.mark.timeout(120)
def test_who_lacks_what_eva_needs_is_told_so(short: Path, tmp_path: Path) -> None:
    with demo(short, "--voice", "--for", "60s", "--headless", PATH=str(tmp_path)) as process:
        output, _ = process.communicate(timeout=30)
    assert (process.returncode, output.splitlines()[-1]) == (
        1, "edgegw demo: the openssl command is missing: apt install openssl",
    )  # fmt: skip
    assert gone(short)


@pytest.mark.timeout(120)
def test_a_run_that_is_over_before_the_cut_proves_and_keeps_what_it_made_when_asked(short: Path) -> None:
    with demo(short, "--for", "7s", "--headless", "--keep") as process:
        output, _ = process.communicate(timeout=90)
    (folder,) = short.glob("edgegw-demo-*")
    kept = {path.name for path in folder.iterdir()}
    assert process.returncode == 0, output
    assert "broker is killed" not in output
    assert f"Everything of this run is in {folder}" in output
    assert {"cloud.db", "edgegw.yaml", "gateway.log", "data"} <= kept


@pytest.mark.timeout(120)
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_while_the_broker_is_away_it_ends_with_the_proof(short: Path, how: signal.Signals) -> None:
    with demo(short, "--for", "60s", "--cut-after", "4s", "--headless") as process:
        wait_for(process, "broker is killed")
        if how == signal.SIGINT:
            os.killpg(process.pid, how)  # Ctrl-C goes to everything in the terminal
        else:
            process.send_signal(how)
        output, _ = process.communicate(timeout=100)
    assert process.returncode == 0, output
    assert "PROVEN" in output
    assert gone(short)


@pytest.mark.timeout(120)
def test_asked_twice_it_ends_at_once_and_takes_its_children_along(short: Path) -> None:
    with demo(short, "--for", "60s", "--headless") as process:
        wait_for(process, "the gateway takes stations")
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=5)
    assert process.returncode == 1, output
    assert "Traceback" not in output
    assert gone(short)
    assert not list(short.glob("edgegw-demo-*"))


@pytest.mark.timeout(120)
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="PR_SET_PDEATHSIG is Linux's")
def test_killed_it_leaves_no_process_behind(short: Path) -> None:
    with demo(short, "--for", "60s", "--headless") as process:
        wait_for(process, "the gateway takes stations")
        assert len(children_of(short)) >= 2
        process.kill()
        process.wait(timeout=5)
        assert gone(short)


@pytest.mark.timeout(120)
def test_a_gateway_that_dies_fails_the_demo_with_the_end_of_its_log(short: Path) -> None:
    with demo(short, "--for", "60s", "--headless") as process:
        wait_for(process, "the gateway takes stations")
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            if b"edgegw\0run" in entry.read_bytes() and str(short).encode() in entry.read_bytes():
                os.kill(int(entry.parent.name), signal.SIGKILL)
        output, _ = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "the gateway ended with -9" in output
    assert "Traceback" not in output
    assert gone(short)


def test_a_folder_too_deep_for_a_socket_is_left_for_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    folder = show._folder()
    try:
        assert len(str(folder / "control.sock")) < 108
        assert not list(deep.iterdir())
    finally:
        folder.rmdir()


@pytest.mark.parametrize(("text", "value"), [("60s", 60.0), ("2m", 120.0), ("1.5", 1.5)])
def test_a_time_is_read_with_its_unit(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "s", "0s", "-1s", "soon"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        seconds(text)
