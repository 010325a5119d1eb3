"""One stream at a sound card, in a process of its own: started, listened to, kept open, and ended.

Card   one process, from its start to its end
Kept   a card that is opened again, with back-off, when it is lost
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast

from edgegw.voice.audio.wire import Unpacker, packed

log = logging.getLogger("edgegw.voice")

Direction = Literal["input", "output"]
State = Literal["opening", "live", "lost"]
Told = Callable[[bytes, bytes], None]
"""Takes a message from the card: its letter and its payload (see `wire`)."""

START_S = 5.0
"""PortAudio opens every card once to see what it can do, which takes a second where there are many."""
HUNG_S = 1.25
"""The process says something four times a second."""
FAREWELL_S = 0.5


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "edgegw.voice.audio.portaudio", *arguments]


def _environment() -> dict[str, str]:
    return {**os.environ, "JACK_NO_START_SERVER": "1"}


class NoCards(Exception):
    """The cards cannot be listed; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Cards:
    """Names of what PortAudio finds, of which a part goes into `voice.microphone` and `voice.speaker`."""

    microphones: tuple[str, ...]
    speakers: tuple[str, ...]


def cards() -> Cards:
    """What is plugged in now. Takes up to a second or two. Raises NoCards."""
    try:
        done = subprocess.run(  # noqa: S603
            _command("list", "0"), env=_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, timeout=2 * START_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NoCards(f"PortAudio did not list its devices within {2 * START_S:.0f} s") from None
    for letter, payload in Unpacker().feed(done.stdout):
        told = json.loads(payload)
        if letter == b"D":
            return Cards(tuple(told["input"]), tuple(told["output"]))
        raise NoCards(told["why"])
    raise NoCards("PortAudio broke off while listing its devices: is there a default device in ALSA's configuration?")


class Card(asyncio.SubprocessProtocol):
    """A stream in a process of its own. `told` gets its messages, on the event loop."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._unpacker = Unpacker()
        self._transport: asyncio.SubprocessTransport | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._heard = self._patience = 0.0
        self.why: str | None = None
        """Why it ended, for people."""
        self.gone = asyncio.Event()
        """Set when the process has ended and all that it said was read."""

    @classmethod
    async def open(cls, direction: Direction, name: str | None, told: Told, *, ring_s: float = 0.0) -> Card:
        """Starts the process; what becomes of it is told by its messages (`O` or `X`) and by `gone`."""
        loop = asyncio.get_running_loop()
        arguments = [direction, str(ring_s), *([] if name is None else [name])]
        _, protocol = await loop.subprocess_exec(
            lambda: cls(told), *_command(*arguments), env=_environment(), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        return protocol

    def send(self, letter: bytes, payload: bytes = b"") -> None:
        """Sends a message, unless the process is gone."""
        if self._transport is not None and not self.gone.is_set():
            stdin = cast("asyncio.WriteTransport", self._transport.get_pipe_transport(0))
            if not stdin.is_closing():
                stdin.write(packed(letter, payload))

    async def close(self) -> None:
        """Frees the card: asks the process to end, and ends it when it does not within half a second."""
        if self._transport is None:
            return
        with contextlib.suppress(OSError, AttributeError):
            cast("asyncio.WriteTransport", self._transport.get_pipe_transport(0)).close()
        try:
            async with asyncio.timeout(FAREWELL_S):
                await self.gone.wait()
        except TimeoutError:
            self.kill("")
            await self.gone.wait()
        finally:
            self.kill("")
            self._transport.close()

    def kill(self, why: str) -> None:
        """Ends the process at once."""
        self.why = self.why or why
        if self._transport is not None:
            with contextlib.suppress(ProcessLookupError):
                self._transport.kill()

    # --- asyncio's side ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.SubprocessTransport", transport)
        self._heard, self._patience = time.monotonic(), START_S
        self._look()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._heard = time.monotonic()
        for letter, payload in self._unpacker.feed(data):
            if letter == b"X":
                self.why = self.why or json.loads(payload)["why"]
            elif letter == b"O":
                self._patience = HUNG_S
            self._told(letter, payload)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        self.gone.set()

    def _look(self) -> None:
        if time.monotonic() - self._heard > self._patience:
            self.kill("the process at the sound card does not answer any more")
            return
        self._watch = asyncio.get_running_loop().call_later(HUNG_S / 2, self._look)


FIRST_WAIT_S = 0.25
LONGEST_WAIT_S = 10.0
STEADY_S = 10.0
"""A card that was live for so long is opened again at once when it is lost."""


class Kept:
    """Keeps one card open. States: opening, then live (said by the owner, who hears it) and lost, in turn."""

    def __init__(
        self,
        direction: Direction,
        name: str | None,
        told: Told,
        turned: Callable[[State], None],
        monotonic: Callable[[], float],
        *,
        ring_s: float = 0.0,
    ) -> None:
        self._direction: Direction = direction
        self._name = name
        self._told = told
        self._turned = turned
        self._monotonic = monotonic
        self._ring_s = ring_s
        self._what = "microphone" if direction == "input" else "speaker"
        self._card: Card | None = None
        self._stopped = asyncio.Event()
        self._live_since = 0.0
        self._wait_s = FIRST_WAIT_S
        self.state: State = "opening"
        self.trouble: str | None = None
        """Why it is lost, for people; None while it is not."""
        self.reopened = 0
        """How often it came back after it was lost."""

    async def run(self) -> None:
        """Opens the card and opens it again, until `stop`. The card is free when this ends, also by cancellation."""
        self._stopped.clear()
        while not self._stopped.is_set():
            try:
                self._card = card = await Card.open(self._direction, self._name, self._told, ring_s=self._ring_s)
            except OSError as error:
                self.lost(f"the process at the sound card cannot be started: {error}")
            else:
                try:
                    await self._first(card.gone, self._stopped)
                finally:
                    await card.close()
                if self._stopped.is_set():
                    break
                self.lost(card.why or "the process at the sound card ended")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._wait_s):
                    await self._stopped.wait()
            self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)

    def stop(self) -> None:
        """Lets `run` end."""
        self._stopped.set()

    def send(self, letter: bytes, payload: bytes = b"") -> None:
        if self._card is not None:
            self._card.send(letter, payload)

    def live(self) -> None:
        """The owner hears from it."""
        if self.state == "live":
            return
        if self.state == "lost":
            self.reopened += 1
            log.info("the %s is back", self._what)
        self._live_since = self._monotonic()
        self.trouble = None
        self._turn("live")

    def lost(self, why: str) -> None:
        """It is of no use any more; it will be opened again."""
        if self._card is not None:
            self._card.kill(why)
        if why != self.trouble:
            log.warning("no %s: %s", self._what, why)
        self.trouble = why
        if self.state == "live" and self._monotonic() - self._live_since > STEADY_S:
            self._wait_s = FIRST_WAIT_S
        if self.state != "lost":
            self._turn("lost")

    def _turn(self, state: State) -> None:
        self.state = state
        self._turned(state)

    @staticmethod
    async def _first(*events: asyncio.Event) -> None:
        waits = [asyncio.ensure_future(event.wait()) for event in events]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
