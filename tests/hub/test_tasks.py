"""Tasks that outlive the call that began them."""

from __future__ import annotations

import asyncio

import pytest

from edgegw.hub.tasks import Tasks


async def test_a_task_that_fails_says_so_by_its_name_and_costs_no_other(caplog: pytest.LogCaptureFixture) -> None:
    async def fails() -> None:
        raise RuntimeError("a fault")

    tasks = Tasks()
    tasks.begin(fails(), "CP01 errands")
    waits = tasks.begin(asyncio.Event().wait())  # type: ignore[arg-type]
    await asyncio.sleep(0.01)
    assert "CP01 errands failed" in caplog.text
    assert "a fault" in caplog.text
    assert tasks
    assert not waits.done()
    await tasks.end()
    assert waits.cancelled()
    assert not tasks
    assert caplog.text.count("failed") == 1
