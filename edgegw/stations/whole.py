"""Whole text messages as they are on the wire (RFC 6455 section 5.2): the short way for nearly all that stations say.

`websockets` reads a frame through three generators and writes one through a buffer, which for a short message and its
answer takes longer than all the rest that is done with them. A frame that came in one piece, and is nothing but a text
message, can be told by its first bytes; anything else is the library's.
"""

from __future__ import annotations

from typing import Any, Final

from websockets.protocol import Protocol
from websockets.speedups import apply_mask
from websockets.streams import StreamReader

from edgegw.stations.rpc import MAX_FRAME

_TEXT: Final = 0x81
"""FIN and the opcode of text, without the bits that extensions use."""

_MASKED: Final = 0x80

_AT_EOF: Final = StreamReader.at_eof.__code__


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
