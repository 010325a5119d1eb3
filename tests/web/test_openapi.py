"""/openapi.json is complete and true: held against the routes and against real requests and answers."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from edgegw.model.commands import CATALOGUE
from edgegw.web.access import INSTALLER
from edgegw.web.api import build
from edgegw.web.neighbours import Neighbours
from edgegw.web.openapi import openapi
from edgegw.web.problems import TYPES
from edgegw.web.stream import Streams
from tests.support.hubs import a_hub
from tests.web.served import Client, Reply, Told, busy_hub, neighbours, serving
from tests.web.test_changes import listening, speak

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def closed(schema: Any) -> Any:
    """`schema` with every object that lists its properties taking no others, so that what is missing shows."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(value) for key, value in schema.items()}
    if isinstance(made.get("properties"), dict) and made.get("type") == "object":
        made.setdefault("additionalProperties", False)
    return made


def validator(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    whole = {"$schema": DIALECT, "components": closed(openapi()["components"]), **closed(copy.deepcopy(schema))}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def named(name: str) -> jsonschema_rs.Draft202012Validator:
    return validator({"$ref": f"#/components/schemas/{name}"})


def responses(path: str, method: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for status, response in openapi()["paths"][path][method]["responses"].items():
        found[status] = (
            openapi()["components"]["responses"][response["$ref"].rpartition("/")[2]]
            if ("$ref" in response)
            else response
        )
    return found


def check(path: str, method: str, reply: Reply) -> None:
    """The description has this answer: its status, its media type, and the whole of its body."""
    response = responses(path, method)[str(reply.status)]
    media_type = reply.headers["content-type"].partition(";")[0]
    schema = response["content"][media_type]["schema"]
    if media_type.endswith("json"):
        validator(schema).validate(reply.json)


def routes() -> set[tuple[str, str]]:
    app = build(None, Neighbours(), INSTALLER, Streams())  # type: ignore[arg-type]  # no request is made
    return {
        (route.path, method.lower())  # type: ignore[attr-defined]
        for route in app.routes
        for method in route.methods  # type: ignore[attr-defined]
        if method != "HEAD"
    }


def test_every_route_is_described_and_nothing_else() -> None:
    described = {
        (path, method) for path, item in openapi()["paths"].items() for method in item if method != "parameters"
    }
    assert described == routes()


def test_every_reference_leads_somewhere_and_every_schema_is_one() -> None:
    found = set(re.findall(r"'\$ref': '(#[^']*)'", str(openapi())))
    for pointer in found:
        at: Any = openapi()
        for part in pointer.removeprefix("#/").split("/"):
            at = at[part]
    for name in openapi()["components"]["schemas"]:
        assert jsonschema_rs.meta.is_valid({"$schema": DIALECT, **openapi()["components"]["schemas"][name]})
        named(name)


def test_every_command_of_the_catalogue_is_described_with_typed_arguments() -> None:
    described = {each["title"]: each for each in openapi()["components"]["schemas"]["NewCommand"]["oneOf"]}
    assert described.keys() == CATALOGUE.keys()
    untyped = {
        name
        for each in described.values()
        for name, schema in each["properties"]["args"]["properties"].items()
        if not {"type", "enum"} & schema.keys()
    }
    assert untyped == {"payload"}


READS = [
    "/api/v1/site", "/api/v1/stations", "/api/v1/stations/{id}", "/api/v1/meters", "/api/v1/circuits",
    "/api/v1/forecast", "/api/v1/tariffs", "/api/v1/config/effective", "/api/v1/transactions",
    "/api/v1/transactions/{id}", "/api/v1/facts", "/api/v1/samples", "/api/v1/commands/{id}", "/metrics",
    "/health/live", "/health/ready", "/openapi.json", "/", "/page.css", "/page.js", "/forecast.js", "/texts.js",
]  # fmt: skip


async def test_every_answer_of_a_hub_at_work_is_as_described_at_both_doors(tmp_path: Path) -> None:
    async with busy_hub(tmp_path) as hub, serving(hub, tmp_path, neighbours()) as web:
        order = {"id": "c1", "name": "set_limit", "args": {"target": "site", "limit_a": 32.5}}
        await web.installer.post("/api/v1/commands", order)
        row = next(iter(hub.state.transactions))
        names = {"/api/v1/stations/{id}": "CP01", "/api/v1/transactions/{id}": row, "/api/v1/commands/{id}": "c1"}
        for client in (web.installer, web.guest):
            for path in READS:
                query = "?source=stations/CP01/1" if path == "/api/v1/samples" else ""
                query = "?limit=1000" if path == "/api/v1/facts" else query
                answer = await client.get(path.replace("{id}", names.get(path, "")) + query)
                assert answer.status == 200, path
                check(path, "get", answer)


async def test_every_answer_of_a_bare_hub_is_as_described(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        for path in READS:
            if "{id}" not in path or path == "/api/v1/stations/{id}":
                query = "?source=none" if path == "/api/v1/samples" else ""
                check(path, "get", await web.guest.get(path.replace("{id}", "CP02") + query))


async def test_every_change_is_as_described(tmp_path: Path) -> None:
    async with busy_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        async with listening(web.installer, "/api/v1/changes?after=0") as events:
            await speak(hub, 1)
            for _ in range(hub.journal.position("A").head):
                named("Change").validate((await events.next()).data)
            state = await events.next()
            assert state.name == "state"
            named("StateChange").validate(state.data)
        head = await web.installer.ask("HEAD", "/api/v1/changes")
        assert head.headers["content-type"].partition(";")[0] in responses("/api/v1/changes", "get")["200"]["content"]


async def _changes(client: Client) -> list[tuple[str, str, Reply]]:
    """Requests that change something or are refused, one after the other: (path, method, answer)."""
    found = []
    call, commands, station = "/api/v1/stations/{id}/call", "/api/v1/commands", "/api/v1/stations/{id}"
    for path, name, method, body, headers in (
        (commands, "", "post", {"name": "set_limit", "args": {"target": "site", "limit_a": 32}}, {}),
        (commands, "?wait=5", "post", {"name": "set_limit", "args": {"target": "site", "limit_a": None}}, {}),
        (commands, "?wait=x", "post", {"name": "reload"}, {}),
        (commands, "", "post", {"name": "nothing"}, {}),
        (commands, "", "post", b"{", {"content-type": "application/json"}),
        (commands, "", "post", b"{}", {"content-type": "text/plain"}),
        (commands, "", "post", b" " * 300_000, {"content-type": "application/json"}),
        (commands, "", "post", {"name": "call_station", "args": {"action": "SetChargingProfile"}}, {}),
        (call, "CP01", "post", {"action": "ClearCache"}, {}),
        (call, "CP01", "post", {"action": "GetLocalListVersion"}, {}),
        (call, "CP01", "post", {"action": "Reset"}, {}),
        (call, "CP02", "post", {"action": "Reset"}, {}),
        (call, "CP77", "post", {"action": "Reset"}, {}),
        (call, "CP01", "post", {}, {}),
        (station, "CP09", "patch", {"boot": "accepted"}, {}),
        (station, "CP01", "patch", {"security_profile": 2}, {}),
        (station, "CP77", "get", None, {}),
        ("/api/v1/transactions/{id}", "none", "get", None, {}),
        ("/api/v1/transactions", "?limit=0", "get", None, {}),
        ("/api/v1/facts", "?type=nothing", "get", None, {}),
        ("/api/v1/samples", "", "get", None, {}),
        ("/api/v1/changes", "", "get", None, {"last-event-id": "x"}),
        ("/api/v1/site", "?x", "get", None, {"origin": "http://evil.example"}),
    ):
        at = path.replace("{id}", name) if "{id}" in path else path + name
        found.append((path, method, await client.ask(method.upper(), at, body, headers)))
    return found


async def test_every_refusal_is_as_described(tmp_path: Path) -> None:
    async with busy_hub(tmp_path) as hub, serving(hub, tmp_path, neighbours()) as web:
        hub.carry_out(["call_station"], Told())
        seen = set()
        for client in (web.installer, web.guest):
            for path, method, reply in await _changes(client):
                check(path, method, reply)
                if reply.status >= 400:
                    seen.add(reply.kind)
    others = {"wrong-host", "internal", "too-slow", "unavailable", "wrong-method"}  # in test_doors and test_commands
    assert seen | others == set(TYPES)


@pytest.mark.parametrize(
    ("body", "fits"),
    [
        ({"name": "reload"}, True),
        ({"name": "set_limit", "args": {"target": "site", "limit_a": 32, "until": "2026-11-24T18:00:00Z"}}, True),
        ({"name": "set_limit", "args": {"limit_a": 32}}, False),
        ({"name": "set_limit"}, False),
        ({"name": "reset", "args": {"station": "CP01", "kind": "warm"}}, False),
        ({"name": "reload", "args": {"all": True}}, False),
        ({"name": "nothing"}, False),
        ({"name": "reload", "extra": 1}, False),
    ],
)
def test_a_command_fits_its_description_or_does_not(body: dict[str, Any], fits: bool) -> None:
    assert named("NewCommand").is_valid(body) is fits
