"""What the web services and the voice socket count of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Final

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUESTS = Counter("edgegw_web_requests", "Requests of pages, programs and probes, by what they were answered",
                   ["area", "status"])  # fmt: skip
SECONDS = Histogram(
    "edgegw_web_seconds",
    "Time from a request to the beginning of its answer",
    ["area"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30),
)
LINES = Counter("edgegw_voice_socket_lines", "Lines that came at the voice socket", ["type"])
LINE_ERRORS = Counter("edgegw_voice_socket_errors", "Lines at the voice socket that were answered with an error")
LINE_SECONDS = Histogram(
    "edgegw_voice_socket_seconds",
    "Time that a line at the voice socket took, with the commit that it waited for",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)

_AREAS: Final[Mapping[bytes, str]] = {b"api": "api", b"metrics": "metrics", b"health": "health"}


class Counted:
    """Counts each request by the first part of its path, of which there are few whatever strangers ask for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = perf_counter()
        area = _AREAS.get(scope["raw_path"].partition(b"?")[0].split(b"/", 2)[1], "page")

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                REQUESTS.labels(area, str(message["status"])).inc()
                SECONDS.labels(area).observe(perf_counter() - began)
            await send(message)

        await self._app(scope, receive, counted)
