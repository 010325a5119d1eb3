"""/openapi.json: what the API offers, from the routes' own words below and the catalogue of commands."""

from __future__ import annotations

from functools import cache
from typing import Any

from edgegw import __version__
from edgegw.model.commands import CATALOGUE

_LIST = {"limit": "At most this many items, up to 1000"}

_READS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("/api/v1/site", "The site: stations, supply, load, uplink, services", {}),
    ("/api/v1/stations", "All stations with their EVSEs", {}),
    ("/api/v1/stations/{id}", "One station", {}),
    ("/api/v1/meters", "Site meters with their newest reading", {}),
    ("/api/v1/circuits", "Feeders with limit, headroom and measured current per phase", {}),
    ("/api/v1/tariffs", "Price lists in force", {}),
    ("/api/v1/config/effective", "The configuration in force, secrets left out", {}),
    (
        "/api/v1/transactions",
        "Transactions, newest first",
        {
            "station": "Of this station",
            "since": "Started at or after this time",
            "until": "Started before this time",
            "state": "active or ended",
            "cursor": "`next` of the page before",
            **_LIST,
        },
    ),
    ("/api/v1/transactions/{id}", "One transaction", {}),
    ("/api/v1/facts", "Facts in order", {"after": "Above this sequence", "type": "Of this type", **_LIST}),
    (
        "/api/v1/samples",
        "Readings of a source",
        {
            "source": "meters/{id} or stations/{id}/{evse}",
            "since": "From this time on",
            "until": "Before this time",
            "step": "At most one reading each so many seconds",
            **_LIST,
        },
    ),
    ("/api/v1/changes", "Facts as server-sent events; Last-Event-ID resumes", {"after": "Begin after this sequence"}),
    ("/api/v1/commands/{id}", "What became of a command", {}),
    ("/health/live", "The process answers", {}),
    ("/health/ready", "Every vital service runs (503 while not)", {}),
    ("/metrics", "Metrics in Prometheus' text format", {}),
)


def _parameters(path: str, query: dict[str, str]) -> list[dict[str, Any]]:
    found = [
        {"name": part[1:-1], "in": "path", "required": True, "schema": {"type": "string"}}
        for part in path.split("/")
        if part.startswith("{")
    ]
    found += [
        {"name": n, "in": "query", "description": text, "schema": {"type": "string"}} for n, text in query.items()
    ]
    return found


def _ok(description: str, status: str = "200") -> dict[str, Any]:
    return {
        status: {"description": description, "content": {"application/json": {"schema": {"type": "object"}}}},
        "default": {
            "description": "Refused",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        },
    }


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


@cache
def openapi() -> dict[str, Any]:
    """The OpenAPI 3.1 description of the local API."""
    paths: dict[str, Any] = {
        path: {"get": {"summary": text, "parameters": _parameters(path, query), "responses": _ok(text)}}
        for path, text, query in _READS
    }
    paths["/api/v1/stations/{id}"]["patch"] = {
        "summary": "Accept or reject a station that waits",
        "parameters": _parameters("/{id}", {}),
        "requestBody": _body({"type": "object", "properties": {"boot": {"enum": ["accepted", "rejected"]}}}),
        "responses": _ok("The station"),
    }
    paths["/api/v1/stations/{id}/call"] = {
        "post": {
            "summary": "Any OCPP CALL in the station's own version",
            "parameters": _parameters("/{id}", {}),
            "requestBody": _body({"$ref": "#/components/schemas/Call"}),
            "responses": _ok('`{"result": {...}}` or `{"error": {"code", "description"}}`'),
        }
    }
    paths["/api/v1/commands"] = {
        "post": {
            "summary": "A command; Idempotency-Key is its id",
            "parameters": _parameters(
                "", {"wait": "Wait so many seconds for the end; 200 when it has ended, else 202"}
            ),
            "requestBody": _body({"$ref": "#/components/schemas/Command"}),
            "responses": _ok("The command", "202"),
        }
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "edgegw",
            "version": __version__,
            "description": "The local API of an EV charging hub's gateway",
        },
        "paths": paths,
        "components": {
            "schemas": {
                "Problem": {
                    "type": "object",
                    "properties": {key: {"type": "string"} for key in ("type", "title", "detail")}
                    | {"status": {"type": "integer"}},
                },
                "Call": {
                    "type": "object",
                    "required": ["action"],
                    "properties": {
                        "action": {"type": "string"},
                        "payload": {"type": "object"},
                        "timeout_s": {"type": "number", "default": 30},
                        "force": {"type": "boolean", "default": False},
                    },
                },
                "Command": {
                    "type": "object",
                    "required": ["name"],
                    "properties": {
                        "id": {"type": "string"},
                        "name": {"enum": sorted(CATALOGUE)},
                        "args": {
                            "type": "object",
                            "description": "; ".join(
                                f"{name}: {', '.join(sorted(entry.required) + [f'{x}?' for x in sorted(entry.optional)])}"
                                for name, entry in CATALOGUE.items()
                            ),
                        },
                        "expires_at": {"type": "string", "format": "date-time"},
                        "wait": {"type": "boolean", "default": False},
                    },
                },
            }
        },
    }
