"""Waiting for what nobody tells of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

LOOK_S = 0.02


async def until(condition: Callable[[], object], within_s: float) -> bool:
    """Whether it became true within the time; it is looked at every 20 ms."""
    for _ in range(round(within_s / LOOK_S)):
        if condition():
            return True
        await asyncio.sleep(LOOK_S)
    return bool(condition())
