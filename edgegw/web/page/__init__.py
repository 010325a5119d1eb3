"""The page: static files, read once, served with headers that let nothing else in."""

from __future__ import annotations

from importlib import resources

from starlette.responses import Response
from starlette.routing import Route

_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
}

_HEADERS = {
    "content-security-policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
}


def page_routes() -> list[Route]:
    """Routes of the page's files."""
    folder = resources.files(__package__)
    routes = []
    for path, (name, media_type) in _FILES.items():
        content = folder.joinpath(name).read_bytes()
        routes.append(Route(path, _Static(content, media_type)))
    return routes


class _Static:
    """An endpoint that answers one file."""

    def __init__(self, content: bytes, media_type: str) -> None:
        self._content = content
        self._media_type = media_type

    async def __call__(self, scope: object, receive: object, send: object) -> None:
        response = Response(self._content, media_type=self._media_type, headers=_HEADERS)
        await response(scope, receive, send)  # type: ignore[arg-type]  # an ASGI endpoint, as Starlette's Route takes it
