"""Reading requests: queries, cursors, bodies and times. What does not fit raises Problem, with what would."""

from __future__ import annotations

import asyncio
import base64
import binascii
import math
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import orjson
from starlette.requests import ClientDisconnect, Request

from edgegw.core.nesting import MAX_DEPTH, too_deep
from edgegw.web.problems import Problem

MAX_BODY = 256 * 1024
"""Bytes of a request's body: as long as the longest OCPP frame."""

BODY_S = 10.0
"""A body may take this long to arrive."""

DEFAULT_LIMIT, MOST = 100, 1000
"""Items of a page of history."""


def named(request: Request) -> str:
    """The `{id}` of the path, which is still percent-encoded."""
    return unquote(request.path_params["id"])


def query_of(request: Request, *allowed: str) -> dict[str, str]:
    """The query's parameters; one that is not `allowed`, or comes twice, is refused."""
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in allowed:
            known = f"; known: {', '.join(allowed)}" if allowed else ", which takes none"
            raise Problem("bad-request", f"there is no parameter {name!r} at {request.url.path}{known}")
        if name in found:
            raise Problem("bad-request", f"{name} stands there twice")
        found[name] = value
    return found


def one_of(query: Mapping[str, str], name: str, *allowed: str) -> str | None:
    value = query.get(name)
    if value is not None and value not in allowed:
        raise Problem("bad-request", f"{name} is one of {', '.join(allowed)}")
    return value


def limit_of(query: Mapping[str, str]) -> int:
    limit = whole(query, "limit", DEFAULT_LIMIT)
    if not 1 <= limit <= MOST:
        raise Problem("bad-request", f"limit is from 1 to {MOST}")
    return limit


def whole(query: Mapping[str, str], name: str, default: int) -> int:
    """A whole number of 0 or more that fits into 63 bits."""
    value = query.get(name, str(default))
    if not (value.isascii() and value.isdigit() and len(value) <= 18):
        raise Problem("bad-request", f"{name} is a whole number of 0 or more")
    return int(value)


def seconds(query: Mapping[str, str], name: str, most_s: float) -> float:
    """A number of seconds from 0 to `most_s`, 0 when it is not there."""
    try:
        value = float(query.get(name, 0))
    except ValueError:
        value = math.nan
    if not 0 <= value <= most_s:  # which a NaN isn't either
        raise Problem("bad-request", f"{name} is a number of seconds from 0 to {most_s:g}")
    return value


def instant(value: Any, name: str, kind: str = "bad-request") -> datetime | None:
    """A time with its zone, None for None."""
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    raise Problem(kind, f"{name} is a time with its zone, such as 2026-11-24T18:00:00Z")


def cursor(*place: str | int) -> str:
    """Where a page of history ended, as text that means nothing to its reader."""
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def place_of(query: Mapping[str, str], *kinds: type) -> list[Any] | None:
    """The place that `cursor` was given, of values of these `kinds`; None when the query has no cursor."""
    text = query.get("cursor")
    if text is None:
        return None
    try:
        place = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        place = None
    if not isinstance(place, list) or [type(value) for value in place] != list(kinds):
        raise Problem("bad-request", "cursor is what `next` said in the answer before, to the same path")
    return place


async def body_of(request: Request, allowed: Collection[str]) -> dict[str, Any]:
    """The JSON object in the body. Refuses what is too long or slow, no JSON in UTF-8, and keys not `allowed`."""
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem("wrong-content", f"the body is {kind or 'of no type'}; say content-type: application/json")
    try:
        async with asyncio.timeout(BODY_S):
            body = orjson.loads(await _bytes(request))
    except TimeoutError:
        raise Problem("too-slow", f"the body did not arrive within {BODY_S:g} s") from None
    except ClientDisconnect:
        raise Problem("bad-request", "the connection ended within the body") from None
    except orjson.JSONDecodeError as error:
        raise Problem("bad-request", f"the body is not JSON in UTF-8: {error.msg}") from None
    if not isinstance(body, dict):
        raise Problem("bad-request", "the body is not a JSON object")
    if too_deep(body):
        raise Problem("bad-request", f"the body is nested deeper than {MAX_DEPTH} levels")
    if unknown := sorted(set(body) - set(allowed)):
        raise Problem("invalid", f"unknown keys {', '.join(unknown)}; known: {', '.join(sorted(allowed))}")
    return body


async def _bytes(request: Request) -> bytes:
    length = request.headers.get("content-length", "0")
    found = bytearray()
    if int(length) <= MAX_BODY:
        async for chunk in request.stream():
            found += chunk
            if len(found) > MAX_BODY:
                break
        else:
            return bytes(found)
    raise Problem("too-large", f"the body is longer than {MAX_BODY} bytes")
