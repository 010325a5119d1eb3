"""A Python environment of its own for what the benchmarks compare with: none of it is beside the gateway's packages."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

LOCKED = Path(__file__).parents[2] / "requirements" / "peers.txt"
INSTALL_S = 400


class NoPeers(Exception):
    """The packages are not to be had here; the text says why."""


def peers_python() -> Path:
    """An interpreter with the packages of requirements/peers.txt, installed once into a cache. Raises NoPeers."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "edgegw" / f"bench-python-{version}"
    cache.mkdir(parents=True, exist_ok=True)
    python = cache / "bin" / "python"
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        installed = cache / "installed"  # the lock file of what is there, written when pip has done
        if not (installed.is_file() and installed.read_bytes() == LOCKED.read_bytes()):
            print("bench: installing the peers of requirements/peers.txt", file=sys.stderr, flush=True)
            words = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes", "-r", str(LOCKED)]
            try:
                venv.create(cache, with_pip=True, clear=False)
                subprocess.run([python, *words], check=True, stdout=sys.stderr, timeout=INSTALL_S)
            except (OSError, subprocess.SubprocessError) as error:
                raise NoPeers(f"the packages of {LOCKED.name} could not be installed: {error}") from error
            shutil.copyfile(LOCKED, installed)
    return python
