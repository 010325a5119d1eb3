"""What `edgegw run` costs a small machine: time to listen and to be ready, memory, and share of a core.

The program runs as it would under systemd, as a process of its own with NOTIFY_SOCKET set, on a site of 20 stations and
two meters. The field (tests/bench/field.py) is another process. Figures are of the gateway's process and its children.
"""

import contextlib
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figure import Figure

CHECKOUT = Path(__file__).parents[2]
STATIONS = 20
PATIENCE_S = 30.0
"""After so long a start has failed, and the benchmark says so instead of a figure."""


@dataclass(frozen=True)
class Ports:
    ocpp: int
    web: int
    metrics: int
    meters: tuple[int, int]


def free_ports() -> Ports:
    """Ports on the loopback address that nobody listens on now."""
    with contextlib.ExitStack() as stack:
        found = []
        for _ in range(5):
            probe = stack.enter_context(socket.socket())
            probe.bind(("127.0.0.1", 0))
            found.append(int(probe.getsockname()[1]))
    return Ports(found[0], found[1], found[2], (found[3], found[4]))


def site(folder: Path, ports: Ports) -> str:
    """The installer's file: 20 open stations of 32 A, the supply's meter and a building meter, a page, no cloud."""
    stations = "\n".join(
        f"  - {{id: CP{number:02}, security_profile: 0, evses: "
        f"[{{id: 1, max_a: 32, phases: [L1, L2, L3], connectors: [{{id: 1, type: cType2}}]}}]}}"
        for number in range(1, STATIONS + 1)
    )
    return f"""\
site: {{id: bench-01, name: Bench, timezone: America/Sao_Paulo, currency: BRL}}
storage: {{path: "{folder / "store"}"}}
ocpp:
  listen: [{{address: 127.0.0.1, port: {ports.ocpp}}}]
stations:
{stations}
meters:
  - {{id: grid, measures: supply, driver: eastron-sdm630, unit: 1, every: 1s,
      connection: {{host: 127.0.0.1, port: {ports.meters[0]}, framing: tcp}}}}
  - {{id: house, measures: building, driver: eastron-sdm630, unit: 1, every: 1s,
      connection: {{host: 127.0.0.1, port: {ports.meters[1]}, framing: tcp}}}}
supply: {{phases: 3, voltage_v: 127, limit_a: 400, building_max_a: 60, margin_a: 2, fallback_a: auto}}
tariffs:
  default: {{energy_kwh: "1.89"}}
web:
  listen: 127.0.0.1:{ports.web}
  control: "{folder / "control.sock"}"
metrics: {{listen: 127.0.0.1:{ports.metrics}}}
"""


class Start:
    """One start of the gateway in `folder`, with the seconds until its port accepted and until it said READY=1."""

    def __init__(self, folder: Path, ports: Ports) -> None:
        folder.mkdir()
        (folder / "store").mkdir()
        file = folder / "edgegw.yaml"
        file.write_text(site(folder, ports))
        self.log = folder / "log"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify, self.log.open("wb") as log:
            notify.bind(str(folder / "notify"))
            notify.settimeout(0)
            began = time.monotonic()
            self.process = subprocess.Popen(
                [sys.executable, "-m", "edgegw", "run", "-c", str(file)],
                cwd=CHECKOUT,
                env={**os.environ, "NOTIFY_SOCKET": str(folder / "notify")},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            try:
                self.listens_s, self.ready_s = self._wait(began, ports.ocpp, notify)
            except BaseException:
                self.process.kill()
                self.process.wait()
                raise

    def _wait(self, began: float, port: int, notify: socket.socket) -> tuple[float, float]:
        listens_s = ready_s = 0.0
        while not (listens_s and ready_s):
            passed_s = time.monotonic() - began
            if self.process.poll() is not None or passed_s > PATIENCE_S:
                state = f"exit {self.process.returncode}" if self.process.returncode is not None else "still starting"
                raise RuntimeError(
                    f"edgegw run was not ready after {passed_s:.1f} s ({state}, "
                    f"port {'open' if listens_s else 'closed'}):\n{self.log.read_text()[-2000:]}"
                )
            if not listens_s:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        listens_s = time.monotonic() - began
            with contextlib.suppress(BlockingIOError):
                if b"READY=1" in notify.recv(4096).split(b"\n"):
                    ready_s = time.monotonic() - began
            time.sleep(0.002)
        return listens_s, ready_s

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found.extend(family(int(child)))
    return found


def resident_mb(pid: int) -> float:
    """Resident memory of the process and its children, in 10^6 bytes (VmRSS of proc(5))."""
    kib = 0
    for one in family(pid):
        for line in Path(f"/proc/{one}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                kib += int(line.split()[1])
    return kib * 1024 / 1e6


def cpu_s(pid: int) -> float:
    """Seconds of processor time that the process and its children have used, user and system."""
    ticks = 0
    for one in family(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def field(ports: Ports) -> Iterator[subprocess.Popen[str]]:
    """The stations and meters of the site; the meters answer at once, the stations come after `connect_stations`."""
    options = [f"--modbus={port}" for port in ports.meters]
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.bench.field",
            f"--url=ws://127.0.0.1:{ports.ocpp}",
            f"--stations={STATIONS}",
            *options,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            _expect(process, "listening")
            yield process
        finally:
            process.terminate()


def connect_stations(process: subprocess.Popen[str]) -> None:
    """Lets the stations connect, and returns when all have booted."""
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    _expect(process, "ready")


def _expect(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    if (line := process.stdout.readline().strip()) != word:
        raise RuntimeError(f"the field said {line!r} instead of {word!r}")


def run(short: bool) -> Iterator[Figure]:
    """Time to listen and to be ready (median of fresh starts), then memory and processor share with the field there."""
    folder = Path(tempfile.mkdtemp(prefix="edgegw-footprint-"))
    ports = free_ports()
    started = None
    try:
        with field(ports) as stations:
            starts = []
            for number in range(1 if short else 5):
                if started:
                    started.stop()
                started = Start(folder / str(number), ports)
                starts.append(started)
            assert started is not None
            yield Figure.at_most("start_listens", statistics.median(s.listens_s for s in starts), "s", 1.0)
            yield Figure.at_most("start_ready", statistics.median(s.ready_s for s in starts), "s", 1.5)

            connect_stations(stations)
            with urllib.request.urlopen(f"http://127.0.0.1:{ports.web}/", timeout=10) as page:
                page.read()
            pid = started.process.pid
            time.sleep(2)  # past the burst of the boots
            window_s = 10 if short else 20
            before_s, began = cpu_s(pid), time.monotonic()
            time.sleep(window_s)
            share = 100 * (cpu_s(pid) - before_s) / (time.monotonic() - began)
            yield Figure.at_most("resident_20_stations", resident_mb(pid), "MB", 90.0)
            yield Figure.at_most("cpu_20_stations_2_meters", share, "% of a core", 3.0)
    finally:
        if started:
            started.stop()
        shutil.rmtree(folder, ignore_errors=True)
