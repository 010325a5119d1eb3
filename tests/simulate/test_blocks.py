"""The tables of what a virtual station does, block by block, as one."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

from edgegw.simulate import blocks
from edgegw.simulate.blocks.merging import merged


def test_an_action_in_two_blocks_fails_by_name() -> None:
    assert merged({"Reset": 1}, {"GetLog": 2}) == {"Reset": 1, "GetLog": 2}
    with pytest.raises(ValueError, match="in two blocks: Reset"):
        merged({"Reset": 1, "GetLog": 2}, {"Reset": 1})


@pytest.mark.parametrize("table", ["DOES_16", "DOES_2"])
def test_no_block_is_left_out(table: str) -> None:
    found: set[str] = set()
    for module in pkgutil.iter_modules(blocks.__path__):
        found.update(getattr(importlib.import_module(f"{blocks.__name__}.{module.name}"), table, {}))
    assert found == set(getattr(blocks, table))
