"""A file service on a free loopback port, and what a station's HTTP client does with the URL that it was told."""

from __future__ import annotations

import asyncio
import http.client
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from edgegw.files import Shelf
from edgegw.files.service import FileService
from edgegw.hub import Hub
from tests.web.served import running

MIB = 1024 * 1024


@asynccontextmanager
async def file_service(hub: Hub, folder: Path, **changed: Any) -> AsyncIterator[FileService]:
    shelf = Shelf(
        folder / "files", budget_bytes=8 * MIB, max_bytes=changed.pop("max_bytes", 4 * MIB), keep_s=3600.0, now=hub.now
    )
    service = FileService(hub, shelf, **{"host": "127.0.0.1", "port": 0, "address": "127.0.0.1"} | changed)
    async with running(service):
        yield service


@dataclass(slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


async def ask(
    method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None, tls: ssl.SSLContext | None = None
) -> Reply:
    """One request, as a station makes it; an iterable body goes out in chunks."""
    return await asyncio.to_thread(_ask, method, url, body, dict(headers or {}), tls)


def _ask(method: str, url: str, body: Any, headers: dict[str, str], tls: ssl.SSLContext | None) -> Reply:
    parts = urlsplit(url)
    assert parts.hostname is not None
    connection: http.client.HTTPConnection = (
        http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
        if tls is None
        else http.client.HTTPSConnection("localhost", parts.port, timeout=10, context=tls)
    )
    try:
        connection.request(method, parts.path, body, headers)
        answer = connection.getresponse()
        return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()
