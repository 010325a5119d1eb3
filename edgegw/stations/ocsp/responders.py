"""OCSP over HTTP (RFC 6960 appendix A): one request, one answer, no redirects, and an end to everything."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from collections.abc import Collection
from functools import cache
from typing import Final
from urllib.parse import quote

import h11

from edgegw.stations.ocsp.places import Barred, Place

MAX_ANSWER: Final = 64 * 1024
"""Bytes of an answer; one of OCSP has 2 kB with its certificates."""

_TYPE: Final = (b"Content-Type", b"application/ocsp-request")


class NotAnswered(Exception):
    """No answer came from a responder; the text says why."""


async def ask(url: str, request: bytes, *, post: bool, listed: Collection[str]) -> bytes:
    """A responder's answer to a request. Ends by its caller's time limit alone. Raises NotAnswered, Barred."""
    place = Place.of(url, listed)
    address = await _address(place)
    secured = _context() if place.secure else None
    try:
        reader, writer = await asyncio.open_connection(
            address, place.port, ssl=secured, server_hostname=place.host if secured is not None else None,
            limit=MAX_ANSWER,
        )  # fmt: skip
    except OSError as error:
        raise NotAnswered(f"{place.host} can't be reached: {error.strerror or error}") from error
    try:
        return await _exchange(reader, writer, _events(place, request, post=post))
    except (OSError, EOFError) as error:
        raise NotAnswered(f"{place.host} hung up") from error
    except h11.ProtocolError as error:
        raise NotAnswered(f"{place.host} does not speak HTTP") from error
    finally:
        writer.transport.abort()


@cache
def _context() -> ssl.SSLContext:
    """What the system trusts. The answer is signed by itself: TLS hides which car is asked about."""
    return ssl.create_default_context()


async def _address(place: Place) -> str:
    """The address of the responder that is connected to: the one that was looked at, whatever its name says later."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # the latter for what is no name: an empty label, or one that is too long
        raise NotAnswered(f"{place.host} has no address") from error
    for _, _, _, _, sockaddr in found:
        if place.may_be_at(str(sockaddr[0])):
            return str(sockaddr[0])
    raise Barred(f"{place.host} is not a public address, nor in ocpp.contracts.responders")


def _events(place: Place, request: bytes, *, post: bool) -> list[h11.Event]:
    host = f"[{place.host}]" if ":" in place.host else place.host
    usual = place.port == (443 if place.secure else 80)
    headers = [
        (b"Host", (host if usual else f"{host}:{place.port}").encode()),
        (b"Accept", b"application/ocsp-response"),
        (b"Connection", b"close"),
    ]
    if not post:
        path = f"{place.path.rstrip('/')}/{quote(base64.b64encode(request), safe='')}"
        return [h11.Request(method="GET", target=path, headers=headers), h11.EndOfMessage()]
    headers += [_TYPE, (b"Content-Length", str(len(request)).encode())]
    return [h11.Request(method="POST", target=place.path, headers=headers), h11.Data(request), h11.EndOfMessage()]


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, events: list[h11.Event]) -> bytes:
    http = h11.Connection(h11.CLIENT)
    writer.write(b"".join(http.send(each) or b"" for each in events))
    body = bytearray()
    while True:
        match http.next_event():
            case h11.NEED_DATA:
                http.receive_data(await reader.read(8192))
            case h11.Response(status_code=status) if status != 200:
                raise NotAnswered(f"the responder answers HTTP {status}")
            case h11.Data(data=data):
                body += data
                if len(body) > MAX_ANSWER:
                    raise NotAnswered(f"the answer has more than {MAX_ANSWER} bytes")
            case h11.EndOfMessage():
                return bytes(body)
            case h11.ConnectionClosed() | h11.PAUSED:
                raise NotAnswered("the responder hung up")
