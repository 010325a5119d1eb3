"""Another CSMS, made of the `ocpp` package's own frames and validation, which is strict both ways.

It gives out transaction ids of its own, and says what it is told to say: an answer, a code of an error, or nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

from ocpp.exceptions import OCPPError
from ocpp.messages import Call, CallError, CallResult, MessageType, unpack, validate_payload
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

Payload = dict[str, Any]

SILENCE = "silence"
"""No answer at all."""


def now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


class Csms:
    """`heard` are the CALLs that came (station, action, payload), `ids` their message ids, `wrong` what is not valid in
    them, `answers` what is said instead of a friendly answer: a payload, an error's code, SILENCE, by action."""

    def __init__(self, first_id: int = 7001, tls: ssl.SSLContext | None = None) -> None:
        self.heard: list[tuple[str, str, Payload]] = []
        self.ids: list[str] = []
        self.wrong: list[str] = []
        self.answers: dict[str, Payload | str] = {}
        self.spoil = False
        """Its answers to Authorize are no valid ones."""
        self.logins: list[str | None] = []
        self.unasked: list[CallResult | CallError] = []
        """Answers to what was no CALL of its own."""
        self.sockets: dict[str, ServerConnection] = {}
        self._numbers = count(first_id)
        self._answered: dict[str, asyncio.Future[Any]] = {}
        self._server: Server | None = None
        self._port = 0
        self._tls = tls
        self._versions: dict[str, str] = {}

    @property
    def url(self) -> str:
        start = "ws://127.0.0.1" if self._tls is None else "wss://localhost"
        return f"{start}:{self._port}/csms/{{station}}"

    async def start(self) -> None:
        versions: Any = ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]
        self._server = await serve(self._serve, "127.0.0.1", self._port, subprotocols=versions, ssl=self._tls)
        self._port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()
        self.sockets.clear()

    async def _serve(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        station, version = socket.request.path.rpartition("/")[2], str(socket.subprotocol).removeprefix("ocpp")
        self.logins.append(socket.request.headers.get("Authorization"))
        self.sockets[station] = socket
        self._versions[station] = version
        with contextlib.suppress(ConnectionClosed):
            async for raw in socket:
                message = unpack(raw)
                if isinstance(message, Call):
                    await self._answer(socket, station, version, message)
                else:
                    waiting = self._answered.pop(message.unique_id, None)
                    if waiting is None:
                        self.unasked.append(message)
                    else:
                        waiting.set_result(message)
        if self.sockets.get(station) is socket:
            del self.sockets[station]

    async def _answer(self, socket: ServerConnection, station: str, version: str, call: Call) -> None:
        try:
            await validate_payload(call, version)
        except OCPPError as error:
            self.wrong.append(f"{call.action}: {error.description} {error.details}")
        self.heard.append((station, call.action, call.payload))
        self.ids.append(str(call.unique_id))
        said = self.answers.get(call.action)
        if said == SILENCE:
            return
        if isinstance(said, str):
            await socket.send(CallError(call.unique_id, said, "", {}).to_json())
            return
        payload = self._friendly(version, call) if said is None else said
        if self.spoil and call.action == "Authorize":
            payload = {"nonsense": True}
        await socket.send(call.create_call_result(payload).to_json())

    def _friendly(self, version: str, call: Call) -> Payload:
        info: Payload = {"status": "Accepted"}
        match call.action:
            case "BootNotification":
                return {"status": "Accepted", "currentTime": now(), "interval": 300}
            case "Heartbeat":
                return {"currentTime": now()}
            case "StartTransaction":
                return {"transactionId": next(self._numbers), "idTagInfo": info}
            case "Authorize":
                return {"idTagInfo": info} if version == "1.6" else {"idTokenInfo": info}
            case "TransactionEvent" if "idToken" in call.payload:
                return {"idTokenInfo": info}
            case "DataTransfer":
                return {"status": "Accepted", "data": "from upstream"}
        return {}

    async def call(self, station: str, action: str, payload: Payload) -> Payload:
        """The result of a CALL to a station; {"error": code} for an error."""
        id = f"order-{next(self._numbers)}"
        self._answered[id] = answered = asyncio.get_running_loop().create_future()
        await self.sockets[station].send(Call(id, action, payload).to_json())
        message = await asyncio.wait_for(answered, 10)
        if isinstance(message, CallError):
            return {"error": message.error_code}
        assert isinstance(message, CallResult)
        message.action = action
        await validate_payload(message, self._versions[station])
        assert message.message_type_id == MessageType.CallResult
        result: Payload = message.payload
        return result

    def told(self, *actions: str, station: str = "CP01") -> list[Payload]:
        return [payload for name, action, payload in self.heard if name == station and action in actions]

    def actions(self, *but: str, station: str = "CP01") -> list[str]:
        return [action for name, action, _ in self.heard if name == station and action not in but]


@contextlib.asynccontextmanager
async def a_csms(answers: Mapping[str, Payload | str] | None = None) -> AsyncIterator[Csms]:
    csms = Csms()
    csms.answers.update(answers or {})
    await csms.start()
    try:
        yield csms
    finally:
        await csms.stop()
    assert csms.wrong == []
