"""What flows at a hub in which something happens: starts, a building that takes more, faults, a dead gateway.

`edgegw run`, websocket stations of every version and a Modbus TCP meter on one physical world, which tells what each
phase of each circuit carries twenty times a second (`tests.support.plant`). The stories are those of the tests
(`tests.support.mishaps`); several run beside each other, each on a site and a gateway of its own.
"""

import asyncio
import statistics
import sys
import tempfile
from collections.abc import Awaitable, Iterator
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any

from tests.bench.figure import Figure
from tests.support import mishaps

AT_ONCE = 4
"""Sites that run beside each other: more would wait for the processor, which is no part of what is measured."""


def run(short: bool) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="edgegw-reaction-") as folder:
        yield from asyncio.run(_figures(Path(folder), short=short))


async def _figures(folder: Path, *, short: bool) -> list[Figure]:
    lone = asyncio.Semaphore(AT_ONCE)

    async def on_a_site(name: str, story: Any) -> Any:
        async with lone:
            came_to = await story(folder / name)
            print(f"bench: reaction: {name}: {came_to}", file=sys.stderr, flush=True)
            return came_to

    rounds = [1.5, 2.0] if short else [1.5, 1.5, 2.0, 1.5, 1.5] * 2
    long = {"killed", "cut_off"}
    steps = [f"steps {number}" for number in range(1 if short else 2)]
    stories: dict[str, Any] = {name: partial(mishaps.building_steps, factors=rounds) for name in steps}
    stories |= {name: story for name, (story, _) in mishaps.WITHIN_S.items() if name in long and not short}
    stories |= mishaps.STARTS
    quick = {name: story for name, (story, _) in mishaps.WITHIN_S.items() if name not in long}
    if short:
        quick = {name: quick[name] for name in ("draws_on", "wired_otherwise", "stale_meter")}
        print("bench: reaction: no dead gateway, few steps and few faults in a short run", file=sys.stderr, flush=True)
    if not short:
        stories["killed"] = partial(mishaps.killed, watched_s=262.0)
    stories |= quick
    waits: list[Awaitable[Any]] = [on_a_site(name, story) for name, story in stories.items()]
    done = await asyncio.gather(*waits, return_exceptions=True)
    if broken := [error for error in done if isinstance(error, BaseException)]:
        raise broken[0]
    outcome: dict[str, Any] = dict(zip(stories, done, strict=True))

    told, fits, peaks = (
        sorted(value for name in steps for value in getattr(outcome[name], what))
        for what in ("told_s", "fits_s", "peaks")
    )
    p95 = told[ceil(0.95 * len(told)) - 1]
    return [
        *(
            Figure.at_most(f"reaction {name.replace('_', ' ')}: over a breaker", outcome[name], "As", 0.0)
            for name in mishaps.STARTS
        ),
        Figure.at_most("reaction building step to a lower limit told, p95", p95, "s", 3.0,
                       {"median": statistics.median(told), "worst": told[-1], "limits": len(told)}),
        Figure.at_most("reaction building step until every phase fits, worst", fits[-1], "s", 8.0,
                       {"median": statistics.median(fits), "steps": len(fits), "mildest, times the breaker": peaks[0]}),
        *(
            Figure.at_most(f"reaction {name.replace('_', ' ')}: every phase fits after", outcome[name], "s", within_s)
            for name, (_, within_s) in mishaps.WITHIN_S.items()
            if name in outcome
        ),
    ]  # fmt: skip
