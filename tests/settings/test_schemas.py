"""The printed schema of the file, as an editor would use it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest

from edgegw.settings import schemas
from edgegw.settings.document import read
from tests.settings.files import MINIMAL, SITE, complaints

SETTINGS = jsonschema_rs.Draft202012Validator(schemas.settings())


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
