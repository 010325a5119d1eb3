"""The routes of /api/v1 (CONTRACT, Local HTTP). A route reads its request, asks the hub or a view, and answers."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edgegw.core.commands import is_same
from edgegw.core.passwords import LEAST, MOST
from edgegw.hub import Hub
from edgegw.journal import JournalError
from edgegw.journal.ids import uuid7
from edgegw.model.commands import CATALOGUE, ENDED, Asker, Command
from edgegw.web import calls, devices, places, power, tokens, view
from edgegw.web.access import Access, Guard
from edgegw.web.answers import as_json, paged
from edgegw.web.counting import Counted
from edgegw.web.files import FilesApi
from edgegw.web.health import health
from edgegw.web.history import HistoryApi
from edgegw.web.kiosk.api import KioskApi
from edgegw.web.metrics import exposition
from edgegw.web.neighbours import Json, Neighbours
from edgegw.web.page import page_routes
from edgegw.web.plain import plain
from edgegw.web.problems import Problem, internal, not_found, problem_response, wrong_method
from edgegw.web.query import body_of, cursor, instant, limit_of, named, place_of, query_of, seconds
from edgegw.web.stream import EventStream, Streams
from edgegw.web.trace import frames

WAIT_LIMIT_S = 120.0

WORDS = ("boot", "password", "security_profile", "as_configured")
"""What may be said of a station."""

LEDGER_S = 10.0
"""The ledger may take this long to take a command in; when its disk fails, it is tried again for ever."""

CALL_GRACE_S = 5.0
"""What a CALL may take beyond its own time: the ledger's commits."""

TRACE_LIMIT_S = 86400.0
"""A trace that ends by itself may be asked for so long."""


def build(hub: Hub, neighbours: Neighbours, access: Access, streams: Streams) -> Starlette:
    """The application for one listener."""
    api = _Api(hub, neighbours, access, streams)
    return _app(
        [
            Route("/api/v1/site", api.site),
            Route("/api/v1/stations", api.stations),
            Route("/api/v1/stations/{id}", api.station, methods=["GET", "PATCH"]),
            Route("/api/v1/stations/{id}/call", api.call_station, methods=["POST"]),
            Route("/api/v1/stations/{id}/variables", api.variables),
            Route("/api/v1/stations/{id}/trace", api.trace),
            Route("/api/v1/stations/{id}/quirks/{quirk}", api.forget_quirk, methods=["DELETE"]),
            Route("/api/v1/knocks", api.knocks),
            Route("/api/v1/meters", api.meters),
            Route("/api/v1/circuits", api.circuits),
            Route("/api/v1/forecast", api.forecast),
            Route("/api/v1/tariffs", api.tariffs),
            Route("/api/v1/tokens", api.tokens),
            Route("/api/v1/tokens/{id}", api.token, methods=["PUT", "DELETE"]),
            Route("/api/v1/config/effective", api.effective),
            Route("/api/v1/commands", api.submit, methods=["POST"]),
            Route("/api/v1/commands/{id}", api.command),
            *HistoryApi(hub, access, streams).routes(),
            *FilesApi(neighbours, access).routes(),
            *KioskApi(hub, neighbours, access, streams).routes(),
            Route("/openapi.json", api.openapi),
            *_process(hub, neighbours, masked=access.masked),
            *page_routes(),
        ],
        access,
    )


def build_metrics(hub: Hub, neighbours: Neighbours, access: Access) -> Starlette:
    """The application of a listener that serves metrics and health alone."""
    return _app(_process(hub, neighbours, masked=access.masked), access)


def _app(routes: list[Route], access: Access) -> Starlette:
    handlers: dict[Any, Any] = {
        Problem: problem_response, 404: not_found, 405: wrong_method, JournalError: _unavailable, Exception: internal,
    }  # fmt: skip
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.router.redirect_slashes = False
    app.add_middleware(Guard, access=access)
    app.add_middleware(Counted)  # the outermost: what is turned away counts too
    return app


def _unavailable(request: Request, error: Exception) -> Response:
    return problem_response(request, Problem("unavailable", f"the ledger does not take writes now: {error}"))


def _process(hub: Hub, neighbours: Neighbours, *, masked: bool) -> list[Route]:
    async def metrics(request: Request) -> Response:
        text, content_type = exposition(hub, neighbours)
        return Response(text, headers={"content-type": content_type, "cache-control": "no-store"})

    async def live(request: Request) -> Response:
        return as_json({"status": "ok"})

    async def ready(request: Request) -> Response:
        body = health(hub, neighbours, masked=masked)
        return as_json(body, 200 if body["status"] == "ok" else 503)

    return [Route("/metrics", metrics), Route("/health/live", live), Route("/health/ready", ready)]


class _Api:
    def __init__(self, hub: Hub, neighbours: Neighbours, access: Access, streams: Streams) -> None:
        self._hub = hub
        self._neighbours = neighbours
        self._access = access
        self._masked = access.masked
        self._streams = streams

    # State

    async def site(self, request: Request) -> Response:
        query_of(request)
        return as_json(view.site(self._hub, self._neighbours, masked=self._masked))

    async def stations(self, request: Request) -> Response:
        query_of(request)
        return as_json(paged(places.stations(self._hub, self._neighbours, masked=self._masked)))

    async def station(self, request: Request) -> Response:
        query_of(request)
        name = named(request)
        found = places.station(self._hub, self._neighbours, name, masked=self._masked)
        if found is None:
            raise Problem("not-found", f"there is no station {name!r}")
        if request.method == "PATCH":
            await self._patch_station(name, await body_of(request, WORDS))
            found = places.station(self._hub, self._neighbours, name, masked=self._masked)
        return as_json(found)

    async def variables(self, request: Request) -> Response:
        query = query_of(request, "component", "limit", "cursor")
        limit, place = limit_of(query), place_of(query, str)
        name = named(request)
        if name not in self._hub.site.stations and name not in self._hub.state.stations:
            raise Problem("not-found", f"there is no station {name!r}")
        items, last = devices.variables(
            self._hub, name, component=query.get("component"), after=place[0] if place else None, limit=limit,
            masked=self._masked,
        )  # fmt: skip
        return as_json(paged(items, None if last is None else cursor(last)))

    async def _patch_station(self, name: str, body: Json) -> None:
        boot, password, profile = body.get("boot"), body.get("password"), body.get("security_profile")
        if boot not in (None, "accepted", "pending", "rejected"):
            raise Problem("invalid", "boot is accepted, pending or rejected")
        if password is not None and not (isinstance(password, str) and LEAST <= len(password) <= MOST):
            raise Problem("invalid", f"password is a text of {LEAST} to {MOST} characters")
        if profile is not None and (type(profile) is not int or not 0 <= profile <= 3):
            raise Problem("invalid", "security_profile is a whole number from 0 to 3")
        if body.get("as_configured") not in (None, True) or not any(body.get(word) is not None for word in WORDS):
            raise Problem("invalid", "say boot, password, security_profile, or as_configured: true")
        outcome = await self._submit(Command(uuid7(), "set_station", {"station": name, **body}, by=self._asker()))
        if outcome.state != "done":
            raise Problem("conflict", str(outcome.reason))

    async def forget_quirk(self, request: Request) -> Response:
        query_of(request)
        name, quirk = named(request), request.path_params["quirk"]
        if not await self._neighbours.forget(name, quirk, self._asker().kind):
            raise Problem("not-found", f"no quirk {quirk!r} was learned of {name}")
        return as_json(places.station(self._hub, self._neighbours, name, masked=self._masked))

    async def knocks(self, request: Request) -> Response:
        query_of(request)
        if self._masked:
            raise Problem("not-allowed", "it names addresses; ask at the control socket")
        return as_json(paged([places.knock(each) for each in self._neighbours.knocked()]))

    async def meters(self, request: Request) -> Response:
        query_of(request)
        return as_json(paged(power.meters(self._hub, self._neighbours, masked=self._masked)))

    async def circuits(self, request: Request) -> Response:
        query_of(request)
        return as_json(paged(power.circuits(self._hub, self._neighbours)))

    async def forecast(self, request: Request) -> Response:
        query_of(request)
        found = self._neighbours.forecast()
        if found is None:
            raise Problem("not-found", "nothing is forecast: the configuration names no supply")
        return as_json(plain(found))

    async def tariffs(self, request: Request) -> Response:
        query_of(request)
        return as_json(paged(tokens.tariffs(self._hub)))

    async def tokens(self, request: Request) -> Response:
        query = query_of(request, "limit", "cursor")
        if self._masked:
            raise Problem("not-allowed", "the list names people's cards; ask at the control socket")
        limit, place = limit_of(query), place_of(query, str)
        found = tokens.page(self._hub, place[0] if place else None, limit + 1)
        more = cursor(found[limit - 1]["id_token"]) if len(found) > limit else None
        return as_json(paged(found[:limit], more))

    async def token(self, request: Request) -> Response:
        query_of(request)
        name = named(request)
        if request.method == "PUT":
            args: Json = {"add": [{"id_token": name, **await body_of(request, tokens.FIELDS)}]}
        elif tokens.token(self._hub, name) is not None:
            args = {"remove": [name]}
        else:
            raise Problem("not-found", "the list does not name this token")
        outcome = await self._submit(Command(uuid7(), "set_tokens", args, by=self._asker()))
        if outcome.state != "done":
            raise Problem("invalid", str(outcome.reason))
        if request.method == "DELETE":
            return Response(status_code=204, headers={"cache-control": "no-store"})
        return as_json(tokens.token(self._hub, name))

    async def effective(self, request: Request) -> Response:
        query_of(request)
        return as_json(view.effective(self._hub, self._neighbours, masked=self._masked))

    async def trace(self, request: Request) -> Any:
        for_s = seconds(query_of(request, "for"), "for", TRACE_LIMIT_S)
        name = named(request)
        if self._masked:
            raise Problem("not-allowed", "a conversation says who charges; ask at the control socket")
        if name not in self._hub.site.stations and name not in self._hub.state.stations:
            raise Problem("not-found", f"there is no station {name!r}")
        return EventStream(self._streams, lambda over: frames(self._neighbours.trace(name), over, for_s))

    # Commands

    async def submit(self, request: Request) -> Response:
        wait_s = seconds(query_of(request, "wait"), "wait", WAIT_LIMIT_S)
        body = await body_of(request, ("id", "name", "args", "expires_at", "wait", "by"))
        command = self._command(body, request.headers.get("idempotency-key"))
        known = self._hub.state.commands.get(command.id) or await self._hub.journal.reader.command(command.id)
        if known is not None and not is_same(known, self._hub.sealed(command)):
            raise Problem("conflict", f"the id {command.id!r} is another command's ({known.name}); take a new one")
        outcome = await self._submit(command, wait_s)
        status = 200 if wait_s and outcome.state in ENDED else 202
        return as_json({**plain(outcome), "name": command.name}, status)

    def _command(self, body: Json, key: str | None) -> Command:
        name, args, wait, by = body.get("name"), body.get("args", {}), body.get("wait", False), body.get("by")
        if not isinstance(name, str) or name not in CATALOGUE:
            raise Problem("invalid", f"name is one of {', '.join(sorted(CATALOGUE))}")
        if not isinstance(args, dict) or not isinstance(wait, bool):
            raise Problem("invalid", "args is an object, and wait is true or false")
        if by is not None and not (isinstance(by, str) and 0 < len(by) <= 64):
            raise Problem("invalid", "by names who asks, in 1 to 64 characters")
        if name == "call_station":
            calls.refuse_guarded(args.get("action"), force=args.get("force"))
        key = key.strip('"') if key is not None else None
        identity = body.get("id", key)
        if key is not None and identity != key:
            raise Problem("invalid", "Idempotency-Key and id are the same thing, and they differ")
        if identity is not None and not (isinstance(identity, str) and 0 < len(identity) <= 128):
            raise Problem("invalid", "id is a text of 1 to 128 characters")
        return Command(
            id=identity or uuid7(), name=name, args=args, by=self._asker(by), wait=wait,
            expires_at=instant(body.get("expires_at"), "expires_at", "invalid"),
        )  # fmt: skip

    async def command(self, request: Request) -> Response:
        query_of(request)
        name = named(request)
        row = self._hub.state.commands.get(name) or await self._hub.journal.reader.command(name)
        if row is None:
            raise Problem("not-found", "there is no such command")
        return as_json(view.command(row, masked=self._masked))

    async def call_station(self, request: Request) -> Response:
        query_of(request)
        station = named(request)
        body = await body_of(request, calls.FIELDS)
        if station not in self._hub.site.stations and station not in self._hub.state.stations:
            raise Problem("not-found", f"there is no station {station!r}")
        command, timeout_s = calls.command_of(station, body, self._asker())
        outcome = await self._submit(command, timeout_s + CALL_GRACE_S)
        seen = self._hub.state.stations.get(station)
        connected, able = seen is not None and seen.connected, self._hub.carries_out(command.name)
        return as_json(calls.answer_of(outcome, connected=connected, able=able))

    async def _submit(self, command: Command, wait_s: float = 0.0) -> Any:
        try:
            async with asyncio.timeout(LEDGER_S + wait_s):
                return await self._hub.submit(command, wait_s=wait_s)
        except TimeoutError:
            detail = f"the ledger does not take writes now; ask again with Idempotency-Key: {command.id}"
            raise Problem("unavailable", detail) from None

    def _asker(self, name: str | None = None) -> Asker:
        return Asker(self._access.asker, name)

    async def openapi(self, request: Request) -> Response:
        from edgegw.web.openapi import openapi  # most gateways are never asked for it

        query_of(request)
        return as_json(openapi())
