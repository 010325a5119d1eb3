"""What every test must leave behind: nothing.

A test fails when, after it and its own fixtures are done, a task is still waiting on the event loop, a thread is still
alive, or an exception went to asyncio's handler because nobody read it. (Unclosed files and sockets, coroutines that
were never awaited, and exceptions in threads or finalizers are warnings of Python or pytest, and pyproject.toml makes
every warning a failure.) Fixtures of a wider scope than one test may keep their tasks and threads while they live.
"""

import asyncio
import asyncio.runners
import gc
import logging
import os
import threading
import time
import traceback
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.support.site import VirtualSite

os.environ.setdefault("EDGEGW_CHECKED", "1")  # values refuse to be changed: see edgegw.model.value

settings.register_profile("shared machines", deadline=None)
settings.load_profile("shared machines")
"""How long an example takes says nothing where others have the processor; the test's own time limit stands."""

LONG_S = 300.0

GRACE_S = 0.5
"""How long something that is already on its way out may take: a closing socket's task, a thread leaving its loop."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Those that ask for minutes begin first: at the end all but one process would wait for the last of them.
    def patience_s(item: pytest.Item) -> float:
        mark = item.get_closest_marker("timeout")
        return float(mark.args[0]) if mark is not None and mark.args else 0.0

    items.sort(key=lambda item: -patience_s(item) if patience_s(item) >= LONG_S else 0.0)


def pytest_collection_finish() -> None:
    # What the imports made lives on: out of the collector's sight, the collection after a test takes a millisecond.
    gc.collect()
    gc.freeze()


class _Unread(logging.Handler):
    """Collects what asyncio logs as an error: exceptions that no code will ever read."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        told = "".join(traceback.format_exception(error)).rstrip() if error else ""
        self.found.append(f"unread: {record.getMessage()}\n{told}".rstrip())


@pytest.fixture(autouse=True)
def nothing_left_behind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails the test that leaves a task, a thread or an unread exception behind."""
    found: list[str] = []
    loops = 0
    cancel_all_tasks = asyncio.runners._cancel_all_tasks  # type: ignore[attr-defined]

    def look_then_cancel(loop: asyncio.AbstractEventLoop) -> None:
        # The one place through which asyncio.run and pytest-asyncio close a loop, hiding what is left on it.
        nonlocal loops
        loops += 1
        if tasks := asyncio.all_tasks(loop):
            _, left = loop.run_until_complete(asyncio.wait(tasks, timeout=GRACE_S))
            found.extend(f"task: {task!r}" for task in left)
        cancel_all_tasks(loop)

    monkeypatch.setattr(asyncio.runners, "_cancel_all_tasks", look_then_cancel)
    unread = _Unread()
    logging.getLogger("asyncio").addHandler(unread)
    threads = set(threading.enumerate())
    try:
        yield
        if loops:
            gc.collect()  # an exception that nobody read is only told of when its task is freed
        deadline = time.monotonic() + GRACE_S
        for thread in set(threading.enumerate()) - threads:
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                found.append(f"thread: {thread!r}")
    finally:
        logging.getLogger("asyncio").removeHandler(unread)
    if found := found + unread.found:
        pytest.fail("the test left behind\n" + "\n".join(found), pytrace=False)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator["VirtualSite"]:
    """A whole hub with a temporary ledger and a clock that stands still; see tests/support/site.py."""
    from tests.support.site import VirtualSite

    async with VirtualSite(tmp_path) as virtual:
        yield virtual
