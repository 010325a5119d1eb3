"""One client of the voice socket: its lines are answered, what it may not do is refused, and it is never waited for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Final

from edgegw.hub import Hub
from edgegw.hub.kiosk import Kiosk
from edgegw.hub.tasks import Tasks
from edgegw.journal import JournalError
from edgegw.journal.rows import dump
from edgegw.model.facts import VoiceInteraction
from edgegw.model.kiosk import Proposal
from edgegw.web import counting
from edgegw.web.eva.messages import MAX_LINE, VERSION, BadLine, read
from edgegw.web.eva.presence import Eva

log = logging.getLogger("edgegw.web")

HELLO_S: Final = 5.0
"""A client that does not say hello within this is cut off."""

SILENT_S: Final = 10.0
"""A client that has told its numbers goes on telling them: one that says nothing for so long hangs, and is cut off."""

MAX_UNREAD: Final = 256 * 1024
"""Bytes that may wait for a client to read them; one that reads slower is cut off."""

LONG: Final = frozenset({"propose", "token"})
"""Lines that wait for a station, or for the cloud."""

MAX_UNDER_WAY: Final = 16
"""Of those, that are being answered for a client."""

MAX_DIALOGUES: Final = 4
"""Dialogues of a client at once."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a client is served from. `kiosk` is None while the hub's side of it is being rebuilt."""

    eva: Eva
    hub: Hub
    kiosk: Callable[[], Kiosk | None]
    token: Callable[[], Awaitable[Mapping[str, Any] | None]]
    """What the cloud answers to `voice_token`; None when it does not."""


class _Ended(Exception):
    """The connection is over; the text was said to the client."""


class Peer:
    """Serves one connection with `run`."""

    def __init__(self, around: Around, writer: asyncio.StreamWriter) -> None:
        self.dialogues: set[str] = set()
        self._around = around
        self._writer = writer
        self._tasks = Tasks(log)
        self._under_way = 0
        self._tells = False

    async def run(self, reader: asyncio.StreamReader) -> None:
        """Until the client hangs up, or has to be cut off. Its dialogues end with it."""
        try:
            async with asyncio.timeout(HELLO_S):
                await self._hello(reader)
            self._around.eva.came(self)
            while True:
                await self._take(await self._sign(reader))
        except (_Ended, TimeoutError, ConnectionError):
            pass
        finally:
            self._around.eva.gone(self)
            await self._tasks.end()
            if (kiosk := self._around.kiosk()) is not None:
                for dialogue in self.dialogues:
                    kiosk.close(dialogue)
            self._writer.close()

    def tell(self, message: Mapping[str, Any]) -> None:
        """Send a message; a client that does not read is cut off."""
        transport = self._writer.transport
        if transport.is_closing():
            return
        self._writer.write(dump(message).encode() + b"\n")
        if transport.get_write_buffer_size() > MAX_UNREAD:
            log.warning("a client of the voice socket does not read; it is cut off")
            transport.abort()

    async def _sign(self, reader: asyncio.StreamReader) -> bytes:
        """The next line, which is a sign of life too."""
        try:
            async with asyncio.timeout(SILENT_S if self._tells else None):
                return await self._line(reader)
        except TimeoutError:
            log.warning("a client of the voice socket has said nothing for %.0f s; it is cut off", SILENT_S)
            raise _Ended from None

    async def _line(self, reader: asyncio.StreamReader) -> bytes:
        try:
            line = await reader.readuntil(b"\n")
        except asyncio.IncompleteReadError:
            raise _Ended from None
        except asyncio.LimitOverrunError:
            self._error(None, f"a line has at most {MAX_LINE} bytes")
            raise _Ended from None
        return line

    async def _hello(self, reader: asyncio.StreamReader) -> None:
        try:
            message = read(await self._line(reader))
            if message["type"] != "hello":
                raise BadLine("say hello first", message.get("id"))
            if message["v"] != VERSION:
                raise BadLine(f"version {VERSION} is spoken here", message.get("id"))
        except BadLine as bad:
            self._error(bad.id, str(bad))
            raise _Ended from None
        site, kiosk = self._around.hub.site, self._around.kiosk()
        self.tell({
            "type": "welcome", "v": VERSION,
            "site": {
                "id": site.id, "name": site.name, "timezone": site.timezone, "locale": site.locale,
                "currency": site.currency,
            },
            "stations": kiosk.stations() if kiosk is not None else [],
        })  # fmt: skip

    async def _take(self, line: bytes) -> None:
        """Act on a line: one after the other, but for what may take long, which is done beside those that follow."""
        try:
            message = read(line)
        except BadLine as bad:
            self._error(bad.id, str(bad))
            return
        kind = message["type"]
        if kind not in LONG:
            await self._do(kind, message)
        elif self._under_way >= MAX_UNDER_WAY:
            self._error(message["id"], f"{MAX_UNDER_WAY} questions are under way")
        else:
            self._under_way += 1
            self._tasks.begin(self._do_long(kind, message), f"voice socket: {kind}")

    async def _do_long(self, kind: str, message: dict[str, Any]) -> None:
        try:
            await self._do(kind, message)
        finally:
            self._under_way -= 1

    def _error(self, id: str | None, detail: str) -> None:
        counting.LINE_ERRORS.inc()
        self.tell({"type": "error", "id": id, "detail": detail})

    async def _do(self, kind: str, message: dict[str, Any]) -> None:
        kiosk = self._around.kiosk()
        counting.LINES.labels(kind).inc()
        began = perf_counter()
        try:
            if kiosk is None:
                self._error(message.get("id"), "the kiosk is not ready; try again")
            else:
                await _DOERS[kind](self, kiosk, message)
        except JournalError as error:
            self._error(message.get("id"), f"the ledger does not take writes now: {error}")
        except Exception:
            log.exception("a line of type %s at the voice socket failed", kind)
            self._error(message.get("id"), "the gateway made a mistake; its log says more")
        finally:
            counting.LINE_SECONDS.observe(perf_counter() - began)

    async def _hello_again(self, kiosk: Kiosk, message: dict[str, Any]) -> None:
        self._error(message.get("id"), "hello was said already")

    async def _tools(self, kiosk: Kiosk, message: dict[str, Any]) -> None:
        tools = kiosk.tools(message.get("language"))
        self.tell({"type": "tools", "id": message["id"], "tools": tools})

    async def _state(self, kiosk: Kiosk, message: dict[str, Any]) -> None:
        self._around.eva.says(message, self)

    async def _metrics(self, kiosk: Kiosk, message: dict[str, Any]) -> None:
        self._tells = True
        self._around.eva.figures.take(message)

    async def _open(self, kiosk: Kiosk, message: dict[str, Any]) -> None:
        dialogue = message["dialogue"]
        if not self._around.eva.is_free(dialogue, self):
            self._error(message["id"], "this dialogue is somebody else's; take another name")
            return
        if dialogue not in self.dialogues and len(self.dialogues) >= MAX_DIALOGUES:
            self._error(message["id"], f"{MAX_DIALOGUES} dialogues are open; close one")
            return
        refused = kiosk.open(dialogue, message["language"], message["channel"])
        if refused is not None:
            self.tell({"type": "refused", "id": message["id"], "reason": refused.reason, "say": refused.say})
            return
        self.dialogues.add(dialogue)
        self.tell({"type": "opened", "id": message["id"], "dialogue": dialogue})

    async def _close(self, kiosk: Kiosk, message: dict[str, Any]) -> None:
        if self._owns(message):
            self.dialogues.discard(message["dialogue"])
            self._around.eva.over(message["dialogue"])
            kiosk.close(message["dialogue"])

    async def _propose(self, kiosk: Kiosk, message: dict[str, Any]) -> None:
        # Also for a dialogue that it does not have: the kiosk refuses that, and writes it down.
        dialogue = message["dialogue"] if message["dialogue"] in self.dialogues else f"foreign:{message['dialogue']}"
        answer = await kiosk.propose(
            Proposal(dialogue, message["call_id"], message["tool"], message["args"], self._around.hub.now())
        )
        self._around.eva.answered(dialogue, answer)
        self.tell({
            "type": "proposal", "id": message["id"], "call_id": message["call_id"], "decision": answer.decision,
            "say": answer.say, "action": answer.action, "reason": answer.reason, "result": answer.result,
        })  # fmt: skip

    async def _cancel(self, kiosk: Kiosk, message: dict[str, Any]) -> None:
        if self._owns(message):
            await kiosk.cancel(message["dialogue"], message["call_id"])

    async def _interaction(self, kiosk: Kiosk, message: dict[str, Any]) -> None:
        self._around.eva.figures.turn(message)
        latency_ms = message.get("latency_ms")
        await kiosk.record(
            VoiceInteraction(
                at=_instant(message.get("at")) or self._around.hub.now(),
                dialogue=message["dialogue"], intent=message["intent"], tool=message.get("tool"),
                decision=message.get("decision"), outcome=message.get("outcome"), language=message.get("language"),
                latency_ms=None if latency_ms is None else round(latency_ms),
                transcript=message.get("transcript") or None,
            )
        )  # fmt: skip

    async def _token(self, kiosk: Kiosk, message: dict[str, Any]) -> None:
        found = await self._around.token()
        if found is None:
            self.tell({"type": "refused", "id": message["id"], "reason": "no_token"})
        else:
            self.tell({"type": "token", "id": message["id"], **found})

    def _owns(self, message: Mapping[str, Any]) -> bool:
        if message["dialogue"] in self.dialogues:
            return True
        self._error(message.get("id"), "this client has no such dialogue")
        return False


_DOERS: Final[Mapping[str, Callable[[Peer, Kiosk, dict[str, Any]], Awaitable[None]]]] = {
    "hello": Peer._hello_again, "tools": Peer._tools, "state": Peer._state, "metrics": Peer._metrics,
    "open": Peer._open, "close": Peer._close, "propose": Peer._propose, "cancel": Peer._cancel,
    "interaction": Peer._interaction, "token": Peer._token,
}  # fmt: skip


def _instant(text: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo is not None else None
