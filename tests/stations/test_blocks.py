"""The tables of an OCPP version's functional blocks as one."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import pytest

from edgegw.stations.blocks import merged
from edgegw.stations.v2 import incoming as incoming_2
from edgegw.stations.v2 import outgoing as outgoing_2
from edgegw.stations.v16 import incoming as incoming_16
from edgegw.stations.v16 import outgoing as outgoing_16


def test_the_tables_of_the_blocks_are_one() -> None:
    assert merged({"Reset": 1}, {"Heartbeat": 2}, {}) == {"Reset": 1, "Heartbeat": 2}


def test_what_is_in_two_blocks_fails_by_name() -> None:
    with pytest.raises(ValueError, match="in two blocks: Heartbeat, Reset"):
        merged({"Reset": 1, "Heartbeat": 2}, {"Authorize": 3}, {"Heartbeat": 2, "Reset": 1})


@pytest.mark.parametrize(
    ("package", "tables", "whole"),
    [
        (incoming_16, ("ACTIONS",), incoming_16.ACTIONS),
        (outgoing_16, ("COMMANDS",), outgoing_16.COMMANDS),
        (incoming_2, ("ACTIONS", "ACTIONS_21"), incoming_2.ACTIONS_21),
        (outgoing_2, ("COMMANDS", "COMMANDS_21"), outgoing_2.COMMANDS_21),
    ],
    ids=["1.6 incoming", "1.6 outgoing", "2.x incoming", "2.x outgoing"],
)
def test_no_block_is_left_out(package: ModuleType, tables: tuple[str, ...], whole: dict[str, object]) -> None:
    found: set[str] = set()
    for module in pkgutil.iter_modules(package.__path__):
        block = importlib.import_module(f"{package.__name__}.{module.name}")
        found.update(*(getattr(block, table, {}) for table in tables))
    assert found == set(whole)


def test_2_0_1_understands_less_than_2_1() -> None:
    assert incoming_2.ACTIONS.keys() < incoming_2.ACTIONS_21.keys()
    assert outgoing_2.COMMANDS.keys() < outgoing_2.COMMANDS_21.keys()
