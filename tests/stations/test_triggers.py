"""TriggerMessage, sparingly: who is asked for a boot, how often, and what a refusal means."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import ClientConnection

from edgegw.stations.surroundings import Timing
from tests.stations.test_server import BOOT, ask, served

SOON = Timing(call_timeout_s=1.0, settle_s=0.05)


async def _asked(station: ClientConnection, answer: list[Any]) -> list[Any]:
    """The next CALL of the gateway, which is answered with all of `answer` but its id."""
    async with asyncio.timeout(2):
        call: list[Any] = orjson.loads(await station.recv(decode=False))
    await station.send(orjson.dumps([answer[0], call[1], *answer[1:]]), text=True)
    return call[2:]


async def _is_quiet(station: ClientConnection, for_s: float = 0.2) -> bool:
    try:
        async with asyncio.timeout(for_s):
            await station.recv()
    except TimeoutError:
        return True
    return False


TRIGGER = ["TriggerMessage", {"requestedMessage": "BootNotification"}]


async def test_a_station_that_comes_without_a_boot_is_asked_for_it_once_a_connection() -> None:
    async with served(timing=SOON) as served_:
        for _ in range(2):
            async with served_.station() as station:
                assert await _asked(station, [3, {"status": "Accepted"}]) == TRIGGER
                assert (await ask(station, BOOT))[0] == 3
                assert await _is_quiet(station)


async def test_a_station_that_boots_is_not_asked_for_it() -> None:
    async with served(timing=SOON) as served_, served_.station() as station:
        await ask(station, BOOT)
        assert await _is_quiet(station)


@pytest.mark.parametrize("answer", [[3, {"status": "Rejected"}], [4, "NotImplemented", "", {}]])
async def test_a_refusal_is_not_repeated_until_the_station_boots_by_itself(answer: list[Any]) -> None:
    async with served(timing=SOON) as served_:
        async with served_.station() as station:
            assert await _asked(station, answer) == TRIGGER
        for _ in range(2):
            async with served_.station() as station:
                assert await _is_quiet(station)
        async with served_.station() as station:
            await ask(station, BOOT)
        async with served_.station() as station:
            assert await _asked(station, answer) == TRIGGER


async def test_no_answer_is_no_refusal_but_is_not_tried_again_in_the_same_connection() -> None:
    async with served(timing=Timing(call_timeout_s=0.1, settle_s=0.05)) as served_:
        for _ in range(2):
            async with served_.station() as station:
                async with asyncio.timeout(2):
                    assert orjson.loads(await station.recv())[2:] == TRIGGER
                assert await _is_quiet(station, 0.3)
