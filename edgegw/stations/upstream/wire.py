"""One websocket to another CSMS, with this end as the station's: CALLs out, one at a time, and CALLs in."""

from __future__ import annotations

import asyncio
from typing import Final

from websockets.exceptions import ConnectionClosed

from edgegw.stations import rpc
from edgegw.stations.codec import Payload, Version
from edgegw.stations.rpc import Call, CallError, CallResult, Code, Fault, MessageId
from edgegw.stations.schemas import for_version
from edgegw.stations.wire import Websocket

MAX_WAITING: Final = 16
"""CALLs of that CSMS that wait to be carried out; beyond, they are refused."""


class Gone(Exception):
    """The connection has ended, or has to: an answer did not come in time."""


class UpstreamWire:
    """`run` it; `call` meanwhile. `calls` are those that came, in order."""

    def __init__(self, websocket: Websocket, version: Version) -> None:
        self.calls: asyncio.Queue[Call] = asyncio.Queue(MAX_WAITING)
        self.version: Version = version
        self._websocket = websocket
        self._schemas = for_version(version)
        self._current: tuple[MessageId, asyncio.Future[CallResult | CallError]] | None = None
        self._turn = asyncio.Lock()
        self._closed = False

    async def run(self) -> str:
        """Take what comes until the connection ends; why it did."""
        try:
            while True:
                await self._take(await self._websocket.recv(decode=False))
        except (ConnectionClosed, Gone) as end:
            return str(end)
        finally:
            self._end()

    def _end(self) -> None:
        self._closed = True
        if self._current is not None and not self._current[1].done():
            self._current[1].set_exception(Gone("the connection has ended"))

    async def _take(self, data: bytes | str) -> None:
        frame = rpc.parse(data, self.version)
        if isinstance(frame, CallResult | CallError):
            if self._current is not None and frame.id == self._current[0] and not self._current[1].done():
                self._current[1].set_result(frame)
        elif isinstance(frame, Call):
            await self._take_call(frame)
        elif isinstance(frame, Fault) and frame.id is not None:
            await self.refuse(frame.id, frame.code, frame.text)

    async def _take_call(self, call: Call) -> None:
        schema = self._schemas.get(call.action, "request", strict=False)
        if schema is None:
            await self.refuse(call.id, Code.NOT_IMPLEMENTED, "this version has no such action")
        elif (violation := schema.violation(call.payload)) is not None:
            await self.refuse(call.id, violation.code, violation.text)
        elif self.calls.full():
            await self.refuse(call.id, Code.GENERIC, "busy with earlier calls")
        else:
            self.calls.put_nowait(call)

    async def call(self, id: str, action: str, payload: Payload, timeout_s: float) -> CallResult | CallError:
        """Send a CALL; what comes back, which is not looked at. Raises Gone."""
        async with self._turn:
            if self._closed:
                raise Gone("the connection has ended")
            answered: asyncio.Future[CallResult | CallError] = asyncio.get_running_loop().create_future()
            self._current = (id, answered)
            try:
                async with asyncio.timeout(timeout_s):
                    await self._send(rpc.call(id, action, payload))
                    return await answered
            except TimeoutError:
                raise Gone(f"no answer to {action} within {timeout_s:.0f} s") from None
            finally:
                self._current = None
                answered.cancel()

    async def answer(self, id: MessageId, payload: Payload) -> None:
        await self._send(rpc.result(id, payload))

    async def refuse(self, id: MessageId, code: str, text: str) -> None:
        await self._send(rpc.error(id, code, text, self.version))

    async def _send(self, data: bytes) -> None:
        try:
            await self._websocket.send(data, text=True)
        except ConnectionClosed as end:
            raise Gone(str(end)) from None
