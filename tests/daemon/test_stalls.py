"""A loop that stands still is told of, with the place that holds it."""

from __future__ import annotations

import asyncio
import logging
import sys
import time

import pytest

from edgegw.daemon.stalls import STALLED_SECONDS, place, watched


async def test_code_that_blocks_the_loop_is_named(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    before = STALLED_SECONDS._value.get()
    async with watched(beat_s=0.01, late_s=0.2):
        await asyncio.sleep(0.05)
        time.sleep(0.5)
        await asyncio.sleep(0.1)
    first, second = [record.getMessage() for record in caplog.records]
    assert first.startswith("the event loop stands still, in ")
    assert first.endswith("test_code_that_blocks_the_loop_is_named")
    assert second.startswith("the event loop runs again, after ")
    assert STALLED_SECONDS._value.get() - before >= 0.45


async def test_a_loop_that_runs_is_not_told_of(caplog: pytest.LogCaptureFixture) -> None:
    async with watched(beat_s=0.01, late_s=0.5):
        await asyncio.sleep(0.1)
    assert caplog.records == []


def test_a_place_in_this_package_is_preferred_to_the_library_below_it() -> None:
    from edgegw.settings import findings

    found: list[str] = []

    def look(word: str) -> int:
        found.append(place(sys._getframe()))
        return 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(findings, "get_close_matches", lambda *args: look("x") or [])
        findings.nearest("x", ["y"])
    assert found[0].startswith("edgegw/settings/findings.py:")
    assert found[0].endswith(" nearest")
    assert place(None) == "an unknown place"
