"""docs/messages.md names every message of every version, and who handles it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edgegw.model.commands import CATALOGUE
from edgegw.model.facts import FACTS
from edgegw.stations.schemas import for_version
from edgegw.stations.v2 import incoming as in_2
from edgegw.stations.v2.outgoing import COMMANDS as COMMANDS_201
from edgegw.stations.v2.outgoing import COMMANDS_21
from edgegw.stations.v16 import incoming as in_16
from edgegw.stations.v16.outgoing import COMMANDS as COMMANDS_16

ROOT = Path(__file__).parents[2]
VERSIONS = ("1.6", "2.0.1", "2.1")
INCOMING = {"1.6": in_16.ACTIONS, "2.0.1": in_2.ACTIONS, "2.1": in_2.ACTIONS_21}
COMMANDS = {"1.6": COMMANDS_16, "2.0.1": COMMANDS_201, "2.1": COMMANDS_21}


def table(name: str) -> dict[str, list[str]]:
    """The rows below a heading: the message, and the cells after it."""
    text = (ROOT / "docs" / "messages.md").read_text(encoding="utf-8")
    part = text.split(f"## {name}\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("|")]
    return {row[0]: row[1:] for row in rows[2:]}


@pytest.mark.parametrize("version", VERSIONS)
def test_each_message_from_stations_is_where_the_page_says(version: str) -> None:
    column = VERSIONS.index(version)
    named = {action: cells[column].strip("`") for action, cells in table("From stations").items() if cells[column]}
    assert named.keys() == INCOMING[version].keys()
    folder = ROOT / "edgegw" / "stations" / ("v16" if version == "1.6" else "v2") / "incoming"
    for action, module in named.items():
        assert f'    "{action}": ' in (folder / f"{module}.py").read_text(encoding="utf-8"), action


@pytest.mark.parametrize("version", VERSIONS)
def test_each_message_to_stations_has_a_command_of_that_version(version: str) -> None:
    column = VERSIONS.index(version)
    named = {action: cells[-1] for action, cells in table("To stations").items() if cells[column]}
    schemas = for_version(version)  # type: ignore[arg-type]
    assert named.keys() == (schemas.actions - INCOMING[version].keys()) | {"DataTransfer"}
    for action, cell in named.items():
        commands = re.findall(r"`(\w+)`", cell)
        assert commands or cell.startswith("none: "), action
        assert commands == [] or set(commands) & COMMANDS[version].keys(), action
        assert set(commands) <= CATALOGUE.keys(), action


def test_what_a_message_becomes_is_a_fact_of_ours() -> None:
    for action, cells in table("From stations").items():
        assert set(re.findall(r"`(\w+)`", cells[-1])) <= FACTS.keys(), action
