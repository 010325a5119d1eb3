"""`edgegw voice --text`: the same conversation, typed; for support over ssh."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from edgegw.voice.audio.earcons import Earcon
from edgegw.voice.briefing import Briefing
from edgegw.voice.conversation import events as on
from edgegw.voice.languages import Language
from edgegw.voice.process import Parts, serve, stopped_by_signals
from edgegw.voice.waiting import until

LAST_S = 60.0
"""For what was typed to be answered when the input has ended."""
READY_S = 6.0
"""For hub and model to be there before the first line is asked for."""


class Paper:
    """A mouth that writes. What the model speaks comes as its own transcript; sound is let go."""

    def __init__(
        self, write: Callable[[str, str], None], text: Callable[[str, Language], str], drained: Callable[[], None]
    ) -> None:
        self._write = write
        self._text = text
        self._drained = drained
        self.speaks = False

    def play(self, pcm: bytes) -> None:
        self._soon()

    def prompt(self, name: str, language: Language) -> None:
        self._write("eva", self._text(name, language) + "\n")
        self._soon()

    def say(self, text: str, language: Language) -> None:
        self._write("eva", text + "\n")
        self._soon()

    def chime(self, name: Earcon) -> None:
        pass

    def flush(self) -> int:
        self.speaks = False
        return 0

    def _soon(self) -> None:
        if not self.speaks:
            self.speaks = True
            asyncio.get_running_loop().call_soon(self._done)

    def _done(self) -> None:
        if self.speaks:
            self.speaks = False
            self._drained()


class Page:
    """The terminal: who speaks is named once, and a reply grows in its line."""

    def __init__(self, assistant: str) -> None:
        self._assistant = assistant
        self._open = False

    def write(self, who: str, text: str) -> None:
        if who == "eva":
            if not self._open:
                self._put(f"{self._assistant}: ")
            self._put(text)
            self._open = not text.endswith("\n")
        else:
            self.end()
            self._put(f"  [{text}]\n")

    def end(self) -> None:
        if self._open:
            self._put("\n")
            self._open = False

    def _put(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


async def converse(briefing: Briefing) -> None:
    """Until the end of the input, SIGTERM or SIGINT."""
    stop = stopped_by_signals()
    page = Page(briefing.settings.assistant)
    parts = Parts(briefing, write=page.write)
    director = parts.director
    director.mouth = Paper(page.write, parts.shelf.text, lambda: director.take(on.Drained()))
    await serve(parts, [_lines(parts, page, stop)], stop)


async def _lines(parts: Parts, page: Page, stop: asyncio.Event) -> None:
    """What is typed, line by line."""
    await _ready(parts, page)
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        while line := await reader.readline():
            page.end()
            if text := line.decode(errors="replace").strip():
                parts.director.typed(text)
        await until(lambda: not parts.director.is_busy, LAST_S)
        page.end()
        stop.set()
        await asyncio.Event().wait()
    finally:
        transport.close()


async def _ready(parts: Parts, page: Page) -> None:
    """Wait until hub and model are there, or say what is not."""
    await until(lambda: parts.door.welcome is not None and parts.exchange.tested, READY_S)
    if parts.door.welcome is None:
        page.write("hub", f"the hub is away: {parts.door.detail}")
    finding = parts.exchange.finding
    if finding is not None:
        page.write("model", f"{finding.text}; simple requests are understood without it")
    page.write("help", "type what a driver would say; Ctrl-D ends")
