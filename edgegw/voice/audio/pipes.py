"""Named pipes in the place of a sound card, for machines that have none: `pipe:PATH` as the device's name.

What is written into the microphone's (16 kHz mono s16le, at any pace) is heard in real time, and between it the faint
hiss that any room has. What EVA says can be read from the speaker's (24 kHz mono s16le); while nobody reads it is lost.

This is as much of the library `sounddevice` as the process at the card uses.
"""

from __future__ import annotations

import contextlib
import os
import random
import stat
import threading
import time
from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable
from typing import Any, Final

PREFIX: Final = "pipe:"

HISS: Final = 3
"""Of 32768: less than any microphone's own noise, and no digital silence."""
BEHIND_S: Final = 0.2
"""A machine that slept for longer goes on from now."""


class PipeError(Exception):
    """No such pipe; the text is for people."""


class _Stream(ABC):
    """Calls `callback` once for each block, in real time, in a thread of its own."""

    latency = 0.0

    def __init__(self, path: str, samplerate: int, blocksize: int, callback: Callable[..., None]) -> None:
        self._pipe = _opened(path)
        self._callback = callback
        self._block_s = blocksize / samplerate
        self._bytes = 2 * blocksize
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._over.clear()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    abort = stop

    def close(self) -> None:
        os.close(self._pipe)

    def _run(self) -> None:
        due = time.monotonic()
        while not self._over.wait(max(0.0, due - time.monotonic())):
            self._block()
            due = max(due + self._block_s, time.monotonic() - BEHIND_S)

    @abstractmethod
    def _block(self) -> None:
        """Take one block from the pipe, or give it one."""


class _Input(_Stream):
    def __init__(self, *about: Any) -> None:
        super().__init__(*about)
        chance = random.Random(self._bytes)  # noqa: S311  # a noise
        self._hiss = array("h", (chance.randint(-HISS, HISS) for _ in range(16 * self._bytes))).tobytes()
        self._at = 0

    def _block(self) -> None:
        try:
            said = os.read(self._pipe, self._bytes)
        except BlockingIOError:
            said = b""
        self._at = (self._at + self._bytes) % len(self._hiss)
        block = self._hiss[self._at : self._at + self._bytes]
        self._callback(said + block[len(said) :], self._bytes // 2, None, None)


class _Output(_Stream):
    def _block(self) -> None:
        room = bytearray(self._bytes)
        self._callback(room, self._bytes // 2, None, None)
        with contextlib.suppress(BlockingIOError):  # nobody reads
            os.write(self._pipe, room)


def _opened(path: str) -> int:
    """For both directions: a pipe without another end would have to be waited for, or end with it."""
    try:
        pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise PipeError(f"{path}: {error.strerror}") from None
    if not stat.S_ISFIFO(os.fstat(pipe).st_mode):
        os.close(pipe)
        raise PipeError(f"{path} is no named pipe; mkfifo makes one")
    return pipe


class Pipes:
    """The library, with the one device `name`."""

    PortAudioError = PipeError

    def __init__(self, name: str) -> None:
        self._name = name

    def query_devices(self) -> list[dict[str, Any]]:
        return [{"name": self._name, "max_input_channels": 1, "max_output_channels": 1}]

    def RawInputStream(self, **about: Any) -> _Stream:  # noqa: N802  (its name)
        return self._made(_Input, about)

    def RawOutputStream(self, **about: Any) -> _Stream:  # noqa: N802
        return self._made(_Output, about)

    def _made(self, kind: type[_Stream], about: dict[str, Any]) -> _Stream:
        path = self._name.removeprefix(PREFIX)
        return kind(path, about["samplerate"], about["blocksize"], about["callback"])
