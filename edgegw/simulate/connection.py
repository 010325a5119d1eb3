"""A virtual station's way to the gateway: connects with back-off, boots, and sends what waits in its order."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
import random
import ssl
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidURI
from websockets.typing import Subprotocol

from edgegw.simulate.link import CallFailed, Link, Lost, Payload, Refused, Reply
from edgegw.simulate.transactions import Message

log = logging.getLogger("edgegw.simulate")

MAX_ATTEMPTS: Final = 5
"""Times a transaction message is sent that the gateway answers with CALLERROR (TransactionMessageAttempts)."""

MAX_KEPT: Final = 1000
"""Messages kept while offline; beyond, the oldest meter values go, never a start or an end."""


@dataclass(frozen=True, slots=True)
class Access:
    """Where and how a station connects. `url` is without its id; `backoff_s` the first and the longest pause before it
    connects again, `patience_s` how long it waits for an answer, `retry_s` before it sends a message again."""

    id: str
    version: str
    url: str
    password: str | None = None
    tls: ssl.SSLContext | None = None
    patience_s: float = 30.0
    retry_s: float = 2.0
    backoff_s: tuple[float, float] = (0.5, 30.0)


class Owner(Protocol):
    """The station behind the connection."""

    heartbeat_s: float

    def boot(self, reason: str) -> Message: ...
    def took_boot(self, answer: Payload) -> tuple[bool, float]:
        """(accepted, the interval in seconds that came with it)"""

    def statuses(self) -> Iterable[Message]: ...
    def fill_in(self, message: Message) -> Payload: ...
    def answered(self, message: Message, answer: Payload) -> None: ...
    def serve(self, action: str, payload: Payload) -> Reply | None: ...


class Connection:
    """`run` it; `say` queues a message, `call` sends one now. Booted once, it stays so until `reboot`."""

    def __init__(self, access: Access, owner: Owner) -> None:
        self.connected = False
        self.booted = False
        self.said: deque[tuple[str, Payload]] = deque(maxlen=2000)
        """CALLs that the gateway has answered with a result, the newest last."""
        self._access = access
        self._owner = owner
        self._chance = random.Random(access.id)
        self._on_line = asyncio.Event()
        self._on_line.set()
        self._may_speak = asyncio.Event()
        self._may_speak.set()
        self._websocket: ClientConnection | None = None
        self._link: Link | None = None
        self._outbox: deque[Message] = deque()
        self._wake = asyncio.Event()
        self._boot_reason = "PowerUp"
        self._down_s = 0.0

    # For the station

    @property
    def silent(self) -> bool:
        """Sends no CALL and gives no answer, though the connection stands."""
        return not self._may_speak.is_set()

    @silent.setter
    def silent(self, silent: bool) -> None:
        if silent:
            self._may_speak.clear()
        else:
            self._may_speak.set()

    def connect_to(self, url: str) -> None:
        """Another address, from the next connection on."""
        self._access = replace(self._access, url=url)

    def log_in_with(self, password: str) -> None:
        """Another password; the connection is made anew with it once what is under way is answered."""
        self._access = replace(self._access, password=password)
        asyncio.get_running_loop().call_later(0.05, self._drop)

    def cut(self) -> None:
        """The network goes without a goodbye, until `restore`."""
        self._on_line.clear()
        self._drop()

    def restore(self) -> None:
        """The network is back."""
        self._on_line.set()

    def reboot(self, reason: str, down_s: float) -> None:
        """Go down for `down_s` seconds, then connect and boot with `reason`."""
        self._boot_reason, self._down_s = reason, down_s
        self.booted = False
        self._drop()

    def _drop(self) -> None:
        if self._websocket is not None:
            self._websocket.transport.abort()

    @property
    def waiting(self) -> int:
        """Messages of transactions that the gateway has not answered yet."""
        return sum(message.keep for message in self._outbox)

    def keeps(self, reference: str | None = None) -> bool:
        """Whether messages of a transaction, or of any, wait to be answered."""
        return any(
            message.keep
            and (reference is None or message.transaction is None or message.transaction.reference == reference)
            for message in self._outbox
        )

    def forget(self, *actions: str) -> None:
        """Lose what waits of these actions, as a station does whose memory is full or worn out."""
        self._outbox = deque(message for message in self._outbox if message.action not in actions)

    def say(self, *messages: Message) -> None:
        """Send in turn; a message that is not kept is dropped when the link is down."""
        self._outbox.extend(message for message in messages if message.keep or (self.booted and self.connected))
        while len(self._outbox) > MAX_KEPT:
            # The head may be on its way, so it stays.
            lighter = next((each for each in list(self._outbox)[1:] if each.light), None)
            if lighter is None:
                break
            self._outbox.remove(lighter)
        self._wake.set()

    async def call(self, action: str, payload: Mapping[str, Any]) -> Payload:
        """Send a CALL as soon as no other is in flight; its result. Raises CallFailed."""
        await self._may_speak.wait()
        if self._link is None:
            raise Lost("not connected")
        answer = await self._link.call(action, payload, self._access.patience_s)
        self.said.append((action, dict(payload)))
        return answer

    async def send(self, action: str, payload: Mapping[str, Any]) -> None:
        """Send what has no answer. Raises Lost."""
        await self._may_speak.wait()
        if self._link is None:
            raise Lost("not connected")
        await self._link.send(action, payload)

    # Life

    async def run(self) -> None:
        """Connect, and connect again until cancelled."""
        shortest_s, longest_s = self._access.backoff_s
        pause_s = shortest_s
        while True:
            await self._on_line.wait()
            await asyncio.sleep(self._down_s)
            self._down_s = 0.0
            try:
                await self._live_once()
                pause_s = shortest_s
            except (OSError, InvalidHandshake, InvalidURI, TimeoutError) as error:
                log.info("%s: can't connect: %s", self._access.id, error)
            if not self._down_s:
                await asyncio.sleep(pause_s * self._chance.uniform(0.7, 1.0))
                pause_s = min(longest_s, pause_s * 2)

    async def _live_once(self) -> None:
        access, headers = self._access, {}
        if access.password is not None:
            secret = base64.b64encode(f"{access.id}:{access.password}".encode()).decode()
            headers["Authorization"] = f"Basic {secret}"
        async with connect(
            f"{access.url.rstrip('/')}/{quote(access.id, safe='')}",
            subprotocols=[Subprotocol(f"ocpp{access.version}")],
            additional_headers=headers,
            ssl=access.tls if access.url.startswith("wss") else None,
            compression=None,
            open_timeout=access.patience_s,
            close_timeout=1.0,
            proxy=None,
        ) as websocket:
            self._websocket = websocket
            self._link = Link(websocket, self._serve)
            self.connected = True
            speaking = asyncio.create_task(self._speak(), name=f"station {access.id} speech")
            try:
                await self._link.run()
            finally:
                self.connected = False
                self._websocket = self._link = None
                speaking.cancel()
                await asyncio.gather(speaking, return_exceptions=True)
                await websocket.close(1001)  # nothing when it has ended already

    def _serve(self, action: str, payload: Payload) -> Reply | None:
        reply = self._owner.serve(action, payload)
        return None if self.silent else reply

    async def _speak(self) -> None:
        """Boot if need be, then send what waits, in order, with a heartbeat when there is nothing."""
        with contextlib.suppress(Lost):
            while not self.booted:
                await self._boot()
            # What is not kept is of the past; the present statuses say it all.
            self._outbox = deque(message for message in self._outbox if message.keep)
            self.say(*self._owner.statuses())
            while True:
                while self._outbox:
                    await self._send(self._outbox[0])
                self._wake.clear()
                try:
                    async with asyncio.timeout(self._owner.heartbeat_s):
                        await self._wake.wait()
                except TimeoutError:
                    self.say(Message("Heartbeat", {}, keep=False))

    async def _boot(self) -> None:
        message = self._owner.boot(self._boot_reason)
        pause_s = self._access.retry_s
        try:
            self.booted, interval_s = self._owner.took_boot(await self.call(message.action, message.payload))
            if self.booted:
                self._boot_reason = "PowerUp"
                return
            pause_s = interval_s or pause_s
        except Lost:
            raise
        except CallFailed as error:
            log.info("%s: no boot: %s", self._access.id, error)
        await asyncio.sleep(pause_s)

    async def _send(self, message: Message) -> None:
        message.attempts += 1
        try:
            answer = await self.call(message.action, self._owner.fill_in(message))
        except Lost:
            raise
        except CallFailed as error:
            log.info("%s: %s: %s", self._access.id, message.action, error)
            if message.keep and not (isinstance(error, Refused) and message.attempts >= MAX_ATTEMPTS):
                await asyncio.sleep(self._access.retry_s * min(message.attempts, MAX_ATTEMPTS))
                return
        else:
            self._owner.answered(message, answer)
        with contextlib.suppress(ValueError):
            self._outbox.remove(message)
