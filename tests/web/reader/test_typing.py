"""A reader that types like a keyboard: the kernel's events, through a pipe, and through uinput where it is there."""

from __future__ import annotations

import asyncio
import fcntl
import os
import struct
from functools import partial
from pathlib import Path

import pytest

from edgegw.web.reader import ports
from edgegw.web.reader.keys import EV_KEY, EVENT, KEYS, Typed
from edgegw.web.reader.ports import open_typing
from edgegw.web.reader.service import Reader
from tests.web.reader.test_serial import until
from tests.web.served import running

SHIFT, ENTER = 42, 28
CODES = {pair[shifted]: (code, shifted) for shifted in (True, False) for code, pair in KEYS.items() if code < 70}

RECORDED = bytes.fromhex(
    "a1d2206700000000" "3c5c0b0000000000" "0400" "0400" "0b000700"  # EV_MSC MSC_SCAN 0x7000b
    "a1d2206700000000" "3c5c0b0000000000" "0100" "0500" "01000000"  # KEY_4 down
    "a1d2206700000000" "3c5c0b0000000000" "0000" "0000" "00000000"  # SYN_REPORT
    "a1d2206700000000" "ae7b0b0000000000" "0100" "0500" "00000000"  # KEY_4 up
    "a1d2206700000000" "ae7b0b0000000000" "0000" "0000" "00000000"
)  # fmt: skip
"""One key of a reader, as a 64-bit kernel writes it."""


def event(code: int, pressed: int) -> bytes:
    return EVENT.pack(0, 0, EV_KEY, code, pressed) + EVENT.pack(0, 0, 0, 0, 0)


def typed(text: str) -> bytes:
    """The events of a text and Enter."""
    keys = b""
    for letter in text:
        code, shifted = CODES[letter]
        key = event(code, 1) + event(code, 0)
        keys += event(SHIFT, 1) + key + event(SHIFT, 0) if shifted else key
    return keys + event(ENTER, 1) + event(ENTER, 0)


def test_digits_letters_and_signs_are_what_an_american_keyboard_types() -> None:
    assert Typed().feed(typed("04A1b2-C3"), 10.0) == ["04A1b2-C3"]
    assert Typed().feed(typed("https://example.com/?t=A_1"), 10.0) == ["https://example.com/?t=A_1"]


@pytest.mark.skipif(EVENT.size != 24, reason="recorded on a 64-bit kernel")
def test_a_recorded_key_is_read_in_pieces_of_any_size() -> None:
    keys = Typed()
    for at in range(0, len(RECORDED), 7):
        assert keys.feed(RECORDED[at : at + 7], 10.0) == []
    assert keys.feed(event(ENTER, 1), 10.0) == ["4"]


def test_a_repeated_key_counts_once_and_half_a_card_is_forgotten() -> None:
    keys = Typed()
    keys.feed(event(2, 1) + event(2, 2) + event(2, 2) + event(2, 0), 10.0)
    assert keys.feed(event(ENTER, 1), 10.1) == ["1"]
    keys.feed(event(2, 1), 20.0)
    assert keys.feed(typed("77"), 22.0) == ["77"]


def test_a_text_without_end_is_no_card() -> None:
    assert Typed().feed(typed("7" * 65), 10.0) == []


async def test_a_typing_reader_is_heard_through_its_device(tmp_path: Path) -> None:
    cards: list[str] = []

    async def take(card: str) -> None:
        cards.append(card)

    ours, theirs = os.pipe()
    os.set_blocking(ours, False)
    reader = Reader(lambda: os.dup(ours), Typed, take, spelling="decimal_reversed")
    async with running(reader):
        os.write(theirs, typed("3283263748"))
        await until(lambda: cards == ["04A1B2C3"])
        os.close(theirs)
        await until(lambda: reader.trouble == "it hung up")
    os.close(ours)


def test_a_device_that_can_not_be_ours_alone_is_not_heard(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "event0")
    with pytest.raises(OSError):
        open_typing(str(tmp_path / "event0"))


def test_a_reader_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "INPUT", tmp_path)
    with pytest.raises(OSError, match="no input device is called 'Sycreader'"):
        open_typing("Sycreader")


@pytest.mark.skipif(not os.access("/dev/uinput", os.W_OK), reason="/dev/uinput is not there, or not ours to write")
async def test_a_reader_made_with_uinput_is_found_by_its_name_and_grabbed() -> None:
    cards: list[str] = []

    async def take(card: str) -> None:
        cards.append(card)

    made = os.open("/dev/uinput", os.O_WRONLY)
    try:
        fcntl.ioctl(made, 0x40045564, EV_KEY)  # UI_SET_EVBIT
        for code in (*KEYS, SHIFT, ENTER):
            fcntl.ioctl(made, 0x40045565, code)  # UI_SET_KEYBIT
        setup = struct.pack("HHHH80sI", 3, 0xFFFF, 0x0035, 1, b"edgegw test RFID", 0)
        fcntl.ioctl(made, 0x405C5503, setup)  # UI_DEV_SETUP
        fcntl.ioctl(made, 0x5501)  # UI_DEV_CREATE
        reader = Reader(partial(open_typing, "test rfid"), Typed, take)
        async with running(reader):
            await until(lambda: reader.trouble is None)
            with pytest.raises(OSError):
                open_typing("test rfid")
            await asyncio.to_thread(os.write, made, typed("04a1b2c3"))
            await until(lambda: cards == ["04A1B2C3"])
    finally:
        os.close(made)
