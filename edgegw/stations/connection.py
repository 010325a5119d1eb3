"""A websocket that hands each message over where it arrives, and that a doorkeeper may turn away before it speaks.

`websockets` puts messages into a queue from which a task takes them. For a station's frame, which is most often
answered without waiting for anything, that turn of the event loop and the locks around a send are a third of the
work. So a message is offered to the link first, inside the call that read it from the socket, and takes the way
through the queue only when the link has no room for it, when others are before it, or when the socket takes no more
writes: the library's flow control works as it is. A message that came as one frame in one piece does not even go
through the library's parser (`whole`). A release of the library that this does not fit takes over all of it.
"""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from websockets.asyncio.server import ServerConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import Event, State

from edgegw.stations.entrance import Entry
from edgegw.stations.unopened import TLS
from edgegw.stations.whole import UNFIT, frame_of, is_between_messages, text_of

BEGIN = 8
"""So many of a connection's first bytes tell what it speaks."""


class Handshakes(Protocol):
    """Who brings TLS between a socket and its protocol: see `edgegw.stations.handshakes`."""

    def begin(self, connection: asyncio.Protocol, transport: asyncio.BaseTransport) -> None: ...


class Receiver(Protocol):
    """Who takes messages: `receive` returns what is to be sent at once. Asked only while `has_room`."""

    @property
    def has_room(self) -> bool: ...

    def receive(self, data: bytes) -> bytes | None: ...


class Doorkeeper(Protocol):
    """Who knows how many connections each address has: `opened` says whether one more may stay."""

    def opened(self, address: str | None) -> bool: ...

    def closed(self, address: str | None) -> None: ...

    def knocked(self, address: str | None, begin: bytes, error: Exception | None) -> None:
        """A connection that began with these bytes never became a websocket."""


class StationConnection(ServerConnection):
    """For `create_connection` of `websockets`' `serve`; `receive_with` a link once the handshake is over."""

    receiver: Receiver | None = None
    """Set by `receive_with`."""
    entering: Entry | None = None
    """Its place among those that are let in at once."""

    def __init__(
        self, *args: Any, doorkeeper: Doorkeeper | None = None, handshakes: Handshakes | None = None, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._doorkeeper = doorkeeper
        self._handshakes = handshakes
        self._made = False
        self._early: list[bytes] = []
        if handshakes is not None:
            self.data_received = self._early.append  # type: ignore[method-assign, assignment]
        self._from: str | None = None
        self._begin = b""
        self._between = False
        """Between two messages, as far as is known: the next may be read without the library."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._handshakes is not None and transport.get_extra_info("ssl_object") is None:
            self._handshakes.begin(self, transport)  # which calls this again, with the transport inside TLS
            return
        self._made = True
        super().connection_made(transport)
        if self._doorkeeper is not None:
            peer = transport.get_extra_info("peername")
            self._from = str(peer[0]) if peer else None
            if not self._doorkeeper.opened(self._from):
                # Not with an HTTP answer: who opens too many may never ask for one, and holds a descriptor meanwhile.
                self.transport.abort()
            elif self._handshakes is None:
                self.data_received = self._begun  # type: ignore[method-assign]
                transport.set_protocol(self)  # uvloop remembers the method

    def _begun(self, data: bytes) -> None:
        """The first bytes on a socket without TLS."""
        del self.data_received
        self.transport.set_protocol(self)
        self._begin = data[:BEGIN]
        if data.startswith(TLS):
            self.transport.abort()  # or it would wait for a line of HTTP until it gives up
        else:
            self.data_received(data)

    def taken_over(self) -> bytes:
        """What was read before TLS took over; from here on the connection reads what is inside TLS."""
        vars(self).pop("data_received", None)
        return b"".join(self._early)

    def eof_received(self) -> None:
        if self._made:
            super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.entering is not None:
            self.entering.over()
        if not self._made:
            return  # it has never spoken TLS
        if self._doorkeeper is not None:
            self._doorkeeper.closed(self._from)
            if self._begin and (self.request is None or self.protocol.handshake_exc is not None):
                self._doorkeeper.knocked(self._from, self._begin, self.protocol.handshake_exc)
        super().connection_lost(exc)
        # These refer back to the connection. In a ring it would wait for Python's collector, which seldom looks at what
        # has lived long: 20 kB for each time that a station comes and goes.
        self.receiver = None
        vars(self.protocol).pop("select_subprotocol", None)
        if UNFIT is None:
            self.protocol.parser_exc = self.protocol.handshake_exc = None
            self.protocol.parser.close()

    def receive_with(self, receiver: Receiver) -> None:
        """Hand messages to `receiver` where they arrive, if the library is as it is known; else `recv` has them."""
        self.receiver = receiver if UNFIT is None else None

    def data_received(self, data: bytes) -> None:
        receiver = self.receiver
        if receiver is None:
            super().data_received(data)
        elif (
            self._between
            and self.protocol.state is State.OPEN
            and self._may_take(receiver)
            and (text := text_of(data)) is not None
        ):
            self._hand_over(receiver, text)
        else:
            super().data_received(data)
            self._between = is_between_messages(self.protocol)

    def process_event(self, event: Event) -> None:
        receiver = self.receiver
        if (
            receiver is not None
            and isinstance(event, Frame)
            and event.opcode is Opcode.TEXT
            and event.fin
            and self._may_take(receiver)
        ):
            self._hand_over(receiver, bytes(event.data))
        else:
            super().process_event(event)

    def _may_take(self, receiver: Receiver) -> bool:
        """Whether the next message is the receiver's."""
        return not self.paused and not len(self.recv_messages.frames) and receiver.has_room

    def _hand_over(self, receiver: Receiver, text: bytes) -> None:
        answer = receiver.receive(text)
        if answer is not None and self.protocol.state is State.OPEN:
            self.transport.write(frame_of(answer))

    async def send(self, message: Any, *, text: bool | None = None) -> None:
        """As the library's, without its locks, for what is sent here: whole text messages as bytes."""
        short = text and type(message) is bytes and UNFIT is None
        if short and self.protocol.state is State.OPEN and not self.paused:
            self.transport.write(frame_of(message))
        else:
            await super().send(message, text=text)
