"""What has been, by HTTP: transactions, facts and readings page by page, and what changes as it does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edgegw.hub import Hub
from edgegw.model.facts import FACTS
from edgegw.web import masks, places
from edgegw.web.access import Access
from edgegw.web.answers import as_json, paged
from edgegw.web.neighbours import Json
from edgegw.web.plain import plain
from edgegw.web.problems import Problem
from edgegw.web.query import cursor, instant, limit_of, named, one_of, place_of, query_of, seconds, whole
from edgegw.web.stream import EventStream, Streams, events

RAW_PAGE, RAW_PAGES = 1000, 20
"""Readings looked at at once, and how often for one answer, when `step` leaves most of them out."""


class HistoryApi:
    """The routes of what the ledger holds."""

    def __init__(self, hub: Hub, access: Access, streams: Streams) -> None:
        self._hub = hub
        self._masked = access.masked
        self._streams = streams

    def routes(self) -> list[Route]:
        return [
            Route("/api/v1/transactions", self.transactions),
            Route("/api/v1/transactions/{id}", self.transaction),
            Route("/api/v1/facts", self.facts),
            Route("/api/v1/samples", self.samples),
            Route("/api/v1/changes", self.changes),
        ]

    async def transactions(self, request: Request) -> Response:
        query = query_of(request, "station", "since", "until", "state", "limit", "cursor")
        limit, place = limit_of(query), place_of(query, str)
        rows = await self._hub.journal.reader.transactions(
            station=query.get("station"), since=_time(query, "since"), until=_time(query, "until"),
            state=one_of(query, "state", "active", "ended"), after=place[0] if place else None, limit=limit + 1,
        )  # fmt: skip
        shown = rows[:limit]
        items = [places.transaction(self._hub, row, masked=self._masked) for row in shown]
        return as_json(paged(items, cursor(shown[-1].id) if len(rows) > limit else None))

    async def transaction(self, request: Request) -> Response:
        query_of(request)
        row = await self._hub.journal.reader.transaction(named(request))
        if row is None:
            raise Problem("not-found", "there is no such transaction")
        return as_json(places.transaction(self._hub, row, masked=self._masked))

    async def facts(self, request: Request) -> Response:
        query = query_of(request, "after", "type", "limit", "cursor")
        limit, place = limit_of(query), place_of(query, str, int)
        if place is not None and "after" in query:
            raise Problem("bad-request", "cursor says where to go on, so after has no place beside it")
        epoch, after = place or (None, whole(query, "after", 0))
        kind = one_of(query, "type", *FACTS)
        stored = await self._hub.journal.reader.facts(after, limit + 1, kind, epoch)
        items = []
        for fact in stored[:limit]:
            item = plain(fact)
            body = item.pop("body")
            items.append(item | {"data": masks.fact(fact.type, body) if self._masked else body})
        more = cursor(stored[limit - 1].epoch, stored[limit - 1].sequence) if len(stored) > limit else None
        return as_json(paged(items, more))

    async def samples(self, request: Request) -> Response:
        query = query_of(request, "source", "since", "until", "step", "limit", "cursor")
        source, until = query.get("source"), _time(query, "until")
        if source is None:
            raise Problem("bad-request", "name a source, such as source=meters/grid or source=stations/CP01/1")
        limit, step_s = limit_of(query), seconds(query, "step", 366 * 86400.0)
        place = place_of(query, str, str)
        since = instant(place[0], "cursor") if place is not None else _time(query, "since")
        last = instant(place[1], "cursor") if place is not None else None
        items: list[Json] = []
        for _ in range(RAW_PAGES):
            found = await self._hub.journal.reader.samples(source, since, until, RAW_PAGE)
            for sample in found:
                if last is not None and (sample.at - last).total_seconds() < step_s:
                    continue
                if len(items) == limit:
                    return as_json(paged(items, cursor(plain(sample.at), plain(last))))
                items.append({"at": plain(sample.at), "quality": sample.quality, **sample.values})
                last = sample.at
            if len(found) < RAW_PAGE:
                return as_json(paged(items))
            since = found[-1].at + timedelta(microseconds=1)
        assert since is not None
        return as_json(paged(items, cursor(plain(since), plain(last))))

    async def changes(self, request: Request) -> Any:
        query = query_of(request, "after")
        resume = request.headers.get("last-event-id")
        given = {"Last-Event-ID": resume} if resume else {"Last-Event-ID": query["after"]} if "after" in query else {}
        after = whole(given, "Last-Event-ID", 0) if given else None
        return EventStream(self._streams, lambda over: events(self._hub, after, over, masked=self._masked))


def _time(query: Mapping[str, str], name: str) -> datetime | None:
    return instant(query.get(name), name)
