"""`./run bench [NAME...]`: runs benchmarks, and prints one line of JSON for each figure.

A benchmark is a module beside this one with `def run(short: bool) -> Iterator[Figure]`; `short` asks for a run of
seconds whose figures show that the benchmark works rather than what the machine can do. Each runs in an interpreter of
its own, so that one leaves no warm cache, thread or event loop to the next. The machine is named first, on stderr.
"""

import argparse
import importlib
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
MISSED = 3
"""Exit code of one benchmark's own process when it ran well and a figure missed its target."""


def names() -> list[str]:
    """The benchmarks there are: the modules that define `run`."""
    return sorted(
        path.stem
        for path in FOLDER.glob("*.py")
        if not path.stem.startswith(("__", "test_")) and re.search(r"^def run\(", path.read_text(), flags=re.MULTILINE)
    )


def machine() -> str:
    """Processor, cores that we may use, kernel and Python, in one line."""
    cpuinfo = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^(?:model name|Model|Hardware)\s*:\s*(.+)$", cpuinfo, flags=re.MULTILINE)
    return (
        f"{model[1] if model else platform.machine()}, {len(os.sched_getaffinity(0))} cores, "
        f"{platform.system()} {platform.release()} {platform.machine()}, Python {platform.python_version()}"
    )


def run_here(name: str, *, short: bool) -> int:
    """Runs one benchmark in this process; the exit code: 0, or MISSED when a figure did not reach its target."""
    code = 0
    for figure in importlib.import_module(f"tests.bench.{name}").run(short):
        print(figure.line(), flush=True)
        code = code if figure.ok else MISSED
    return code


def main() -> int:
    known = names()
    parser = argparse.ArgumentParser(prog="./run bench", description="Runs benchmarks, one JSON line a figure.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(known)} (all when none is named)")
    parser.add_argument("--short", action="store_true", help="seconds instead of minutes, to see that they work")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a figure misses its target")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if unknown := [name for name in asked.names if name not in known]:
        parser.error(f"no benchmark {', '.join(unknown)}; there are: {', '.join(known)}")
    if asked.inside:
        return run_here(asked.names[0], short=asked.short)
    print(f"machine: {machine()}", file=sys.stderr, flush=True)
    broken = missed = False
    for name in asked.names or known:
        command = [sys.executable, "-m", "tests.bench", "--inside", name, *(["--short"] if asked.short else [])]
        code = subprocess.run(command, check=False).returncode
        missed = missed or code == MISSED
        if code not in (0, MISSED):
            print(f"bench: {name} broke off (exit {code})", file=sys.stderr, flush=True)
            broken = True
    return 1 if broken or (asked.strict and missed) else 0


if __name__ == "__main__":
    sys.exit(main())
