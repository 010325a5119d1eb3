"""The station's end of OCPP-J: frames over one websocket, one CALL of ours in flight (OCPP-J 1.6 section 4)."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

Payload = dict[str, Any]

CALL, RESULT, ERROR, SEND = 2, 3, 4, 6


class CallFailed(Exception):
    """A CALL of ours brought no result."""


class Lost(CallFailed):
    """The connection ended before the answer."""


class NoAnswer(CallFailed):
    """No answer within the patience."""


class Refused(CallFailed):
    """The gateway answered with a CALLERROR of this `code`."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


class Fault(Exception):
    """A CALL from the gateway that is answered with a CALLERROR of this `code`."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a CALL; `then` is called once it has been sent."""

    payload: Payload
    then: Callable[[], object] | None = None


Serve = Callable[[str, Payload], Reply | None]
"""(action, payload) -> the answer; None leaves the CALL without one. Raises Fault."""

_MALFORMED: Final = "FormationViolation"


class Link:
    """One connection, until `run` returns. `serve` answers the gateway's CALLs; `spoke` sees every CALL of ours that
    was answered."""

    def __init__(self, websocket: ClientConnection, serve: Serve) -> None:
        self._websocket = websocket
        self._serve = serve
        self._turn = asyncio.Lock()
        self._asked: tuple[str, asyncio.Future[Payload]] | None = None

    async def run(self) -> None:
        """Read until the connection ends; then whoever waits for an answer gets Lost."""
        try:
            while True:
                await self._take(json.loads(await self._websocket.recv()))
        except ConnectionClosed:
            pass
        finally:
            if self._asked is not None and not self._asked[1].done():
                self._asked[1].set_exception(Lost("the connection ended"))

    async def call(self, action: str, payload: Mapping[str, Any], patience_s: float) -> Payload:
        """Send a CALL when its turn has come; the payload of its result. Raises CallFailed."""
        async with self._turn:
            number = str(uuid.uuid4())
            answered: asyncio.Future[Payload] = asyncio.get_running_loop().create_future()
            self._asked = (number, answered)
            try:
                await self._websocket.send(json.dumps([CALL, number, action, payload]))
                async with asyncio.timeout(patience_s):
                    return await answered
            except ConnectionClosed:
                raise Lost("the connection ended") from None
            except TimeoutError:
                raise NoAnswer(f"no answer to {action} within {patience_s:.0f} s") from None
            finally:
                self._asked = None
                answered.cancel()

    async def send(self, action: str, payload: Mapping[str, Any]) -> None:
        """Send what has no answer, 2.1's SEND. Raises Lost."""
        try:
            await self._websocket.send(json.dumps([SEND, str(uuid.uuid4()), action, payload]))
        except ConnectionClosed:
            raise Lost("the connection ended") from None

    async def _take(self, frame: Any) -> None:
        kind, number = frame[0], frame[1]
        if kind == CALL:
            await self._answer(number, frame[2], frame[3])
        elif self._asked is not None and number == self._asked[0] and not self._asked[1].done():
            if kind == RESULT:
                self._asked[1].set_result(frame[2])
            elif kind == ERROR:
                self._asked[1].set_exception(Refused(frame[2], frame[3]))

    async def _answer(self, number: str, action: str, payload: Payload) -> None:
        then = None
        try:
            reply = self._serve(action, payload)
            if reply is None:
                return
            frame: list[Any] = [RESULT, number, reply.payload]
            then = reply.then
        except Fault as fault:
            frame = [ERROR, number, fault.code, fault.text, {}]
        except (KeyError, TypeError, ValueError) as error:
            frame = [ERROR, number, _MALFORMED, f"{action}: {error}"[:255], {}]
        await self._websocket.send(json.dumps(frame))
        if then is not None:
            then()
