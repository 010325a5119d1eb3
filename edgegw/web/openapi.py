"""/openapi.json: every route of the API with its parameters, answers and refusals."""

from __future__ import annotations

from functools import cache
from typing import Any

from edgegw import __version__
from edgegw.web.kiosk.schemas import kiosk_schemas
from edgegw.web.problems import MEDIA_TYPE, TYPES
from edgegw.web.schemas import NUMBER, TEXT, TIME, WHOLE, YES_NO, Schema, listed, page, record, ref, schemas

JSON = "application/json"
OCTETS = "application/octet-stream"
BYTES: Schema = {"type": "string", "format": "binary"}

_ALWAYS = ("bad-request", "not-allowed", "wrong-host", "internal")
_BODY = ("too-slow", "conflict", "too-large", "wrong-content", "invalid", "unavailable")

_LIMIT: dict[str, Schema] = {"limit": {**WHOLE, "minimum": 1, "maximum": 1000, "default": 100}}
_CURSOR: dict[str, Schema] = {"cursor": {**TEXT, "description": "`next` of the page before"}}


def _all(name: str) -> Schema:
    return record(items=listed(ref(name)), next={"type": "null"})


def _operation(
    summary: str,
    answer: Schema,
    *refusals: str,
    query: dict[str, Schema] | None = None,
    body: str | None = None,
    status: str = "200",
    media_type: str = JSON,
) -> dict[str, Any]:
    kinds = {*_ALWAYS, *refusals}
    operation: dict[str, Any] = {
        "summary": summary,
        "responses": {status: _answer(summary, answer, media_type)}
        | {str(TYPES[kind][0]): {"$ref": f"#/components/responses/{kind}"} for kind in sorted(kinds)},
    }
    if query:
        operation["parameters"] = [_parameter(name, "query", schema) for name, schema in query.items()]
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": ref(body)}}}
    return operation


def _answer(description: str, schema: Schema, media_type: str = JSON) -> dict[str, Any]:
    return {"description": description, "content": {media_type: {"schema": schema}}}


def _parameter(name: str, place: str, schema: Schema) -> dict[str, Any]:
    schema = dict(schema)
    parameter = {"name": name, "in": place, "required": schema.pop("required", place == "path"), "schema": schema}
    return parameter | ({"description": text} if (text := schema.pop("description", None)) else {})


def _about(text: str, schema: Schema = TEXT) -> Schema:
    return {**schema, "description": text}


def _paths() -> dict[str, dict[str, Any]]:
    paths: dict[str, dict[str, Any]] = {
        "/api/v1/site": {"get": _operation("The whole site on one page", ref("Site"))},
        "/api/v1/stations": {"get": _operation("All stations with their EVSEs", _all("Station"))},
        "/api/v1/stations/{id}": {
            "get": _operation("One station", ref("Station"), "not-found"),
            "patch": _operation(
                "Say what rules for a station in place of the file: the answer to its boot, password, security profile",
                ref("Station"), "not-found", *_BODY, body="NewStation",
            ),
        },
        "/api/v1/stations/{id}/call": {
            "post": _operation(
                "Any OCPP CALL in the station's own version: its result, or its error",
                ref("Answer"), "not-found", "no-answer", *_BODY, body="Call",
            )
        },
        "/api/v1/stations/{id}/variables": {
            "get": _operation("What a station has told of its variables", page("Variable"), "not-found", query={
                "component": _about("Of this component; empty for the keys of OCPP 1.6"), **_LIMIT, **_CURSOR,
            })
        },
        "/api/v1/stations/{id}/quirks/{quirk}": {
            "delete": _operation(
                "Take back a quirk that was learned of a station", ref("Station"), "not-found", "unavailable"
            ),
            "parameters": [_parameter("quirk", "path", TEXT)],
        },
        "/api/v1/stations/{id}/trace": {
            "get": _operation(
                "What is said with a station from now on, secrets left out, as server-sent events (Frame)", TEXT,
                "not-found", "unavailable", media_type="text/event-stream",
                query={"for": _about("End after so many seconds", {**NUMBER, "minimum": 0, "maximum": 86400})},
            )
        },
        "/api/v1/knocks": {
            "get": _operation("Who was not let in as a station since the gateway started, newest first", _all("Knock"))
        },
        "/api/v1/meters": {"get": _operation("Site meters with their newest reading", _all("Meter"))},
        "/api/v1/circuits": {
            "get": _operation("Supply and feeders: the limit that rules and each phase's currents", _all("Circuit"))
        },
        "/api/v1/forecast": {
            "get": _operation("What building and cars will take in the next 24 h", ref("Forecast"), "not-found")
        },
        "/api/v1/tariffs": {"get": _operation("Price lists in force", _all("Tariff"))},
        "/api/v1/tokens": {
            "get": _operation("The local list of id tokens", page("Token"), query={**_LIMIT, **_CURSOR})
        },
        "/api/v1/tokens/{id}": {
            "put": _operation("Set a token's entry in the local list", ref("Token"), *_BODY, body="NewToken"),
            "delete": _operation("Take a token out of the local list", {}, "not-found", "invalid", "unavailable"),
        },
        "/api/v1/config/effective": {
            "get": _operation("The configuration in force, and what rules beside the file", ref("Effective"))
        },
        "/api/v1/transactions": {
            "get": _operation("Transactions, newest first", page("Transaction"), query={
                "station": _about("Of this station"),
                "since": _about("Started at or after this time", TIME),
                "until": _about("Started before this time", TIME),
                "state": {"enum": ["active", "ended"]},
                **_LIMIT, **_CURSOR,
            })
        },
        "/api/v1/transactions/{id}": {"get": _operation("One transaction", ref("Transaction"), "not-found")},
        "/api/v1/facts": {
            "get": _operation("Facts in the order of their sequence", page("Fact"), query={
                "after": _about("Above this sequence of the newest epoch", {**WHOLE, "minimum": 0}),
                "type": _about("Of this type"),
                **_LIMIT, **_CURSOR,
            })
        },
        "/api/v1/samples": {
            "get": _operation("Readings of a source, oldest first", page("Sample"), query={
                "source": {**_about("meters/{id} or stations/{id}/{evse}"), "required": True},
                "since": _about("From this time on", TIME),
                "until": _about("Before this time", TIME),
                "step": _about("At most one reading each so many seconds", {**NUMBER, "minimum": 0}),
                **_LIMIT, **_CURSOR,
            })
        },
        "/api/v1/changes": {
            "get": _operation(
                "Facts and newer readings as server-sent events (Change, StateChange)", TEXT, "unavailable",
                query={"after": _about("Begin above this sequence, else with what comes", {**WHOLE, "minimum": 0})},
                media_type="text/event-stream",
            )
        },
        "/api/v1/files": {
            "get": _operation("Files that stations sent, and firmware, newest first", _all("File"), "unavailable")
        },
        "/api/v1/files/{id}": {
            "get": _operation(
                "The file itself; a Range is answered with that part of it", BYTES, "not-found", "unavailable",
                media_type=OCTETS,
            ),
            "put": _operation("Keep a firmware under this name", ref("File"), *_BODY),
            "delete": _operation("Take a file away", {}, "not-found", "unavailable"),
        },
        "/api/v1/files/{id}/signature": {
            "put": _operation(
                "Keep what proves a firmware beside it, if it does", ref("File"), "not-found", *_BODY,
                body="NewSignature",
            )
        },
        "/api/v1/commands": {
            "post": _operation(
                "A command: written down, then carried out; the answer says how far it is", ref("Command"), *_BODY,
                query={"wait": _about("Seconds to wait for its end", {**NUMBER, "minimum": 0, "maximum": 120})},
                body="NewCommand", status="202",
            )
        },
        "/api/v1/commands/{id}": {"get": _operation("What became of a command", ref("Command"), "not-found")},
        "/metrics": {"get": _operation("Metrics in Prometheus' text format", TEXT, media_type="text/plain")},
        "/health/live": {"get": _operation("The process answers", ref("Alive"))},
        "/health/ready": {"get": _operation("Every vital service runs, and new transactions are taken", ref("Health"))},
        "/openapi.json": {"get": _operation("This description", {"type": "object"})},
        "/": {"get": _operation("The page", TEXT, media_type="text/html")},
        "/stations": {"get": _operation("The installer's page", TEXT, media_type="text/html")},
        "/page.css": {"get": _operation("The style of both pages", TEXT, media_type="text/css")},
        "/parts.js": {"get": _operation("What their scripts share", TEXT, media_type="text/javascript")},
        "/stations.js": {"get": _operation("The installer's page's script", TEXT, media_type="text/javascript")},
        "/stations_texts.js": {"get": _operation("Its words by language", TEXT, media_type="text/javascript")},
        "/findings.js": {"get": _operation("What is wrong, by language", TEXT, media_type="text/javascript")},
        "/page.js": {"get": _operation("The page's script", TEXT, media_type="text/javascript")},
        "/forecast.js": {"get": _operation("The page's curve of what is to come", TEXT, media_type="text/javascript")},
        "/texts.js": {"get": _operation("The page's texts by language", TEXT, media_type="text/javascript")},
    }  # fmt: skip
    paths |= _kiosk_paths()
    for path, operations in paths.items():
        if "{id}" in path:
            operations["parameters"] = [_parameter("id", "path", TEXT), *operations.get("parameters", ())]
    order = paths["/api/v1/commands"]["post"]
    order["responses"]["200"] = _answer("It has ended within the time waited for", ref("Command"))
    order["parameters"].append(
        _parameter("Idempotency-Key", "header", _about("The command's id: sent again, it acts no second time"))
    )
    for path in ("/api/v1/tokens/{id}", "/api/v1/files/{id}", "/api/v1/kiosk/browsers/{id}"):
        gone = paths[path]["delete"]["responses"]
        gone["204"] = {"description": gone.pop("200")["description"]}
    fetched = paths["/api/v1/files/{id}"]["get"]["responses"]
    fetched["206"] = _answer("The part that was asked for", BYTES, OCTETS)
    fetched["416"] = _answer("The file has no such part", TEXT, "text/plain")
    paths["/api/v1/files/{id}"]["put"]["requestBody"] = {"required": True, "content": {OCTETS: {"schema": BYTES}}}
    paths["/api/v1/changes"]["get"]["parameters"].append(
        _parameter("Last-Event-ID", "header", _about("Resume above this sequence", {**WHOLE, "minimum": 0}))
    )
    unready = _answer("A vital service does not run, the ledger takes no writes, or the disk is full", ref("Health"))
    paths["/health/ready"]["get"]["responses"]["503"] = unready
    return paths


def _kiosk_paths() -> dict[str, dict[str, Any]]:
    """The kiosk's screen. A browser needs the cookie of its pairing for all but the first, and for `pair`."""
    at, needs = "/api/v1/kiosk", ("not-found", *_BODY)
    paths: dict[str, dict[str, Any]] = {
        at: {"get": _operation("Whether this browser is the kiosk's, and what it shows", ref("Kiosk"), "not-found")},
        f"{at}/events": {
            "get": _operation(
                "What the screen shows, and what happens, as server-sent events (KioskState, KioskEvent)", TEXT,
                "not-found", "unavailable", media_type="text/event-stream",
            )
        },
        f"{at}/pair": {
            "post": _operation("Become the kiosk's screen: its cookie", record(paired=YES_NO), *needs, body="KioskCode")
        },
        f"{at}/propose": {
            "post": _operation("Propose a tool for the driver", ref("KioskAnswer"), *needs, body="KioskProposal")
        },
        f"{at}/confirm/{{id}}": {
            "post": _operation("A touch: carry out what waits", ref("KioskAnswer"), *needs, body="Nothing")
        },
        f"{at}/decline/{{id}}": {
            "post": _operation("A touch: let what waits die", record(declined=YES_NO), *needs, body="Nothing")
        },
        f"{at}/close": {
            "post": _operation("End the screen's dialogue", record(closed=YES_NO), *needs, body="Nothing")
        },
        f"{at}/pin": {"post": _operation("A PIN was typed", ref("KioskPinAnswer"), *needs, body="KioskPin")},
        f"{at}/button": {
            "post": _operation("The talk button is touched or let go", record(pressed=YES_NO), *needs,
                               body="KioskButton")
        },
        f"{at}/code": {
            "post": _operation("A code that pairs one browser", ref("KioskNewCode"), *needs, body="Nothing")
        },
        f"{at}/browsers": {"get": _operation("The paired browsers", _all("KioskBrowser"), "not-found", "conflict")},
        f"{at}/browsers/{{id}}": {
            "delete": _operation("Take a paired browser out", {}, "not-found", "conflict", "unavailable")
        },
        "/kiosk": {"get": _operation("The kiosk's page", TEXT, media_type="text/html")},
        "/kiosk.css": {"get": _operation("Its style", TEXT, media_type="text/css")},
        "/kiosk.js": {"get": _operation("Its script", TEXT, media_type="text/javascript")},
        "/kiosk_texts.js": {"get": _operation("Its texts by language", TEXT, media_type="text/javascript")},
    }  # fmt: skip
    slow = _answer("Too many wrong PINs: wait_s says how long to wait", ref("KioskPinAnswer"))
    paths[f"{at}/pin"]["post"]["responses"]["429"] = slow
    return paths


@cache
def openapi() -> dict[str, Any]:
    """The OpenAPI 3.1 description of the local API."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "edgegw",
            "version": __version__,
            "description": "The local API of an EV charging hub's gateway. Over TCP without users it only reads, and "
            "id tokens, serial numbers, addresses and texts of stations are left out (null, or …).",
        },
        "paths": _paths(),
        "components": {
            "schemas": schemas() | kiosk_schemas(),
            "responses": {kind: _answer(title, ref("Problem"), MEDIA_TYPE) for kind, (_, title) in TYPES.items()},
        },
    }
