"""The wheels of requirements/*.txt for every Python that the package serves: fetched once, unpacked offline.

    python3 -m deb.wheels ARCH CACHE      fetch those of ARCH (amd64 or arm64) into CACHE, unless they are there

Debian's own pip does both; it checks each file against the lock's hashes. Only wheels are taken, so no code of a
package runs here, and those for arm64 are unpacked on amd64 as well.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path

REQUIREMENTS = Path(__file__).parents[1] / "requirements"
PYTHONS = ("3.11", "3.12", "3.13")
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
PLATFORMS = ("manylinux2014", "manylinux_2_17", "manylinux_2_28")
"""glibc 2.28 at most: Debian 12 has 2.36."""


def fetch(arch: str, cache: Path) -> None:
    """Have every wheel of the voice set, which holds all of the core, in `cache`."""
    digest = hashlib.sha256(b"".join((REQUIREMENTS / f"{name}.txt").read_bytes() for name in ("core", "voice")))
    stamp = cache / digest.hexdigest()
    if stamp.exists():
        return
    cache.mkdir(parents=True, exist_ok=True)
    for python in PYTHONS:
        _pip("download", python, arch, "--dest", str(cache), "-r", str(REQUIREMENTS / "voice.txt"))
    stamp.touch()


def unpack(lock: str, python: str, arch: str, cache: Path, into: Path, leave_out: Collection[str]) -> None:
    """Unpack what `lock` (core, voice) names into a folder, without the packages in `leave_out`."""
    wanted = [block for name, block in blocks(lock).items() if name not in leave_out]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as chosen:
        chosen.write("\n".join(wanted))
        chosen.flush()
        _pip("install", python, arch, "--no-index", "--find-links", str(cache), "--no-compile",
             "--target", str(into), "-r", chosen.name)  # fmt: skip


def blocks(lock: str) -> dict[str, str]:
    """Each package of a lock by name, with the lines that lock it. Raises ValueError for a condition on Python's
    version, which pip would look at for the Python that it runs on."""
    found: dict[str, str] = {}
    name = ""
    for line in (REQUIREMENTS / f"{lock}.txt").read_text().splitlines():
        if start := re.match(r"([a-z0-9.-]+)==", line):
            name = start[1]
            if "python_version" in line or "python_full_version" in line:
                if "emscripten" not in line:
                    raise ValueError(f"requirements/{lock}.txt: {name} is not for every Python: {line}")
                name = ""
                continue
            found[name] = line
        elif name and line.startswith("    "):
            found[name] += "\n" + line
    return found


def _pip(verb: str, python: str, arch: str, *words: str) -> None:
    platforms = [f"--platform={each}_{MACHINES[arch]}" for each in PLATFORMS]
    subprocess.run(  # noqa: S603 (words of ours)
        ["/usr/bin/python3", "-m", "pip", verb, "-q", "-q", "--disable-pip-version-check", "--no-input", "--no-deps",
         *(["--root-user-action=ignore"] if verb == "install" else []),
         "--require-hashes", "--only-binary=:all:", "--implementation=cp", f"--python-version={python}", *platforms,
         *words],
        check=True,
    )  # fmt: skip


if __name__ == "__main__":
    try:
        fetch(sys.argv[1], Path(sys.argv[2]))
    except subprocess.CalledProcessError:
        sys.exit("the wheels could not be fetched (see above); run this again when the package index can be reached")
