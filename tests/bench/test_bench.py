"""`./run bench`: what it prints, and how it ends."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
Bench = Callable[..., subprocess.CompletedProcess[str]]

GOOD = """
from tests.bench.figure import Figure

def run(short):
    yield Figure.at_least("rate", 12345.678 if short else 1.0, "/s", 100, {"peer": 0.123456})
    yield Figure.seen("size", 3, "MB")
"""
MISSED = """
from tests.bench.figure import Figure

def run(short):
    yield Figure.at_most("delay", 2.0, "s", 1.0)
"""
BROKEN = "def run(short):\n    raise SystemError\n    yield\n"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Runs the command in a folder with benchmarks of these tests' own."""
    here = tmp_path / "tests" / "bench"
    here.mkdir(parents=True)
    for name in ("__main__.py", "figure.py"):
        shutil.copy(FOLDER / name, here)
    (here / "load.py").write_text("raise SystemError('a module without run is no benchmark')")
    shutil.copy(__file__, here)  # neither are tests, whatever they hold

    def run(*words: str, **benchmarks: str) -> subprocess.CompletedProcess[str]:
        for name, text in benchmarks.items():
            (here / f"{name}.py").write_text(text)
        return subprocess.run(
            [sys.executable, "-m", "tests.bench", *words],
            cwd=tmp_path,
            env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
            capture_output=True,
            text=True,
            timeout=50,
        )

    return run


def test_each_figure_is_one_line_of_json_and_the_machine_is_named_beside_it(bench: Bench) -> None:
    done = bench("--short", good=GOOD)
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"name": "rate", "value": 12346, "unit": "/s", "target": 100, "ok": True, "beside": {"peer": 0.1235}},
        {"name": "size", "value": 3.0, "unit": "MB", "target": None, "ok": True, "beside": {}},
    ]
    assert done.stderr.startswith("machine: ")
    assert done.returncode == 0


def test_a_missed_target_fails_only_a_strict_run(bench: Bench) -> None:
    assert bench(good=GOOD, missed=MISSED).returncode == 0
    done = bench("--strict", "missed")
    assert done.returncode == 1
    assert json.loads(done.stdout)["ok"] is False


def test_a_benchmark_that_breaks_off_fails_the_run_and_the_others_go_on(bench: Bench) -> None:
    done = bench("--short", broken=BROKEN, good=GOOD)
    assert done.returncode == 1
    assert "bench: broken broke off" in done.stderr
    assert len(done.stdout.splitlines()) == 2


def test_an_unknown_name_is_answered_with_those_that_there_are(bench: Bench) -> None:
    done = bench("oops", good=GOOD)
    assert done.returncode == 2
    assert "no benchmark oops; there are: good" in done.stderr
