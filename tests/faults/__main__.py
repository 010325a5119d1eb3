"""`./run faults [NAME...] [--cycles N]`: does to a hub what happens at a site, many times over.

The tests of tests/acceptance meet each fault once. Here the same faults come at random moments, in as many cycles as
one likes: a module beside this one with `def run(cycles: int, seed: int) -> Iterator[Case]`. The seed is printed first,
on stderr, and given again with --seed it repeats the same moments. A kind of the random cuts may be named as well. The
exit is 1 when a case came out otherwise.
"""

import argparse
import importlib
import random
import re
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path

from tests.faults import cuts, network
from tests.faults.case import Case

FOLDER = Path(__file__).parent
CYCLES = 100
SHORT_CYCLES = 3
SHORT_CUTS = 100
"""Of the random cuts, which are many kinds in one story."""


def names() -> list[str]:
    """The faults there are: the modules that define `run`."""
    return sorted(
        path.stem
        for path in FOLDER.glob("*.py")
        if not path.stem.startswith(("__", "test_")) and re.search(r"^def run\(", path.read_text(), flags=re.MULTILINE)
    )


def _cases(name: str, cycles: int, seed: int) -> Iterable[Case]:
    if name in cuts.KINDS:
        return cuts.run(cycles, seed, only=name)
    found: Iterable[Case] = importlib.import_module(f"tests.faults.{name}").run(cycles, seed)
    return found


def main() -> int:
    network.enter("tests.faults")
    known = [*names(), *cuts.KINDS]
    parser = argparse.ArgumentParser(prog="./run faults", description="Tries faults, one JSON line a case.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(known)} (all when none is named)")
    parser.add_argument("--cycles", type=int, metavar="N", help=f"how often each is done ({CYCLES})")
    parser.add_argument("--short", action="store_true", help=f"{SHORT_CYCLES} cycles when --cycles does not say more")
    parser.add_argument("--seed", type=int, help="repeats the moments of an earlier run")
    asked = parser.parse_args()
    if unknown := [name for name in asked.names if name not in known]:
        parser.error(f"no fault {', '.join(unknown)}; there are: {', '.join(known)}")
    cycles = asked.cycles or (SHORT_CYCLES if asked.short else CYCLES)
    seed = random.randrange(2**32) if asked.seed is None else asked.seed
    print(f"faults: {cycles} cycles, --seed {seed}", file=sys.stderr, flush=True)
    good = bad = 0
    for name in asked.names or names():
        try:
            for case in _cases(name, cycles if name != "cuts" or asked.cycles else max(cycles, SHORT_CUTS), seed):
                print(case.line(), flush=True)
                good, bad = good + case.ok, bad + (not case.ok)
        except Exception as error:  # one broken module must not hide what the others find
            traceback.print_exc()
            print(Case(name, wrong=[f"broke off: {error}"]).line(), flush=True)
            bad += 1
    print(f"faults: {good} came out as promised, {bad} did not", file=sys.stderr, flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
