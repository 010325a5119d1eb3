"""A Debian machine: made by debootstrap, kept as a tarball outside the checkout, booted by systemd-nspawn."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "edgegw" / "roots"
PARTS = ("systemd", "systemd-sysv", "dbus", "python3", "ca-certificates", "tzdata", "libportaudio2", "man-db")
"""What is installed besides the least: what a machine has anyway, and what the packages depend on."""

CLONE_NEWNET = 0x40000000
BOOT_S = 60.0
PLAIN = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
"""Debian's own programs, in their own words."""


def tarball(suite: str) -> Path:
    """A fresh installation of a Debian suite, made at the first use. Raises OSError or CalledProcessError when it can't
    be made, mostly for want of a network."""
    name = hashlib.sha256(" ".join(PARTS).encode()).hexdigest()[:8]
    path = CACHE / f"{suite}-{name}.tar"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="edgegw-root-") as scratch:
            root = Path(scratch) / "root"
            run("debootstrap", "--variant=minbase", f"--include={','.join(PARTS)}", suite, str(root), *_mirror())
            run("chroot", str(root), "apt-get", "clean")
            shutil.rmtree(root / "var" / "lib" / "apt" / "lists")
            (root / "var" / "lib" / "apt" / "lists" / "partial").mkdir(parents=True)
            part = path.with_suffix(".part")
            run("tar", "-C", str(root), "--one-file-system", "-cf", str(part), ".")
            part.replace(path)
    return path


def _mirror() -> list[str]:
    for file in [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]:
        if file.is_file() and (found := re.search(r"https?://\S+/debian/?(?=\s)", file.read_text())):
            return [found[0]]
    return []  # what debootstrap takes by itself


def run(*command: str, check: bool = True, timeout_s: float = 600) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout_s, check=False,
        env={**os.environ, **PLAIN},
    )  # fmt: skip
    if check and done.returncode:
        raise Failed(f"{' '.join(command)}: exit {done.returncode}: {(done.stderr or done.stdout).strip()[-2000:]}")
    return done


class Failed(Exception):
    """A command that had to work did not; the text has its last words."""


@contextlib.contextmanager
def unpacked(suite: str) -> Iterator[Path]:
    """A fresh root of this suite in a folder that goes again."""
    made = tarball(suite)
    scratch = Path(tempfile.mkdtemp(prefix=f"edgegw-{suite}-"))
    try:
        run("tar", "-C", str(scratch), "-xf", str(made))
        (scratch / "etc" / "hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")
        yield scratch
    finally:
        run("rm", "-rf", "--one-file-system", str(scratch), check=False)


class Machine:
    """A booted root. `run` does something in it; the calling thread's sockets are in its network meanwhile."""

    def __init__(self, root: Path, pid: int) -> None:
        self.root = root
        self.pid = pid

    def run(self, *command: str, check: bool = True, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
        return run(
            "nsenter", "-t", str(self.pid), "-m", "-u", "-i", "-n", "-p", *command, check=check, timeout_s=timeout_s
        )

    def shows(self, unit: str, *names: str) -> dict[str, str]:
        """Properties of a unit."""
        done = self.run("systemctl", "show", unit, *(f"--property={name}" for name in names))
        return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)

    def active(self, unit: str) -> bool:
        return self.run("systemctl", "is-active", unit, check=False).stdout.strip() == "active"

    def write(self, path: str, text: str) -> None:
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def has(self, path: str) -> bool:
        return (self.root / path.lstrip("/")).exists()

    def log(self, unit: str = "edgegw.service", lines: int = 30) -> str:
        return self.run("journalctl", "--no-pager", "-o", "cat", "-n", str(lines), "-u", unit, check=False).stdout


@contextlib.contextmanager
def booted(root: Path) -> Iterator[Machine]:
    """Boot a root, end it by its own init afterwards."""
    log = tempfile.TemporaryFile()  # noqa: SIM115 (closed below, after the process)
    nspawn = subprocess.Popen(
        ["systemd-nspawn", "-q", "-D", str(root), "-M", f"edgegw-{os.getpid()}", "-b", "--register=no", "--keep-unit",
         "--private-network", "--console=pipe", "--capability=CAP_BPF,CAP_SYS_RESOURCE,CAP_PERFMON",
         "--system-call-filter=bpf perf_event_open"],
        stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
    )  # fmt: skip
    outside = os.open("/proc/self/ns/net", os.O_RDONLY)
    try:
        until(lambda: nspawn.poll() is not None or _child(nspawn.pid) is not None, "the machine's init", BOOT_S)
        init = _child(nspawn.pid)
        if init is None:
            log.seek(0)
            raise Failed(f"systemd-nspawn ended: {log.read().decode(errors='replace')[-1000:]}")
        machine = Machine(root, init)
        states = ("running", "degraded")
        until(
            lambda: machine.run("systemctl", "is-system-running", check=False).stdout.strip() in states,
            "the boot",
            BOOT_S,
        )
        inside = os.open(f"/proc/{init}/ns/net", os.O_RDONLY)
        _enter(inside)
        os.close(inside)
        run("ip", "link", "set", "lo", "up", check=False)
        yield machine
    finally:
        _enter(outside)
        os.close(outside)
        if (init := _child(nspawn.pid)) is not None:
            os.kill(init, signal.SIGRTMIN + 4)  # systemd's own word for a power-off
        try:
            nspawn.wait(40)
        except subprocess.TimeoutExpired:
            nspawn.kill()
            nspawn.wait()
        log.close()


def until(condition: Callable[[], bool], what: str, within_s: float = 30.0) -> float:
    """Wait for it; the seconds that it took. Raises Failed when time is over."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > within_s:
            raise Failed(f"{what} did not come within {within_s:.0f} s")
        time.sleep(0.1)
    return time.monotonic() - began


def _child(pid: int) -> int | None:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return None
    return int(children[0]) if children else None


def _enter(network: int) -> None:
    """Put the calling thread, and what it starts, into a network namespace (os.setns came with Python 3.12)."""
    if ctypes.CDLL(None, use_errno=True).setns(network, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
