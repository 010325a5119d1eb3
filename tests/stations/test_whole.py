"""Whole text messages take the short way, and no cut, ping or fragment of a stream lets one be lost or made up."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN, State
from websockets.server import ServerProtocol

from edgegw.simulate.car import Car
from edgegw.stations import connection, server, whole
from edgegw.stations.connection import StationConnection
from edgegw.stations.rpc import MAX_FRAME
from edgegw.stations.whole import frame_of, is_between_messages, text_of
from tests.simulate.served import served


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_a_message_is_read_and_written_as_the_library_does(size: int) -> None:
    text = random.Random(size).randbytes(size)
    assert text_of(Frame(Opcode.TEXT, text).serialize(mask=True)) == text
    assert frame_of(text) == Frame(Opcode.TEXT, text).serialize(mask=False)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x81\x85abc",
        Frame(Opcode.TEXT, b"text").serialize(mask=False),
        Frame(Opcode.TEXT, b"text", fin=False).serialize(mask=True),
        b"\xc1" + Frame(Opcode.TEXT, b"text").serialize(mask=True)[1:],
        Frame(Opcode.BINARY, b"text").serialize(mask=True),
        Frame(Opcode.PING, b"text").serialize(mask=True),
        Frame(Opcode.TEXT, b"text").serialize(mask=True)[:-1],
        Frame(Opcode.TEXT, b"text").serialize(mask=True) + b"\x81",
        Frame(Opcode.TEXT, b"x" * (MAX_FRAME + 1)).serialize(mask=True),
    ],
    ids=["nothing", "cut", "unmasked", "a fragment", "compressed", "binary", "ping", "short", "more", "too long"],
)
def test_anything_else_is_left_to_the_library(data: bytes) -> None:
    assert text_of(data) is None


def test_in_the_middle_of_a_frame_or_a_message_nothing_else_begins() -> None:
    protocol = ServerProtocol(state=OPEN)
    for data, between in (
        (b"\x81", False),
        (b"\x82", False),
        (b"mask", False),
        (b"ab", True),
        (Frame(Opcode.TEXT, b"one ", fin=False).serialize(mask=True), False),
        (Frame(Opcode.PING, b"").serialize(mask=True), False),
        (Frame(Opcode.CONT, b"message").serialize(mask=True), True),
    ):
        protocol.receive_data(data)
        assert is_between_messages(protocol) is between, data


class Ear:
    has_room = True

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def receive(self, data: bytes) -> None:
        self.heard.append(data)


class Transport:
    def write(self, data: bytes) -> None:
        pass

    def is_closing(self) -> bool:
        return False


@pytest.mark.parametrize("seed", range(30))
def test_whatever_the_network_makes_of_a_stream_every_message_arrives_once_and_in_order(seed: int) -> None:
    chance = random.Random(seed)
    said, pieces = [], []
    for number in range(60):
        text = b"%d:" % number + b"x" * chance.choice([0, 1, 100, 125, 126, 200, 70_000])
        said.append(text)
        if chance.random() < 0.2:
            at = chance.randrange(len(text))
            frames = [Frame(Opcode.TEXT, text[:at], fin=False), Frame(Opcode.PING, b"x"), Frame(Opcode.CONT, text[at:])]
        else:
            frames = [Frame(Opcode.TEXT, text)]
        pieces += [frame.serialize(mask=True) for frame in frames]
        if chance.random() < 0.2:
            pieces.append(Frame(Opcode.PING, b"ping").serialize(mask=True))
    ear, queue = Ear(), []
    connection: Any = StationConnection.__new__(StationConnection)
    connection.protocol = ServerProtocol(state=State.OPEN)
    connection.request, connection.receiver, connection.transport = object(), ear, Transport()
    connection.paused, connection.debug, connection._between = False, False, False
    connection.close_deadline = connection.close_timeout = None
    connection.pending_pings = {}

    def queued(frame: Frame) -> None:
        """What the library's queue gets: messages in fragments, joined here as it would."""
        if frame.opcode is Opcode.TEXT:
            queue.append(b"")
        queue[-1] += bytes(frame.data)
        if frame.fin:
            ear.heard.append(queue.pop())

    connection.recv_messages = type("Queue", (), {"frames": [], "put": staticmethod(queued)})()
    while pieces:
        data = b"".join(pieces.pop(0) for _ in range(min(len(pieces), chance.choice([1, 1, 1, 2, 3]))))
        while data:
            cut = len(data) if chance.random() < 0.7 else chance.randint(1, len(data))
            connection.data_received(data[:cut])
            data = data[cut:]
    assert ear.heard == said


def test_this_release_of_the_library_is_as_the_short_way_needs_it() -> None:
    assert whole.UNFIT is None, f"{whole.UNFIT}; adapt edgegw/stations/whole.py, or leave all to the library"


@pytest.mark.parametrize(
    ("of", "name", "words"),
    [
        ("websockets.protocol.Protocol", "receive_data", "no attribute 'receive_data'"),
        ("websockets.asyncio.connection.Connection", "process_event", "it has no recv_messages"),
    ],
)
def test_a_release_without_a_name_that_is_needed_is_told_in_words(
    of: str, name: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(f"{of}.{name}")
    assert words in str(whole.unfit())


def test_a_release_that_waits_elsewhere_between_messages_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "is_between_messages", lambda protocol: True)
    assert str(whole.unfit()).endswith("is not as it was: its parser waits elsewhere between messages")


@pytest.mark.parametrize("version", ["1.6", "2.1"])
async def test_with_another_release_the_library_reads_and_writes_all(
    version: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def never(*args: Any) -> Any:
        raise AttributeError("gone")

    for module in (connection, server):
        monkeypatch.setattr(module, "UNFIT", "websockets 99 is not as it was: gone")
    for name in ("frame_of", "text_of", "is_between_messages"):
        monkeypatch.setattr(connection, name, never)
    monkeypatch.setattr(StationConnection, "_may_take", never)
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        station.plug(Car())
        assert await station.present("CARD1")
        await gateway.until(lambda: gateway.hub.state.at_evse)
        assert (await gateway.command("clear_cache", station="CP01")).state == "done"
    assert "frames are read by the library alone" in caplog.text
