"""The printed schemas, as an editor and a cloud team would use them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest

from edgegw.journal.journal import Journal
from edgegw.model import facts as f
from edgegw.model.commands import Command
from edgegw.model.requests import AuthorizeRequest, BootRequest, TransactionAnswer
from edgegw.settings import schemas
from edgegw.settings.document import read
from edgegw.uplink.codec.events import encode_fact, encode_gap
from tests.settings.files import MINIMAL, SITE, complaints
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub, start, stop

SETTINGS = jsonschema_rs.Draft202012Validator(schemas.settings())
EVENTS = jsonschema_rs.Draft202012Validator(schemas.facts())


@pytest.mark.parametrize("path", [SITE, MINIMAL])
def test_an_editor_finds_nothing_wrong_with_the_shipped_files(path: Path) -> None:
    assert [error.message for error in SETTINGS.iter_errors(read(path).data)] == []


def _set(path: str, value: Any) -> Callable[[Any], None]:
    def change(data: Any) -> None:
        *above, last = [int(part) if part.isdigit() else part for part in path.split("/")]
        for part in above:
            data = data[part]
        data[last] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        _set("site/id", "Paulista"),
        _set("site/names", "x"),
        _set("site/locale", "fr"),
        _set("site/location/latitude", 91),
        _set("storage/linger", 15),
        _set("storage/budget", "2GB"),
        _set("ocpp/listen/0/port", 70000),
        _set("ocpp/unknown_stations", "perhaps"),
        _set("stations/0/evses/0/max_a", 0),
        _set("stations/0/evses/0/phases", []),
        _set("stations/0/evses/0/phases/0", "L4"),
        _set("stations/0/password", "secret"),
        _set("stations", {}),
        _set("meters/0/measures", "power"),
        _set("meters/0/connection", {"prt": 1}),
        _set("supply/fallback_a", "some"),
        _set("tariffs/day/energy_kwh", "cheap"),
        _set("tariffs/day/periods/0/from", "25:00"),
        _set("uplink/brokers/0", "http://x"),
        _set("web/listen", 8080),
        lambda data: data.pop("site"),
        lambda data: data["meters"][0].pop("driver"),
    ],
)
def test_an_editor_marks_what_check_refuses(tmp_path: Path, change: Callable[[Any], None]) -> None:
    data = copy.deepcopy(read(SITE).data)
    change(data)
    assert not SETTINGS.is_valid(data)
    assert not all("warning" in line for line in complaints(tmp_path, orjson.dumps(data).decode()))


def _properties(node: Any) -> list[tuple[str, Any]]:
    if isinstance(node, list):
        return [found for each in node for found in _properties(each)]
    if not isinstance(node, dict):
        return []
    own = list(node.get("properties", {}).items()) if isinstance(node.get("properties"), dict) else []
    return own + [found for each in node.values() for found in _properties(each)]


def test_every_key_has_its_words_and_a_default_that_could_stand_in_the_file() -> None:
    schema = schemas.settings()
    for name, each in _properties(schema):
        target = schema["$defs"].get(str(each.get("$ref")).rpartition("/")[2], each)
        assert each.get("description") or target.get("description"), name
        assert "title" not in each
        if "default" in each:
            whole = {**each, "$defs": schema["$defs"]}
            assert jsonschema_rs.Draft202012Validator(whole).is_valid(each["default"]), (name, each["default"])


async def test_every_event_of_a_charge_fits_the_schema_of_its_type(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        await hub.record(f.StationConnected(at=clock.now(), station="CP01", ocpp="1.6"))
        await hub.request(BootRequest(station="CP01", at=clock.now(), ocpp="1.6", vendor="v", model="m"))
        await hub.request(AuthorizeRequest(station="CP01", at=clock.now(), id_token="CARD1"))
        begun = await hub.request(start(clock))
        assert isinstance(begun, TransactionAnswer)
        clock.advance(3600)
        await hub.request(stop(clock, begun))
        await hub.submit(Command("c1", "set_limit", {"target": "site", "limit_a": 20}))
        await hub.record(f.MeterStale(at=clock.now(), meter="grid", reason="no answer"))
        rows = await _facts(hub.journal)
    types = {row.type for row in rows}
    assert {"site_configured", "station_booted", "token_decided", "transaction_started", "cdr_closed"} <= types
    for row in rows:
        event = orjson.loads(encode_fact("paulista-01", row).json)
        assert [error.message for error in EVENTS.iter_errors(event)] == [], row.type
        for name in f.FACTS[row.type].personal:
            event["data"][name] = None
        assert EVENTS.is_valid(event), f"{row.type} with its personal values erased"


async def _facts(journal: Journal) -> list[Any]:
    return list(await journal.reader.facts())


def test_every_fact_and_the_gap_are_described_and_a_wrong_one_is_refused() -> None:
    schema = schemas.facts()
    assert set(schema["$defs"]) == {*f.FACTS, "gap"}
    gap = encode_gap("s", "A", "e", 3, 5, reason="dropped", at=datetime(2026, 1, 1, tzinfo=UTC)).json
    assert EVENTS.is_valid(orjson.loads(gap))
    event = {"type": "io.edgegw.transaction_metered.v1", "data": {"station": "CP01"}}
    assert not EVENTS.is_valid(event)
    assert schema["$defs"]["token_decided"]["properties"]["id_token"]["personal"] is True
    assert "at" not in schema["$defs"]["meter_stale"]["properties"]
