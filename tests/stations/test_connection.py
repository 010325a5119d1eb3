"""Which messages go to the link where they arrive, and which take the library's way."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from edgegw.stations.connection import StationConnection

MESSAGE = Frame(Opcode.TEXT, b"message")


class Link:
    def __init__(self, room: bool = True, answer: bytes | None = b"answer") -> None:
        self.has_room = room
        self.answer = answer
        self.received: list[bytes] = []

    def receive(self, data: bytes) -> bytes | None:
        self.received.append(data)
        return self.answer


def connection(
    receiver: Link | None, *, queued: int = 0, paused: bool = False, state: State = State.OPEN
) -> tuple[Any, list[Frame], list[bytes]]:
    """A connection without a socket, with what went into the library's queue and what was sent."""
    queue: list[Frame] = []
    sent: list[bytes] = []
    made: Any = StationConnection.__new__(StationConnection)
    made.request = object()
    made.receiver = receiver
    made.paused = paused
    made.recv_messages = SimpleNamespace(frames=[MESSAGE] * queued, put=queue.append)
    made.protocol = SimpleNamespace(state=state)
    made.transport = SimpleNamespace(write=sent.append)
    return made, queue, sent


def test_a_whole_message_is_answered_where_it_arrives() -> None:
    link = Link()
    made, queue, sent = connection(link)
    made.process_event(MESSAGE)
    assert (link.received, queue, sent) == ([b"message"], [], [b"\x81\x06answer"])


def test_nothing_is_sent_when_there_is_no_answer_or_the_connection_is_closing() -> None:
    for link, state in ((Link(answer=None), State.OPEN), (Link(), State.CLOSING)):
        made, queue, sent = connection(link, state=state)
        made.process_event(MESSAGE)
        assert (link.received, queue, sent) == ([b"message"], [], [])


@pytest.mark.parametrize(
    ("link", "conditions", "frame"),
    [
        (None, {}, MESSAGE),
        (Link(room=False), {}, MESSAGE),
        (Link(), {"queued": 1}, MESSAGE),
        (Link(), {"paused": True}, MESSAGE),
        (Link(), {}, Frame(Opcode.TEXT, b"frag", fin=False)),
        (Link(), {}, Frame(Opcode.CONT, b"ment")),
        (Link(), {}, Frame(Opcode.BINARY, b"binary")),
    ],
)
def test_anything_else_waits_its_turn_in_the_librarys_queue(
    link: Link | None, conditions: dict[str, Any], frame: Frame
) -> None:
    made, queue, sent = connection(link, **conditions)
    made.process_event(frame)
    assert (queue, sent) == ([frame], [])
    assert link is None or not link.received
