"""Whole text messages as they are on the wire (RFC 6455 section 5.2): the short way for nearly all that stations say.

`websockets` reads a frame through three generators and writes one through a buffer, which for a short message and its
answer takes longer than all the rest that is done with them. A frame that came in one piece, and is nothing but a text
message, can be told by its first bytes; anything else is the library's.

For that names of the library are needed that it does not promise to keep. `UNFIT` says what a release has changed of
them; then everything is the library's.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, Final

from websockets.asyncio.server import ServerConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN, Protocol
from websockets.server import ServerProtocol

from edgegw.stations.rpc import MAX_FRAME

try:
    from websockets.speedups import apply_mask
except ImportError:  # where it could not be compiled
    from websockets.utils import apply_mask
try:
    from websockets.streams import StreamReader

    _AT_EOF: Any = StreamReader.at_eof.__code__
except (ImportError, AttributeError):
    _AT_EOF = None

_TEXT: Final = 0x81
"""FIN and the opcode of text, without the bits that extensions use."""

_MASKED: Final = 0x80


def text_of(data: bytes) -> bytes | None:
    """The text, when `data` is exactly one frame of a client with a whole text message in it that is not too long."""
    size = len(data)
    if size < 6 or data[0] != _TEXT:
        return None
    told = data[1] - _MASKED
    if 0 <= told < 126:
        start = 6
    elif told == 126:
        start, told = 8, int.from_bytes(data[2:4], "big")
    elif told == 127:
        start, told = 14, int.from_bytes(data[2:10], "big")
    else:
        return None  # not masked: the library knows what to say to that
    if size != start + told or told > MAX_FRAME:
        return None
    return apply_mask(data[start:], data[start - 4 : start])


def frame_of(text: bytes) -> bytes:
    """A whole text message as a server sends it."""
    size = len(text)
    if size < 126:
        return b"\x81%c%b" % (size, text)
    if size < 65536:
        return b"\x81\x7e%b%b" % (size.to_bytes(2, "big"), text)
    return b"\x81\x7f%b%b" % (size.to_bytes(8, "big"), text)


def is_between_messages(protocol: Protocol) -> bool:
    """Whether all that `protocol` was given is read, and what comes next begins a message.

    Between two frames its parser waits to be told whether there are more, and nowhere else.
    """
    waits: Any = protocol.parser
    while (inner := waits.gi_yieldfrom) is not None:
        waits = inner
    return waits.gi_code is _AT_EOF and protocol.current_size is None


def unfit() -> str | None:
    """What of the library is not as it is taken to be here and in `connection`, in words; None when all is."""
    try:
        from websockets.asyncio.messages import Assembler, SimpleQueue

        for has, names in (
            (_names(ServerConnection, "__init__"), {"paused", "protocol"}),
            (_names(ServerConnection, "connection_made"), {"recv_messages", "transport"}),
            (_names(ServerConnection, "data_received"), {"receive_data"}),
            (_names(ServerConnection, "process_event"), {"recv_messages"}),
            (_names(Assembler, "__init__"), {"frames", "SimpleQueue"}),
            (dir(SimpleQueue), {"__len__"}),
        ):
            if missing := sorted(names.difference(has)):
                return _changed(f"it has no {missing[0]}")
        protocol = ServerProtocol(state=OPEN)
        if protocol.parser_exc is not None or _AT_EOF is None:
            return _changed("the parser is another one")
        for data, between in (
            (Frame(Opcode.TEXT, b"a message").serialize(mask=True), True),
            (b"\x81", False),
            (b"\x82maskab", True),
            (Frame(Opcode.TEXT, b"a part", fin=False).serialize(mask=True), False),
            (Frame(Opcode.CONT, b"the rest").serialize(mask=True), True),
        ):
            protocol.receive_data(data)
            if is_between_messages(protocol) is not between:
                return _changed("its parser waits elsewhere between messages")
        if text_of(Frame(Opcode.TEXT, b"mask me").serialize(mask=True)) != b"mask me":
            return _changed("apply_mask works in another way")
    except Exception as error:  # whatever it does: the gateway goes on without the short way
        return _changed(str(error))
    return None


def _names(of: type, method: str) -> set[str]:
    """The names that a method of a class, or of those that it is made of, speaks of."""
    owners = [vars(each)[method] for each in of.__mro__ if method in vars(each)]
    codes = [each.__code__ for each in owners if hasattr(each, "__code__")]
    return {name for code in codes for name in code.co_names}


def _changed(what: str) -> str:
    return f"websockets {version('websockets')} is not as it was: {what}"


UNFIT: Final = unfit()
"""Why nothing takes the short way; None: it does."""
