"""A serial card reader: a real pseudo terminal, pulled out and plugged in again, and the noise of real lines."""

from __future__ import annotations

import asyncio
import os
import termios
import tty
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from edgegw.web.reader.framing import MAX_LINE, Lines
from edgegw.web.reader.ports import CFLAG, OSPEED, open_serial
from edgegw.web.reader.service import Reader
from tests.web.served import running

WAIT_S = 10.0


class Bench:
    """A reader at a by-id path that a test plugs and unplugs."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "usb-RFID_reader-if00"
        self.cards: list[str] = []
        self._ours = -1
        self._theirs = -1

    def plug(self) -> None:
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._ours)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(self._theirs))

    def unplug(self) -> None:
        os.close(self._theirs)
        os.close(self._ours)
        self.path.unlink()

    def sends(self, piece: bytes) -> None:
        os.write(self._ours, piece)

    def line(self) -> list[object]:
        return termios.tcgetattr(self._theirs)

    async def take(self, card: str) -> None:
        self.cards.append(card)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def reading(folder: Path, *, plugged: bool = True) -> AsyncIterator[tuple[Bench, Reader]]:
    bench = Bench(folder)
    if plugged:
        bench.plug()
    reader = Reader(partial(open_serial, str(bench.path), 19200), Lines, bench.take)
    async with running(reader):
        if plugged:
            await until(lambda: reader.trouble is None)
        yield bench, reader
    if bench.path.is_symlink():
        bench.unplug()


async def test_a_card_of_a_serial_reader_is_heard_in_the_spelling_of_stations(tmp_path: Path) -> None:
    async with reading(tmp_path) as (bench, _):
        bench.sends(b"\x0204 a1:b2-c3\r\n\x03")
        await until(lambda: bench.cards == ["04A1B2C3"])
        settings = bench.line()
        assert settings[OSPEED] == termios.B19200
        assert int(settings[CFLAG]) & termios.CSIZE == termios.CS8  # type: ignore[call-overload]


async def test_a_card_that_lies_on_the_reader_is_shown_once_and_another_one_at_once(tmp_path: Path) -> None:
    async with reading(tmp_path) as (bench, _):
        for _ in range(5):
            bench.sends(b"04A1B2C3\r\n")
            await asyncio.sleep(0.05)
        bench.sends(b"04FFEE11\r\n")
        await until(lambda: bench.cards == ["04A1B2C3", "04FFEE11"])


async def test_a_reader_that_was_pulled_out_is_heard_again_when_it_is_back(tmp_path: Path) -> None:
    async with reading(tmp_path) as (bench, reader):
        bench.sends(b"04A1")
        bench.unplug()
        await until(lambda: reader.trouble is not None)
        bench.plug()
        await until(lambda: reader.trouble is None)
        bench.sends(b"04FFEE11\r")
        await until(lambda: bench.cards == ["04FFEE11"])


async def test_a_reader_that_is_not_there_is_no_failure_and_comes_later(tmp_path: Path) -> None:
    async with reading(tmp_path, plugged=False) as (bench, reader):
        await until(lambda: "No such file" in (reader.trouble or ""))
        bench.plug()
        await until(lambda: reader.trouble is None)


async def test_what_was_shown_while_nobody_looked_is_not_taken_later(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.plug()
    bench.sends(b"04A1B2C3\r\n")
    reader = Reader(partial(open_serial, str(bench.path), 9600), Lines, bench.take)
    async with running(reader):
        await until(lambda: reader.trouble is None)
        bench.sends(b"04FFEE11\r\n")
        await until(lambda: bench.cards != [])
    bench.unplug()
    assert bench.cards == ["04FFEE11"]


def test_what_is_no_serial_line_is_said_in_words(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("")
    with pytest.raises(OSError, match="no serial line"):
        open_serial(str(path), 9600)
    with pytest.raises(ValueError, match="12345 bits per second is not possible"):
        open_serial(str(path), 12345)


@pytest.mark.parametrize(
    ("sent", "heard"),
    [
        (b"04A1B2C3\n", ["04A1B2C3"]),
        (b"04A1B2C3\r\n04FFEE11\r\n", ["04A1B2C3", "04FFEE11"]),
        (b"\x0204A1B2C3\x03", ["04A1B2C3"]),
        (b"garbage\x0204A1B2C3\x03", ["04A1B2C3"]),
        (b"\x00\x0004A1B2C3\x00\r\n", ["04A1B2C3"]),
        (b"\xf8\x8004A1\xffB2\r\n04FFEE11\r\n", ["04FFEE11"]),
        (b"\r\n\r\n   \r\n", []),
        (b"0" * (MAX_LINE + 1) + b"\r\n04FFEE11\r\n", ["04FFEE11"]),
    ],
)
def test_lines_end_with_any_end_and_noise_is_left_out(sent: bytes, heard: list[str]) -> None:
    whole, bytewise = Lines(), Lines()
    assert whole.feed(sent, 10.0) == heard
    assert [text for byte in sent for text in bytewise.feed(bytes([byte]), 10.0)] == heard


def test_half_a_card_from_before_is_no_part_of_the_next() -> None:
    lines = Lines()
    assert lines.feed(b"04A1", 10.0) == []
    assert lines.feed(b"04FFEE11\r", 12.0) == ["04FFEE11"]
