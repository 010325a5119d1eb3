"""What is to be heard, one after the other: the model's speech, prepared sentences, the local voice, short signs."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol

from edgegw.voice.audio.earcons import Earcon, earcon
from edgegw.voice.languages import Language
from edgegw.voice.prompts.shelf import Shelf


class Loudspeaker(Protocol):
    """Where it goes: 24 kHz mono s16le."""

    @property
    def is_speaking(self) -> bool:
        """Something sounds, or waits to."""
        ...

    def play(self, pcm: bytes) -> None:
        """Add to what sounds."""
        ...

    def flush(self) -> int:
        """Be silent within a block; the milliseconds thrown away."""
        ...

    async def drained(self) -> None:
        """Wait until all has sounded."""
        ...


class Mouth:
    """Keeps order: a sentence that has to be rendered first is not overtaken by what comes after it.

    `run` it beside. `drained` is called when all has been heard; not after `flush`, whose caller knows.
    """

    def __init__(self, speaker: Loudspeaker, shelf: Shelf, drained: Callable[[], None]) -> None:
        self._speaker = speaker
        self._shelf = shelf
        self._drained = drained
        self._waiting: deque[Callable[[], bytes]] = deque()
        self._rendering = False
        self._flushes = 0
        self._stirred = asyncio.Event()
        self.speaks = False
        """Words sound, or wait to; a short sign alone does not count, so a half-duplex ear hears on through it."""

    def play(self, pcm: bytes) -> None:
        """The model's speech, 24 kHz mono s16le."""
        self.speaks = True
        if self._waiting or self._rendering:
            self._add(lambda: pcm)
        else:
            self._speaker.play(pcm)
            self._stirred.set()

    def prompt(self, name: str, language: Language) -> None:
        """A prepared sentence."""
        self.speaks = True
        self._add(lambda: self._shelf.prompt(name, language))

    def say(self, text: str, language: Language) -> None:
        """Any sentence, in the local voice."""
        self.speaks = True
        self._add(lambda: self._shelf.spoken(text, language))

    def chime(self, name: Earcon) -> None:
        """A short sign; left out while words sound, which tell enough."""
        if not self.speaks:
            self._speaker.play(earcon(name))

    def flush(self) -> int:
        """Be silent at once; the milliseconds thrown away."""
        self._flushes += 1
        self._waiting.clear()
        self.speaks = False
        return self._speaker.flush()

    def _add(self, made: Callable[[], bytes]) -> None:
        self._waiting.append(made)
        self._stirred.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            while self._waiting:
                await self._render(self._waiting.popleft())
            flushes = self._flushes
            while self._speaker.is_speaking and not self._waiting:
                await self._speaker.drained()
            if self.speaks and not self._waiting and flushes == self._flushes:
                self.speaks = False
                self._drained()

    async def _render(self, made: Callable[[], bytes]) -> None:
        flushes = self._flushes
        self._rendering = True
        try:
            pcm = await asyncio.to_thread(made)
        finally:
            self._rendering = False
        if pcm and flushes == self._flushes:
            self._speaker.play(pcm)
