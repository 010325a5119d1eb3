"""Packages of npm, where node is: foreign charging stations for the tests, a foreign server beside which the benchmarks
measure. Each set is installed from its lock file into a folder of the user's cache, once.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
PEERS = TESTS / "bench" / "peers"
FOREIGN = TESTS / "stations" / "foreign"
INSTALL_S = 240


class NoNode(Exception):
    """Node, npm or a package is not to be had here; the text says which."""


def node_folder(source: Path = PEERS, cached: str = "bench-peers") -> Path:
    """A folder with the packages that `source`/package-lock.json names and the scripts that stand beside it. Raises
    NoNode.

    Several test processes may ask at once: one installs, the others wait for it.
    """
    if not (shutil.which("node") and shutil.which("npm")):
        raise NoNode("node or npm is not installed")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "edgegw" / cached
    cache.mkdir(parents=True, exist_ok=True)
    locked = source / "package-lock.json"
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for each in (source / "package.json", locked, *source.glob("*.mjs")):
            _copy(each, cache / each.name)
        installed = cache / "installed"  # the lock file of what is there, written when npm has done
        if not (installed.is_file() and installed.read_bytes() == locked.read_bytes()):
            # Nothing that a package would run at its installation is needed.
            command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            try:
                subprocess.run(command, cwd=cache, check=True, stdout=sys.stderr, timeout=INSTALL_S)
            except (OSError, subprocess.SubprocessError) as error:
                raise NoNode(f"the packages of {source.name} could not be installed: {error}") from error
            shutil.copyfile(locked, installed)
    return cache


def _copy(source: Path, target: Path) -> None:
    """Only what differs, and whole: another process may be about to run it."""
    if target.is_file() and target.read_bytes() == source.read_bytes():
        return
    fresh = target.with_suffix(".new")
    shutil.copyfile(source, fresh)
    fresh.replace(target)
