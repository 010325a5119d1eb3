"""The `ocpp` library's ChargePoint as a server that answers and stores nothing."""

import asyncio
import contextlib
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from ocpp.routing import on
from ocpp.v16 import ChargePoint, call_result
from ocpp.v16.datatypes import IdTagInfo
from ocpp.v16.enums import AuthorizationStatus, RegistrationStatus
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol


class Point(ChargePoint):  # type: ignore[misc]
    @on("BootNotification")
    def boot(self, **_: Any) -> Any:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return call_result.BootNotification(current_time=now, interval=300, status=RegistrationStatus.accepted)

    @on("StatusNotification")
    def status(self, **_: Any) -> Any:
        return call_result.StatusNotification()

    @on("StartTransaction")
    def begin(self, **_: Any) -> Any:
        return call_result.StartTransaction(transaction_id=1, id_tag_info=IdTagInfo(AuthorizationStatus.accepted))

    @on("StopTransaction")
    def end(self, **_: Any) -> Any:
        return call_result.StopTransaction()

    @on("MeterValues")
    def meter_values(self, **_: Any) -> Any:
        return call_result.MeterValues()


async def main() -> None:
    logging.getLogger("ocpp").setLevel(logging.ERROR)

    async def serve_one(connection: ServerConnection) -> None:
        assert connection.request is not None
        with contextlib.suppress(ConnectionClosed):
            await Point(connection.request.path.rsplit("/")[-1], connection).start()

    async with serve(
        serve_one, "127.0.0.1", 0, subprotocols=[Subprotocol("ocpp1.6")], compression=None, ping_interval=None
    ) as server:
        print("ready", server.sockets[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        server.close()


if __name__ == "__main__":
    asyncio.run(main())
