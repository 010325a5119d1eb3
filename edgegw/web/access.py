"""Who may do what at a listener, and the doors that every request goes through first."""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edgegw.web.problems import Problem, problem_response

_READING = frozenset({"GET", "HEAD", "OPTIONS"})

KIOSK = "/api/v1/kiosk/"
"""What a guest's browser may post to: there its pairing counts, not the listener."""

_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
)


@dataclass(frozen=True, slots=True)
class Access:
    """What a listener lets its callers do. `hosts` None: any Host header (a socket in the file system has no name).

    `masked` hides what identifies a person or a part of the installation: see `edgegw.web.masks`.
    """

    change: bool
    masked: bool
    asker: str
    hosts: frozenset[str] | None = None


INSTALLER = Access(change=True, masked=False, asker="cli")


class Guard:
    """Refuses foreign Host headers (DNS rebinding), foreign origins, and changes where the listener allows none.

    Also makes every path canonical: a station's id may hold a percent-encoded slash, which the routes must not see as
    one, so they see each segment encoded and decode it themselves.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_ALWAYS]
            await send(message)

        request = Request(scope)
        if (refusal := self._refusal(request)) is not None:
            await problem_response(request, refusal)(scope, receive, hardened)
            return
        with contextlib.suppress(asyncio.CancelledError):  # the service stops, and has cut the connection
            await self._app({**scope, "path": _canonical(scope["raw_path"])}, receive, hardened)

    def _refusal(self, request: Request) -> Problem | None:
        host = request.headers.get("host", "").lower()
        name = re.sub(r":\d*$", "", host)
        if self._access.hosts is not None and name.strip("[]") not in self._access.hosts and not _is_address(name):
            return Problem("wrong-host", f"the name {name!r} is not this gateway's; use its address")
        origin = request.headers.get("origin")
        if origin is not None and origin.lower() != f"http://{host}":
            return Problem("not-allowed", "requests from other sites are not answered")
        touches = request.method == "POST" and _canonical(request.scope["raw_path"]).startswith(KIOSK)
        if request.method not in _READING and not self._access.change and not touches:
            return Problem("not-allowed", "this listener is read-only; use the control socket (edgegw on the gateway)")
        return None


def _is_address(host: str) -> bool:
    return bool(re.fullmatch(r"[0-9.]+|\[[0-9a-fA-F:.]+\]", host))


def _canonical(raw_path: bytes) -> str:
    return "/".join(quote(unquote(part), safe="") for part in raw_path.decode("ascii", "replace").split("/"))
