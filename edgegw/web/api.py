"""The routes of /api/v1 (docs: CONTRACT, Local HTTP). A route reads its request, asks the hub or a view, and answers."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from edgegw.core.commands import target_station
from edgegw.hub import Hub
from edgegw.journal import JournalError
from edgegw.journal.ids import uuid7
from edgegw.model.commands import CATALOGUE, ENDED, Asker, Command
from edgegw.web import view
from edgegw.web.metrics import exposition
from edgegw.web.openapi import openapi
from edgegw.web.page import page_routes
from edgegw.web.problems import Problem, not_found, problem_response, wrong_method
from edgegw.web.stream import events
from edgegw.web.view import Json, Neighbours

PAGE_LIMIT = 1000
WAIT_LIMIT_S = 120.0

GUARDED = frozenset({"SetChargingProfile", "ClearChargingProfile", "RemoteStartTransaction", "RequestStartTransaction"})
"""CALLs that would work against the load loop or around a bill: only with `"force": true`."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a listener lets its callers do. `hosts` None: any Host header (a socket in the file system has no name)."""

    change: bool
    masked: bool
    asker: str
    hosts: frozenset[str] | None = None


INSTALLER = Access(change=True, masked=False, asker="cli")


def build(hub: Hub, neighbours: Neighbours, access: Access) -> Starlette:
    """The application for one listener."""
    api = _Api(hub, neighbours, access)
    routes = [
        Route("/api/v1/site", api.site),
        Route("/api/v1/stations", api.stations),
        Route("/api/v1/stations/{id}", api.station, methods=["GET", "PATCH"]),
        Route("/api/v1/stations/{id}/call", api.call_station, methods=["POST"]),
        Route("/api/v1/meters", api.meters),
        Route("/api/v1/circuits", api.circuits),
        Route("/api/v1/tariffs", api.tariffs),
        Route("/api/v1/config/effective", api.effective),
        Route("/api/v1/transactions", api.transactions),
        Route("/api/v1/transactions/{id}", api.transaction),
        Route("/api/v1/facts", api.facts),
        Route("/api/v1/samples", api.samples),
        Route("/api/v1/changes", api.changes),
        Route("/api/v1/commands", api.submit, methods=["POST"]),
        Route("/api/v1/commands/{id}", api.command),
        Route("/metrics", api.metrics),
        Route("/health/live", api.live),
        Route("/health/ready", api.ready),
        Route("/openapi.json", api.openapi),
        *page_routes(),
    ]
    app = Starlette(
        routes=routes,
        exception_handlers={Problem: problem_response, 404: not_found, 405: wrong_method, JournalError: _unavailable},
    )
    app.add_middleware(_Guard, access=access)
    return app


def _unavailable(request: Request, error: Exception) -> Response:
    return problem_response(request, Problem("unavailable", f"the ledger does not take writes now: {error}"))


class _Guard:
    """Refuses foreign Host headers (DNS rebinding), foreign origins, and changes where the listener allows none."""

    def __init__(self, app: Any, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and (refusal := self._refusal(Request(scope))) is not None:
            await problem_response(Request(scope), refusal)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, request: Request) -> Problem | None:
        host = re.sub(r":\d+$", "", request.headers.get("host", ""))
        if self._access.hosts is not None and host.strip("[]") not in self._access.hosts and not _is_address(host):
            return Problem("wrong-host", f"the name {host!r} is not this gateway's; use its address")
        origin = request.headers.get("origin")
        if origin is not None and origin.split("://")[-1] != request.headers.get("host"):
            return Problem("not-allowed", "requests from other sites are not answered")
        if request.method not in ("GET", "HEAD") and not self._access.change:
            return Problem("not-allowed", "this listener is read-only; use the control socket (edgegw on the gateway)")
        return None


def _is_address(host: str) -> bool:
    return bool(re.fullmatch(r"[0-9.]+|\[[0-9a-fA-F:]+\]", host))


class _Api:
    def __init__(self, hub: Hub, neighbours: Neighbours, access: Access) -> None:
        self._hub = hub
        self._neighbours = neighbours
        self._access = access

    # State

    async def site(self, request: Request) -> Response:
        return _json(view.site(self._hub, self._neighbours))

    async def stations(self, request: Request) -> Response:
        return _json(_items(view.stations(self._hub, masked=self._access.masked)))

    async def station(self, request: Request) -> Response:
        name = request.path_params["id"]
        if request.method == "PATCH":
            await self._patch_station(name, await _body(request))
        found = view.station(self._hub, name, masked=self._access.masked)
        if found is None:
            raise Problem("not-found", f"there is no station {name!r}")
        return _json(found)

    async def _patch_station(self, name: str, body: Json) -> None:
        boot = body.get("boot")
        if set(body) != {"boot"} or boot not in ("accepted", "rejected"):
            raise Problem("invalid", 'a station takes {"boot": "accepted"} or {"boot": "rejected"}')
        args = {"station": name}
        command = Command(uuid7(), "accept_station" if boot == "accepted" else "reject_station", args, by=self._asker())
        outcome = await self._hub.submit(command)
        if outcome.state != "done":
            raise Problem("conflict", str(outcome.reason))

    async def meters(self, request: Request) -> Response:
        return _json(_items(view.meters(self._hub, self._neighbours)))

    async def circuits(self, request: Request) -> Response:
        load = view.plain(self._neighbours.load()) or {}
        return _json(_items(load.get("circuits", [])))

    async def tariffs(self, request: Request) -> Response:
        return _json(_items(view.tariffs(self._hub)))

    async def effective(self, request: Request) -> Response:
        return _json(self._neighbours.effective())

    # History

    async def transactions(self, request: Request) -> Response:
        query = request.query_params
        limit = _limit(query)
        rows = await self._hub.journal.reader.transactions(
            station=query.get("station"), since=_time(query, "since"), until=_time(query, "until"),
            state=query.get("state"), after=query.get("cursor"), limit=limit,
        )  # fmt: skip
        items = [view.transaction(self._hub, row, masked=self._access.masked) for row in rows]
        return _json(_items(items, rows[-1].id if len(rows) == limit else None))

    async def transaction(self, request: Request) -> Response:
        row = await self._hub.journal.reader.transaction(request.path_params["id"])
        if row is None:
            raise Problem("not-found", "there is no such transaction")
        return _json(view.transaction(self._hub, row, masked=self._access.masked))

    async def facts(self, request: Request) -> Response:
        query = request.query_params
        limit = _limit(query)
        stored = await self._hub.journal.reader.facts(int(_number(query, "after", 0)), limit, query.get("type"))
        items = []
        for fact in stored:
            item = view.plain(fact)
            if self._access.masked and "id_token" in item["body"]:
                item["body"]["id_token"] = view.masked_token(item["body"]["id_token"])
            items.append(item)
        return _json(_items(items, str(stored[-1].sequence) if len(stored) == limit else None))

    async def samples(self, request: Request) -> Response:
        query = request.query_params
        source = query.get("source")
        if source is None:
            raise Problem("bad-request", "name a source, such as source=meters/grid or source=stations/CP01/1")
        step_s = _number(query, "step", 0)
        found = await self._hub.journal.reader.samples(
            source, _time(query, "since"), _time(query, "until"), _limit(query)
        )
        items, last = [], None
        for sample in found:
            if last is None or (sample.at - last).total_seconds() >= step_s:
                items.append({"at": view.plain(sample.at), "quality": sample.quality, **sample.values})
                last = sample.at
        return _json(_items(items))

    async def changes(self, request: Request) -> Response:
        resume = request.headers.get("last-event-id") or request.query_params.get("after")
        if resume is not None and not resume.isdigit():
            raise Problem("bad-request", "Last-Event-ID is a sequence number")
        after = int(resume) if resume is not None else None
        stream = events(self._hub, after, masked=self._access.masked)
        return StreamingResponse(stream, media_type="text/event-stream", headers={"cache-control": "no-store"})

    # Commands

    async def submit(self, request: Request) -> Response:
        body = await _body(request)
        allowed = {"id", "name", "args", "expires_at", "wait", "by"}
        if unknown := sorted(set(body) - allowed):
            raise Problem("invalid", f"unknown keys {', '.join(unknown)}; allowed: {', '.join(sorted(allowed))}")
        name, args = body.get("name"), body.get("args", {})
        if not isinstance(name, str) or not isinstance(args, dict):
            raise Problem("invalid", f"name is one of {', '.join(sorted(CATALOGUE))}; args is an object")
        command = Command(
            id=str(body.get("id") or request.headers.get("idempotency-key") or uuid7()), name=name, args=args,
            expires_at=_instant(body.get("expires_at"), "expires_at"), by=self._asker(), wait=bool(body.get("wait")),
        )  # fmt: skip
        wait_s = min(_number(request.query_params, "wait", 0), WAIT_LIMIT_S)
        outcome = await self._hub.submit(command, wait_s=wait_s)
        return _json({**view.plain(outcome), "name": name}, 200 if outcome.state in ENDED else 202)

    async def command(self, request: Request) -> Response:
        name = request.path_params["id"]
        row = self._hub.state.commands.get(name) or await self._hub.journal.reader.command(name)
        if row is None:
            raise Problem("not-found", "there is no such command")
        return _json(view.command(row))

    async def call_station(self, request: Request) -> Response:
        station, body = request.path_params["id"], await _body(request)
        if target_station(self._hub.state, {"station": station}) not in self._hub.state.stations:
            raise Problem("not-found", f"there is no station {station!r}")
        action, payload = body.get("action"), body.get("payload", {})
        timeout_s = body.get("timeout_s", 30)
        if not isinstance(action, str) or not isinstance(payload, dict) or type(timeout_s) not in (int, float):
            raise Problem("invalid", 'a call is {"action": "Reset", "payload": {...}, "timeout_s": 30}')
        if action in GUARDED and body.get("force") is not True:
            detail = f'{action} works against load management or billing; say "force": true if that is meant'
            raise Problem("conflict", detail)
        return _json(await self._neighbours.call(station, action, payload, float(timeout_s)))

    def _asker(self) -> Asker:
        return Asker(self._access.asker)

    # The process

    async def metrics(self, request: Request) -> Response:
        text, content_type = exposition(self._hub)
        return Response(text, headers={"content-type": content_type})

    async def live(self, request: Request) -> Response:
        return _json({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        ready = self._neighbours.ready()
        return _json({"status": "ok" if ready else "starting", "services": self._neighbours.services()},
                     200 if ready else 503)  # fmt: skip

    async def openapi(self, request: Request) -> Response:
        return _json(openapi())


def _json(body: Any, status: int = 200) -> Response:
    return JSONResponse(view.plain(body), status, headers={"cache-control": "no-store"})


def _items(items: list[Any], following: str | None = None) -> Json:
    return {"items": items, "next": following}


async def _body(request: Request) -> Json:
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise Problem("bad-request", "the body is not JSON") from None
    if not isinstance(body, dict):
        raise Problem("bad-request", "the body is not a JSON object")
    return body


def _limit(query: Mapping[str, str]) -> int:
    return max(1, min(int(_number(query, "limit", 100)), PAGE_LIMIT))


def _number(query: Mapping[str, str], name: str, default: float) -> float:
    try:
        value = float(query.get(name, default))
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise Problem("bad-request", f"{name} is a number of 0 or more")
    return value


def _time(query: Mapping[str, str], name: str) -> datetime | None:
    return _instant(query.get(name), name)


def _instant(value: Any, name: str) -> datetime | None:
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        at = None
    if at is None or at.tzinfo is None:
        raise Problem("bad-request", f"{name} is a time with its zone, such as 2026-11-24T18:00:00Z")
    return at
