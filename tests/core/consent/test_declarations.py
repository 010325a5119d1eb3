"""What is declared to the model is what its calls are judged by."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from edgegw.core.consent.declarations import declarations, whole_again, wrong
from edgegw.model.tools import LANGUAGES, TOOLS

NAMES = ("Vaga 1", "CP01")
SCHEMAS = {each["name"]: jsonschema_rs.validator_for(each["parameters"]) for each in declarations(NAMES, "en")}

CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("station_status", {}),
    ("station_status", {"station": "Vaga 1"}),
    ("station_status", {"station": "vaga 1"}),
    ("station_status", {"station": 1}),
    ("prices", {"station": "CP01", "x": 1}),
    ("how_to", {}),
    ("how_to", {"question": ""}),
    ("how_to", {"question": "x" * 300}),
    ("how_to", {"question": "x" * 301}),
    ("my_history", {"limit": 1}),
    ("my_history", {"limit": 2.0}),
    ("my_history", {"limit": 2.5}),
    ("my_history", {"limit": True}),
    ("my_history", {"limit": 11}),
    ("start_charge", {}),
    ("start_charge", {"station": "CP01", "energy_kwh": 0}),
    ("start_charge", {"station": "CP01", "energy_kwh": 0.5, "max_cost": "12.50", "leave_at": "18:00", "evse": 1}),
    ("start_charge", {"station": "CP01", "max_cost": 12.5}),
    ("start_charge", {"station": "CP01", "max_cost": "12,50"}),
    ("start_charge", {"station": "CP01", "leave_at": 18}),
    ("start_charge", {"station": "CP01", "leave_at": "x" * 41}),
    ("report_problem", {"category": "cable", "text": "x"}),
    ("report_problem", {"category": "volcano", "text": "x"}),
    ("report_problem", {"category": "cable"}),
)


@pytest.mark.parametrize(("tool", "args"), CALLS)
def test_a_call_fits_the_schema_or_is_refused_and_never_the_one_without_the_other(
    tool: str, args: dict[str, Any]
) -> None:
    fits = wrong(TOOLS[tool], whole_again(TOOLS[tool], args), NAMES) is None
    assert SCHEMAS[tool].is_valid(args) is fits


@pytest.mark.parametrize("speaks", LANGUAGES)
def test_every_tool_and_argument_is_described_in_each_language(speaks: str) -> None:
    told = declarations(NAMES, speaks)
    assert [each["name"] for each in told] == list(TOOLS)
    for each in told:
        assert each["description"]
        assert all(argument["description"] for argument in each["parameters"]["properties"].values())
    assert len(json.dumps(told, ensure_ascii=False)) < 12_000, "it is paid for in each conversation"
    if speaks != "en":
        assert told != declarations(NAMES, "en")
