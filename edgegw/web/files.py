"""Files by HTTP: what stations sent, and the firmware that is kept for them (`edgegw.files`)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from edgegw.files import FileRefused, StoredFile
from edgegw.files.exchange import serve
from edgegw.files.service import FileService
from edgegw.files.shelf import FIRMWARE
from edgegw.web.access import Access
from edgegw.web.answers import as_json, paged
from edgegw.web.neighbours import Neighbours
from edgegw.web.plain import plain
from edgegw.web.problems import Problem
from edgegw.web.query import BODY_S, body_of, query_of

HIDDEN: Final = ("certificate", "signature")


class FilesApi:
    """The routes of /api/v1/files."""

    def __init__(self, neighbours: Neighbours, access: Access) -> None:
        self._neighbours = neighbours
        self._access = access

    def routes(self) -> list[Route]:
        return [
            Route("/api/v1/files", self.files),
            Route("/api/v1/files/{id}", self.file, methods=["GET", "PUT", "DELETE"]),
            Route("/api/v1/files/{id}/signature", self.signature, methods=["PUT"]),
        ]

    def _service(self, request: Request) -> FileService:
        query_of(request)
        if self._access.masked:
            raise Problem("not-allowed", "a station's files say who charged; ask at the control socket")
        service = self._neighbours.files()
        if service is None:
            raise Problem("unavailable", "there is no file service here: set ocpp.files")
        return service

    async def files(self, request: Request) -> Response:
        found = [shown(each) for each in self._service(request).shelf.files()]
        return as_json(paged(found))

    async def file(self, request: Request) -> Any:
        shelf, id = self._service(request).shelf, unquote(request.path_params["id"])
        try:
            if request.method == "PUT":
                stored = await shelf.take(id, _body(request), kind=FIRMWARE, name=lambda: id)
                return as_json(shown(stored))
            stored = shelf.get(id)
            if request.method == "DELETE":
                shelf.remove(id)
                return Response(status_code=204, headers={"cache-control": "no-store"})
        except FileRefused as refused:
            raise Problem(refused.kind, str(refused)) from None

        async def content(scope: Scope, receive: Receive, send: Send) -> None:
            await serve(shelf.path(id), stored, Request(scope, receive), send)

        return content

    async def signature(self, request: Request) -> Response:
        service, id = self._service(request), unquote(request.path_params["id"])
        body = await body_of(request, HIDDEN)
        certificate, signature = body.get("certificate"), body.get("signature")
        if not isinstance(certificate, str) or not isinstance(signature, str):
            raise Problem("invalid", "certificate is a PEM, and signature is in base64")
        try:
            stored = service.shelf.get(id)
            if stored.kind != FIRMWARE:
                raise Problem("conflict", f"{id} came from a station; it is no firmware")
            await service.prove(stored, certificate, signature)
            return as_json(shown(service.shelf.sign(id, certificate, signature)))
        except FileRefused as refused:
            raise Problem(refused.kind, str(refused)) from None
        except ValueError as wrong:
            raise Problem("invalid", str(wrong)) from None


def shown(stored: StoredFile) -> dict[str, Any]:
    """A file as the API tells of it."""
    row: dict[str, Any] = plain(stored)
    return {key: value for key, value in row.items() if key not in HIDDEN} | {"signed": stored.signature is not None}


async def _body(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes. Raises Problem when it stops."""
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(BODY_S):
                chunk: bytes | None = await anext(stream, None)
        except TimeoutError:
            raise Problem("too-slow", f"nothing came for {BODY_S:g} s") from None
        except ClientDisconnect:
            raise Problem("bad-request", "the connection ended within the body") from None
        if chunk is None:
            return
        yield chunk
