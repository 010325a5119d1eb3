"""GET /api/v1/changes: facts as server-sent events, in order, resumable at any number, and readings as `state`.

A fact's event has its sequence as `id` and its type as `event`. A `state` event says which readings are newer than the
one before told, at most once a second; it has no id, for nobody can resume at a reading.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from edgegw.hub import Hub
from edgegw.journal.rows import dump
from edgegw.web import masks
from edgegw.web.plain import plain, reading
from edgegw.web.problems import Problem, problem_response

HEARTBEAT_S = 15.0
"""A comment goes out this often on a silent stream, so that proxies and browsers keep it."""

STATE_EVERY_S = 1.0

PAGE = 200

MAX_STREAMS = 32
"""Streams at once, on all listeners: a browser that loses its contact leaves one behind for half a minute."""


MAX_PAIRED = 8
"""Of the kiosk's screens beside them: whoever may look can't take the place of who may touch."""


class Streams:
    """The streams that are open. `end` ends them all, and those that come later at once."""

    def __init__(self) -> None:
        self.open = {False: 0, True: 0}
        """How many, by whether they are a paired browser's."""
        self._ended = asyncio.Event()

    def end(self) -> None:
        self._ended.set()

    async def ended(self) -> None:
        await self._ended.wait()


Source = Callable[[asyncio.Future[Any]], AsyncGenerator[bytes, None]]
"""What a stream sends, until the future that it gets is done."""


class EventStream:
    """An answer that goes on: Starlette calls it as it would any response."""

    def __init__(self, streams: Streams, source: Source, *, paired: bool = False) -> None:
        self._streams = streams
        self._source = source
        self._paired = paired

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store")],
        }
        most = MAX_PAIRED if self._paired else MAX_STREAMS
        if self._streams.open[self._paired] >= most:
            refusal = Problem("unavailable", f"{most} streams are open; close one, or poll instead")
            await problem_response(Request(scope), refusal)(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            await send(head)
            await send({"type": "http.response.body", "body": b""})
            return
        self._streams.open[self._paired] += 1
        over = asyncio.ensure_future(_first(_left(receive), self._streams.ended()))
        try:
            await send(head)
            async with aclosing(self._source(over)) as found:
                async for event in found:
                    # Waits while the reader's buffers are full: for a slow reader the ledger is read more slowly.
                    await send({"type": "http.response.body", "body": event, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._streams.open[self._paired] -= 1
            over.cancel()
            await asyncio.gather(over, return_exceptions=True)


async def events(
    hub: Hub, after: int | None, over: asyncio.Future[Any], *, masked: bool
) -> AsyncGenerator[bytes, None]:
    """Events from the sequence after `after` on, until `over` is done; None begins with what comes next.

    History is read from the ledger page by page until the live end is reached, so a slow reader costs no memory. A
    number beyond the newest is from a ledger that was replaced: that reader begins with what comes next, too.
    """
    clock = asyncio.get_running_loop().time
    head = hub.journal.position("A").head
    sent = head if after is None else min(after, head)
    told: dict[str, Any] = {}
    said_at = looked_at = clock()
    grown: asyncio.Future[None] | None = None
    yield b"retry: 2000\n\n"
    try:
        while not over.done():
            grew = hub.journal.position("A").head > sent
            page = await hub.journal.reader.facts(sent, PAGE) if grew else []
            for stored in page:
                shown = {
                    "sequence": stored.sequence, "id": stored.id, "type": stored.type, "subject": stored.subject,
                    "at": plain(stored.at), "data": masks.fact(stored.type, stored.body) if masked else stored.body,
                }  # fmt: skip
                yield f"id: {stored.sequence}\nevent: {stored.type}\ndata: {dump(shown)}\n\n".encode()
                sent, said_at = stored.sequence, clock()
            if len(page) == PAGE:
                continue
            if clock() - looked_at >= STATE_EVERY_S:
                looked_at = clock()
                if newer := _newer(hub, told):
                    yield f"event: state\ndata: {dump({'at': plain(hub.now()), 'readings': newer})}\n\n".encode()
                    said_at = clock()
            if clock() - said_at >= HEARTBEAT_S:
                yield b": still here\n\n"
                said_at = clock()
            grown = grown or asyncio.ensure_future(hub.journal.changed("A", sent))
            pause_s = max(0.0, looked_at + STATE_EVERY_S - clock())
            await asyncio.wait((grown, over), timeout=pause_s, return_when=asyncio.FIRST_COMPLETED)
            if grown.done():
                grown = None
    finally:
        if grown is not None:
            grown.cancel()


def _newer(hub: Hub, told: dict[str, Any]) -> dict[str, Any]:
    """Readings by source that are not the `told` ones any more; they are from now on."""
    newer = {}
    for source in list(hub.sources()):
        latest = hub.latest(source)
        if latest is not None and told.get(source) is not latest.sample:
            told[source] = latest.sample
            newer[source] = reading(latest)
    return newer


async def _left(receive: Receive) -> None:
    """Return when the reader has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _first(*work: Any) -> None:
    """Return when the first of `work` has."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
