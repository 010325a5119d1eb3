"""Writes to the ledger in FOLDER in a loop until it is killed, and prints what it was told is durable.

Each line of stdout: `fact SEQUENCE INFO`, `number N`. `python -m tests.journal.crash_child FOLDER ROUND`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from edgegw.journal import Journal
from edgegw.journal.store import Group
from tests.journal.parts import block, group, open_journal, status

WRITERS = 8


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())  # at once, past any buffer that would be lost with the process


async def write(journal: Journal, writer: int, round: int) -> None:
    count = 0
    while True:
        number = count * 1000 + writer * 10 + round
        sequence = await journal.commit(group([status(number), status(number)]))
        say(f"fact {sequence} {number}")
        say(f"fact {sequence + 1} {number}")
        say(f"number {journal.number('n', 40)}")
        count += 1


async def read(journal: Journal) -> None:
    while True:
        await journal.commit(Group(blocks=[block()]))
        say(f"block {journal.position('B').head} -")


async def main(folder: Path, round: int) -> None:
    journal = open_journal(folder)
    await journal.start()
    await journal.prepare_counter("n", 40)
    await asyncio.gather(read(journal), *(write(journal, writer, round) for writer in range(WRITERS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
