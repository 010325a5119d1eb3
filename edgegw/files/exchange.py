"""What a station reaches with the URL that it was given: one file to fetch, or one to put.

A URL is `/TOKEN`, and whatever a station adds behind it, with or without a slash, is the file's name: in OCPP 1.6 the
location of diagnostics is a folder (section 6.25), which some take for a prefix. Without a ticket there is nothing
here, whatever is asked for.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from edgegw.files.handover import Handover
from edgegw.files.multipart import FirstFile, Malformed, boundary_of
from edgegw.files.ranges import Unsatisfiable, wanted
from edgegw.files.shelf import FileRefused, StoredFile
from edgegw.files.tickets import TOKEN_LENGTH, Ticket

log = logging.getLogger("edgegw.files")

STALL_S: Final = 60.0
"""A station may say nothing for this long in the middle of a file."""

CHUNK: Final = 256 * 1024

_METHODS = {"fetch": ("GET", "HEAD"), "put": ("PUT", "POST")}
_STATUS = {"not-found": 404, "conflict": 409, "too-large": 413, "invalid": 400, "unavailable": 503}


class Stalled(Exception):
    """The body stopped coming."""


class Exchange:
    """The application."""

    def __init__(self, handover: Handover) -> None:
        self._handover = handover

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with contextlib.suppress(asyncio.CancelledError):  # the service stops, and has cut the connection
            request = Request(scope, receive)
            ticket, name = self._of(scope["raw_path"])
            if ticket is None:
                answer: Response = _said(404, "there is nothing here")
            elif request.method not in _METHODS[ticket.way]:
                answer = _said(405, "not this way", allow=", ".join(_METHODS[ticket.way]))
            elif ticket.way == "fetch":
                await self._fetch(request, ticket, send)
                return
            else:
                answer = await self._put(request, ticket, name)
            await answer(scope, receive, send)

    def _of(self, raw_path: bytes) -> tuple[Ticket | None, str]:
        """The ticket that a path begins with, and the name behind it."""
        path = raw_path.decode("ascii", "replace").lstrip("/")
        name = unquote(path[TOKEN_LENGTH:], errors="replace").strip("/").rpartition("/")[2]
        return self._handover.find(path[:TOKEN_LENGTH]), name

    # From a station

    async def _put(self, request: Request, ticket: Ticket, name: str) -> Response:
        length = request.headers.get("content-length", "")
        try:
            if length.isdigit() and int(length) > self._handover.max_bytes:
                raise FileRefused("too-large", f"a file may have {self._handover.max_bytes} bytes")
            boundary = boundary_of(request.headers.get("content-type", ""))
            form = FirstFile(boundary) if boundary is not None and request.method == "POST" else None
            await self._handover.take(
                ticket, _body(request, form), lambda: name or (form.name if form is not None else None)
            )
        except (FileRefused, Malformed) as refused:
            log.warning("%s: its %s was not taken: %s", ticket.station, ticket.kind, refused)
            return _said(_STATUS.get(getattr(refused, "kind", "invalid"), 400), str(refused))
        except Stalled:
            log.warning("%s: its %s stopped half-way", ticket.station, ticket.kind)
            return _said(408, f"nothing came for {STALL_S:g} s")
        except ClientDisconnect:
            log.warning("%s: hung up in the middle of its %s", ticket.station, ticket.kind)
            return _said(400, "the connection ended within the file")
        # 200 also for a PUT that made something: there are stations that take nothing else for success.
        return _said(200, "received")

    # To a station

    async def _fetch(self, request: Request, ticket: Ticket, send: Send) -> None:
        try:
            stored, path = self._handover.offered(ticket)
        except FileRefused:
            await _said(404, "there is nothing here")(request.scope, request.receive, send)
            return
        if await serve(path, stored, request, send):
            self._handover.fetched(ticket, stored)


async def serve(path: Path, stored: StoredFile, request: Request, send: Send) -> bool:
    """Answer a GET or HEAD with a file or the range of it that is asked for; whether its last byte went out."""
    tag = f'"{stored.sha256}"'
    headers = {
        "accept-ranges": "bytes", "cache-control": "no-store", "content-type": "application/octet-stream",
        "content-disposition": f'attachment; filename="{stored.name}"', "etag": tag,
        "x-content-type-options": "nosniff",
    }  # fmt: skip
    fits = request.headers.get("if-range", tag) == tag
    try:
        part = wanted(request.headers.get("range"), stored.size) if fits else None
    except Unsatisfiable as error:
        headers |= {"content-range": f"bytes */{stored.size}"}
        await PlainTextResponse(f"{error}\n", 416, headers)(request.scope, request.receive, send)
        return False
    begin, end = part or (0, stored.size)
    if part is not None:
        headers["content-range"] = f"bytes {begin}-{end - 1}/{stored.size}"
    head = Response(
        status_code=206 if part is not None else 200, headers={**headers, "content-length": str(end - begin)}
    )
    await send({"type": "http.response.start", "status": head.status_code, "headers": head.raw_headers})
    if request.method == "HEAD":
        await send({"type": "http.response.body", "body": b""})
        return False
    left = asyncio.ensure_future(_left(request.receive))
    try:
        with path.open("rb") as file:
            file.seek(begin)
            while begin < end and not left.done():
                block = await asyncio.to_thread(file.read, min(CHUNK, end - begin))
                if not block:
                    return False  # it was taken away meanwhile: the connection ends short, which the client sees
                begin += len(block)
                await send({"type": "http.response.body", "body": block, "more_body": begin < end})
        if stored.size == 0:
            await send({"type": "http.response.body", "body": b""})
        return begin == stored.size and not left.done()
    finally:
        left.cancel()
        await asyncio.gather(left, return_exceptions=True)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _body(request: Request, form: FirstFile | None) -> AsyncIterator[bytes]:
    """The bytes of the file in a request. Raises Stalled, Malformed and ClientDisconnect."""
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(STALL_S):
                chunk: bytes | None = await anext(stream, None)
        except TimeoutError:
            raise Stalled from None
        if chunk is None:
            break
        if form is None:
            yield chunk
        elif found := form.feed(chunk):
            yield found
    if form is not None and not form.done:
        raise Malformed("the form ends within the file")


def _said(status: int, text: str, **headers: str) -> Response:
    # A connection on which something was left unread is of no use for the next request.
    closing = {} if status < 400 else {"connection": "close"}
    return PlainTextResponse(f"{text}\n", status, {"cache-control": "no-store", **closing, **headers})
