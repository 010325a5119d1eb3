"""A ledger with something in every table, and a copy of it to damage."""

from __future__ import annotations

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from edgegw.model import facts as f
from edgegw.model.state import State
from tests.journal.damage import STATIONS
from tests.journal.parts import NOON, a_journal, block, group, status


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed ledger with something in every table, which every test damages a copy of."""
    folder = tmp_path_factory.mktemp("sound")

    async def write() -> None:
        async with a_journal(folder) as journal:
            await journal.prepare_counter("n")
            state = State()
            for minute in range(6):
                numbers = range(minute * 50, minute * 50 + 50)
                whole = group((_fact(number) for number in numbers), state)
                whole.blocks += [block(10, f"m{n}", NOON + timedelta(minutes=minute)) for n in range(10)]
                await journal.commit(whole)
            epoch = journal.position("A").epoch
            await journal.set_cursor("cloud", "A", epoch, 100)
            await journal.set_cursor("cloud", "B", epoch, 20)

    asyncio.run(write())
    return folder


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    """The ledger as a process that was killed has left it."""
    for each in sound.iterdir():
        shutil.copy(each, tmp_path / each.name)
    (tmp_path / "journal.lock").write_text("1\n")
    return tmp_path


def _fact(number: int) -> f.Fact:
    if number % 3:
        return status(number, station=f"CP0{number % STATIONS}")
    return f.TokenDecided(
        at=NOON, station="CP01", id_token=f"CARD{number}", kind="RFID", status="accepted", source="list"
    )
