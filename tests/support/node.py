"""The npm package `ocpp-rpc`, where node is: a foreign charging station for the tests, a foreign server beside which
the benchmarks measure. It is installed from a lock file into a folder of the user's cache, once.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

PEERS = Path(__file__).parents[1] / "bench" / "peers"
INSTALL_S = 240


class NoNode(Exception):
    """Node, npm or the package is not to be had here; the text says which."""


def node_folder() -> Path:
    """A folder with ocpp-rpc and our own scripts for node. Raises NoNode.

    Several test processes may ask at once: one installs, the others wait for it.
    """
    if not (shutil.which("node") and shutil.which("npm")):
        raise NoNode("node or npm is not installed")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "edgegw" / "bench-peers"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name in ("package.json", "package-lock.json", "ocpp_rpc.mjs"):
            shutil.copyfile(PEERS / name, cache / name)
        if not (cache / "node_modules" / "ocpp-rpc" / "package.json").is_file():
            command = ["npm", "ci", "--no-audit", "--no-fund"]
            try:
                subprocess.run(command, cwd=cache, check=True, stdout=sys.stderr, timeout=INSTALL_S)
            except (OSError, subprocess.SubprocessError) as error:
                raise NoNode(f"ocpp-rpc could not be installed: {error}") from error
    return cache
