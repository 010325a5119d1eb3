"""Refusals as RFC 9457 problem details: one `type` for each kind, and what to do about it in `detail`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

TYPES = {
    "bad-request": (400, "The request can't be understood"),
    "not-allowed": (403, "Not allowed here"),
    "not-found": (404, "Not found"),
    "conflict": (409, "It can't be done in this state"),
    "wrong-host": (421, "This name is not served here"),
    "invalid": (422, "The values don't fit"),
    "unavailable": (503, "Try again"),
    "no-answer": (504, "The station did not answer"),
}
"""Last part of the problem type, its HTTP status and its title."""


class Problem(Exception):
    """Raised by a route to refuse: `kind` is a key of TYPES, `detail` says what is wrong and what to do."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


def problem_response(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    status, title = TYPES[error.kind]
    body = {"type": f"/problems/{error.kind}", "title": title, "status": status, "detail": error.detail}
    return JSONResponse(body, status, media_type="application/problem+json")


def not_found(request: Request, error: Exception) -> Response:
    return problem_response(request, Problem("not-found", f"there is nothing at {request.url.path}"))


def wrong_method(request: Request, error: Exception) -> Response:
    return problem_response(request, Problem("not-allowed", f"{request.method} is not possible at {request.url.path}"))
