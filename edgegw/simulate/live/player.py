"""One connection of the scripted server: reads the client's frames, and plays the steps."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from websockets.asyncio.server import ServerConnection

from edgegw.simulate.live import wire
from edgegw.simulate.live.record import BYTES_PER_MS, Connection, Record
from edgegw.simulate.live.rules import Broken, Order
from edgegw.simulate.live.scenario import Call, Close, Handle, Play, Say, Sound, Step, Turn, Wait
from edgegw.simulate.live.sound import BYTES_PER_MS as SPOKEN_BYTES_PER_MS


class Ended(Exception):
    """The script has ended the connection."""


@dataclass(slots=True)
class Came:
    """What has come since the last wait for it."""

    audio: int = 0
    start: int = 0
    end: int = 0
    text: int = 0


class Client:
    """The other end, as the script sees it."""

    def __init__(
        self, socket: ServerConnection, connection: Connection, record: Record, number: int, handles: dict[str, int],
        sounds: dict[Sound, bytes], note: Callable[[], None], told: Callable[[str], None],
    ) -> None:  # fmt: skip
        self.socket = socket
        self.sounds = sounds
        self.came = Came()
        self.connection = connection
        self._record, self._number, self._handles = record, number, handles
        self._note, self._told = note, told
        self._now = asyncio.get_running_loop().time
        self._news = asyncio.Event()
        self._silent = False
        self.order = _order(connection.setup)
        self.late: list[asyncio.TimerHandle] = []
        self.round = 1

    def id(self, name: str) -> str:
        """The id of a call in this round of the script: calls of another round are other calls."""
        return name if self.round == 1 else f"{name}-{self.round}"

    async def send(self, message: dict[str, Any]) -> None:
        if self._silent:
            return
        self.connection.sent.append((self._now(), message))
        await self.socket.send(orjson.dumps(message))  # the real one sends binary frames
        self._note()

    async def read(self) -> None:
        """Take frames until the end. Raises ConnectionClosed."""
        try:
            while True:
                message = wire.camel(orjson.loads(await self.socket.recv()))
                for kind, content in _frames(message):
                    await self._take(kind, content)
        finally:
            for timer in self.late:
                timer.cancel()

    async def _take(self, kind: str, content: Any) -> None:
        now, connection = self._now(), self.connection
        broken = self.order.came(kind, content[0] if kind == "result" else content, now)
        connection.frames.append((now, kind, content))
        if broken is not None:
            await self._break(broken)
        match kind:
            case "start":
                connection.utterances.append(b"")
                self.came.start += 1
            case "audio":
                self.came.audio += len(content)
                if connection.utterances and self.order.speaking:
                    connection.utterances[-1] += content
            case "end":
                self.came.end += 1
            case "text" | "content":
                self.came.text += 1
            case "result":
                connection.results[content[0]] = content[1]
        if kind != "audio":
            self._told(f"<- {kind} {content if kind not in ('start', 'end') else ''}".rstrip())
        self._news.set()
        self._note()

    async def _break(self, broken: Broken) -> None:
        self._record.violations.append(broken.text)
        self._told(f"out of order: {broken.text}")
        self._silent = self._silent or broken.silent
        if broken.code is not None:
            await self.socket.close(broken.code, broken.text)

    async def until(self, wait: Wait) -> None:
        """Wait for what a step waits for, and take it out of the count."""
        while not self._has(wait):
            self._news.clear()
            await self._news.wait()
        came = self.came
        came.audio -= (wait.audio_ms or 0) * BYTES_PER_MS
        came.text -= wait.text or 0
        if wait.activity is not None:
            setattr(came, wait.activity, getattr(came, wait.activity) - 1)

    def _has(self, wait: Wait) -> bool:
        came = self.came
        return (
            came.audio >= (wait.audio_ms or 0) * BYTES_PER_MS
            and came.text >= (wait.text or 0)
            and (wait.activity is None or getattr(came, wait.activity) > 0)
            and all(self.id(each) in self.connection.results for each in wait.results or ())
        )

    def give(self, handle: str) -> None:
        """A handle that may be used from now on."""
        self._handles[handle] = self._number

    def abort(self) -> None:
        self.socket.transport.abort()

    async def news(self, timeout_s: float) -> None:
        """Wait until something comes, at most this long."""
        self._news.clear()
        try:
            async with asyncio.timeout(timeout_s):
                await self._news.wait()
        except TimeoutError:
            pass


def _order(setup: dict[str, Any]) -> Order:
    detection = setup.get("realtimeInputConfig", {}).get("automaticActivityDetection", {})
    declared = [each for tool in setup.get("tools", ()) for each in tool.get("functionDeclarations", ())]
    blocking = frozenset(each["name"] for each in declared if each.get("behavior") == "BLOCKING")
    return Order(manual=bool(detection.get("disabled")), blocking=blocking)


def _frames(message: dict[str, Any]) -> list[tuple[str, Any]]:
    """(kind, content) of each thing in a message."""
    found: list[tuple[str, Any]] = []
    live = message.get("realtimeInput", {})
    if "activityStart" in live:
        found.append(("start", None))
    if "audio" in live:
        found.append(("audio", base64.b64decode(live["audio"].get("data", ""), altchars=b"-_")))
    if "text" in live:
        found.append(("text", live["text"]))
    if "activityEnd" in live:
        found.append(("end", None))
    if live.get("audioStreamEnd"):
        found.append(("stream_end", None))
    if "clientContent" in message:
        typed = message["clientContent"]
        text = "\n".join(part.get("text", "") for turn in typed.get("turns", ()) for part in turn.get("parts", ()))
        found.append(("content" if typed.get("turnComplete", False) else "context", text))
    for each in message.get("toolResponse", {}).get("functionResponses", ()):
        found.append(("result", (each.get("id"), each.get("response"))))
    return found


async def play(client: Client, plan: Play) -> None:
    """The steps of a connection. Raises Ended when one of them ends it."""
    while True:
        steps = iter(plan.steps)
        for step in steps:
            if await _do(client, step):
                # The answer was interrupted: what remains of it is left out.
                for rest in steps:
                    if rest.turn_complete is not None:
                        break
        if not plan.repeat:
            return
        client.round += 1
        await asyncio.sleep(0)


async def _do(client: Client, step: Step) -> bool:
    """Play one step; whether it was an answer that the driver interrupted."""
    if step.wait is not None:
        await client.until(step.wait)
    elif step.pause is not None:
        await asyncio.sleep(step.pause)
    elif step.heard is not None:
        await client.send(wire.content(inputTranscription={"text": step.heard}))
    elif step.say is not None:
        return await _say(client, step.say)
    elif step.call is not None:
        await _call(client, step.call if isinstance(step.call, list) else [step.call])
    elif step.cancel is not None:
        ids = [client.id(each) for each in step.cancel]
        for each in ids:
            client.order.cancelled.add(each)
            client.order.pending.pop(each, None)
        await client.send({"toolCallCancellation": {"ids": ids}})
    elif step.interrupted is not None:
        for _ in range(step.interrupted):
            await client.send(wire.content(interrupted=True))
    elif step.generation_complete is not None:
        await client.send(wire.content(generationComplete=True))
    elif step.turn_complete is not None:
        status = step.turn_complete.status if isinstance(step.turn_complete, Turn) else None
        await client.send(wire.content(turnComplete=True, **({"interactionStatus": status} if status else {})))
    elif step.usage is not None:
        vertex = client.connection.kind == "vertex"
        await client.send(wire.usage(step.usage.prompt, step.usage.response, vertex=vertex))
    elif step.handle is not None:
        await _give(client, Handle(handle=step.handle) if isinstance(step.handle, str) else step.handle)
    elif step.raw is not None:
        await client.send(step.raw)
    else:
        await _end(client, step)
    return False


async def _end(client: Client, step: Step) -> None:
    """Steps about the connection itself."""
    if step.go_away is not None:
        await client.send({"goAway": {"timeLeft": f"{step.go_away:g}s"}})
        client.late.append(asyncio.get_running_loop().call_later(step.go_away, client.abort))
    elif step.close is not None:
        close = Close(code=step.close) if isinstance(step.close, int) else step.close
        await client.socket.close(close.code, close.reason)
        raise Ended
    elif step.abort is not None:
        client.abort()
        raise Ended
    elif step.deaf is not None:
        client.socket.transport.pause_reading()
        client.late.append(asyncio.get_running_loop().call_later(step.deaf, client.socket.transport.resume_reading))
    else:
        await asyncio.Event().wait()  # stall


async def _say(client: Client, say: Say) -> bool:
    if say.text:
        await client.send(wire.content(outputTranscription={"text": say.text}))
    pcm = client.sounds[say.audio] if say.audio is not None else b""
    size = say.chunk_ms * SPOKEN_BYTES_PER_MS
    chunks = [pcm[at : at + size] for at in range(0, len(pcm), size)]
    clock = asyncio.get_running_loop().time
    began, due_s, starts = clock(), 0.0, client.came.start
    for at in range(0, len(chunks), say.parts):
        group = chunks[at : at + say.parts]
        await client.send(wire.audio(group))
        if not say.pace:
            continue
        due_s += sum(map(len, group)) / SPOKEN_BYTES_PER_MS / 1000 / say.pace
        while (left_s := began + due_s - clock()) > 0 and client.came.start == starts:
            await client.news(left_s)
        if client.came.start != starts:
            await client.send(wire.content(interrupted=True))
            await client.send(wire.content(turnComplete=True))
            return True
    return False


async def _call(client: Client, calls: list[Call]) -> None:
    now = asyncio.get_running_loop().time()
    said = []
    for each in calls:
        id = client.id(each.id)
        client.order.called(id, each.name, now)
        said.append({"id": id, "name": each.name, "args": each.args})
    await client.send({"toolCall": {"functionCalls": said}})


async def _give(client: Client, given: Handle) -> None:
    if given.resumable and given.handle:
        client.give(given.handle)
    handle = {"newHandle": given.handle} if given.resumable else {}
    await client.send({"sessionResumptionUpdate": {"resumable": given.resumable, **handle}})
