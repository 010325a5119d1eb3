"""Tasks that outlive the call that began them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from logging import Logger, getLogger
from typing import Any, Final

LOG: Final = getLogger("edgegw.hub")


class Tasks:
    """Held until they end, or are cancelled together. One that fails says so in `log`. True while there are any."""

    def __init__(self, log: Logger = LOG) -> None:
        self._log = log
        self._tasks: set[asyncio.Task[None]] = set()

    def __bool__(self) -> bool:
        return bool(self._tasks)

    def begin(self, work: Coroutine[Any, Any, None], name: str | None = None) -> asyncio.Task[None]:
        """Do `work`, to its end or everybody's; `name` is for who looks at the tasks, and for the log."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.error("%s failed", task.get_name(), exc_info=error)

    def cancel(self) -> None:
        """No more of any of them."""
        for task in self._tasks:
            task.cancel()

    async def ended(self) -> None:
        """Wait until all have ended, be it with an error."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def end(self) -> None:
        """Cancel all of them, and wait until they have ended."""
        self.cancel()
        await self.ended()
