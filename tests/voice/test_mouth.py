"""What is to be heard keeps its order, and is silent at once when it must be."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from edgegw.voice.audio.earcons import earcon
from edgegw.voice.languages import Language
from edgegw.voice.mouth import Mouth
from edgegw.voice.prompts.shelf import Shelf
from tests.support.gateway import until


class Loudspeaker:
    """Plays nothing, and remembers what; it is done when `finish` says so."""

    def __init__(self) -> None:
        self.played: list[bytes] = []
        self.is_speaking = False
        self._quiet = asyncio.Event()

    def play(self, pcm: bytes) -> None:
        self.played.append(pcm)
        self.is_speaking = True
        self._quiet.clear()

    def flush(self) -> int:
        self.finish()
        return 40

    def finish(self) -> None:
        self.is_speaking = False
        self._quiet.set()

    async def drained(self) -> None:
        await self._quiet.wait()


class Slow(Shelf):
    """Renders when it is let."""

    def __init__(self) -> None:
        super().__init__([], lambda wav: wav)
        self.may = threading.Event()

    def prompt(self, name: str, language: Language) -> bytes:
        self.may.wait(5)
        return name.encode()


@asynccontextmanager
async def a_mouth() -> AsyncIterator[tuple[Mouth, Loudspeaker, Slow, list[str]]]:
    speaker, shelf, drained = Loudspeaker(), Slow(), list[str]()
    mouth = Mouth(speaker, shelf, lambda: drained.append("drained"))
    running = asyncio.create_task(mouth.run())
    try:
        yield mouth, speaker, shelf, drained
    finally:
        shelf.may.set()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def test_speech_that_comes_while_a_sentence_is_rendered_waits_for_it() -> None:
    async with a_mouth() as (mouth, speaker, shelf, drained):
        mouth.prompt("one_moment", "en")
        await asyncio.sleep(0.02)
        mouth.play(b"reply")
        shelf.may.set()
        await until(lambda: len(speaker.played) == 2, 5)
        assert speaker.played == [b"one_moment", b"reply"]
        assert drained == []
        assert mouth.speaks
        speaker.finish()
        await until(lambda: drained == ["drained"], 5)
        assert not mouth.speaks


async def test_speech_alone_goes_out_at_once_and_its_end_is_told_once() -> None:
    async with a_mouth() as (mouth, speaker, _, drained):
        mouth.play(b"a")
        mouth.play(b"b")
        assert speaker.played == [b"a", b"b"]
        await asyncio.sleep(0.02)
        speaker.finish()
        await until(lambda: bool(drained), 5)
        await asyncio.sleep(0.05)
        assert drained == ["drained"]


async def test_silence_also_takes_what_was_still_to_be_rendered_and_is_no_end() -> None:
    async with a_mouth() as (mouth, speaker, shelf, drained):
        mouth.prompt("goodbye", "en")
        mouth.say("x", "en")
        await asyncio.sleep(0.02)
        assert mouth.flush() == 40
        shelf.may.set()
        await asyncio.sleep(0.1)
        assert speaker.played == []
        assert drained == []


async def test_a_sign_is_heard_in_silence_and_left_out_while_words_sound() -> None:
    async with a_mouth() as (mouth, speaker, _, _drained):
        mouth.chime("listening")
        assert speaker.played == [earcon("listening")]
        assert not mouth.speaks  # a half-duplex ear hears on through it
        mouth.play(b"reply")
        mouth.chime("thinking")
        assert speaker.played[1:] == [b"reply"]
