"""Asks the gateway for its time over and over, as a station: `python -m tests.bench.eva.heartbeats URL ID SECONDS`.

A heartbeat writes nothing and asks nobody, so what its answer takes is the event loop's. Prints a JSON list of
milliseconds. A process of its own: its clock is read when it wakes, and nothing else wakes it.
"""

import asyncio
import json
import sys
import time
from datetime import UTC, datetime
from typing import Any

import websockets

EVERY_S = 0.02


async def ask(socket: Any, action: str, payload: Any) -> None:
    await socket.send(json.dumps([2, f"{time.monotonic_ns()}", action, payload]))
    while json.loads(await socket.recv())[0] != 3:
        pass


async def beat(url: str, station: str, seconds: float) -> list[float]:
    async with websockets.connect(f"{url}/{station}", subprotocols=["ocpp1.6"]) as socket:  # type: ignore[list-item]
        await ask(socket, "BootNotification", {"chargePointVendor": "Bench", "chargePointModel": "Beat"})
        at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        status = {"connectorId": 1, "errorCode": "NoError", "status": "Available", "timestamp": at}
        await ask(socket, "StatusNotification", status)
        await asyncio.sleep(0.5)
        found, ends = [], time.monotonic() + seconds
        while (began := time.monotonic()) < ends:
            await ask(socket, "Heartbeat", {})
            found.append(1000 * (time.monotonic() - began))
            await asyncio.sleep(max(0.0, EVERY_S - (time.monotonic() - began)))
        return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(beat(sys.argv[1], sys.argv[2], float(sys.argv[3])))))
