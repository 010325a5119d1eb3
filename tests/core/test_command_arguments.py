"""What a command's arguments may be: the refusals in words, and the JSON Schemas that say the same."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegw.core.commands.arguments import complaint
from edgegw.core.commands.schemas import answer, arguments, command, commands
from edgegw.model.commands import CATALOGUE

START = {"station": "CP01", "evse": 1, "id_token": "CARD1"}
VARIABLE = {"variable": "A", "value": "1"}


@pytest.mark.parametrize(
    ("name", "args", "words"),
    [
        ("reset", {"station": "CP01", "kind": "gentle"}, "kind is soft or hard"),
        ("reset", {"station": "CP01", "kind": None}, "reset needs kind"),
        ("get_log", {"station": "A", "kind": "x", "location": "u"}, "kind is one of data_collector, diagnostics, sec"),
        ("start_transaction", {**START, "evse": 0}, "evse is a whole number from 1 to 999"),
        ("start_transaction", {**START, "energy_wh": 1.5}, "energy_wh is a whole number of 1 or more"),
        ("start_transaction", {**START, "max_cost": 12}, "max_cost is an amount above 0 as text, such as 12.50"),
        ("start_transaction", {**START, "max_cost": "0.00"}, "max_cost is an amount above 0"),
        ("start_transaction", {**START, "max_cost": "1e3"}, "max_cost is an amount above 0"),
        ("start_transaction", {**START, "departure_at": "18:00"}, "departure_at is a time such as"),
        ("start_transaction", {**START, "departure_at": "2026-03-02T18:00"}, "departure_at needs its zone"),
        ("change_availability", {"station": "A", "operative": 1}, "operative is true or false"),
        ("call_station", {"station": "A", "action": "B", "payload": []}, "payload is an object"),
        ("call_station", {"station": "A", "action": "B", "payload": {}, "timeout_s": 0},
         "timeout_s is a number above 0 and at most 600"),
        ("call_station", {"station": "A", "action": "B", "payload": {}, "timeout_s": 1e9}, "timeout_s is a number"),
        ("call_station", {"station": "A", "action": "B", "payload": {}, "timeout_s": "soon"}, "timeout_s is a number"),
        ("call_station", {"station": "A", "action": "B", "payload": {}, "timeout_s": True}, "timeout_s is a number"),
        ("call_station", {"station": "A", "action": 5, "payload": {}}, "action is a text of 1 to 50 characters"),
        ("call_station", {"station": "A", "action": "B", "payload": "{}"}, "payload is an object"),
        ("set_variables", {"station": "A", "variables": []}, "variables is a list of 1 to 100"),
        ("set_variables", {"station": "A", "variables": ["x"]}, "variables[0] is an object"),
        ("set_variables", {"station": "A", "variables": [VARIABLE, {"variable": "A"}]}, "variables[1] needs value"),
        ("set_variables", {"station": "A", "variables": [{**VARIABLE, "evse": 0}]},
         "variables[0].evse is a whole number of 1 or more"),
        ("set_display_message", {"station": "A", "text": "x" * 513}, "text is a text of 1 to 512 characters"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_argument_and_what_it_may_be(name: str, args: dict[str, Any], words: str) -> None:
    assert str(complaint(name, CATALOGUE[name], args)).startswith(words)
    if args.get("max_cost") != "0.00":  # a schema can't say that a text stands for more than nothing
        assert not jsonschema_rs.validator_for(arguments(CATALOGUE[name]), validate_formats=True).is_valid(args)


def test_an_optional_argument_that_is_null_was_not_given() -> None:
    args = {**START, "limit_a": None, "departure_at": None, "max_cost": None}
    assert complaint("start_transaction", CATALOGUE["start_transaction"], args) is None
    assert jsonschema_rs.is_valid(arguments(CATALOGUE["start_transaction"]), args)


def test_every_message_has_a_schema_that_is_one() -> None:
    for schema in (*commands().values(), answer()):
        assert jsonschema_rs.meta.is_valid({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
    assert commands().keys() == CATALOGUE.keys()
    order = {"id": "c-1", "name": "reset", "args": {"station": "CP01", "kind": "soft"}, "by": {"name": "ana"}}
    assert jsonschema_rs.is_valid(command("reset"), order)
    assert not jsonschema_rs.is_valid(command("reset"), {**order, "force": True})


_words = st.sampled_from(["CP01", "soft", "12.50", "0", "2026-03-02T18:00:00Z", "later", "", "x" * 300])
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 700) | st.floats(-1, 700) | _words,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["variable", "value", "evse"]), inner, max_size=3)
    ),
    max_leaves=5,
)


@settings(max_examples=300)
@given(st.sampled_from(sorted(CATALOGUE)), st.data())
def test_the_schema_and_the_words_agree(name: str, data: st.DataObject) -> None:
    entry = CATALOGUE[name]
    args = {
        each.name: data.draw(_json, each.name)
        for each in entry.arguments
        if each.required or data.draw(st.booleans(), f"{each.name}?")
    }
    valid = jsonschema_rs.validator_for(arguments(entry), validate_formats=True).is_valid(args)
    if complaint(name, entry, args) is None:
        assert valid
    elif "0" not in args.values() and not any(isinstance(each, float) for each in _inner(args)):
        assert not valid


def _inner(value: Any) -> list[Any]:
    """Every value inside: a schema takes 1.0 for a whole number, and can't say that an amount is above 0."""
    if isinstance(value, dict):
        return [inner for each in value.values() for inner in _inner(each)]
    return [inner for each in value for inner in _inner(each)] if isinstance(value, list) else [value]
