"""Refusals as RFC 9457 problem details: one `type` for each kind, and what to do about it in `detail`."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from edgegw.journal.rows import dump

TYPES = {
    "bad-request": (400, "The request can't be understood"),
    "not-allowed": (403, "Not allowed here"),
    "not-found": (404, "Not found"),
    "wrong-method": (405, "This can't be done here"),
    "too-slow": (408, "The request took too long to arrive"),
    "conflict": (409, "It can't be done in this state"),
    "too-large": (413, "The body is too large"),
    "wrong-content": (415, "The body has to be JSON"),
    "wrong-host": (421, "This name is not served here"),
    "invalid": (422, "The values don't fit"),
    "internal": (500, "The gateway made a mistake"),
    "unavailable": (503, "Try again"),
    "no-answer": (504, "The station did not answer"),
}
"""Last part of the problem type, its HTTP status and its title."""

MEDIA_TYPE = "application/problem+json"


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
    return Response(dump(body), status, headers={"cache-control": "no-store"}, media_type=MEDIA_TYPE)


def not_found(request: Request, error: Exception) -> Response:
    return problem_response(request, Problem("not-found", f"there is nothing at {request.url.path}"))


def wrong_method(request: Request, error: Exception) -> Response:
    """405 with the methods that would do, or, to OPTIONS, just those."""
    assert isinstance(error, HTTPException)
    methods = sorted({*((error.headers or {}).get("Allow", "")).split(", "), "OPTIONS"} - {""})
    headers = {"allow": ", ".join(methods)}
    if request.method == "OPTIONS":
        return Response(status_code=204, headers=headers)
    detail = f"{request.method} is not possible at {request.url.path}; possible: {headers['allow']}"
    response = problem_response(request, Problem("wrong-method", detail))
    response.headers.update(headers)
    return response


def internal(request: Request, error: Exception) -> Response:
    """For a fault of ours; the traceback is the log's, not the asker's."""
    return problem_response(request, Problem("internal", "nothing is known to be lost; the gateway's log says more"))
