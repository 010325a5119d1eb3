"""The `ocpp` library's ChargePoint as a station of each version, which validates both ways with its own schemas."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from ocpp.charge_point import camel_to_snake_case, serialize_as_dict, snake_to_camel_case
from ocpp.charge_point import remove_nones as without_nones
from ocpp.exceptions import OCPPError
from ocpp.routing import on
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from edgegw.model.facts import StationBooted
from tests.simulate.served import VERSIONS, served
from tests.stations.foreign import day
from tests.stations.foreign.day import Payload, Refused

MODULES = {"1.6": "v16", "2.0.1": "v201", "2.1": "v21"}
ANSWERED = {action for version in VERSIONS for _, _, action in day.orders(version)} | {
    "RemoteStartTransaction", "RemoteStopTransaction", "RequestStartTransaction", "RequestStopTransaction",
    "SetChargingProfile",
}  # fmt: skip


class LibraryStation:
    """See `day.ForeignStation`. A handler for each action of ANSWERED is made by the library's own decorator."""

    def __init__(self, connection: Any, version: str) -> None:
        self.heard: list[tuple[str, Payload]] = []
        self.wrong: list[str] = []
        self._calls = importlib.import_module(f"ocpp.{MODULES[version]}.call")
        self._results = importlib.import_module(f"ocpp.{MODULES[version]}.call_result")
        base = importlib.import_module(f"ocpp.{MODULES[version]}").ChargePoint
        answers = day.answers(version)
        handlers = {
            f"hears_{action}": self._handler(action, answers.get(action, {"status": "Accepted"}))
            for action in ANSWERED
            if hasattr(self._results, action)
        }
        self.point = type("Point", (base,), handlers)("CP01", connection, response_timeout=5)

    def _handler(self, action: str, answer: Payload) -> Any:
        def hears(point: Any, **payload: Any) -> Any:
            self.heard.append((action, snake_to_camel_case(payload)))
            return getattr(self._results, action)(**camel_to_snake_case(answer))

        hears.__name__ = f"hears_{action}"
        return on(action)(hears)

    async def call(self, action: str, payload: Payload) -> Payload:
        try:
            result = await self.point.call(getattr(self._calls, action)(**camel_to_snake_case(payload)), suppress=False)
        except OCPPError as error:
            raise Refused(error.code) from error
        told: Payload = snake_to_camel_case(without_nones(serialize_as_dict(result)))
        return told


@contextlib.asynccontextmanager
async def station(url: str, version: str) -> AsyncIterator[LibraryStation]:
    async with connect(f"{url}/CP01", subprotocols=[Subprotocol(f"ocpp{version}")], proxy=None) as connection:
        made = LibraryStation(connection, version)
        listening = asyncio.create_task(made.point.start())
        try:
            yield made
        finally:
            await connection.close()
            with contextlib.suppress(ConnectionClosed):
                await listening


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_library_lives_a_day(tmp_path: Path, version: str) -> None:
    async with served(tmp_path) as gateway, station(gateway.url, version) as one:
        await day.boots(one, version)
        await day.obeys(gateway, one, version)
        await day.charges(gateway, one, version)
        assert gateway.facts(StationBooted)[0].ocpp == version
