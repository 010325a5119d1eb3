"""What is done at and about stations while they are here, beside serving their frames: each a task."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class Visits:
    """Those of one server. True while there are any."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def __bool__(self) -> bool:
        return bool(self._tasks)

    def begin(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Do `work`, to its end or the server's; `name` is for who looks at the tasks."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def cancel(self) -> None:
        """No more of any of them."""
        for task in self._tasks:
            task.cancel()

    async def ended(self) -> None:
        """Wait until all have ended, be it with an error."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
