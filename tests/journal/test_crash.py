"""A process that is killed in the middle of its writing: what it was told is durable is there, and nothing is torn."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from edgegw.journal.store import FILE_NAME
from edgegw.journal.verify import verify
from tests.journal.parts import open_journal, rows

ROOT = Path(__file__).parents[2]


def killed(folder: Path, round: int, after_lines: int) -> list[list[str]]:
    """What a writing process said before it was killed with SIGKILL, once it had said so many lines."""
    command = [sys.executable, "-m", "tests.journal.crash_child", str(folder), str(round)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(after_lines)]
        child.kill()
        lines += child.stdout.readlines()
    assert child.returncode == -9
    return [line.split() for line in lines if line.endswith("\n")]


def test_everything_acknowledged_before_a_kill_is_there_contiguous_and_chained(tmp_path: Path) -> None:
    acknowledged: dict[int, str] = {}
    numbers: list[str] = []
    blocks = 0
    for round in range(4):
        for kind, *words in killed(tmp_path, round, 150 + 40 * round):
            if kind == "fact":
                assert int(words[0]) not in acknowledged  # nothing acknowledged is ever overwritten
                acknowledged[int(words[0])] = words[1]
            elif kind == "block":
                blocks = max(blocks, int(words[0]))
            else:
                numbers += words
        there = dict(rows(tmp_path, "SELECT sequence, body ->> 'info' FROM facts"))
        assert acknowledged.items() <= there.items()
        assert sorted(there) == list(range(1, len(there) + 1))
        ((held,),) = rows(tmp_path, "SELECT count(*) FROM blocks")
        assert held >= blocks
        assert rows(tmp_path, "SELECT max(sequence), count(DISTINCT epoch) FROM blocks") == [(held, 1)]
    assert len(set(numbers)) == len(numbers) > 100
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        assert verify(connection, ()).breaks == []


@pytest.mark.skipif(shutil.which("strace") is None, reason="LOUD: strace is not installed, no fsync fails")
def test_an_fsync_that_fails_in_the_kernel_loses_nothing_and_stops_nobody(tmp_path: Path) -> None:
    inject = "inject=fsync,fdatasync:error=EIO:when=7+9"
    command = ["strace", "-f", "-qq", "-o", str(tmp_path / "trace"), "-e", "trace=fsync,fdatasync", "-e", inject]
    folder = tmp_path / "ledger"
    asyncio.run(open_journal(folder).close())  # so that what fails comes in the middle of the writing
    child = subprocess.Popen(
        [*command, sys.executable, "-m", "tests.journal.crash_child", str(folder), "1"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    with child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(2000)]
        os.killpg(child.pid, signal.SIGKILL)
        lines += child.stdout.readlines()
        told = child.stderr.read() if child.stderr is not None else ""
    if "ptrace" in told.lower():
        pytest.skip(f"LOUD: strace may not trace here: {told[-200:]}")
    assert (tmp_path / "trace").read_text().count("(INJECTED)") > 3
    facts = [words for words in map(str.split, lines) if words[:1] == ["fact"] and len(words) == 3]
    acknowledged = {int(sequence): info for _, sequence, info in facts}
    there = dict(rows(folder, "SELECT sequence, body ->> 'info' FROM facts WHERE epoch = 1"))
    assert len(acknowledged) > 200
    assert acknowledged.items() <= there.items()
    assert rows(folder, "SELECT count(*) FROM (SELECT 1 FROM facts GROUP BY id HAVING count(*) > 1)") == [(0,)]
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        assert verify(connection, ()).breaks == []
