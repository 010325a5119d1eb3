"""Answers as JSON, which nobody keeps."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from edgegw.journal.rows import dump


def as_json(body: Any, status: int = 200) -> Response:
    return Response(dump(body), status, headers={"cache-control": "no-store"}, media_type="application/json")


def paged(items: list[Any], following: str | None = None) -> dict[str, Any]:
    """A page of items; `following` is the cursor of the page after it."""
    return {"items": items, "next": following}
